"""Importing what a verb needs."""

from __future__ import annotations

import gc
import importlib
from typing import Any


def load(name: str) -> Any:
    """Import a module, and look for garbage only afterwards.

    Importing the daemon makes hundreds of thousands of objects, all of which stay; looking through
    them again and again takes a tenth of its start.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        if was_on:
            gc.enable()
