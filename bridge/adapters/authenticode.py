"""Port ``PublisherCheck``: what the system says about who signed a program (SEC-182).

Windows knows signatures of programs: ``WinVerifyTrust`` judges chain, time stamp and hash, and the
name of the signer is compared with the one this program was built with.
A time-stamped signature holds after its certificate expired, so an old package never becomes
unusable by age alone (UPD-05).
Other systems have no such signature here; there the hash of the signed metadata is all there is,
and it is enough: it names exactly one file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bridge.ports.updates import PublisherCheck

if sys.platform == "win32":
    from bridge.errors import UpdateError


class HashAlone:
    """For systems without signatures of programs: nothing more is asked."""

    def require(self, package: Path) -> None:
        """Return: the hash was compared by whoever brought the package."""


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes
    from typing import Any, Final

    _ACTION: Final = b"\x6b\xc5\xaa\x00\x44\xcd\xd0\x11\x8c\xc2\x00\xc0\x4f\xc2\x95\xee"
    """WINTRUST_ACTION_GENERIC_VERIFY_V2, {00AAC56B-CD44-11D0-8CC2-00C04FC295EE}, as bytes."""
    _NO_UI: Final = 2
    _CHOICE_FILE: Final = 1
    _STATE_VERIFY: Final = 1
    _STATE_CLOSE: Final = 2
    _NO_NETWORK: Final = 0x1000
    _REVOCATION_NONE: Final = 0
    _NAME_ATTRIBUTE: Final = 3
    _COMMON_NAME: Final = b"2.5.4.3\0"

    class _FileInfo(ctypes.Structure):
        _fields_ = (
            ("size", wintypes.DWORD),
            ("path", wintypes.LPCWSTR),
            ("file", wintypes.HANDLE),
            ("subject", ctypes.c_void_p),
        )

    class _TrustData(ctypes.Structure):
        _fields_ = (
            ("size", wintypes.DWORD),
            ("policy", ctypes.c_void_p),
            ("client", ctypes.c_void_p),
            ("ui", wintypes.DWORD),
            ("revocation", wintypes.DWORD),
            ("choice", wintypes.DWORD),
            ("info", ctypes.POINTER(_FileInfo)),
            ("state_action", wintypes.DWORD),
            ("state", wintypes.HANDLE),
            ("reference", wintypes.LPCWSTR),
            ("flags", wintypes.DWORD),
            ("ui_context", wintypes.DWORD),
            ("settings", ctypes.c_void_p),
        )

    class _ProviderCert(ctypes.Structure):
        _fields_ = (("size", wintypes.DWORD), ("certificate", ctypes.c_void_p))

    class ExpectedPublisher:
        """Asks Windows who signed a program, and compares the name."""

        def __init__(self, name: str) -> None:
            """Expect one publisher, by the name in the subject of the certificate."""
            self._name = name

        def require(self, package: Path) -> None:
            """Return when the expected publisher signed it; see the port."""
            if _signer(package) != self._name:
                raise UpdateError("signed by another publisher")

    def publisher_check(name: str) -> PublisherCheck:
        """Give the check of this system: the publisher's name must be ``name``."""
        return ExpectedPublisher(name)

    def _signer(package: Path) -> str:
        """Give the common name of who signed a program.

        Raises:
            UpdateError: nobody did, or the signature does not hold.
        """
        info = _FileInfo(ctypes.sizeof(_FileInfo), str(package), None, None)
        data = _TrustData(
            size=ctypes.sizeof(_TrustData),
            ui=_NO_UI,
            revocation=_REVOCATION_NONE,
            choice=_CHOICE_FILE,
            info=ctypes.pointer(info),
            state_action=_STATE_VERIFY,
            flags=_NO_NETWORK,
        )
        trust = ctypes.WinDLL("wintrust")
        action = ctypes.create_string_buffer(_ACTION, len(_ACTION))
        nobody = wintypes.HANDLE(-1)
        try:
            verdict = trust.WinVerifyTrust(nobody, action, ctypes.byref(data))
            if verdict != 0:
                raise UpdateError("the signature of the program does not hold")
            return _name_of(trust, data.state)
        finally:
            data.state_action = _STATE_CLOSE
            trust.WinVerifyTrust(nobody, action, ctypes.byref(data))

    def _name_of(trust: Any, state: int | None) -> str:
        trust.WTHelperProvDataFromStateData.restype = ctypes.c_void_p
        trust.WTHelperGetProvSignerFromChain.restype = ctypes.c_void_p
        trust.WTHelperGetProvCertFromChain.restype = ctypes.POINTER(_ProviderCert)
        provider = trust.WTHelperProvDataFromStateData(wintypes.HANDLE(state))
        signer = trust.WTHelperGetProvSignerFromChain(
            ctypes.c_void_p(provider), 0, wintypes.BOOL(0), 0
        )
        found = signer and trust.WTHelperGetProvCertFromChain(ctypes.c_void_p(signer), 0)
        if not found:
            raise UpdateError("the system names no signer")
        certificate = ctypes.c_void_p(found.contents.certificate)
        name = ctypes.create_unicode_buffer(256)
        ctypes.WinDLL("crypt32").CertGetNameStringW(
            certificate, _NAME_ATTRIBUTE, 0, _COMMON_NAME, name, len(name)
        )
        return name.value

else:

    def publisher_check(_name: str) -> PublisherCheck:
        """Give the check of this system: the hash of the signed metadata is all there is."""
        return HashAlone()
