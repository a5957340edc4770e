"""The window before the last try (SEC-85): a mistake would block the card."""

from __future__ import annotations

import tkinter as tk

from tray.dialogs.window import Dialog


class ConsentDialog(Dialog):
    """Asks whether the last try may be used; every way out but one button means no."""

    def build(self) -> None:
        """Show the warning and the two choices."""
        request = self.request
        self.heading(request.say("consent_heading"))
        is_known = request.tries_left is not None
        self.text(request.say("consent_known" if is_known else "consent_unknown"), is_strong=True)
        self.text(request.say("consent_advice"))
        self.facts("asked_by", "holder", "reader", "phrase")
        _, self._no = self.buttons(
            (request.say("consent_yes"), lambda: self.close("yes")),
            (request.say("consent_no"), lambda: self.close("no")),
        )
        self._no.configure(default="active")

    def first(self) -> tk.Widget:
        """Give the button that keeps the try."""
        return self._no
