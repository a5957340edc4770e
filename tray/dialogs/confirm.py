"""The window before something that cannot be taken back by a click."""

from __future__ import annotations

import tkinter as tk

from tray.dialogs.window import Dialog


class ConfirmDialog(Dialog):
    """Says what will happen and who asks; every way out but one button means no."""

    def build(self) -> None:
        """Show the question and the two choices."""
        request = self.request
        self.heading(request.say_of_question("heading"))
        self.text(request.say_of_question("text"))
        self.facts("asked_by", "phrase")
        _, self._no = self.buttons(
            (request.say_of_question("yes"), lambda: self.close("yes")),
            (request.say_of_question("no"), lambda: self.close("no")),
        )
        self._no.configure(default="active")

    def first(self) -> tk.Widget:
        """Give the button that changes nothing."""
        return self._no
