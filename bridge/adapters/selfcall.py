"""How this program starts itself for a task that wants a process of its own."""

from __future__ import annotations

import sys
from pathlib import PurePath


def own_command(argument: str, *, executable: str | None = None) -> tuple[str, ...]:
    """Give the command line that runs this program with one argument.

    An installed program has an executable of its own name; everywhere else Python runs the
    package (*Desktop packaging* 1).

    Args:
        argument: Such as ``--card-worker``; never a secret.
        executable: Full path; the one that runs now by default.
    """
    program = executable or sys.executable
    # Both kinds of separator: the path of the other platform is read in tests and logs.
    name = PurePath(program.replace("\\", "/")).name
    if name.lower().startswith("python"):
        return (program, "-m", "bridge", argument)
    return (program, argument)
