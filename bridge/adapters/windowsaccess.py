"""Access lists of Windows, by ctypes: folders for their user and SYSTEM alone (SEC-43, SEC-104).

Lists are handled in the text form of Windows (SDDL), so that what they say can be judged anywhere.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SYSTEM: Final = ("SY", "S-1-5-18")
_ADMINISTRATORS: Final = ("BA", "S-1-5-32-544")
_INSTALLER: Final = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
_CREATOR: Final = ("CO", "S-1-3-0")
_OWNER: Final = re.compile(r"^O:(S-[0-9-]+|[A-Z]{2})(?=[GDS]:|$)")
_ENTRY: Final = re.compile(r"\(([A-Z]+);([A-Z]*);([^;]*);[^;]*;[^;]*;([^;)]*)")
_WRITING_NAMES: Final = frozenset(
    {"FA", "FW", "GA", "GW", "WD", "WO", "SD", "DC", "LC", "RP", "DT", "CR"}
)
_WRITING_BITS: Final = 0x000D_0156 | 0x5000_0000
"""Write data, append, write attributes, delete a child, delete, change list or owner, generic."""
_READ_CONTROL_AND_OWNER: Final = 0x1 | 0x4
_LIST_ALONE: Final = 0x4 | 0x8000_0000
_REVISION: Final = 1


def private_list(sid: str) -> str:
    """Give the list that lets one user and SYSTEM do everything, and inherits nothing."""
    return f"D:P(A;OICI;FA;;;{sid})(A;OICI;FA;;;SY)"


def is_private(text: str, sid: str) -> bool:
    """Tell whether a folder belongs to a user, and nobody else but the system may write to it.

    Args:
        text: Owner and list in text form.
        sid: The user's security identifier.
    """
    trusted = {sid, *SYSTEM, *_ADMINISTRATORS, _INSTALLER}
    owner = _OWNER.match(text)
    if owner is None or owner[1] not in trusted or "D:" not in text:
        return False
    allowed = (entry for entry in _ENTRY.findall(text) if entry[0] == "A")
    return all(
        trustee in trusted or trustee in _CREATOR or not _may_write(rights)
        for _, _, rights, trustee in allowed
    )


def _may_write(rights: str) -> bool:
    if rights.startswith("0x"):
        return bool(int(rights, 16) & _WRITING_BITS)
    names = {rights[place : place + 2] for place in range(0, len(rights), 2)}
    return bool(names & _WRITING_NAMES)


if sys.platform == "win32":
    import ctypes
    import os
    from ctypes import wintypes

    from bridge.adapters.windowsaccounts import process_sid

    def restrict_to_owner(folder: Path) -> None:
        """Give a folder its list.

        Raises:
            OSError: it cannot be set.
        """
        advapi, kernel = _libraries()
        descriptor = ctypes.c_void_p()
        if not advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW(
            private_list(process_sid(os.getpid())), _REVISION, ctypes.byref(descriptor), None
        ):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            if not advapi.SetFileSecurityW(str(folder), _LIST_ALONE, descriptor):
                raise ctypes.WinError(ctypes.get_last_error())
        finally:
            kernel.LocalFree(descriptor)

    def others_may_write(path: Path) -> bool:
        """Tell whether anybody but the user, administrators and the system may write.

        Raises:
            OSError: the list cannot be read.
        """
        return not is_private(_text_of(path), process_sid(os.getpid()))

    def is_private_folder(folder: Path) -> bool:
        """Tell whether a folder is ours and closed to others.

        Raises:
            OSError: its list cannot be read.
        """
        return is_private(_text_of(folder), process_sid(os.getpid()))

    def _text_of(folder: Path) -> str:
        advapi, kernel = _libraries()
        size = wintypes.DWORD()
        advapi.GetFileSecurityW(str(folder), _READ_CONTROL_AND_OWNER, None, 0, ctypes.byref(size))
        content = ctypes.create_string_buffer(size.value)
        if not advapi.GetFileSecurityW(
            str(folder), _READ_CONTROL_AND_OWNER, content, size, ctypes.byref(size)
        ):
            raise ctypes.WinError(ctypes.get_last_error())
        text = wintypes.LPWSTR()
        if not advapi.ConvertSecurityDescriptorToStringSecurityDescriptorW(
            content, _REVISION, _READ_CONTROL_AND_OWNER, ctypes.byref(text), None
        ):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return str(text.value)
        finally:
            kernel.LocalFree(text)

    def _libraries() -> tuple[ctypes.WinDLL, ctypes.WinDLL]:
        return (
            ctypes.WinDLL("advapi32", use_last_error=True),
            ctypes.WinDLL("kernel32", use_last_error=True),
        )
