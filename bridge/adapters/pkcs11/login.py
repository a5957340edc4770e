"""Log-in with a PIN that can be wiped (*Belgian eID card* 13).

python-pkcs11 wants the PIN as text, which cannot be overwritten, and leaks its session when the
log-in fails.
So the same library is opened a second time with ctypes (it is the same mapping with the same
state) and given the address of our buffer.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

import pkcs11

if TYPE_CHECKING:
    from pathlib import Path

    from bridge.domain.secrets import Pin

_USER: Final = 1
_OK: Final = 0x00

_RETURN_VALUES: Final[dict[int, type[pkcs11.PKCS11Error]]] = {
    0x05: pkcs11.GeneralError,
    0x06: pkcs11.FunctionFailed,
    0x07: pkcs11.ArgumentsBad,
    0x30: pkcs11.DeviceError,
    0x31: pkcs11.DeviceMemory,
    0x32: pkcs11.DeviceRemoved,
    0x50: pkcs11.FunctionCancelled,
    0x54: pkcs11.FunctionNotSupported,
    0xA0: pkcs11.PinIncorrect,
    0xA1: pkcs11.PinInvalid,
    0xA2: pkcs11.PinLenRange,
    0xA4: pkcs11.PinLocked,
    0xB0: pkcs11.SessionClosed,
    0xB3: pkcs11.SessionHandleInvalid,
    0xE0: pkcs11.TokenNotPresent,
    0xE1: pkcs11.TokenNotRecognised,
    0x100: pkcs11.UserAlreadyLoggedIn,
    0x102: pkcs11.UserPinNotInitialized,
}


class Login:
    """``C_Login`` and ``C_Logout`` of one library."""

    def __init__(self, module: Path) -> None:
        """Open the library, which python-pkcs11 has initialised before."""
        library = ctypes.CDLL(str(module))
        handle, size, buffer = ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p
        self._login = library.C_Login
        self._login.argtypes = [handle, ctypes.c_ulong, buffer, size]
        self._login.restype = ctypes.c_ulong
        self._logout = library.C_Logout
        self._logout.argtypes = [handle]
        self._logout.restype = ctypes.c_ulong

    def log_in(self, session: int, pin: Pin) -> None:
        """Verify the PIN once, and overwrite it whatever happens.

        A log-out comes first: the official library answers that all is well without looking at
        the PIN when it believes to be logged in.

        Raises:
            pkcs11.PKCS11Error: as the library says.
        """
        self.log_out(session)
        try:
            digits = (ctypes.c_char * len(pin.buffer)).from_buffer(pin.buffer)
            result = self._login(session, _USER, ctypes.addressof(digits), len(digits))
            # The buffer cannot be cleared while ctypes points into it.
            del digits
        finally:
            pin.wipe()
        _raise_for(result)

    def log_in_on_keypad(self, session: int) -> None:
        """Let the user enter the PIN on the reader; blocks until she has, or gives up.

        Raises:
            pkcs11.PKCS11Error: as the library says.
        """
        self.log_out(session)
        _raise_for(self._login(session, _USER, None, 0))

    def log_out(self, session: int) -> None:
        """Log out; nothing happens when nobody is logged in."""
        self._logout(session)


def _raise_for(result: int) -> None:
    if result != _OK:
        raise _RETURN_VALUES.get(result, pkcs11.PKCS11Error)
