"""Shows the window a request names; needs Tk and a screen."""

from __future__ import annotations

import threading
import tkinter as tk
from typing import Final

from tray.dialogs.about import AboutDialog
from tray.dialogs.bundle import BundleDialog
from tray.dialogs.child import UNAVAILABLE, Answer
from tray.dialogs.confirm import ConfirmDialog
from tray.dialogs.consent import ConsentDialog
from tray.dialogs.keypad import KeypadDialog
from tray.dialogs.pairing import PairingDialog
from tray.dialogs.pin import PinDialog
from tray.dialogs.request import Kind, WindowRequest
from tray.dialogs.typedpin import TypingDialog
from tray.dialogs.window import Dialog, open_root

_DIALOGS: Final[dict[Kind, type[Dialog]]] = {
    "pin": PinDialog,
    "consent": ConsentDialog,
    "keypad": KeypadDialog,
    "pairing": PairingDialog,
    "typing": TypingDialog,
    "bundle": BundleDialog,
    "confirm": ConfirmDialog,
    "about": AboutDialog,
}


def show(request: WindowRequest, left: threading.Event) -> Answer:
    """Show the window until it is answered, late, or nobody waits any more.

    Args:
        request: What to show.
        left: Set when nobody waits for the answer.
    """
    try:
        root = open_root()
    except tk.TclError:
        # No screen, or one we may not use.
        return Answer(outcome=UNAVAILABLE)
    return _DIALOGS[request.window](root, request, left).ask()
