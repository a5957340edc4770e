"""The process of the first steps."""

from __future__ import annotations

import json
import os
import tkinter as tk
from typing import TYPE_CHECKING

from tray.assistant.steps import Steps
from tray.assistant.window import AssistantWindow
from tray.dialogs.talk import Talk
from tray.dialogs.window import open_root

if TYPE_CHECKING:
    from tray.dialogs.request import WindowRequest


def talk_with(request: WindowRequest, *, hears: int, says: int) -> None:
    """Show the window until it is closed, or nobody listens any more."""
    try:
        root = open_root()
    except tk.TclError:
        # No screen, or one we may not use.
        os.write(says, json.dumps({"do": "unavailable"}).encode() + b"\n")
        return
    talk = Talk(hears, says)
    first = talk.first()
    steps = Steps(language=request.language) if first is None else Steps.parse(first)
    AssistantWindow(root, talk, steps, page=request.page).show()
