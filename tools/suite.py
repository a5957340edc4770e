"""Linters and tests in one run; the last line printed is the closing line of pytest.

Every part runs, whatever the part before said; the exit status tells whether all passed.
Called by ``dev.py test`` and, with ``--lint``, by ``dev.py lint``.
Source: *decisions* D26, *style anchors* 6 and 12.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tools.coverage_limits import PACKAGES

ROOT: Final = Path(__file__).resolve().parents[1]
SHARED: Final = ROOT.parent / "shared"

_TABLE_OF_CHARACTERS: Final = "from hypothesis import strategies; strategies.text().validate()"
"""Makes and keeps it; made by every worker at once in a fresh clone, it takes too long."""

_CONTRACTS: Final = "from importlinter.cli import lint_imports_command as check; check()"

CHECKS: Final = (
    (
        ("ruff check", ("-m", "ruff", "check", ".")),
        ("ruff format", ("-m", "ruff", "format", "--check", ".")),
        ("import contracts", ("-c", _CONTRACTS, "--no-logo")),
        ("house limits", ("-m", "tools.house_limits")),
        ("dependency audit", ("-m", "tools.audit_dependencies")),
        ("openapi.yaml", ("-m", "tools.openapi", "--check")),
        ("docs/security-tests.md", ("-m", "tools.security_table", "--check")),
    ),
    (
        ("mypy", ("-m", "mypy")),
        (  # after the other, whose cache it reads
            "mypy on the tools",
            ("-m", "mypy", "--explicit-package-bases", "dev.py", "tools", "benchmarks"),
        ),
    ),
)
"""Every linter: what it is called, and what the interpreter is told; the rows run side by side."""


WORKERS: Final = "3"
"""One more than the processors of the smallest machine: tests of real processes mostly wait."""

SPREAD: Final = ("-n", WORKERS, "--dist", "worksteal")
"""How tests are spread: a worker that has none left takes from the others."""


def python(*arguments: str) -> int:
    """Run this interpreter in the project's folder and give the exit status."""
    sys.stdout.flush()
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False).returncode


def failed_checks() -> list[str]:
    """Run every linter and name those that failed."""
    with ThreadPoolExecutor() as pool:
        return [name for row in pool.map(_failed, CHECKS) for name in row]


def _failed(checks: Iterable[tuple[str, tuple[str, ...]]]) -> list[str]:
    """Run linters one by one and name those that failed; each says what it found in one piece."""
    failed = []
    for name, arguments in checks:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        print(f"-- {name}\n{done.stdout}", end="", flush=True)
        if done.returncode:
            failed.append(name)
    return failed


def run_tests(arguments: Sequence[str]) -> tuple[int, str]:
    """Run pytest, measured; give its exit status and its closing line, which is not yet shown.

    Args:
        arguments: Those of pytest; ``--all`` among them drops the limit to the fast tier.
    """
    tier = () if "--all" in arguments else ("-m", "not slow")
    chosen = [argument for argument in arguments if argument != "--all"]
    python("-m", "coverage", "erase")
    python("-c", _TABLE_OF_CHARACTERS)
    source = ",".join(package.replace("/", ".") for package in PACKAGES)
    measured = ("-m", "coverage", "run", f"--source={source}")
    return all_but_last([sys.executable, *measured, "-m", "pytest", *SPREAD, *tier, *chosen])


def all_but_last(command: Sequence[str]) -> tuple[int, str]:
    """Run a program, show its output as it comes, and keep back the last line.

    Returns:
        The exit status, and the last line without its end.
    """
    last = ""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": ""},
    ) as process:
        for line in process.stdout or ():
            print(last, end="", flush=True)
            last = line
    return process.returncode, last.rstrip("\n")


def is_covered() -> bool:
    """Tell whether the packages with a threshold reach it.

    Without the official schemas many tests were skipped, so nothing is demanded.
    """
    if not SHARED.is_dir():
        print("not judged: the folder with the official schemas is not beside this one")
        return True
    return (
        python("-m", "coverage", "combine", "--quiet") + python("-m", "tools.coverage_limits") == 0
    )


def verdict(failed: Sequence[str]) -> str:
    """Say in one line what failed."""
    return f"failed: {', '.join(failed)}" if failed else "every check passed"


def main(arguments: Sequence[str]) -> int:
    """Run the parts and give the exit status: that of pytest, or 1 when something else failed."""
    failed = failed_checks()
    if "--lint" in arguments:
        print(verdict(failed))
        return int(bool(failed))
    print("-- pytest", flush=True)
    status, closing = run_tests(arguments)
    if status:
        failed.append("pytest")
    elif set(arguments) <= {"--all"}:
        print("-- coverage", flush=True)
        if not is_covered():
            failed.append("coverage")
    print(verdict(failed))
    print(closing, flush=True)
    return status or int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
