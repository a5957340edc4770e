"""The window before software gets a support bundle made (SEC-146)."""

from __future__ import annotations

import tkinter as tk

from tray.dialogs.window import Dialog


class BundleDialog(Dialog):
    """Asks whether to make it, and says what is in it; every way out but one button means no."""

    def build(self) -> None:
        """Show who asks, the contents and the two choices."""
        request = self.request
        self.heading(request.say("bundle_heading"))
        self.facts("asked_by", "phrase")
        self.text(request.say("bundle_contents"))
        self.text(request.say("bundle_nothing"))
        _, self._no = self.buttons(
            (request.say("bundle_yes"), lambda: self.close("yes")),
            (request.say("bundle_no"), lambda: self.close("no")),
        )
        self._no.configure(default="active")

    def first(self) -> tk.Widget:
        """Give the button that makes nothing."""
        return self._no
