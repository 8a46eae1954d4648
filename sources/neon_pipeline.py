"""Load the accounts and activities of NeonCRM; each run loads what changed since the last one."""

import dlt
from neon import neon


def load() -> None:
    """Load everything at first, and later what has changed."""
    pipeline = dlt.pipeline("neon", destination="duckdb", dataset_name="neon_data")
    # First what a run that was killed has left behind.
    if pipeline.has_pending_data:
        print(pipeline.run())
    print(pipeline.run(neon()))


if __name__ == "__main__":
    load()
