"""The window that asks for the PIN (SEC-83, *eID card* 14)."""

from __future__ import annotations

import sys
import threading
import tkinter as tk
from tkinter import font, ttk
from typing import Any, Final

from tray.dialogs.child import Answer
from tray.dialogs.digits import Digits
from tray.dialogs.request import WindowRequest
from tray.dialogs.window import Dialog, is_sent_by_a_program

_BULLET: Final = "\N{BLACK CIRCLE}"
_FIELD_WIDTH: Final = 16
_CONTROL: Final = 0x4
_ALT: Final = 0x20000 if sys.platform == "win32" else 0x8
_KEYS_OF_THE_WINDOW: Final = {"Tab", "ISO_Left_Tab", "Escape", "Return", "KP_Enter"}
_FEW_TRIES: Final = 2


class PinDialog(Dialog):
    """Takes 4 to 12 digits; Tk is shown bullets only."""

    def __init__(self, root: tk.Tk, request: WindowRequest, left: threading.Event) -> None:
        """Build the window."""
        self._digits = Digits()
        self._bullets = tk.StringVar(root)
        self._hint = tk.StringVar(root, request.say("hint"))
        self._forgetting: str | None = None
        super().__init__(root, request, left)

    def build(self) -> None:
        """Show who asks and why, a field, and the buttons."""
        request = self.request
        self.heading(request.purpose_text)
        self.facts("asked_by", "holder", "reader", "phrase")
        if request.tries_left is not None:
            tries = request.say("tries_left", {"tries_left": request.tries_left})
            self.text(tries, is_strong=request.tries_left <= _FEW_TRIES)
        self._field = self._new_field()
        self.text(self._hint)
        _, self._confirm = self.buttons(
            (request.say("cancel"), self.cancel),
            (request.say("confirm"), self._finish),
        )
        self._confirm.configure(default="active")
        self._show()
        self.root.bind("<FocusOut>", self._focus_went)
        self.root.bind("<FocusIn>", self._focus_came)

    def first(self) -> tk.Widget:
        """Give the field."""
        return self._field

    def answer(self, outcome: str) -> Answer:
        """Hand the digits over, or forget them."""
        self._bullets.set("")
        if outcome == "pin":
            return Answer(outcome=outcome, digits=self._digits)
        self._digits.wipe()
        return Answer(outcome=outcome)

    def _new_field(self) -> tk.Entry:
        line = ttk.Frame(self.body)
        line.pack(anchor="w", pady=("2p", "6p"))
        ttk.Label(line, text=self.request.say("pin"), style="Strong.TLabel").pack(
            side="left", padx=(0, "10p")
        )
        large = font.nametofont("TkDefaultFont", root=self.root).copy()
        large.configure(size=round(large.cget("size") * 1.5))
        self._large = large
        field = tk.Entry(
            line,
            textvariable=self._bullets,
            state="readonly",
            width=_FIELD_WIDTH,
            font=large,
            highlightthickness=2,
            relief="flat",
            cursor="xterm",
        )
        # It takes no text from Tk, but looks like a field that does.
        field.configure(readonlybackground=field.cget("background"))
        field.bind("<Key>", self._key)
        field.bind("<Return>", lambda _: self._finish())
        field.bind("<KP_Enter>", lambda _: self._finish())
        field.pack(side="left", ipady="2p")
        return field

    def _key(self, event: Any) -> str | None:
        if event.keysym in _KEYS_OF_THE_WINDOW or event.state & _ALT:
            return None
        if is_sent_by_a_program(event):
            # Sent by another program, not by a keyboard (SEC-83).
            return "break"
        if event.keysym == "BackSpace":
            self._digits.erase()
        elif event.keysym == "Delete":
            self._digits.wipe()
        elif event.state & _CONTROL or not self._digits.type(event.char):
            return "break"
        self._show()
        return "break"

    def _show(self) -> None:
        self._bullets.set(_BULLET * len(self._digits))
        self._confirm.configure(state="normal" if self._digits.is_enough else "disabled")

    def _finish(self) -> None:
        if self._digits.is_enough:
            self.close("pin")

    def _focus_went(self, _: Any) -> None:
        if self._forgetting is None and self.root.focus_displayof() is None:
            wait_ms = round(self.request.away_s * 1000)
            self._forgetting = self.root.after(wait_ms, self._forget)

    def _focus_came(self, _: Any) -> None:
        if self._forgetting is not None:
            self.root.after_cancel(self._forgetting)
            self._forgetting = None

    def _forget(self) -> None:
        """Clear the field when another window had the focus for too long (SEC-83)."""
        self._forgetting = None
        if len(self._digits):
            self._digits.wipe()
            self._hint.set(self.request.say("cleared"))
            self._show()
