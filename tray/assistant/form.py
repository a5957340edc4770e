"""Fields and buttons of one page, and what was typed into them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from tkinter import filedialog, ttk
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tray.dialogs.mnemonics import Mnemonics

_FIELD: Final = 34
_BULLET: Final = "\N{BLACK CIRCLE}"
_GAP: Final = "6p"
_MARGIN: Final = "14p"


class Form:
    """A page's form; the first thing that takes the focus is ``first``."""

    def __init__(self, frame: ttk.Frame, values: dict[str, tk.StringVar], keys: Mnemonics) -> None:
        """Fill a frame.

        Args:
            frame: Where the page is.
            values: What was typed in this window, by name; kept when the page is left.
            keys: Letters of the window.
        """
        self._frame = frame
        self._values = values
        self._keys = keys
        self._row = 0
        self._secret: ttk.Entry | None = None
        self.first: tk.Widget | None = None
        self.action: ttk.Button | None = None

    def value(self, name: str, default: str = "") -> tk.StringVar:
        """Give what stands in a field."""
        if name not in self._values:
            self._values[name] = tk.StringVar(self._frame, default)
        return self._values[name]

    def words(self, *names: str) -> dict[str, str]:
        """Give what was typed."""
        return {name: self.value(name).get().strip() for name in names}

    def choices(
        self, name: str, offered: Mapping[str, str], *, chosen: str, then: Callable[[], None]
    ) -> None:
        """Offer one of several."""
        value = self.value(name, chosen)
        for code, label in offered.items():
            button = ttk.Radiobutton(
                self._frame, text=label, value=code, variable=value, command=then
            )
            button.grid(row=self._next(), column=0, columnspan=3, sticky="w", pady="1p")
            if code == value.get() or self.first is None:
                self.first = button

    def field(self, name: str, label: str, *, default: str = "") -> ttk.Entry:
        """Show a field with its name."""
        entry = self._entry(label)
        entry.configure(textvariable=self.value(name, default))
        return entry

    def file(self, name: str, label: str, browse: str) -> None:
        """Show a field for a file, and a button that looks for one."""
        self.field(name, label)
        row = self._row - 1
        button = ttk.Button(self._frame, text=browse, command=lambda: self._look_for(name))
        button.grid(row=row, column=2, padx=(_GAP, 0))
        button.bind("<Return>", lambda _: button.invoke())
        self._keys.give(button, presses=True)

    def secret(self, label: str) -> None:
        """Show a field whose letters are not shown; what it holds is kept nowhere else."""
        self._secret = self._entry(label)
        self._secret.configure(show=_BULLET)

    def take_secret(self) -> bytearray:
        """Give what was typed there, and empty the field."""
        if self._secret is None:
            return bytearray()
        typed = bytearray(self._secret.get().encode())
        self._secret.delete(0, "end")
        return typed

    def button(self, label: str, press: Callable[[], None], *, is_main: bool = True) -> ttk.Button:
        """Show a button below the fields; the main one is what Enter in a field means."""
        button = ttk.Button(self._frame, text=label, command=press)
        button.grid(row=self._next(), column=1, sticky="w", pady=(_GAP, 0))
        button.bind("<Return>", lambda _: button.invoke())
        button.bind("<KP_Enter>", lambda _: button.invoke())
        self._keys.give(button, presses=True)
        if is_main:
            self.action = button
        if self.first is None:
            self.first = button
        return button

    def _entry(self, label: str) -> ttk.Entry:
        row = self._next()
        name = ttk.Label(self._frame, text=label)
        name.grid(row=row, column=0, sticky="w", padx=(0, _MARGIN), pady="2p")
        entry = ttk.Entry(self._frame, width=_FIELD)
        entry.grid(row=row, column=1, sticky="w", pady="2p")
        for key in ("<Return>", "<KP_Enter>"):
            entry.bind(key, lambda _: self._pressed())
        # X11 has another meaning for it, which nobody expects who knows other programs.
        entry.bind("<Control-a>", lambda _: _choose_all(entry))
        if self.first is None:
            self.first = entry
        return entry

    def _pressed(self) -> str:
        if self.action is not None:
            self.action.invoke()
        return "break"

    def _look_for(self, name: str) -> None:
        found = filedialog.askopenfilename(
            parent=self._frame, filetypes=[("PKCS#12", "*.p12 *.pfx *.acc-p12"), ("*", "*")]
        )
        if found:
            self.value(name).set(str(found))

    def _next(self) -> int:
        self._row += 1
        return self._row - 1


def _choose_all(entry: ttk.Entry) -> str:
    entry.selection_range(0, "end")
    entry.icursor("end")
    return "break"
