"""Mutants: a sample of small changes of the package, each of which its unit tests must notice.

`python -m tests.support.mutants --sample 40 --seed 1` prints survivors and score. Cosmic Ray
makes the changes, in a copy of the checkout. Some survivors mean the same as the original: read
them before believing the score.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import WorkItem, WorkResult

ROOT = Path(__file__).parents[2]
ROOMS = ("_wire", "_pipeline", "_writing", "_http", "_changes")
COPIED = ("neon_async", "pytest_neon_async", "tests", "pyproject.toml")
# Changes of annotations and decorators, which say nothing about what the code does.
MEANINGLESS = ("core/RemoveDecorator", "core/ReplaceBinaryOperator_BitOr_")


def sample(rooms: list[str], size: int, seed: int) -> list[tuple[str, WorkItem]]:
    """Choose mutants of the rooms, always the same for the same sources and seed."""
    items: list[tuple[str, WorkItem]] = []
    for room in rooms:
        modules = sorted(Path("neon_async", room).glob("*.py"))
        with use_db(f"{room}.sqlite") as database:
            init(modules, database, {})
            made = [(room, item) for item in database.work_items]
        # Their ids are random.
        items += sorted(made, key=lambda made: repr(made[1].mutations))
    useful = [
        (room, item)
        for room, item in items
        if not item.mutations[0].operator_name.startswith(MEANINGLESS)
    ]
    return random.Random(seed).sample(useful, min(size, len(useful)))  # noqa: S311 - no secret


def survives(room: str, item: WorkItem, timeout: float) -> WorkResult | None:
    """Run the tests of the room on a mutant, and return what they left alive."""
    tests = f"tests/unit/{room.strip('_')}"
    command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider {tests}"
    result: WorkResult = mutate_and_test(item.mutations, command, timeout)
    return None if result.is_killed else result


def main() -> int:
    """Try a sample, and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=400, help="how many mutants to try")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds for each")
    parser.add_argument("--rooms", nargs="+", default=ROOMS, choices=ROOMS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for name in COPIED:
            source = ROOT / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, Path(place, name))
        os.chdir(place)
        os.environ["PYTHONPATH"] = place
        chosen = sample(options.rooms, options.sample, options.seed)
        killed = 0
        for number, (room, item) in enumerate(chosen, 1):
            survivor = survives(room, item, options.timeout)
            killed += survivor is None
            mutation = item.mutations[0]
            where = f"{mutation.module_path}:{mutation.start_pos[0]}"
            outcome = "killed  " if survivor is None else "SURVIVED"
            print(f"{outcome} {number:4} {where} {mutation.operator_name}", flush=True)
            if survivor is not None:
                print(survivor.diff, flush=True)
    print(f"{killed} of {len(chosen)} mutants killed ({killed / max(1, len(chosen)):.1%})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
