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
import itertools
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.support.mutant_runs import Baseline, is_killed, record, statement, warm_up

ROOT = Path(__file__).parents[2]
ROOMS = ("_wire", "_pipeline", "_writing", "_http", "_changes")
COPIED = ("neon_async", "pytest_neon_async", "tests", "pyproject.toml")
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.txt")
# Tests of a room that need more than the room.
ELSEWHERE = {"_wire": ["tests/integration/fastapi/test_schema.py"]}
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


@attrs.frozen
class Place:
    """Where an operator can change a module."""

    room: str
    module: Path
    operator: str
    occurrence: int
    line: int

    def shuffled(self, seed: int) -> str:
        """Return a place in the order of a sample, which depends on no other room or module."""
        name = f"{seed} {self.module} {self.operator} {self.occurrence}"
        return hashlib.sha256(name.encode()).hexdigest()

    def mutant(self) -> Mutant | None:
        """Make the change.

        None where the operator can't, as for `except module.Error`, or makes no Python of it, as of
        the stars before arguments.
        """
        original = self.module.read_text()
        try:
            changed = mutate_code(original, get_operator(self.operator)(), self.occurrence)
            ast.parse(changed or "")
        except (AttributeError, SyntaxError):
            return None
        if changed is None:
            return None
        return Mutant(self.room, self.module, self.operator, self.line, original, changed)


def sample(rooms: list[str], size: int, seed: int) -> list[Mutant]:
    """Choose mutants of the rooms, always the same for the same sources and seed."""
    modules = [(room, path) for room in rooms for path in Path("neon_async", room).glob("*.py")]
    found = [place for room, module in modules for place in places(room, module)]
    found.sort(key=lambda place: place.shuffled(seed))
    made = (place.mutant() for place in found)
    chosen = itertools.islice((mutant for mutant in made if mutant), size)
    return sorted(chosen, key=lambda mutant: rooms.index(mutant.room))


def places(room: str, module: Path) -> Iterator[Place]:
    """Find all changes of a module."""
    source = module.read_text()
    nodes, types = [*ast_nodes(get_ast(source))], lines_of_types(source)
    for name in operator_names():
        operator = get_operator(name)
        if name.startswith(MEANINGLESS) or operator.arguments():
            continue
        found = (start for node in nodes for start, _ in operator().mutation_positions(node))
        for occurrence, (line, _) in enumerate(found):
            if line not in types:
                yield Place(room, module, name, occurrence, line)


def lines_of_types(source: str) -> set[int]:
    """Return the lines that are for type checkers alone."""
    return {
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    }


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
    rooms = dict.fromkeys(mutant.room for mutant in chosen if mutant.key() not in killed)
    tests = {room: [f"tests/unit/{room.strip('_')}", *ELSEWHERE.get(room, ())] for room in rooms}
    if rooms:
        warm_up([*itertools.chain(*tests.values())])
    baselines: dict[str, Baseline] = {}
    survivors: list[Mutant] = []
    for number, mutant in enumerate(chosen, 1):
        is_known = mutant.key() in killed
        if not is_known and mutant.room not in baselines:
            baselines[mutant.room] = record(mutant.room, tests[mutant.room], kept)
        if is_known or not survives(mutant, baselines[mutant.room]):
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
        print(
            f"{len(chosen) - len(different)} of {len(chosen)} are known to be equivalent",
            flush=True,
        )
        survivors = try_all(different, options.kept)
        report(different, survivors)
    score = 100 * (1 - len(survivors) / max(1, len(different)))
    return int(score < options.fail_under)


if __name__ == "__main__":
    sys.exit(main())
