"""What all windows of ours have in common: look, keys, time limit."""

from __future__ import annotations

import math
import sys
import threading
import time
import tkinter as tk
from collections.abc import Callable, Mapping
from tkinter import font, ttk
from typing import Any, Final, Literal

from tray.dialogs.child import Answer
from tray.dialogs.look import apply_look
from tray.dialogs.mnemonics import Mnemonics
from tray.dialogs.request import WindowRequest

_GLANCE_MS: Final = 100
_WIDTH_EM: Final = 50
_LARGE: Final = 1.35
_COPIED: Final = 38
"""Letters of a value that can be copied."""
_GAP: Final = "6p"
_MARGIN: Final = "14p"


class _Root(tk.Tk):
    def readprofile(self, baseName: str, className: str) -> None:  # noqa: N803  # names of tkinter
        """Run no scripts from the user's home folder in a process that sees a PIN."""


def open_root() -> tk.Tk:
    """Open a window that is not yet shown.

    Raises:
        tkinter.TclError: there is no screen.
    """
    root = _Root(className="Carebridge")
    root.withdraw()
    if root.tk.eval("info commands send"):
        # By this command any other program on the screen could run scripts in ours.
        root.tk.call("rename", "send", "")
    apply_look(root)
    return root


def is_sent_by_a_program(event: Any, *, platform: str = sys.platform) -> bool:
    """Tell whether another program sent a key or a click, rather than keyboard or mouse (SEC-83).

    Only the X window system tells.
    Tk uses the mark for its own purpose on Windows, where it stands at each key that is typed.
    """
    return event.send_event is True and platform != "win32"


class Styled:
    """What every window of ours has: fonts, styles, its place on the screen.

    Attributes:
        large: Font of headings.
        strong: Font of what matters.
    """

    def __init__(self, root: tk.Tk) -> None:
        """Prepare fonts and styles."""
        self.root = root
        # Kept here: Tk forgets a font when its last Python name goes.
        self.large = self._font(weight="bold", size=_LARGE)
        self.strong = self._font(weight="bold")
        style = ttk.Style(root)
        style.configure("Strong.TLabel", font=self.strong)
        style.configure("Name.TLabel", font=font.nametofont("TkDefaultFont", root=root))
        root.configure(background=style.lookup("TFrame", "background"))

    def frame(self) -> ttk.Frame:
        """Give the frame that fills the window."""
        body = ttk.Frame(self.root, padding=_MARGIN)
        body.pack(fill="both", expand=True)
        return body

    def appear(self, *, on_top: bool) -> None:
        """Put the window in the middle, and the focus into it.

        Args:
            on_top: Stay above all other windows.
        """
        root = self.root
        root.update_idletasks()
        left = (root.winfo_screenwidth() - root.winfo_reqwidth()) // 2
        top = (root.winfo_screenheight() - root.winfo_reqheight()) // 3
        root.geometry(f"+{max(left, 0)}+{max(top, 0)}")
        root.attributes("-topmost", on_top)
        root.deiconify()
        root.lift()
        root.wait_visibility()
        root.focus_force()

    def width(self) -> int:
        """Give the width of a paragraph, pixels: as many letters, whatever the scaling."""
        return font.nametofont("TkDefaultFont", root=self.root).measure("n") * _WIDTH_EM

    def _font(self, *, weight: Literal["bold"], size: float = 1) -> font.Font:
        made = font.nametofont("TkDefaultFont", root=self.root).copy()
        made.configure(weight=weight, size=round(made.cget("size") * size))
        return made


class Dialog(Styled):
    """A window with facts and buttons that closes itself when its time is over.

    Attributes:
        letters_press: Whether Alt and a letter press a button; else they only go there.
    """

    letters_press = True

    def __init__(self, root: tk.Tk, request: WindowRequest, left: threading.Event) -> None:
        """Build the window.

        Args:
            root: From ``open_root``.
            request: What to show.
            left: Set when nobody waits for the answer any more.
        """
        super().__init__(root)
        self.request = request
        self._left = left
        self._outcome = "cancelled"
        self._deadline = time.monotonic() + request.limit_s
        self._closes_in = tk.StringVar(root)
        self._mnemonics = Mnemonics(root)
        self.body = self.frame()
        self.build()
        self._bind()
        self._show_time()

    def build(self) -> None:
        """Fill ``body``; the first thing to get the focus is what ``first`` gives."""
        raise NotImplementedError

    def first(self) -> tk.Widget:
        """Give what gets the focus when the window appears."""
        raise NotImplementedError

    def answer(self, outcome: str) -> Answer:
        """Make the answer from how the window was closed."""
        return Answer(outcome=outcome)

    def ask(self) -> Answer:
        """Show the window until it is closed."""
        self._appear()
        self._tick()
        self.root.mainloop()
        answer = self.answer(self._outcome)
        self.root.destroy()
        return answer

    def close(self, outcome: str) -> None:
        """Close the window with an outcome."""
        self._outcome = outcome
        self.root.quit()

    def cancel(self) -> None:
        """Close the window without an answer."""
        self.close("cancelled")

    def heading(self, text: str) -> None:
        """Show a large line."""
        label = ttk.Label(self.body, text=text, font=self.large, wraplength=self.width())
        label.pack(anchor="w", pady=(0, _GAP))

    def text(self, text: str | tk.StringVar, *, is_strong: bool = False) -> None:
        """Show a paragraph."""
        label = ttk.Label(self.body, wraplength=self.width(), justify="left")
        if isinstance(text, str):
            label.configure(text=text)
        else:
            label.configure(textvariable=text)
        if is_strong:
            label.configure(style="Strong.TLabel")
        label.pack(anchor="w", pady=(0, _GAP))

    def facts(self, *keys: str) -> None:
        """Show who asks and for which card, one line each."""
        request = self.request
        values = {
            "asked_by": request.requested_by,
            "holder": request.holder_name,
            "reader": request.reader,
            "phrase": request.phrase,
        }
        self.table({request.say(key): values[key] for key in keys if values[key]})

    def table(self, lines: Mapping[str, str], *, can_be_copied: bool = False) -> None:
        """Show names and values, one line each."""
        table = ttk.Frame(self.body)
        table.pack(anchor="w", fill="x", pady=(0, _GAP))
        table.columnconfigure(1, weight=1)
        for row, (name, value) in enumerate(lines.items()):
            label = ttk.Label(table, text=name, style="Name.TLabel")
            label.grid(row=row, column=0, sticky="nw", padx=(0, _MARGIN), pady="1p")
            if can_be_copied:
                field = ttk.Entry(table, width=_COPIED)
                field.insert(0, value)
                field.configure(state="readonly")
                field.grid(row=row, column=1, sticky="ew", pady="1p")
                continue
            width = self.width() * 2 // 3
            shown = ttk.Label(table, text=value, wraplength=width, justify="left")
            shown.grid(row=row, column=1, sticky="w", pady="1p")

    def buttons(self, *choices: tuple[str, Callable[[], None]]) -> list[ttk.Button]:
        """Show buttons at the lower right, the last one outermost, beside the time that is left."""
        ttk.Separator(self.body).pack(fill="x", pady=(_GAP, _GAP))
        bar = ttk.Frame(self.body)
        bar.pack(fill="x")
        ttk.Label(bar, textvariable=self._closes_in, style="Name.TLabel").pack(side="left")
        made = []
        for label, command in choices:
            button = ttk.Button(bar, text=label, command=command)
            button.bind("<Return>", _pressing(button))
            button.bind("<KP_Enter>", _pressing(button))
            made.append(button)
            self._mnemonics.give(button, presses=self.letters_press)
        for button in reversed(made):
            button.pack(side="right", padx=(_GAP, 0))
        return made

    def _bind(self) -> None:
        root = self.root
        root.title(self.request.say("title"))
        root.resizable(width=False, height=False)
        root.protocol("WM_DELETE_WINDOW", self.cancel)
        root.bind("<Escape>", lambda _: self.cancel())

    def _appear(self) -> None:
        self.appear(on_top=True)
        _hide_from_capture(self.root)
        self.first().focus_set()

    def _tick(self) -> None:
        remaining = self._deadline - time.monotonic()
        if self._left.is_set():
            self.close("closed")
        elif remaining <= 0:
            self.close("timeout")
        else:
            self._show_time()
            self.root.after(_GLANCE_MS, self._tick)

    def _show_time(self) -> None:
        seconds = math.ceil(self._deadline - time.monotonic())
        self._closes_in.set(self.request.say("closes_in", {"seconds": seconds}))


def _pressing(button: ttk.Button) -> Callable[[Any], str]:
    def press(_: Any) -> str:
        button.invoke()
        return "break"

    return press


if sys.platform == "win32":
    import ctypes

    _EXCLUDE_FROM_CAPTURE: Final = 0x11
    _TOP_LEVEL: Final = 2

    def _hide_from_capture(root: tk.Tk) -> None:
        """Keep the window out of screenshots and recordings (SEC-83); older systems cannot."""
        user = ctypes.WinDLL("user32")
        user.GetAncestor.restype = ctypes.c_void_p
        handle = ctypes.c_void_p(user.GetAncestor(ctypes.c_void_p(root.winfo_id()), _TOP_LEVEL))
        user.SetWindowDisplayAffinity(handle, _EXCLUDE_FROM_CAPTURE)
        user.FlashWindow(handle, 1)

else:

    def _hide_from_capture(root: tk.Tk) -> None:
        """Do nothing: this system cannot."""
