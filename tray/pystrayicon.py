"""The surface on pystray, the only module that knows it and GTK.

The back end is chosen here, because pystray's own choice ends at the first one that is half
there, and because its X11 one shows an icon that never reacts (*Desktop packaging* 5).
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any, Final

import structlog

from tray.icon import GRID, draw
from tray.menu import Entry
from tray.state import Face, TrayState
from tray.surface import Surface

_CHOICE: Final = "PYSTRAY_BACKEND"
_BACK_ENDS: Final = ("appindicator", "gtk", "xorg")
"""Best first; ``xorg`` is better than nothing: it shows how things stand."""
_VERSION: Final = f"python{sys.version_info[0]}.{sys.version_info[1]}"
_PLACES: Final = (
    "/usr/lib/python3/dist-packages",
    f"/usr/lib64/{_VERSION}/site-packages",
    f"/usr/lib/{_VERSION}/site-packages",
)
_NAME: Final = "carebridge"
_TITLE: Final = "Carebridge"
_COPIERS: Final = {"win32": ("clip",), "darwin": ("pbcopy",)}

log = structlog.get_logger()


class NoTrayError(Exception):
    """This session can show no tray icon."""


def open_surface(choose: Callable[[str], None]) -> Surface:
    """Give the icon of this system.

    Args:
        choose: Called on the main thread with the action of the entry that was chosen; must
            return at once.

    Raises:
        NoTrayError: nothing here can show one.
    """
    if sys.platform in {"win32", "darwin"}:
        return PystrayIcon(_imported(), choose, has_gtk=False)
    _offer_gtk()
    asked = os.environ.get(_CHOICE)
    for name in (asked,) if asked else _BACK_ENDS:
        found = _tried(name)
        if found is not None:
            log.info("tray.chosen", back_end=name)
            return PystrayIcon(found, choose, has_gtk=name != "xorg")
    raise NoTrayError


class PystrayIcon:
    """An icon of pystray."""

    def __init__(self, pystray: Any, choose: Callable[[str], None], *, has_gtk: bool) -> None:
        """Make the icon, not yet shown."""
        self._pystray = pystray
        self._choose = choose
        self._has_gtk = has_gtk
        first = draw(Face(state=TrayState.READY))
        self._icon = pystray.Icon(_NAME, icon=first, title=_TITLE, menu=pystray.Menu())

    def paint(self, face: Face, title: str) -> None:
        """Show a face."""
        self._icon.title = title
        self._icon.icon = draw(face, GRID)

    def offer(self, entries: tuple[Entry, ...]) -> None:
        """Show another menu."""
        self._icon.menu = self._menu(entries)

    def tell(self, text: str) -> None:
        """Show a notification."""
        if self._icon.HAS_NOTIFICATION:
            self._icon.notify(text, _TITLE)

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        copier = _COPIERS.get(sys.platform)
        if copier is not None:
            subprocess.run(copier, input=text.encode(), check=False)  # noqa: S603  # a fixed program
        elif self._has_gtk:
            _on_main_thread(_copied, text)

    def run(self, ready: Callable[[], None]) -> None:
        """Show the icon until ``stop``."""

        def shown(icon: Any) -> None:
            icon.visible = True
            # libayatana-appindicator 0.5.92 takes a title over to its XEmbed icon only together
            # with another image; the title of before would stay (test_tray).
            icon.icon = icon.icon
            ready()

        if self._has_gtk:
            # The library takes Ctrl+C for itself when its loop begins; we end in order.
            _on_main_thread(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        self._icon.run(shown)

    def stop(self) -> None:
        """End ``run``."""
        self._icon.stop()

    def _menu(self, entries: tuple[Entry, ...]) -> Any:
        return self._pystray.Menu(*(self._item(entry) for entry in entries))

    def _item(self, entry: Entry) -> Any:
        if not entry.label:
            return self._pystray.Menu.SEPARATOR
        if entry.entries:
            return self._pystray.MenuItem(entry.label, self._menu(entry.entries))
        is_chosen = entry.is_chosen
        return self._pystray.MenuItem(
            entry.label,
            lambda _icon, _item: self._choose(entry.action),
            checked=None if is_chosen is None else lambda _item: is_chosen,
            radio=is_chosen is not None,
            default=entry.is_default,
            enabled=entry.is_enabled,
        )


def _tried(name: str | None) -> Any:
    """Give pystray with one back end; ``None`` when it cannot be used here.

    Without a display it raises an error that is no ``ImportError``, hence the broad net.
    """
    os.environ[_CHOICE] = name or ""
    try:
        if name in {"appindicator", "gtk"}:
            _require_bus()
        return _imported()
    except Exception as error:  # noqa: BLE001  # Desktop packaging 1: whatever it is, there is no tray
        log.info("tray.not_this", back_end=name, reason=type(error).__name__)
        return None
    finally:
        del os.environ[_CHOICE]


def _imported() -> Any:
    return importlib.import_module("pystray")


def _require_bus() -> None:
    """Raise without a session bus: pystray would only find out when it is too late to go on."""
    # The name by which screen readers and window managers know us.
    importlib.import_module("gi.repository.GLib").set_prgname(_NAME)
    gio = importlib.import_module("gi.repository.Gio")
    gio.bus_get_sync(gio.BusType.SESSION, None)


def _offer_gtk() -> None:
    """Let GTK's binding be found from an environment made of wheels alone; it has no wheel.

    Only this one package is taken from the system, and only where it fits this Python.
    """
    if find_spec("gi") is not None:
        return
    spec = PathFinder.find_spec("gi", list(_PLACES))
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["gi"] = module
    try:
        spec.loader.exec_module(module)
    except ImportError:
        # Made for another Python.
        del sys.modules["gi"]


def _on_main_thread(work: Callable[..., Any], *arguments: Any) -> None:
    def once() -> bool:
        work(*arguments)
        return False

    importlib.import_module("gi.repository.GLib").idle_add(once)


def _copied(text: str) -> None:
    gtk, gdk = (importlib.import_module(f"gi.repository.{name}") for name in ("Gtk", "Gdk"))
    board = gtk.Clipboard.get(gdk.SELECTION_CLIPBOARD)
    board.set_text(text, -1)
    board.store()
