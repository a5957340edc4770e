"""Entry point of the command ``carebridge`` and of ``python -m bridge``."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Final

_CHILDREN: Final = {
    "--card-driver": "bridge.adapters.pcsc.driver",
    "--card-worker": "bridge.adapters.pkcs11.worker",
    "--pdf-reader": "bridge.adapters.pdfworker",
    "--pin-dialog": "tray.dialogs.child",
    "--check-installation user": "bridge.daemon.installcheck",
    "--check-installation machine": "bridge.daemon.installcheck",
}
"""Tasks in a process of their own, which we or an installer start; each module has a ``main``
that gives the exit code.

They are looked up before anything else is imported: a child loads what it needs, and no more.
"""

_STARTER: Final = "--autostart"
"""Entries for start at login call the starter, which runs the daemon with the further words."""

_CALLS: Final = {"--quit": ("quit",), "--no-tray": ("run", "--no-tray")}
"""How installers and service units call us (*Desktop packaging* 1), and the verbs."""

_FROM_MENU: Final = "--from-menu"
"""The entry in the menu of a Linux desktop: as a click on the program itself on Windows."""
_LINK: Final = "--url"
_WRONG_CALL: Final = 2
_OWNER_ONLY: Final = 0o077
"""Whatever we write, others may not read it, nor what libraries write for us (SEC-104)."""


def main() -> None:
    """Run the command line, or the one task this process was started for."""
    os.umask(_OWNER_ONLY)
    has_console = _give_streams()
    if sys.argv[1:] == [_FROM_MENU] or (not has_console and not sys.argv[1:]):
        _start_for_somebody_who_clicked()
    sys.argv[1:] = as_verb(sys.argv[1:])
    is_starter = sys.argv[1:2] == [_STARTER]
    child = "bridge.daemon.starter" if is_starter else _CHILDREN.get(" ".join(sys.argv[1:]))
    if child is not None:
        sys.exit(importlib.import_module(child).main())
    _use_command_line()


def as_verb(words: Sequence[str]) -> list[str]:
    """Give the verb that a call from outside stands for; a link is one address and nothing else.

    Raises:
        SystemExit: with 2, a link with more or less than that.
    """
    if words[:1] == [_LINK]:
        if len(words) != len((_LINK, "address")):
            sys.exit(_WRONG_CALL)
        return ["open-uri", "--", words[1]]
    first = [each for word in words[:1] for each in _CALLS.get(word, (word,))]
    return [*first, *words[1:]]


def _use_command_line() -> None:
    from bridge.cli.app import app  # noqa: PLC0415  # a child does without

    app()


def _start_for_somebody_who_clicked() -> None:
    """Run the daemon, and show what keeps it from starting: there is no console to read it in."""
    from bridge.adapters.messagebox import show_message  # noqa: PLC0415  # as the command line

    sys.argv[1:] = ["run"]
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            _use_command_line()
    except SystemExit as end:
        if end.code and said.getvalue():
            show_message(said.getvalue().strip())
        raise


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


if __name__ == "__main__":
    main()
