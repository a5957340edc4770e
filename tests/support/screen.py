"""A screen of our own with somebody who types: Xvfb and xdotool."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image, ImageGrab

from bridge.adapters.selfcall import own_command

ALL_PARTS = "CI"
TITLE = "Carebridge"
_WAIT_S = 40
_GLANCE_S = 0.02


def require_screen() -> None:
    """Skip without the programs, unless everything must run."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if importlib.util.find_spec("_tkinter") is None:
        missing.append("Tk")
    if missing and os.environ.get(ALL_PARTS) != "1":
        pytest.skip(f"needs {', '.join(missing)}")


class Screen:
    """An X server without window manager."""

    def __init__(self, size: str = "800x600", *, dots_per_inch: int = 96) -> None:
        require_screen()
        reading, writing = os.pipe()
        shape = ["-screen", "0", f"{size}x24", "-dpi", str(dots_per_inch)]
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), *shape, "-nolisten", "tcp"],
            pass_fds=[writing],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self.name = f":{told.readline().strip()}"

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.name}

    def do(self, *action: str) -> str:
        """Run one action of xdotool."""
        done = subprocess.run(
            ["xdotool", *action],
            env=self.environment,
            capture_output=True,
            check=False,
            text=True,
        )
        return done.stdout.strip()

    def window(self) -> str | None:
        """Give the window that is shown."""
        found = self.do("search", "--onlyvisible", "--name", f"^{TITLE}$").split()
        return found[0] if found else None

    def wait_for_window(self) -> str:
        """Wait until a window is shown and has the focus."""
        deadline = time.monotonic() + _WAIT_S
        while time.monotonic() < deadline:
            window = self.window()
            if window is not None and self.do("getwindowfocus", "getwindowname") == TITLE:
                return window
            time.sleep(_GLANCE_S)
        raise AssertionError("no window appeared")

    def wait_for_no_window(self) -> None:
        deadline = time.monotonic() + _WAIT_S
        while self.window() is not None:
            assert time.monotonic() < deadline, "the window stays"
            time.sleep(_GLANCE_S)

    def place(self, window: str) -> tuple[int, int, int, int]:
        """Give left, top, right and bottom of a window."""
        lines = self.do("getwindowgeometry", "--shell", window).split()
        facts = dict(line.split("=") for line in lines if "=" in line)
        left, top = int(facts["X"]), int(facts["Y"])
        return left, top, left + int(facts["WIDTH"]), top + int(facts["HEIGHT"])

    def picture(self, window: str) -> Image.Image:
        """Give what is seen of a window."""
        return ImageGrab.grab(xdisplay=self.name).crop(self.place(window))

    def press(self, *keys: str) -> None:
        self.do("key", "--delay", "5", *keys)

    def type(self, text: str) -> None:
        self.do("type", "--delay", "5", text)


class Window:
    """One window's process, without the adapter before it."""

    def __init__(
        self, screen: Screen, *more: dict[str, Any], is_awaited: bool = True, **changes: Any
    ) -> None:
        self._process = subprocess.Popen(
            own_command("--pin-dialog"),
            env=screen.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        request = {
            "window": "pin",
            "requested_by": "Nurse software",
            "purpose": "open_ehealth_session",
            "holder_name": "Fien Testens",
            "reader": "ACR38",
            "tries_left": 3,
            "language": "nl",
            **changes,
        }
        for message in (request, *more):
            self.say(message)
        self.id = screen.wait_for_window() if is_awaited else ""

    def say(self, message: dict[str, Any]) -> None:
        """Tell the window something."""
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def leave(self) -> None:
        """Stop to wait for the answer."""
        self._process.stdin.close()

    def answer(self) -> tuple[dict[str, Any], bytes]:
        """Give header and digits, once the process has ended by itself."""
        header, _, digits = self._process.stdout.read().partition(b"\n")
        assert self._process.stderr.read() == b""
        assert self._process.wait(_WAIT_S) == 0
        return json.loads(header), digits

    @property
    def is_open(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            pipe.close()


@contextmanager
def shown(
    screen: Screen, *more: dict[str, Any], is_awaited: bool = True, **changes: Any
) -> Iterator[Window]:
    """Show a window until the block ends; ``more`` is what it is told at once.

    One that soon closes by itself is not awaited: it might be gone before anybody looks.
    """
    window = Window(screen, *more, is_awaited=is_awaited, **changes)
    try:
        yield window
    finally:
        window.close()
        screen.wait_for_no_window()
