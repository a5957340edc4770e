"""How this program starts itself for a task that wants a process of its own."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path, PurePath
from typing import Final

_CONSOLE: Final = "-console.exe"


def own_command(
    argument: str,
    *,
    executable: str | None = None,
    is_installed: bool | None = None,
    is_isolated: bool | None = None,
) -> tuple[str, ...]:
    """Give the command line that runs this program with one argument.

    An installed program has an executable of its own name; everywhere else Python runs the
    package (*Desktop packaging* 1).
    The one for the command line calls the one with windows, which opens no console.

    Python looks for packages in the current folder first, and whoever can write there could plant
    one; an installed package is found without that (LOC-02).
    What we start is isolated where we are.

    Args:
        argument: Such as ``--card-worker``; never a secret.
        executable: Full path; the one that runs now by default.
        is_installed: Whether the package was installed; by default whether it is among the
            interpreter's own packages.
        is_isolated: Whether the interpreter reads no variable and no folder of the user's; by
            default as the one that runs now.
    """
    program = executable or sys.executable
    # Both kinds of separator: the path of the other platform is read in tests and logs.
    name = PurePath(program.replace("\\", "/")).name
    if name.lower().startswith("python"):
        installed = _is_installed() if is_installed is None else is_installed
        isolated = bool(sys.flags.isolated) if is_isolated is None else is_isolated
        way = ("-I",) if isolated else ("-P",) if installed else ()
        return (program, *way, "-m", "bridge", argument)
    if name.lower().endswith(_CONSOLE):
        program = program[: -len(_CONSOLE)] + ".exe"
    return (program, argument)


def _is_installed() -> bool:
    root = Path(__file__).resolve().parents[2]
    own = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    if root in {Path(each).resolve() for each in own}:
        return True
    # In a bundle our packages lie elsewhere, with the record of their installation beside them.
    return any(root.glob("carebridge-*.dist-info"))
