"""The window beside a reader with a keypad: says where to type, and has no field (SEC-81)."""

from __future__ import annotations

import tkinter as tk

from tray.dialogs.window import Dialog


class KeypadDialog(Dialog):
    """Points to the keypad of the reader until the reader has answered."""

    def build(self) -> None:
        """Show which reader, who asks and why."""
        request = self.request
        self.heading(request.purpose_text)
        self.text(request.say("keypad_text", {"reader": request.reader}), is_strong=True)
        self.text(request.say("keypad_warning"))
        self.facts("asked_by", "holder", "phrase")
        if request.tries_left is not None:
            self.text(request.say("tries_left", {"tries_left": request.tries_left}))
        (self._cancel,) = self.buttons((request.say("cancel"), self.cancel))

    def first(self) -> tk.Widget:
        """Give the only button."""
        return self._cancel
