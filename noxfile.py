"""Every check of the project: `nox --list` shows them, `nox -s NAME -- ARGUMENTS` runs one."""

import itertools
import os
import shutil
from pathlib import Path

import nox

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
ROOT = Path(__file__).parent

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


@nox.session
def demo(session: nox.Session) -> None:
    """Pull 20,000 accounts and 5,000 activities from the emulator, and write a little."""
    session.install("--editable", ".[all]")
    session.run("neon-async", "demo", *session.posargs)


@nox.session
def example(session: nox.Session) -> None:
    """Serve the example service on an emulator, at http://127.0.0.1:8200/."""
    session.install("--editable", ".[all]")
    session.run("python", "-m", "neon_async.examples.service", *session.posargs)


@nox.session
def dev(session: nox.Session) -> None:
    """Make a virtual environment with everything in .venv, for an editor."""
    session.run("python", "-m", "venv", ".venv")
    python = str(ROOT / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python")
    needed = ["--editable", ".[all]", *group("dev")]
    session.run(python, "-m", "pip", "install", "--quiet", *needed, external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite on the Python that runs nox."""
    install(session, "tests")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=PYTHONS)
def matrix(session: nox.Session) -> None:
    """Run the test suite on every supported Python that is installed."""
    install(session, "tests")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install(*group("lint"))
    session.run("ruff", "check", *(session.posargs or ["."]))
    session.run("ruff", "format", "--check", *(session.posargs or ["."]))


@nox.session
def typing(session: nox.Session) -> None:
    """Check types with mypy and pyright, and that every public name has one."""
    # Not in place: --verifytypes looks only at packages that are installed.
    session.install(".[all]", *group("typing"))
    session.run("mypy", *session.posargs)
    session.run("pyright", *session.posargs)
    session.run("pyright", "--verifytypes", "neon_async", "--ignoreexternal")


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the test suite, and require that it takes every branch."""
    install(session, "tests")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure next to ideals and other libraries, and keep the table in benchmarks/README.md."""
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Run the tests of web pages in the system's Chromium, and fail where there is none."""
    install(session, "tests", "browser")
    env = {"BROWSER_TESTS": "required", "SCREENSHOTS": session.create_tmp()}
    session.run("python", "-m", "pytest", "-m", "browser", *session.posargs, env=env)


@nox.session
def build(session: nox.Session) -> None:
    """Build the sdist, the wheel from it, and run the test suite against the wheel."""
    session.install(*group("build"))
    place = Path(session.create_tmp())
    shutil.rmtree(place, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(place / "dist"), silent=True)
    wheel = next((place / "dist").glob("*.whl"))
    session.install("--force-reinstall", "--no-deps", str(wheel))
    session.install(f"{wheel}[all]", *group("tests"))
    # Out of the checkout, so that nothing but the wheel can be imported.
    shutil.copytree(ROOT / "tests", place / "tests")
    shutil.copytree(ROOT / "benchmarks", place / "benchmarks")
    shutil.copytree(ROOT / "docs", place / "docs")
    for name in ("CHANGELOG.md", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, place / name)
    session.chdir(place)
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the test suite on the lowest versions that the dependencies allow."""
    project = PYPROJECT["project"]
    direct = itertools.chain(project["dependencies"], *project["optional-dependencies"].values())
    pins = [requirement.replace(">=", "==") for requirement in direct if ">=" in requirement]
    constraints = Path(session.create_tmp()) / "lowest.txt"
    constraints.write_text("\n".join(pins), encoding="utf-8")
    session.install("--constraint", str(constraints), "--editable", ".[all]", *group("tests"))
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Call for a minute among faults and cancellations; nothing may grow: -- --seconds 600."""
    install(session, "tests")
    session.run("python", "-m", "tests.support.soak", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Run every example, require that public names are explained, and build the pages."""
    install(session, "tests", "lint", "docs")
    session.run("ruff", "check", "--select", "D", "neon_async")
    files = ["tests/integration/docs", "tests/unit/test_exported_members.py"]
    session.run("python", "-m", "pytest", *files, *session.posargs)
    site = Path(session.create_tmp()) / "site"
    # Warnings are errors: broken links, pages in no menu, names that the reference can't find.
    # With --quiet they would not be counted.
    quiet = {"NO_MKDOCS_2_WARNING": "1"}
    session.run("mkdocs", "build", "--strict", "--site-dir", str(site), env=quiet)
    session.log(f"the pages: {site}/index.html, or `mkdocs serve`")
