"""Every check of the project: `nox --list` shows them, `nox -s NAME -- ARGUMENTS` runs one."""

import argparse
import itertools
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import nox
import nox.command

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
ROOT = Path(__file__).resolve().parent

# The modules and commands of an installed package: what a wheel or an old dependency can break,
# and what the tests in the checkout don't see. The rest of the suite runs once, in `tests`.
WHEEL_TESTS = (
    "tests/integration/cli/test_app.py",
    "tests/integration/cli/test_demo.py",
    "tests/integration/console/test_pages.py",
    "tests/integration/examples/test_service.py",
    "tests/unit/test_exported_members.py",
    "tests/unit/test_lazy.py",
    "tests/unit/testing",
)
LOWEST_TESTS = (
    *WHEEL_TESTS,
    "tests/integration/cli/test_arrow.py",
    "tests/integration/cli/test_credentials.py",
    "tests/integration/fastapi",
    "tests/integration/flows",
    "tests/unit/aio",
    "tests/unit/client",
    "tests/unit/http",
    "tests/unit/models",
    "tests/unit/test_otel.py",
    "tests/unit/warehouse",
    "tests/unit/wire",
)

# Where transports of httpx2 are used.
HTTPX2_TESTS = ("tests/integration/engines/test_httpx2.py", "tests/unit/http/test_httpx2.py")

# Databases and clusters in processes of their own, some of which are killed.
ENGINE_TESTS = "tests/integration/engines"
# Other people's frameworks, which are too large for every environment.
RECIPE_TESTS = "tests/integration/recipes"

nox.needs_version = ">=2025.5.1"
nox.options.sessions = ["lint", "typing", "docs", "tests"]
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True


def group(name: str) -> tuple[str, ...]:
    """Return the requirements of one dependency group."""
    return nox.project.dependency_groups(PYPROJECT, name)


def install(session: nox.Session, *groups: str) -> None:
    """Install the package in place, with every extra and the dependency groups."""
    needed = [requirement for name in groups for requirement in group(name)]
    session.install("--editable", ".[all]", *needed)


def pytest(session: nox.Session, *arguments: str, measured: bool = False) -> None:
    """Run pytest, on every core unless the arguments say which tests or how many processes.

    One process more than cores: a fifth of the time, tests wait for processes, servers and clocks.
    """
    chosen = [*arguments, *session.posargs]
    alone = any(Path(argument.partition("::")[0]).exists() for argument in session.posargs)
    alone = alone or any(argument.startswith(("-n", "--pdb")) for argument in chosen)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    spread = [] if alone else ["-n", str((cores or 1) + 1), "--dist", "worksteal"]
    start = ["coverage", "run"] if measured else ["python"]
    # Many tests start a Python of their own, which would compile the package anew each time.
    env = {"PYTHONDONTWRITEBYTECODE": ""}
    session.run(*start, "-m", "pytest", *spread, *chosen, env=env)


@nox.session
def demo(session: nox.Session) -> None:
    """Pull 20,000 accounts and 5,000 activities from the emulator, and write a little."""
    session.install("--editable", ".[cli,emulator]")
    session.run("neon-async", "demo", *session.posargs)


@nox.session
def example(session: nox.Session) -> None:
    """Serve the example service on an emulator, at http://127.0.0.1:8200/."""
    session.install("--editable", ".[emulator,fastapi]")
    session.run("python", "-m", "neon_async.examples.service", *session.posargs)


@nox.session
def dev(session: nox.Session) -> None:
    """Make a virtual environment with everything in .venv, for an editor."""
    session.run("python", "-m", "venv", ".venv")
    python = str(ROOT / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python")
    needed = ["--editable", ".[all]", *group("dev")]
    session.run(python, "-m", "pip", "install", "--quiet", *needed, external=True)


@nox.session
def quick(session: nox.Session) -> None:
    """Run the unit tests of the parts of the package that differ from main."""
    install(session, "tests")
    chosen = unit_tests(changed_files(session))
    if not chosen:
        session.skip("nothing with unit tests of its own differs from main")
    pytest(session, "-n", "auto", "--maxfail=5", *chosen)


def changed_files(session: nox.Session) -> list[str]:
    """Return the files that differ from where this branch left main, new ones included."""

    def git(*arguments: str) -> list[str]:
        output = session.run("git", *arguments, external=True, silent=True, log=False)
        return str(output).split()

    branches = git("for-each-ref", "--format=%(refname)", "refs/heads/main")
    branches += git("for-each-ref", "--format=%(refname)", "refs/remotes/origin/main")
    (base,) = git("merge-base", "HEAD", branches[0]) if branches else ["HEAD"]
    return git("diff", "--name-only", base) + git("ls-files", "--others", "--exclude-standard")


def unit_tests(changed: list[str]) -> list[str]:
    """Return the tests of the changed parts: those of `_http` are in tests/unit/http."""
    chosen: set[str] = set()
    for path in map(Path, changed):
        match path.parts:
            case ("neon_async", room, *_):
                part = room.removesuffix(".py").strip("_")
                chosen |= {f"tests/unit/{part}", f"tests/unit/test_{part}.py"}
            case ("tests", "unit", *_) if path.name.startswith("test_"):
                chosen.add(str(path))
            case _:
                pass
    rooms = {name for name in chosen if (ROOT / name).is_dir()}
    single = {name for name in chosen if (ROOT / name).is_file()}
    return sorted(rooms | {name for name in single if str(Path(name).parent) not in rooms})


def run_suite(session: nox.Session, *, required: str = "") -> None:
    """Run all tests, with those of web pages where there is a browser.

    Args:
        session: where.
        required: how many percent of the package's lines and branches they must take; "" where
            that is not measured.
    """
    browser = any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    install(session, "tests", *(["browser"] if browser else []))
    if not browser:
        session.log("no Chromium is installed: the tests of web pages are skipped")
    if required:
        session.run("coverage", "erase")
    # The engines' own session runs their tests.
    pytest(session, "--ignore", ENGINE_TESTS, measured=bool(required))
    if required:
        session.run("coverage", "combine", "--quiet")
        session.run("coverage", "report", "--precision=1", f"--fail-under={required}")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite; with COVERAGE=99.9, require so much of lines and branches."""
    run_suite(session, required=os.environ.get("COVERAGE", ""))


@nox.session
def shuffled(session: nox.Session) -> None:
    """Run the test suite in random order: -- --randomly-seed=1 repeats one."""
    install(session, "tests", "shuffled")
    pytest(session, "--ignore", ENGINE_TESTS)


@nox.session
def alone(session: nox.Session) -> None:
    """Run each module of tests in a process of its own: none may need what another one did."""
    install(session, "tests")
    modules = sorted(map(str, (ROOT / "tests").rglob("test_*.py")))
    failed = []
    for module in session.posargs or [name for name in modules if ENGINE_TESTS not in name]:
        try:
            # 5: what it needs is not installed.
            command = ("python", "-m", "pytest", "--quiet", "--no-header", module)
            session.run(*command, env={"PYTHONDONTWRITEBYTECODE": ""}, success_codes=[0, 5])
        except nox.command.CommandFailed:
            failed.append(module)
    if failed:
        session.error(f"these fail alone: {' '.join(failed)}")


@nox.session
def engines(session: nox.Session) -> None:
    """Run the tests with real engines, whose workers and processes are killed on the way."""
    install(session, "tests")
    pytest(session, "-n0", *([] if session.posargs else [ENGINE_TESTS]))


@nox.session
def recipes(session: nox.Session) -> None:
    """Run the recipes and pages about other frameworks: Prefect, Celery, Jupyter and others."""
    install(session, "tests", "recipes")
    pages = "tests/integration/docs/test_readme.py"
    chosen = session.posargs or [pages, RECIPE_TESTS, "-k", "pipelines or synchronous or recipes"]
    session.run("python", "-m", "pytest", *chosen)


@nox.session
def warehouse(session: nox.Session) -> None:
    """Load 8 organizations by dlt on two Dask workers, one of which is killed on the way."""
    install(session, "tests")
    session.run("python", "-m", "tests.support.warehouse_run", *session.posargs)


@nox.session
def scale(session: nox.Session) -> None:
    """Measure Arrow, dlt and Dask: ratios, a worker's memory, what many organizations cost."""
    session.install("--editable", ".[all]", *group("tests"))
    session.run("python", "-m", "benchmarks.pipelines", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the test suite, and require that it takes every line and branch of the package."""
    run_suite(session, required="100")


@nox.session(python=PYTHONS)
def matrix(session: nox.Session) -> None:
    """Run the test suite on every supported Python that is installed."""
    run_suite(session)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, spelling and the project's metadata."""
    session.install(*group("lint"))
    session.run("ruff", "check", *(session.posargs or ["."]))
    session.run("ruff", "format", "--check", *(session.posargs or ["."]))
    session.run("codespell", *session.posargs)
    session.run("validate-pyproject", "pyproject.toml")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types with mypy and pyright, and that every public name has one."""
    # Not in place: --verifytypes looks only at packages that are installed.
    session.install(".[all]", *group("typing"))
    session.run("mypy", *session.posargs)
    session.run("pyright", *session.posargs)
    session.run("pyright", "--verifytypes", "neon_async", "--ignoreexternal")
    if not session.posargs:
        # What readers copy passes in their strict projects, too. Celery and Django have no types.
        programs = Path(session.create_tmp()) / "programs"
        shutil.rmtree(programs, ignore_errors=True)
        session.run("python", "-m", "tests.support.page_programs", str(programs))
        lenient = ("--ignore-missing-imports", "--allow-untyped-decorators")
        session.run("mypy", *lenient, *map(str, sorted(programs.iterdir())))


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Measure beside ideals and other libraries: -- --python 3.11 --python 3.13."""
    parser = argparse.ArgumentParser(prog="nox -s bench --", add_help=False)
    parser.add_argument("--python", action="append")
    options, arguments = parser.parse_known_args(session.posargs)
    for version in options.python or [".".join(map(str, sys.version_info[:2]))]:
        place = Path(session.create_tmp()) / version
        session.run(interpreter(session, version), "-m", "venv", str(place), external=True)
        python = str(place / ("Scripts" if os.name == "nt" else "bin") / "python")
        needed = ["--editable", ".[all]", *group("bench")]
        session.run(python, "-m", "pip", "install", "-qq", *needed, external=True)
        session.run(python, "-m", "benchmarks", *arguments, external=True)


def interpreter(session: nox.Session, version: str) -> str:
    """Return the path of an installed Python, such as 3.13, also of one that only pyenv knows."""
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    known = sorted(folder.glob(f"{version}.*/bin/python"), reverse=True)
    paths = filter(None, [shutil.which(f"python{version}"), *map(str, known)])
    path = next(filter(runs, paths), None)
    if path is None:
        session.error(f"Python {version} is not installed")
    return path


def runs(python: str) -> bool:
    """Return whether a Python is there: pyenv has commands for versions that are switched off."""
    done = subprocess.run([python, "-c", ""], capture_output=True, check=False)
    return done.returncode == 0


@nox.session
def httpx2(session: nox.Session) -> None:
    """Run the tests with transports of httpx2, in its newest version."""
    install(session, "tests")
    session.install("--upgrade", "httpx2")
    pytest(session, "-n0", *([] if session.posargs else HTTPX2_TESTS))


@nox.session
def browser(session: nox.Session) -> None:
    """Run the tests of web pages in the system's Chromium, and fail where there is none."""
    install(session, "tests", "browser")
    env = {"BROWSER_TESTS": "required", "SCREENSHOTS": session.create_tmp()}
    session.run("python", "-m", "pytest", "-m", "browser", *session.posargs, env=env)


@nox.session
def build(session: nox.Session) -> None:
    """Build sdist and wheel, check their metadata, and test the wheel with the sdist's tests."""
    session.install(*group("build"))
    place = Path(session.create_tmp())
    shutil.rmtree(place, ignore_errors=True)
    dist = place / "dist"
    session.run("python", "-m", "build", "--outdir", str(dist), silent=True)
    session.run("twine", "check", "--strict", *map(str, dist.iterdir()))
    wheel = next(dist.glob("*.whl"))
    session.install("--force-reinstall", "--no-deps", str(wheel))
    session.install(f"{wheel}[all]", *group("tests"))
    with tarfile.open(next(dist.glob("*.tar.gz"))) as sdist:
        sdist.extractall(place, filter="data")
    source = next(place.glob("neon_async-*"))
    # Out of the checkout and without the sources, so that nothing but the wheel can be imported.
    for package in ("neon_async", "pytest_neon_async"):
        shutil.rmtree(source / package)
    session.chdir(source)
    # In one process: in a whole run another session uses the other core.
    pytest(session, "-n0", *([] if session.posargs else WHEEL_TESTS))
    if not session.posargs:
        # The README from top to bottom, in new environments: from the checkout and from the wheel.
        session.install("uv", "pipx")
        for packages in ([], [str(wheel)]):
            session.run("python", "-m", "tests.support.newcomer", str(ROOT), *packages)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Test what calls the dependencies, with the lowest versions of them that are allowed."""
    project = PYPROJECT["project"]
    direct = itertools.chain(project["dependencies"], *project["optional-dependencies"].values())
    # Constraints name no extras.
    pins = [
        re.sub(r"\[.*\]", "", requirement).replace(">=", "==")
        for requirement in direct
        if ">=" in requirement
    ]
    constraints = Path(session.create_tmp()) / "lowest.txt"
    constraints.write_text("\n".join(pins), encoding="utf-8")
    session.install("--constraint", str(constraints), "--editable", ".[all]", *group("tests"))
    pytest(session, "-n0", *([] if session.posargs else LOWEST_TESTS))


@nox.session
def soak(session: nox.Session) -> None:
    """Call for a minute among faults and cancellations; nothing may grow: -- --seconds 600."""
    install(session, "tests")
    session.run("python", "-m", "tests.support.soak", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Change a sample of the package's operators, and require that tests notice: -- --sample 40."""
    install(session, "tests", "mutants")
    env = {"PYTHONDONTWRITEBYTECODE": ""}
    session.run("python", "-m", "tests.support.mutants", *session.posargs, env=env)


@nox.session
def nightly(session: nox.Session) -> None:
    """Run what takes hours: long Hypothesis runs, the soak, mutants and every Python."""
    install(session, "tests")
    env = {"HYPOTHESIS_PROFILE": "thorough", "PYTHONDONTWRITEBYTECODE": ""}
    command = ("python", "-m", "pytest", "-n", "auto", "--dist", "worksteal", "--timeout=1800")
    session.run(*command, *session.posargs, env=env)
    for name in (
        "coverage",
        "browser",
        "recipes",
        "shuffled",
        "alone",
        "soak",
        "mutants",
        *(f"matrix-{python}" for python in PYTHONS),
    ):
        session.notify(name, posargs=())


@nox.session
def docs(session: nox.Session) -> None:
    """Require that public names are explained, and build the pages; `tests` runs their examples."""
    install(session, "lint", "docs")
    session.run("ruff", "check", "--select", "D", "neon_async")
    site = Path(session.create_tmp()) / "site"
    # Warnings are errors: broken links, pages in no menu, names that the reference can't find.
    # With --quiet they would not be counted.
    quiet = {"NO_MKDOCS_2_WARNING": "1"}
    session.run("mkdocs", "build", "--strict", "--site-dir", str(site), env=quiet)
    session.log(f"the pages: {site}/index.html, or `mkdocs serve`")
