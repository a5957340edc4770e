"""The window before a PIN is typed where the reader's keypad was used before (SEC-81, DOWN-01)."""

from __future__ import annotations

import tkinter as tk

from tray.dialogs.window import Dialog


class TypingDialog(Dialog):
    """Asks whether to type the PIN all the same; every way out but two buttons means no."""

    def build(self) -> None:
        """Show the warning and the choices."""
        request = self.request
        self.heading(request.say("typing_heading"))
        self.text(request.say("typing_warning"), is_strong=True)
        self.text(request.say("typing_advice"))
        self.facts("asked_by", "holder", "reader", "phrase")
        _, _, self._no = self.buttons(
            (request.say("typing_always"), lambda: self.close("always")),
            (request.say("typing_once"), lambda: self.close("yes")),
            (request.say("typing_no"), lambda: self.close("no")),
        )
        self._no.configure(default="active")

    def first(self) -> tk.Widget:
        """Give the button that types nothing."""
        return self._no
