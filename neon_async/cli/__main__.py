"""`python -m neon_async.cli` is the same as `neon-async`."""

from neon_async.cli import main

main()
