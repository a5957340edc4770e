"""The calls of Windows about connections, processes and accounts, by ctypes.

Source: ``GetExtendedTcpTable``, ``GetTokenInformation``, ``WTSEnumerateSessionsW``; the numbers
are those of the Windows headers.
"""

from __future__ import annotations

import sys
from typing import Final

from bridge.adapters.peers.windows import Account, ProcessGone

QUERY_LIMITED: Final = 0x1000
_ACCESS_DENIED: Final = 5
_INVALID_PARAMETER: Final = 87
_TOO_SMALL: Final = 122
_OWNER_PID_ALL: Final = 5
_FAMILIES: Final = (2, 23)
_WORKSTATION: Final = 1
_REMOTE_SESSION: Final = 0x1000
_PEOPLE: Final = frozenset({0, 4})
"""States of a session in which somebody is signed in: active, disconnected."""
_LONGEST_PATH: Final = 32_768
_MOST_GROWTHS: Final = 5
_SPARE_BYTES: Final = 4096
"""Room for connections that come up between two calls; on a busy computer there are always some."""

if sys.platform == "win32":
    import ctypes
    import os
    from ctypes import wintypes

    from bridge.adapters.windowsaccounts import process_sid

    class _Session(ctypes.Structure):
        _fields_ = (
            ("number", wintypes.DWORD),
            ("station", wintypes.LPWSTR),
            ("state", ctypes.c_int),
        )

    class _ProcessEntry(ctypes.Structure):
        _fields_ = (
            ("size", wintypes.DWORD),
            ("usage", wintypes.DWORD),
            ("pid", wintypes.DWORD),
            ("heap", ctypes.c_void_p),
            ("module", wintypes.DWORD),
            ("threads", wintypes.DWORD),
            ("parent", wintypes.DWORD),
            ("priority", ctypes.c_long),
            ("flags", wintypes.DWORD),
            ("name", ctypes.c_wchar * 260),
        )

    class SystemApi:
        """Port ``WindowsApi``."""

        def __init__(self) -> None:
            """Load the libraries, by their names in the system's own folder."""
            self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            self._kernel.OpenProcess.restype = wintypes.HANDLE
            self._kernel.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
            self._helper = ctypes.WinDLL("iphlpapi")
            self._terminal = ctypes.WinDLL("wtsapi32", use_last_error=True)
            self._own = Account(process_sid(os.getpid()), self._session_of(os.getpid()))

        def tables(self) -> tuple[bytes, bytes]:
            """Give both tables."""
            return self._table(_FAMILIES[0]), self._table(_FAMILIES[1])

        def own_account(self) -> Account:
            """Give our own user and session."""
            return self._own

        def account_of(self, pid: int) -> Account | None:
            """Give user and session of a process; ``None`` where that is hidden from us."""
            try:
                return Account(process_sid(pid), self._session_of(pid))
            except OSError as error:
                if error.winerror == _ACCESS_DENIED:
                    return None
                if error.winerror == _INVALID_PARAMETER:
                    raise ProcessGone from error
                raise

        def path_of(self, pid: int) -> str | None:
            """Give the file of a process, or its name where the file is hidden from us."""
            process = wintypes.HANDLE(self._kernel.OpenProcess(QUERY_LIMITED, 0, pid))
            if not process.value:
                return self._name_of(pid)
            size = wintypes.DWORD(_LONGEST_PATH)
            text = ctypes.create_unicode_buffer(size.value)
            try:
                found = self._kernel.QueryFullProcessImageNameW(
                    process, 0, text, ctypes.byref(size)
                )
            finally:
                self._kernel.CloseHandle(process)
            return text.value if found else self._name_of(pid)

        def is_shared(self) -> bool:
            """Tell whether it is a server, has two interactive sessions, or a remote one."""
            if sys.getwindowsversion().product_type != _WORKSTATION:
                return True
            if ctypes.WinDLL("user32").GetSystemMetrics(_REMOTE_SESSION):
                return True
            return self._interactive_sessions() > 1

        def _table(self, family: int) -> bytes:
            size = wintypes.DWORD(0)
            content = ctypes.create_string_buffer(0)
            for _ in range(_MOST_GROWTHS):
                code = self._helper.GetExtendedTcpTable(
                    content, ctypes.byref(size), 0, family, _OWNER_PID_ALL, 0
                )
                if code == 0:
                    return content.raw
                if code != _TOO_SMALL:
                    break
                size = wintypes.DWORD(size.value + _SPARE_BYTES)
                content = ctypes.create_string_buffer(size.value)
            raise OSError("no table of connections")

        def _session_of(self, pid: int) -> int:
            session = wintypes.DWORD()
            if not self._kernel.ProcessIdToSessionId(pid, ctypes.byref(session)):
                raise ctypes.WinError(ctypes.get_last_error())
            return session.value

        def _name_of(self, pid: int) -> str | None:
            snapshot = wintypes.HANDLE(self._kernel.CreateToolhelp32Snapshot(2, 0))
            entry = _ProcessEntry(size=ctypes.sizeof(_ProcessEntry))
            try:
                more = self._kernel.Process32FirstW(snapshot, ctypes.byref(entry))
                while more:
                    if entry.pid == pid:
                        return str(entry.name)
                    more = self._kernel.Process32NextW(snapshot, ctypes.byref(entry))
            finally:
                self._kernel.CloseHandle(snapshot)
            return None

        def _interactive_sessions(self) -> int:
            first = ctypes.POINTER(_Session)()
            count = wintypes.DWORD()
            if not self._terminal.WTSEnumerateSessionsW(
                None, 0, 1, ctypes.byref(first), ctypes.byref(count)
            ):
                raise ctypes.WinError(ctypes.get_last_error())
            try:
                found = [first[place] for place in range(count.value)]
                return sum(each.number != 0 and each.state in _PEOPLE for each in found)
            finally:
                self._terminal.WTSFreeMemory(first)
