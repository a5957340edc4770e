"""The window in which the user connects software, or refuses it (7.2, PAIR-06, PAIR-07)."""

from __future__ import annotations

import threading
import time
import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Any, Final

from tray.dialogs.child import Answer
from tray.dialogs.request import WindowRequest
from tray.dialogs.window import Dialog, is_sent_by_a_program

ALL_HISTORY: Final = "history:read-all"
_SEVERAL: Final = 2
_Pressed = ttk.Button | ttk.Checkbutton | ttk.Radiobutton
_PRESSES: Final = (
    "<Return>",
    "<KP_Enter>",
    "<space>",
    "<Button-1>",
    "<ButtonRelease-1>",
    "<Up>",
    "<Down>",
    "<Left>",
    "<Right>",
)


class PairingDialog(Dialog):
    """Shows where software comes from and what it wants; what is chosen by mistake is *Refuse*."""

    letters_press = False

    def __init__(self, root: tk.Tk, request: WindowRequest, left: threading.Event) -> None:
        """Build the window."""
        self._all_history = tk.BooleanVar(root)
        self._actor = tk.IntVar(root)
        self._ready_at = float("inf")
        super().__init__(root, request, left)

    def build(self) -> None:
        """Show the origin above all, then the name it gives itself, what it wants, and the code."""
        request = self.request
        say = request.say_of_pairing
        self.text(say("heading"))
        self.text(say("web" if request.origin else "native"))
        self.heading(request.origin or request.requested_by)
        if request.origin:
            self.text(f"{say('name')}: {request.requested_by}")
        proof = "verified" if request.vendor else "unproven"
        self.text(say(proof, {"vendor": request.vendor}))
        self.text("\n".join((say("wants"), *(f"\u2022 {text}" for text in request.scope_texts))))
        if ALL_HISTORY in request.scopes:
            box = ttk.Checkbutton(
                self.body, text=say("all_history"), variable=self._all_history, takefocus=True
            )
            box.pack(anchor="w", pady=(0, "6p"))
            self._guard(box)
        self._offer_actors()
        self.text(
            say("compare" if request.origin else "type", {"code": request.code}), is_strong=True
        )
        self.facts("phrase")
        made = self.buttons(
            (say("approve"), self._approve),
            (say("block"), lambda: self._choose("block")),
            (say("deny"), lambda: self._choose("deny")),
        )
        for button in made:
            self._guard(button)
        self._refuse = made[-1]
        self._refuse.configure(default="active")

    def answer(self, outcome: str) -> Answer:
        """Say with the outcome whom it is for."""
        return Answer(outcome=outcome, choice=self._actor.get())

    def first(self) -> tk.Widget:
        """Give the button that refuses; from here on the buttons will soon do something."""
        self._ready_at = time.monotonic() + self.request.inert_s
        return self._refuse

    def _offer_actors(self) -> None:
        """Ask whom it acts for, where there is anybody but the owner."""
        names = self.request.actor_texts
        if len(names) < _SEVERAL:
            return
        self.text(self.request.say_of_pairing("acts_for"))
        for place, name in enumerate(names):
            button = ttk.Radiobutton(self.body, text=name, variable=self._actor, value=place)
            button.pack(anchor="w", pady="1p")
            self._guard(button)

    def _approve(self) -> None:
        self._choose("approve_all" if self._all_history.get() else "approve")

    def _choose(self, outcome: str) -> None:
        if time.monotonic() >= self._ready_at:
            self.close(outcome)

    def _guard(self, button: _Pressed) -> None:
        """Let only keyboard and mouse press it, not events that another program sends."""
        for press in _PRESSES:
            button.bind(press, self._guarded(button, invokes=press in {"<Return>", "<KP_Enter>"}))

    def _guarded(self, button: _Pressed, *, invokes: bool) -> Callable[[Any], str | None]:
        def pressed(event: Any) -> str | None:
            if is_sent_by_a_program(event):
                return "break"
            if invokes:
                button.invoke()
                return "break"
            return None

        return pressed
