"""A Windows of our own: Wine in a private prefix, with a screen, a tray and somebody who types.

What Wine 8 lacks is made up for here and never in the product: each such place names its trap of
*Desktop packaging* 9.1.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.screen import Screen

SOURCES = Path(__file__).with_name("windows")
COMPILER = "x86_64-w64-mingw32-gcc"
PROGRAMS = ("wine", "wineboot", "wineserver", "Xvfb", "xdotool", "openbox", "trayer", COMPILER)
PATIENCE_S = 600
"""Generous: on a machine with other work a start takes some minutes."""

_OVERRIDES = "winedbg.exe=d;winemenubuilder.exe=d;mscoree=;mshtml=;_wmi.pyd=;winscard=n"
"""A crash ends the program instead of opening a debugger; nothing of the start menu comes into that
of Linux; what asks WMI would end it (traps), so
Python is told that this library is missing; the smart cards are ours.
"""
_BOOT = (
    r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager"
    r"\Memory Management\PrefetchParameters"
)
_REFUSED = re.compile(r"^(PYTHON|SSL_CERT_|LD_)")
"""Variables of the test's own Python, and with which a production build does not start."""


def require_wine() -> None:
    """Skip without the programs, and say which."""
    if sys.platform != "linux":
        pytest.skip("Wine is tried on Linux")
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


@dataclass(frozen=True)
class Done:
    """How a program ended, and what it said."""

    status: int
    said: str


class Wine:
    """One Windows; its user has just signed in."""

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        """Make it below a folder; a minute is plenty.

        Args:
            folder: Which exists.
            variables: Further ones of its environment, such as ``CARDRELAY_PORT``.
        """
        require_wine()
        self.prefix = folder / "prefix"
        self.screen = Screen()
        kept = {name: text for name, text in os.environ.items() if not _REFUSED.match(name)}
        self.environment = {
            **kept,
            "DISPLAY": self.screen.name,
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": _OVERRIDES,
            **(variables or {}),
        }
        self._started: list[subprocess.Popen[bytes]] = []
        self._helpers = [self._helper("openbox"), self._helper(*_TRAY)]
        try:
            self._install(folder)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End every program of it, and its screen."""
        self._server("-k")
        for program in self._started:
            program.wait(PATIENCE_S)
        for helper in reversed(self._helpers):
            helper.terminate()
            helper.wait()
        self.screen.close()

    @property
    def drive(self) -> Path:
        return self.prefix / "drive_c"

    @property
    def home(self) -> Path:
        """The user's own folder."""
        (found,) = [each for each in (self.drive / "users").iterdir() if each.name != "Public"]
        return found

    def named(self, path: Path) -> str:
        r"""Give the name Windows has for a file below its drive: ``C:\…``."""
        return "C:\\" + str(path.relative_to(self.drive)).replace("/", "\\")

    def run(self, *words: str, given: str = "", seconds: float = PATIENCE_S) -> Done:
        """Run a program to its end; it must start none that goes on, which would keep the pipe.

        Standard streams are pipes: with files, Python for Windows does not start (trap).
        """
        done = subprocess.run(
            ["wine", *words],
            env=self.environment,
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode("utf-8", "replace").replace("\r\n", "\n"))

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a program without streams: an installer, or one with windows only."""
        program = subprocess.Popen(
            ["wine", *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._started.append(program)
        return program

    def finish(self, *words: str, seconds: float = PATIENCE_S) -> int:
        """Run a program without streams to its end and give its exit status."""
        with self.start(*words) as program:
            try:
                return program.wait(seconds)
            except subprocess.TimeoutExpired:
                program.kill()
                raise

    def login(self) -> None:
        """Sign out, which ends everything, and in again: what starts at login is started."""
        self._server("-k")
        self._server("-w")
        self.finish("wineboot")

    def registry(self, key: str, value: str = "") -> str | None:
        """Read a value of the registry, the default one without a name; ``None``: there is none."""
        asked = self.run("reg", "query", key, *(("/v", value) if value else ("/ve",)))
        found = re.search(r"^ +.+? +REG_[A-Z]+ +(.*)$", asked.said, re.MULTILINE)
        return found[1].strip() if asked.status == 0 and found else None

    def has_key(self, key: str) -> bool:
        """Tell whether there is a key in the registry."""
        return self.run("reg", "query", key).status == 0

    def processes(self, name: str, word: str = "") -> list[int]:
        """Give the numbers (of Linux) of this Windows's programs of a name, called with a word."""
        found = []
        for place in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                number = int(place.name)
                words = (place / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
                variables = (place / "environ").read_bytes().split(b"\0")
                program = words[0].replace("\\", "/").rpartition("/")[2]
                is_here = f"WINEPREFIX={self.prefix}".encode() in variables
                is_called = not word or word in words[1:]
                if is_here and is_called and program.lower() == name.lower():
                    found.append(number)
        return found

    def until(self, look: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> Any:
        """Look until there is something to see, and give it."""
        deadline = time.monotonic() + seconds
        while not (seen := look()):
            assert time.monotonic() < deadline, what
            time.sleep(0.2)
        return seen

    def _install(self, folder: Path) -> None:
        self.finish("wineboot", "-i")
        system = self.drive / "windows" / "system32"
        for name, library, needed in _LIBRARIES:
            made = folder / library
            words = ["-shared", "-O1", "-s", "-o", str(made), str(SOURCES / name), needed]
            subprocess.run([COMPILER, *words], check=True)
            (system / library).unlink(missing_ok=True)  # may lead to Wine's own one
            shutil.copy(made, system / library)
        self.finish("winecfg", "/v", "win10")  # trap: it is a Windows 7 by default
        self.finish("reg", "add", _BOOT, "/v", "BootId", "/t", "REG_DWORD", "/d", "7", "/f")

    def _helper(self, *words: str) -> subprocess.Popen[bytes]:
        nowhere = subprocess.DEVNULL
        return subprocess.Popen(words, env=self.environment, stdout=nowhere, stderr=nowhere)

    def _server(self, wish: str) -> None:
        subprocess.run(["wineserver", wish], env=self.environment, capture_output=True, check=False)


_TRAY = ("trayer", "--edge", "bottom", "--align", "right", "--width", "100", "--height", "48")
_LIBRARIES = (
    ("processprng.c", "bcryptprimitives.dll", "-ladvapi32"),  # trap: libraries written in Rust
    ("winscard.c", "winscard.dll", "-lws2_32"),  # Desktop packaging 7: Wine's own is empty
)
