"""Starting our own daemon, and showing a page in the user's browser.

Programs are named by their full path, and an address is checked before it is given to one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from bridge.adapters.selfcall import own_command
from bridge.adapters.startvariables import without_refused
from bridge.domain.openuris import is_openable
from bridge.errors import InputError, StoreError

_OPENERS: Final = {
    "linux": ("/usr/bin/xdg-open", "/usr/local/bin/xdg-open"),
    "darwin": ("/usr/bin/open",),
}
_OPENING_S: Final = 20


def start_daemon(
    folder: Path | None, *, command: tuple[str, ...] | None = None
) -> subprocess.Popen[bytes]:
    """Start the daemon of this user, apart from this process and its terminal.

    It goes on when this process ends; nobody needs to wait for what is given back.

    Raises:
        StoreError: the program cannot be started.
    """
    words = command or own_command("run")
    if folder is not None:
        words = (*words, "--folder", str(folder))
    try:
        return subprocess.Popen(  # noqa: S603  our own program, by its full path
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=without_refused(os.environ),
            close_fds=True,
            start_new_session=sys.platform != "win32",
            creationflags=_DETACHED,
        )
    except OSError as error:
        raise StoreError("daemon cannot be started") from error


def show_page(address: str, *, openers: tuple[str, ...] | None = None) -> bool:
    """Show our own page, or a return address, in the user's browser; tells whether it went well.

    Raises:
        InputError: ``open_uri_refused``, it is no such address.
    """
    if not is_openable(address):
        raise InputError(code="open_uri_refused")
    if openers is None and sys.platform == "win32":
        return _show_on_windows(address)
    candidates = _OPENERS.get(sys.platform, ()) if openers is None else openers
    program = next((each for each in candidates if Path(each).is_file()), None)
    if program is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603  full path, an address that was checked
            [program, address],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_OPENING_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if sys.platform == "win32":
    _DETACHED: Final = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP

    def _show_on_windows(address: str) -> bool:
        try:
            os.startfile(address)  # noqa: S606  an address that was checked
        except OSError:
            return False
        return True

else:
    _DETACHED: Final = 0
