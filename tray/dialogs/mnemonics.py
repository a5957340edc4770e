"""Letters that press buttons together with Alt, underlined in their labels."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any, Final

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")


def letter_for(label: str, taken: frozenset[str] | set[str]) -> int:
    """Give the place of the letter that a label gets: the first free one of a word, else any.

    Args:
        label: What stands on the button.
        taken: Letters that other buttons have.

    Returns:
        The place in the label; -1 when every letter is taken.
    """
    begins: list[int] = [
        place for place in range(len(label)) if not place or label[place - 1] == " "
    ]
    for place in [*begins, *range(len(label))]:
        letter = label[place].lower()
        if letter in _LETTERS and letter not in taken:
            return int(place)
    return -1


class Mnemonics:
    """The letters of one window."""

    def __init__(self, root: tk.Tk) -> None:
        """Begin without letters."""
        self._root = root
        self._taken: set[str] = set()

    def give(self, button: ttk.Button | ttk.Radiobutton, *, presses: bool) -> None:
        """Give a button its letter.

        Args:
            button: Has its label already.
            presses: Whether the letter presses it; else it only takes the focus there.
        """
        label = str(button.cget("text"))
        place = letter_for(label, self._taken)
        if place < 0:
            return
        letter = label[place].lower()
        self._taken.add(letter)
        button.configure(underline=place)

        def press(event: Any) -> str:
            # Sent by another program, not by a keyboard (SEC-83).
            if event.send_event is not True and button.winfo_exists():
                button.focus_set()
                if presses:
                    button.invoke()
            return "break"

        for each in {letter, letter.upper()}:
            self._root.bind(f"<Alt-Key-{each}>", press)

    def clear(self) -> None:
        """Take all letters back."""
        for letter in self._taken:
            for each in {letter, letter.upper()}:
                self._root.unbind(f"<Alt-Key-{each}>")
        self._taken.clear()
