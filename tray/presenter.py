"""From facts to icon, menu and notifications; knows no library and no loop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final

from bridge.domain.overview import Overview
from tray.menu import Choices, Entry, menu_of, tooltip
from tray.notices import notices
from tray.state import Face, face_of
from tray.surface import Surface

_END: Final = None


class Presenter:
    """Shows the latest facts on a thread of its own: neither the loop nor the icon waits for it."""

    def __init__(self, surface: Surface, choices: Callable[[], Choices]) -> None:
        """Show on a surface, in the language that is chosen at each moment."""
        self._surface = surface
        self._choices = choices
        self._waiting: queue.SimpleQueue[Overview | str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="tray", daemon=True)
        self._before: Overview | None = None
        self._painted: tuple[Face, str] | None = None
        self._offered: tuple[Entry, ...] = ()

    def start(self) -> None:
        """Begin to show."""
        self._thread.start()

    def close(self) -> None:
        """End, when what was given is shown."""
        self._waiting.put(_END)
        self._thread.join()

    def show(self, facts: Overview) -> None:
        """Take the facts of another moment; returns at once."""
        self._waiting.put(facts)

    def tell(self, text: str) -> None:
        """Take a sentence to notify of; returns at once."""
        self._waiting.put(text)

    def _run(self) -> None:
        while (next_one := self._waiting.get()) is not _END:
            if isinstance(next_one, str):
                self._surface.tell(next_one)
            else:
                self.present(next_one)

    def present(self, facts: Overview) -> None:
        """Show facts now: only what changed is drawn, and each thing is told once."""
        choices = self._choices()
        seen = (face_of(facts), tooltip(facts, choices.language))
        if seen != self._painted:
            self._painted = seen
            self._surface.paint(*seen)
        entries = menu_of(facts, choices)
        if entries != self._offered:
            self._offered = entries
            self._surface.offer(entries)
        for notice in notices(self._before, facts, choices.language):
            self._surface.tell(notice.text)
        self._before = facts
