"""What ties something to one start of the computer and one sign-in of one account (SEC-91).

Nothing here is secret; it decides only what does not open elsewhere or later.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from bridge.adapters.processes import os_session_id
from bridge.errors import StoreError

_SEPARATOR: Final = "\n"


def login_binding() -> bytes:
    """Give a text that is another one after a restart, a new sign-in, or for another account.

    Raises:
        StoreError: the system does not tell, so nothing can be tied to it.
    """
    parts = (_boot(), os_session_id(), _login(), _account())
    if not all(parts):
        raise StoreError("start, session or account cannot be told")
    return _SEPARATOR.join(parts).encode()


if sys.platform == "win32":
    import ctypes
    import winreg
    from ctypes import wintypes

    _BOOT_KEY: Final = (
        r"SYSTEM\CurrentControlSet\Control\Session Manager"
        r"\Memory Management\PrefetchParameters"
    )
    _TOKEN_QUERY: Final = 0x0008
    _TOKEN_STATISTICS: Final = 10
    _STATISTICS_BYTES: Final = 56
    _LOGIN_BYTES: Final = slice(8, 16)

    def _boot() -> str:
        # Counted up by the system with each start.
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _BOOT_KEY) as key:
                return str(winreg.QueryValueEx(key, "BootId")[0])
        except OSError:
            return ""

    def _login() -> str:
        # The identifier of the sign-in, which is never given twice between two starts.
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        rights = ctypes.WinDLL("advapi32", use_last_error=True)
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        token, size = wintypes.HANDLE(), wintypes.DWORD()
        process = wintypes.HANDLE(kernel.GetCurrentProcess())
        if not rights.OpenProcessToken(process, _TOKEN_QUERY, ctypes.byref(token)):
            return ""
        facts = (ctypes.c_ubyte * _STATISTICS_BYTES)()
        try:
            is_told = rights.GetTokenInformation(
                token, _TOKEN_STATISTICS, facts, _STATISTICS_BYTES, ctypes.byref(size)
            )
        finally:
            kernel.CloseHandle(token)
        return bytes(facts)[_LOGIN_BYTES].hex() if is_told else ""

    def _account() -> str:
        return f"{os.environ.get('USERDOMAIN', '')}/{os.environ.get('USERNAME', '')}"

elif sys.platform == "linux":

    def _boot() -> str:
        return _read("/proc/sys/kernel/random/boot_id")

    def _login() -> str:
        # The kernel's own number of the sign-in; 4294967295 where it keeps none.
        return _read("/proc/self/sessionid") or "none"

    def _account() -> str:
        return str(os.getuid())

    def _read(path: str) -> str:
        try:
            return Path(path).read_text(encoding="ascii").strip()
        except OSError:
            return ""

else:

    def _boot() -> str:
        answer = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"],
            capture_output=True,
            check=False,
            text=True,
        )
        return answer.stdout.strip()

    def _login() -> str:
        return os_session_id()

    def _account() -> str:
        return str(os.getuid())
