"""Entry point of the command ``carebridge`` and of ``python -m bridge``."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final

_CHILDREN: Final = {
    "--card-driver": "bridge.adapters.pcsc.driver",
    "--card-worker": "bridge.adapters.pkcs11.worker",
    "--pdf-reader": "bridge.adapters.pdfworker",
    "--pin-dialog": "tray.dialogs.child",
}
"""Tasks in a process of their own, which we start ourselves; each module has a ``main``
that gives the exit code.

They are looked up before anything else is imported: a child loads what it needs, and no more.
"""

_LINK: Final = "--url"
_WRONG_CALL: Final = 2
_OWNER_ONLY: Final = 0o077
"""Whatever we write, others may not read it, nor what libraries write for us (SEC-104)."""
_AUTOSTART: Final = "--autostart"
"""What the entries for start at login call (*Desktop packaging* 1)."""


def main() -> None:
    """Run the command line, or the one task this process was started for."""
    os.umask(_OWNER_ONLY)
    if sys.argv[1:2] == [_LINK]:
        _take_link()
    if sys.argv[1:] == [_AUTOSTART]:
        sys.argv[1:] = ["run"]
    child = _CHILDREN.get(" ".join(sys.argv[1:]))
    if child is not None:
        sys.exit(importlib.import_module(child).main())
    from bridge.cli.app import app  # noqa: PLC0415  # a child does without

    app()


def _take_link() -> None:
    """Turn the call that desktops make for a link into a command: one address, nothing else."""
    if len(sys.argv) != len(("program", _LINK, "address")):
        sys.exit(_WRONG_CALL)
    sys.argv[1:] = ["open-uri", "--", sys.argv[2]]


if __name__ == "__main__":
    main()
