"""Mutants: a sample of small changes of the package, each of which its unit tests must notice.

`python -m tests.support.mutants --sample 40 --seed 1` prints survivors and score. Cosmic Ray
makes the changes, in a copy of the checkout. Survivors that were read and mean the same as the
original are listed in equivalent_mutants.txt and don't count. A run that was interrupted resumes:
what was killed stays so until its module changes, and survivors are tried again.
"""

import argparse
import ast
import difflib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import attrs
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec

from tests.support.mutant_runs import Baseline, is_killed, record, statement, warm_up

ROOT = Path(__file__).parents[2]
ROOMS = ("_wire", "_pipeline", "_writing", "_http", "_changes")
COPIED = ("neon_async", "pytest_neon_async", "tests", "pyproject.toml")
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.txt")
# Changes of decorators and of unions, nearly all of which are types.
MEANINGLESS = ("core/RemoveDecorator", "core/ReplaceBinaryOperator_BitOr_")


@attrs.frozen
class Mutant:
    """One change of one module."""

    room: str
    module: Path
    operator: str
    line: int
    original: str
    changed: str

    def diff(self) -> list[str]:
        """Return the lines that differ, with their signs."""
        lines = difflib.unified_diff(self.original.split("\n"), self.changed.split("\n"), n=0)
        return [line for line in lines if not line.startswith(("---", "+++", "@@"))]

    def text(self) -> str:
        """Describe the change in a line, as in the list of equivalent ones."""
        sides = (
            " ".join(line[1:].strip() for line in self.diff() if line[0] == sign) for sign in "-+"
        )
        return f"{self.module}: " + "  =>  ".join(sides)

    def key(self) -> str:
        """Name the change, and all of the module that it is made in."""
        return hashlib.sha256(f"{self.module}\0{self.changed}".encode()).hexdigest()


def sample(rooms: list[str], size: int, seed: int) -> list[Mutant]:
    """Choose mutants of the rooms, always the same for the same sources and seed."""
    found: list[tuple[str, MutationSpec]] = []
    for room in rooms:
        modules = sorted(Path("neon_async", room).glob("*.py"))
        types = {module: lines_of_types(module) for module in modules}
        with use_db(f"{room}.sqlite") as database:
            init(modules, database, {})
            specs = [item.mutations[0] for item in database.work_items]
        found += [
            (room, spec)
            for spec in specs
            if not spec.operator_name.startswith(MEANINGLESS)
            and spec.start_pos[0] not in types[spec.module_path]
        ]
    found.sort(key=lambda one: shuffled(seed, one[1]))
    return [mutant(room, spec) for room, spec in found[:size]]


def shuffled(seed: int, spec: MutationSpec) -> str:
    """Give a change its place in the sample, which depends on no other room or module."""
    name = f"{seed} {spec.module_path} {spec.operator_name} {spec.occurrence}"
    return hashlib.sha256(name.encode()).hexdigest()


def lines_of_types(module: Path) -> set[int]:
    """Return the lines that are for type checkers alone."""
    return {
        node.lineno
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    }


def mutant(room: str, spec: MutationSpec) -> Mutant:
    """Make a change."""
    original = spec.module_path.read_text()
    changed = mutate_code(original, get_operator(spec.operator_name)(), spec.occurrence)
    line = spec.start_pos[0]
    return Mutant(room, spec.module_path, spec.operator_name, line, original, changed)


def survives(mutant: Mutant, baseline: Baseline) -> bool:
    """Write the mutant to the copy for as long as its tests run."""
    tests = baseline.tests(mutant.module, statement(mutant.original, mutant.line))
    written = mutant.module.stat()
    try:
        mutant.module.write_text(mutant.changed)
        return not is_killed(tests, baseline)
    finally:
        mutant.module.write_text(mutant.original)
        # So that it still is what was compiled.
        os.utime(mutant.module, ns=(written.st_atime_ns, written.st_mtime_ns))


def equivalent() -> set[str]:
    """Read the changes that were found to mean the same as the original."""
    lines = EQUIVALENT.read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def copy_checkout(place: Path) -> None:
    """Copy what the tests need to a place, where modules may be changed, and go there."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / name)
    os.chdir(place)
    os.environ["PYTHONPATH"] = str(place)
    # Only the original is compiled, once.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True


def try_all(chosen: list[Mutant], kept: Path) -> list[Mutant]:
    """Try each mutant, unless it is known to be killed, and return the survivors."""
    kept.mkdir(parents=True, exist_ok=True)
    known = kept / "killed.json"
    killed = set(json.loads(known.read_text())) if known.exists() else set[str]()
    rooms = sorted({mutant.room for mutant in chosen if mutant.key() not in killed})
    tests = {room: f"tests/unit/{room.strip('_')}" for room in rooms}
    if rooms:
        warm_up(list(tests.values()))
    baselines = {room: record(room, tests[room], kept) for room in rooms}
    survivors: list[Mutant] = []
    for number, mutant in enumerate(chosen, 1):
        if mutant.key() in killed or not survives(mutant, baselines[mutant.room]):
            killed.add(mutant.key())
            known.write_text(json.dumps(sorted(killed)))
            outcome = "killed  "
        else:
            survivors.append(mutant)
            outcome = "SURVIVED"
        print(f"{outcome} {number:4} {mutant.module}:{mutant.line} {mutant.operator}", flush=True)
        if outcome == "SURVIVED":
            print("\n".join(mutant.diff()), flush=True)
    return survivors


def report(chosen: list[Mutant], survivors: list[Mutant]) -> None:
    """Print what survived, and the score by room."""
    print("\nSurvivors:", *(f"{one.module}:{one.line} {one.text()}" for one in survivors), sep="\n")
    tried = Counter(mutant.room for mutant in chosen)
    alive = Counter(mutant.room for mutant in survivors)
    for room in [*tried, "all"]:
        count = tried[room] if room in tried else tried.total()
        killed = count - (alive[room] if room in tried else alive.total())
        print(f"{room}: {killed} of {count} mutants killed ({killed / max(1, count):.1%})")


def main() -> int:
    """Try a sample, and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=400, help="how many mutants to try")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--rooms", nargs="+", default=ROOMS, choices=ROOMS)
    parser.add_argument("--fail-under", type=float, default=0.0, help="the least score, in percent")
    kept = Path(tempfile.gettempdir(), "neon_async_mutants")
    parser.add_argument("--kept", type=Path, default=kept, help="the folder that is resumed from")
    options = parser.parse_args()
    options.kept = options.kept.absolute()
    with tempfile.TemporaryDirectory() as place:
        copy_checkout(Path(place))
        same = equivalent()
        chosen = sample(options.rooms, options.sample, options.seed)
        different = [mutant for mutant in chosen if mutant.text() not in same]
        print(f"{len(chosen) - len(different)} of {len(chosen)} are known to be equivalent")
        survivors = try_all(different, options.kept)
        report(different, survivors)
    score = 100 * (1 - len(survivors) / max(1, len(different)))
    return int(score < options.fail_under)


if __name__ == "__main__":
    sys.exit(main())
