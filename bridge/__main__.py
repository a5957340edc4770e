"""Entry point of the command ``carebridge`` and of ``python -m bridge``."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final

_CHILDREN: Final = {
    "--card-worker": "bridge.adapters.pkcs11.worker",
    "--pin-dialog": "tray.dialogs.child",
    "--check-installation user": "bridge.daemon.installcheck",
    "--check-installation machine": "bridge.daemon.installcheck",
}
"""Tasks in a process of their own, which we or an installer start; each module has a ``main``
that gives the exit code.

They are looked up before anything else is imported: a child loads what it needs, and no more.
"""

_CALLS: Final = {"--autostart": "run", "--quit": "quit"}
"""How installers and entries for start at login call us (*Desktop packaging* 1), and the verbs."""

_LINK: Final = "--url"
_WRONG_CALL: Final = 2
_OWNER_ONLY: Final = 0o077
"""Whatever we write, others may not read it, nor what libraries write for us (SEC-104)."""


def main() -> None:
    """Run the command line, or the one task this process was started for."""
    os.umask(_OWNER_ONLY)
    has_console = _give_streams()
    if not sys.argv[1:] and not has_console:
        sys.argv.append("run")  # somebody clicked on the program
    sys.argv[1:2] = [_CALLS.get(word, word) for word in sys.argv[1:2]]
    if sys.argv[1:2] == [_LINK]:
        _take_link()
    child = _CHILDREN.get(" ".join(sys.argv[1:]))
    if child is not None:
        sys.exit(importlib.import_module(child).main())
    from bridge.cli.app import app  # noqa: PLC0415  # a child does without

    app()


def _give_streams() -> bool:
    """Give a program without console streams that lead nowhere; tells whether it had some.

    Windows gives none to a program with windows only, and whatever prints would end it.
    """
    has_some = sys.stdout is not None or sys.stderr is not None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115  # kept open
            setattr(sys, name, stream)
    return has_some


def _take_link() -> None:
    """Turn the call that desktops make for a link into a command: one address, nothing else."""
    if len(sys.argv) != len(("program", _LINK, "address")):
        sys.exit(_WRONG_CALL)
    sys.argv[1:] = ["open-uri", "--", sys.argv[2]]


if __name__ == "__main__":
    main()
