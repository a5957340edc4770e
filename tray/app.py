"""The main thread: it shows the tray until the program is asked to end (D9)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog

from bridge.domain.overview import Overview
from tray.menu import Choices
from tray.presenter import Presenter
from tray.surface import Surface

_WAKE_S: Final = 0.5
"""A wait without limit cannot be interrupted on Windows."""
QUIT: Final = "quit"
_ENDS: Final = ("SIGINT", "SIGTERM", "SIGHUP")
"""The last one comes with the end of a session; Windows does not know it."""

log = structlog.get_logger()


class TrayLink(Protocol):
    """What the tray may ask of the daemon; everything returns at once."""

    def choices(self) -> Choices:
        """Give what the user chose, such as the language."""
        ...

    def follow(self, show: Callable[[Overview], None], *, surface: Surface) -> None:
        """Give the facts now and after each change; answers to ``do`` appear on the surface."""
        ...

    def note_shown(self) -> None:
        """Take note that the icon can be seen, for health."""
        ...

    def begin(self) -> None:
        """Show the first steps by themselves, once, where nobody has taken them."""
        ...

    def do(self, action: str) -> None:
        """Begin what an entry of the menu stands for."""
        ...

    def quit(self, end: Callable[[], None]) -> None:
        """Begin to end the program; asks first when work would wait."""
        ...


class MainThread:
    """Owns the main thread: interrupt (Ctrl+C), termination and the end of the terminal end it.

    Make it before anything is started: an interrupt during the start then ends the program in
    order, right after the start.
    """

    def __init__(self) -> None:
        """Begin to listen for the end."""
        self._ended = threading.Event()
        self._surface: Surface | None = None
        for name in _ENDS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._asked_to_end)

    def show(self) -> None:
        """Come to the front, because the user started the program again (SEC-46).

        The icon is there already; the line in the log tells support that it was asked for.
        """
        log.info("tray.shown")

    def hold(self, stop: Callable[[], None], tray: TrayLink | None = None) -> None:
        """Wait until the process is asked to end, then call ``stop``.

        A tray that cannot be shown, or that fails, ends nothing: the daemon goes on without.
        """
        if tray is not None:
            tray.begin()
            self._show(tray)
        while not self._ended.wait(timeout=_WAKE_S):
            pass
        stop()

    def end(self) -> None:
        """Ask the program to end; may be called from any thread."""
        self._ended.set()
        if self._surface is not None:
            self._surface.stop()

    def _asked_to_end(self, *_: Any) -> None:
        self.end()

    def _shown(self, tray: TrayLink, surface: Surface) -> None:
        tray.note_shown()
        if self._ended.is_set():
            # Asked to end just before there was something to stop.
            surface.stop()

    def _show(self, tray: TrayLink) -> None:
        def choose(action: str) -> None:
            if action == QUIT:
                tray.quit(self.end)
            else:
                tray.do(action)

        try:
            # Imported here: without a display the library cannot even be imported.
            from tray.pystrayicon import open_surface  # noqa: PLC0415  # see above

            surface = open_surface(choose)
        except Exception as error:  # noqa: BLE001  # Desktop packaging 1: no tray, no matter
            log.info("tray.unavailable", reason=type(error).__name__)
            return
        presenter = Presenter(surface, tray.choices)
        presenter.start()
        self._surface = surface
        try:
            if not self._ended.is_set():
                tray.follow(presenter.show, surface=surface)
                surface.run(lambda: self._shown(tray, surface))
        except Exception as error:  # noqa: BLE001  # as above; the daemon's work goes on
            log.warning("tray.broken", reason=type(error).__name__)
        finally:
            self._surface = None
            presenter.close()
