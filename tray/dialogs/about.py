"""The window about the program: what runs here, where its files are, under which licences."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Final

from tray.dialogs.window import Dialog

_LINES: Final = 8


class AboutDialog(Dialog):
    """Only tells; facts can be selected and copied, so that they reach support without typing."""

    def build(self) -> None:
        """Show the facts, the licences and the way out."""
        request = self.request
        self.heading(request.say_of_program("heading"))
        self.text(request.say_of_program("what"))
        self.table(
            {request.say_of_program(key): value for key, value in request.details.items()},
            can_be_copied=True,
        )
        self.text(request.say_of_program("licences"))
        self._show_licences()
        (self._close,) = self.buttons((request.say_of_program("close"), self.cancel))
        self._close.configure(default="active")

    def first(self) -> tk.Widget:
        """Give the only button."""
        return self._close

    def _show_licences(self) -> None:
        frame = ttk.Frame(self.body)
        frame.pack(fill="x")
        listed = tk.Text(frame, height=_LINES, width=1, wrap="none", font="TkDefaultFont")
        listed.insert("1.0", "\n".join(self.request.licences))
        # Tab leads on to the button; a text that cannot be changed has no use for it.
        listed.configure(state="disabled", takefocus=True, highlightthickness=2)
        listed.bind("<Tab>", lambda _: _moved(listed.tk_focusNext()))
        listed.bind("<Shift-Tab>", lambda _: _moved(listed.tk_focusPrev()))
        bar = ttk.Scrollbar(frame, command=listed.yview)
        listed.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        listed.pack(side="left", fill="both", expand=True)


def _moved(widget: tk.Misc | None) -> str:
    if widget is not None:
        widget.focus_set()
    return "break"
