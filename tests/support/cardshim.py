"""The library of ``cardshim.c``, compiled once per test process, and its variables."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.support import softhsm

SOURCE: Final = Path(__file__).with_name("cardshim.c")
COMPILER: Final = shutil.which("cc")
NEVER_SKIPPED: Final = os.environ.get("CI") == "true" and sys.platform == "linux"

NEEDED: Final = pytest.mark.skipif(
    sys.platform == "win32" or (COMPILER is None and not NEVER_SKIPPED),
    reason="needs a C compiler",
)

KEYPAD: Final = 0x100
LOGIN_REQUIRED: Final = 0x04
COUNT_LOW, FINAL_TRY, LOCKED = 0x10000, 0x20000, 0x40000
GENERAL_ERROR, DEVICE_ERROR, DEVICE_REMOVED, CANCELLED = 0x05, 0x30, 0x32, 0x50
PIN_INCORRECT, PIN_LEN_RANGE, PIN_LOCKED = 0xA0, 0xA2, 0xA4
TOKEN_NOT_PRESENT, TOKEN_NOT_RECOGNISED = 0xE0, 0xE1
NOT_LOGGED_IN: Final = 0x101
VENDOR_DEFINED: Final = 0x80000001
ECDSA: Final = 0x1041

# Functions that may crash or hang.
LOAD, SLOTS, LOGIN, SIGN = 100, 4, 18, 43


def path() -> Path:
    """Give the library in front of SoftHSM2."""
    return before(softhsm.token("rsa").module)


@cache
def before(inner: Path) -> Path:
    """Compile the library in front of another one."""
    folder = Path(tempfile.mkdtemp(prefix="carebridge-shim-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    library = folder / "libcardshim.so"
    command = ["cc", "-shared", "-fPIC", "-w", f'-DINNER="{inner}"', str(SOURCE)]
    subprocess.run([*command, "-o", str(library), "-ldl"], check=True)
    return library


def settings(**values: int) -> str:
    """Write variables for a library in another process; put it into ``CARDSHIM``."""
    return " ".join(f"{name}={value}" for name, value in values.items())
