"""A whole desktop for the tray: window manager, tray host that shows menus, session bus."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageGrab

from tests.support.screen import ALL_PARTS, Screen

_PROGRAMS = ("openbox", "trayer", "dbus-daemon", "dbus-monitor")
_WAIT_S = 40
_GLANCE_S = 0.05
_FRAME = 4
_GTK = "import tray.pystrayicon as p; p._offer_gtk(); import gi; gi.require_version('Gtk', '3.0')"
CLASS = "carebridge"


def require_desktop() -> None:
    """Skip without the programs, unless everything must run."""
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing and os.environ.get(ALL_PARTS) is None:
        pytest.skip(f"needs {', '.join(missing)}")
    if importlib.util.find_spec("pystray") is None:
        pytest.skip("this environment is older than its list")
    if subprocess.run([sys.executable, "-c", _GTK], capture_output=True, check=False).returncode:
        pytest.skip("the system's GTK is not made for this Python")


class Desktop(Screen):
    """A screen with everything a tray icon needs; somebody looks and clicks."""

    def __init__(self, folder: Path) -> None:
        require_desktop()
        super().__init__()
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._bus = bus.stdout.readline().strip()
        self._told = folder / "notifications"
        self._helpers = [bus, *map(self._start, (["openbox"], self._host(), self._listening()))]

    @staticmethod
    def _host() -> list[str]:
        return [
            *("trayer", "--edge", "bottom", "--align", "right"),
            *("--widthtype", "pixel", "--width", "100", "--height", "48"),
        ]

    @staticmethod
    def _listening() -> list[str]:
        return ["dbus-monitor", "--session", "interface=org.freedesktop.Notifications"]

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self._told.open("ab") as told:
            said = told if command[0] == "dbus-monitor" else subprocess.DEVNULL
            return subprocess.Popen(
                command, env=self.environment, stdout=said, stderr=subprocess.DEVNULL
            )

    @property
    def environment(self) -> dict[str, str]:
        return {
            **super().environment,
            "DBUS_SESSION_BUS_ADDRESS": self._bus,
            "LANGUAGE": "en",
            "NO_AT_BRIDGE": "1",
        }

    def close(self) -> None:
        for helper in reversed(self._helpers):
            helper.terminate()
            helper.wait()
            if helper.stdout is not None:
                helper.stdout.close()
        super().close()

    def until(self, look: Callable[[], Any], what: str) -> Any:
        """Look until there is something to see, and give it."""
        deadline = time.monotonic() + _WAIT_S
        while not (seen := look()):
            assert time.monotonic() < deadline, (what, self.places())
            time.sleep(_GLANCE_S)
        return seen

    def places(self) -> list[tuple[str, tuple[int, int, int, int]]]:
        """Give names and places (left, top, width, height) of our visible windows."""
        found = []
        for window in self.do("search", "--onlyvisible", "--class", CLASS).split():
            lines = self.do("getwindowgeometry", "--shell", window).split()
            facts = dict(line.split("=") for line in lines if "=" in line)
            names = ("X", "Y", "WIDTH", "HEIGHT")
            if all(name in facts for name in names):
                left, top, width, height = (int(facts[name]) for name in names)
                found.append((self.do("getwindowname", window), (left, top, width, height)))
        return found

    def icon(self) -> tuple[str, tuple[int, int, int, int]] | None:
        """Give the title and the place of the tray icon."""
        found = [each for each in self.places() if each[0].startswith("Carebridge:")]
        return found[0] if found else None

    def menu(self) -> tuple[int, int, int, int] | None:
        """Give the place of the open menu, which has no name of its own."""
        found = [place for name, place in self.places() if name in {CLASS, ""} and place[3] > 99]
        return found[0] if found else None

    def wait_for_icon(self, title: str) -> None:
        """Wait until the icon says something."""
        self.until(lambda: (self.icon() or ("",))[0].startswith(title), f"no icon says {title}")

    def click(self, left: float, top: float) -> None:
        self.do("mousemove", str(round(left)), str(round(top)), "click", "1")

    def open_menu(self) -> tuple[int, int, int, int]:
        """Click on the icon, as a user does, and give the place of the menu."""

        def opened() -> tuple[int, int, int, int] | None:
            left, top, width, height = self.until(self.icon, "no icon")[1]
            self.click(left + width / 2, top + height / 2)
            deadline = time.monotonic() + 2
            while (menu := self.menu()) is None and time.monotonic() < deadline:
                time.sleep(_GLANCE_S)
            return menu

        return self.until(opened, "no menu")

    def choose(self, place: int) -> None:
        """Choose the entry that is reached by so many steps down."""
        self.open_menu()
        self.press(*["Down"] * place, "Return")

    def buttons(self) -> list[tuple[int, int]]:
        """Give the middles of the buttons of our window, from left to right.

        They are looked for as a person does: by their rims, in the lowest row of the window.
        """
        facts = self.do("getwindowgeometry", "--shell", self.wait_for_window()).split()
        place = dict(line.split("=") for line in facts)
        left, top = int(place["X"]), int(place["Y"])
        width, height = int(place["WIDTH"]), int(place["HEIGHT"])
        # Without the frame that the window manager draws around it.
        seen = self.shot().crop((left, top, left + width - _FRAME, top + height)).convert("L")
        for row in range(height - 1, 0, -1):
            rims = _rims(seen, row)
            if len(rims) > 1:
                pairs = zip(rims[::2], rims[1::2], strict=True)
                return [(left + (one + other) // 2, top + row - 9) for one, other in pairs]
        return []

    def notifications(self) -> str:
        """Give everything that was notified of."""
        return self._told.read_text("utf-8", "replace")

    def shot(self) -> Image.Image:
        """Give the whole screen."""
        return ImageGrab.grab(xdisplay=self.name)


def _rims(seen: Image.Image, row: int) -> list[int]:
    """Give where upright lines cross a row, unless a line lies in it."""
    ground = seen.getpixel((1, row))
    dark = [column for column in range(seen.width) if ground - seen.getpixel((column, row)) > 40]
    is_text = len(dark) > 24
    apart = [each for each in dark if each - 1 not in dark]
    return [] if is_text or len(apart) % 2 else apart
