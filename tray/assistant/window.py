"""The window of the first steps: the list of steps, one page, and the way on."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font, ttk
from typing import Any, Final

from bridge.i18n.catalogue import phrase
from tray.assistant.form import Form
from tray.assistant.pages import BUILDERS, Page
from tray.assistant.steps import PAGES, Steps
from tray.dialogs.mnemonics import Mnemonics
from tray.dialogs.talk import Talk
from tray.dialogs.window import Styled

_GLANCE_MS: Final = 60
_PAGE_EM: Final = 64
_PAGE_LINES: Final = 24
_GAP: Final = "6p"
_MARGIN: Final = "14p"


class AssistantWindow(Styled):
    """Shows the first steps until it is closed; everything it does is to say what was pressed."""

    def __init__(self, root: tk.Tk, talk: Talk, steps: Steps, *, page: str) -> None:
        """Build the window on a page."""
        super().__init__(root)
        self._talk = talk
        self._steps = steps
        self._page = page if page in PAGES else PAGES[0]
        self._values: dict[str, tk.StringVar] = {}
        self._keys = Mnemonics(root)
        self._state = tk.StringVar(root)
        self._names: dict[str, ttk.Label] = {}
        self._form: Form | None = None
        self._next: ttk.Button | None = None
        self._outer = self.frame()
        self.body = ttk.Frame(self._outer)
        root.title("Carebridge")
        root.resizable(width=False, height=False)
        root.protocol("WM_DELETE_WINDOW", self._leave)
        root.bind("<Escape>", lambda _: self._leave())
        self._renew()

    def show(self) -> None:
        """Show the window until it is closed or nobody listens any more."""
        self.appear(on_top=False)
        self._focus()
        self._tick()
        self.root.mainloop()
        self.root.destroy()

    def _tick(self) -> None:
        while (said := self._talk.heard()) is not None:
            self._take(Steps.parse(said))
        if self._talk.is_over.is_set():
            self.root.quit()
        else:
            self.root.after(_GLANCE_MS, self._tick)

    def _take(self, steps: Steps) -> None:
        before, self._steps = self._steps, steps
        if self._shape(before) == self._shape(steps):
            self._paint()
        else:
            self._renew()

    def _shape(self, steps: Steps) -> tuple[str, str, bool, bool]:
        """Give what decides which widgets there are, beside what they say."""
        is_done = steps.step(self._page).state == "done"
        return steps.language, steps.chosen, steps.has_session, is_done

    def _renew(self) -> None:
        """Build everything anew, in another language or for another page.

        What was there goes last: keys that are typed meanwhile belong to what has the focus, and
        with it they would be lost.
        """
        before = self.body
        before.pack_forget()
        self.body = ttk.Frame(self._outer)
        self._keys.clear()
        self._list_steps().grid(row=0, column=0, sticky="nw", padx=(0, _MARGIN))
        ttk.Separator(self.body, orient="vertical").grid(row=0, column=1, sticky="ns")
        self._page_frame().grid(row=0, column=2, sticky="nw", padx=(_MARGIN, 0))
        ttk.Separator(self.body).grid(row=1, column=0, columnspan=3, sticky="ew", pady=_GAP)
        self._ways().grid(row=2, column=0, columnspan=3, sticky="ew")
        self._paint()
        self.body.pack()
        self._focus()
        before.destroy()

    def _list_steps(self) -> ttk.Frame:
        frame = ttk.Frame(self.body)
        ttk.Label(frame, text=self._say("heading"), font=self.large).pack(anchor="w", pady=_GAP)
        self._names = {}
        for page in PAGES:
            label = ttk.Label(frame)
            label.pack(anchor="w", pady="3p")
            label.bind("<Button-1>", self._going(page))
            self._names[page] = label
        return frame

    def _page_frame(self) -> ttk.Frame:
        """Give the page; all pages are equally large, so that no button moves under the mouse."""
        normal = font.nametofont("TkDefaultFont", root=self.root)
        width, line = normal.measure("n") * _PAGE_EM, normal.metrics("linespace")
        frame = ttk.Frame(self.body, width=width, height=line * _PAGE_LINES)
        frame.pack_propagate(flag=False)
        heading = ttk.Label(frame, text=self._say(f"{self._page}_title"), font=self.large)
        heading.pack(anchor="w", pady=_GAP)
        wrap = width - normal.measure("n")
        told = ttk.Label(frame, text=self._say(f"{self._page}_text"), wraplength=wrap)
        told.pack(anchor="w", pady=(0, _GAP))
        fields = ttk.Frame(frame)
        fields.pack(anchor="w", pady=_GAP)
        self._form = Form(fields, self._values, self._keys)
        BUILDERS[self._page](
            Page(form=self._form, steps=self._steps, talk=self._talk, again=self._renew)
        )
        state = ttk.Label(frame, textvariable=self._state, wraplength=wrap, style="Strong.TLabel")
        state.pack(anchor="w", pady=(_GAP, 0))
        return frame

    def _ways(self) -> ttk.Frame:
        frame = ttk.Frame(self.body)
        self._way(frame, "later", self._leave).pack(side="left")
        is_done = self._steps.step(self._page).state == "done"
        back = self._way(frame, "back", lambda: self._go(self._beside(-1)))
        onward = "finish" if self._page == PAGES[-1] else "next" if is_done else "skip"
        self._next = self._way(frame, onward, self._on)
        self._next.pack(side="right", padx=(_GAP, 0))
        back.pack(side="right")
        if self._page == PAGES[0]:
            back.configure(state="disabled")
        return frame

    def _way(self, frame: ttk.Frame, key: str, go: Callable[[], None]) -> ttk.Button:
        button = ttk.Button(frame, text=self._say(key), command=go)
        for pressed in ("<Return>", "<KP_Enter>"):
            button.bind(pressed, lambda _: button.invoke())
        self._keys.give(button, presses=True)
        return button

    def _paint(self) -> None:
        """Show how the steps stand."""
        language = self._steps.language
        for page, label in self._names.items():
            step = self._steps.step(page)
            is_here = page == self._page
            label.configure(
                text=f"{step.mark}  {self._say(f'{page}_title')}",
                style="Strong.TLabel" if is_here else "Name.TLabel",
            )
        step = self._steps.step(self._page)
        said = step.sentence(language)
        self._state.set(f"{step.mark} {said}" if said else "")

    def _focus(self) -> None:
        is_done = self._steps.step(self._page).state == "done" and self._page != "language"
        first = None if self._form is None or is_done else self._form.first
        wanted = first or self._next
        if wanted is not None:
            # What is not yet drawn would get the focus only later.
            self.root.update_idletasks()
            wanted.focus_set()

    def _beside(self, distance: int) -> str:
        return PAGES[min(max(PAGES.index(self._page) + distance, 0), len(PAGES) - 1)]

    def _on(self) -> None:
        if self._page == PAGES[-1]:
            self._leave()
        else:
            self._go(self._beside(1))

    def _going(self, page: str) -> Callable[[Any], None]:
        return lambda _: self._go(page)

    def _go(self, page: str) -> None:
        self._page = page
        self._renew()

    def _leave(self) -> None:
        self._talk.say("close")
        self.root.quit()

    def _say(self, key: str) -> str:
        return phrase("assistant", key, self._steps.language)
