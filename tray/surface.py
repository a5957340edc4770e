"""What shows the tray: a method for each thing that can be seen, so that it is replaceable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from tray.menu import Entry
    from tray.state import Face


class Surface(Protocol):
    """An icon with a menu, and notifications.

    Contract: ``run`` belongs to the main thread; everything else may be called from any thread,
    before, while and after it runs, and never raises for what a desktop cannot do.
    """

    def paint(self, face: Face, title: str) -> None:
        """Show a face, with a line that appears when the mouse rests on it."""
        ...

    def offer(self, entries: tuple[Entry, ...]) -> None:
        """Show another menu."""
        ...

    def tell(self, text: str) -> None:
        """Show a notification, where the desktop has them."""
        ...

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        ...

    def run(self, ready: Callable[[], None]) -> None:
        """Show the icon until ``stop``; ``ready`` is called once when it can be seen."""
        ...

    def stop(self) -> None:
        """End ``run``."""
        ...
