"""Security identifiers of Windows accounts, by ctypes; importable everywhere."""

from __future__ import annotations

import sys
from typing import Final

_QUERY_LIMITED: Final = 0x1000
_TOKEN_QUERY: Final = 0x0008
_TOKEN_USER: Final = 1

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    def process_sid(pid: int) -> str:
        """Give the security identifier of the user a process runs as, such as ``S-1-5-21-…``.

        Raises:
            OSError: the process is gone, or hidden from us; ``winerror`` tells.
        """
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        advapi = ctypes.WinDLL("advapi32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        process = wintypes.HANDLE(kernel.OpenProcess(_QUERY_LIMITED, 0, pid))
        if not process.value:
            raise ctypes.WinError(ctypes.get_last_error())
        token = wintypes.HANDLE()
        try:
            if not advapi.OpenProcessToken(process, _TOKEN_QUERY, ctypes.byref(token)):
                raise ctypes.WinError(ctypes.get_last_error())
            return _token_sid(advapi, kernel, token)
        finally:
            if token.value:
                kernel.CloseHandle(token)
            kernel.CloseHandle(process)

    def _token_sid(advapi: ctypes.WinDLL, kernel: ctypes.WinDLL, token: wintypes.HANDLE) -> str:
        size = wintypes.DWORD()
        advapi.GetTokenInformation(token, _TOKEN_USER, None, 0, ctypes.byref(size))
        content = ctypes.create_string_buffer(size.value)
        if not advapi.GetTokenInformation(token, _TOKEN_USER, content, size, ctypes.byref(size)):
            raise ctypes.WinError(ctypes.get_last_error())
        # struct TOKEN_USER begins with the address of the identifier.
        identifier = ctypes.cast(content, ctypes.POINTER(ctypes.c_void_p))[0]
        text = wintypes.LPWSTR()
        if not advapi.ConvertSidToStringSidW(ctypes.c_void_p(identifier), ctypes.byref(text)):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return str(text.value)
        finally:
            kernel.LocalFree(text)
