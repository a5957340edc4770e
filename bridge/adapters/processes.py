"""Facts about processes of this computer: does it run, since when, in which OS session."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

_FILETIME_START: Final = datetime(1601, 1, 1, tzinfo=UTC)
_START_FIELD: Final = 19


def process_started_at(pid: int) -> datetime | None:
    """Give the moment a process started, in whole seconds; ``None`` when there is none.

    The pid alone would not do: the system gives it to somebody else later.
    """
    moment = _started_at(pid)
    return None if moment is None else moment.replace(microsecond=0)


def os_session_id() -> str:
    """Give what tells the sessions of one user on this computer apart."""
    return _session_id()


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _QUERY_LIMITED_INFORMATION: Final = 0x1000

    def _started_at(pid: int) -> datetime | None:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        process = wintypes.HANDLE(kernel.OpenProcess(_QUERY_LIMITED_INFORMATION, 0, pid))
        if not process.value:
            return None
        created, *others = (wintypes.FILETIME() for _ in range(4))
        try:
            found = kernel.GetProcessTimes(
                process, ctypes.byref(created), *(ctypes.byref(other) for other in others)
            )
        finally:
            kernel.CloseHandle(process)
        if not found:
            return None
        ticks = created.dwHighDateTime << 32 | created.dwLowDateTime
        return _FILETIME_START + timedelta(microseconds=ticks // 10)

    def _session_id() -> str:
        session = wintypes.DWORD()
        ctypes.WinDLL("kernel32").ProcessIdToSessionId(os.getpid(), ctypes.byref(session))
        return str(session.value)

elif sys.platform == "linux":

    def _started_at(pid: int) -> datetime | None:
        try:
            facts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
            boot = Path("/proc/stat").read_text(encoding="ascii")
        except OSError:
            return None
        # The program's name stands in parentheses and may hold anything.
        ticks = int(facts.rpartition(")")[2].split()[_START_FIELD])
        booted_at = int(boot.partition("\nbtime ")[2].split()[0])
        return datetime.fromtimestamp(booted_at + ticks / os.sysconf("SC_CLK_TCK"), UTC)

    def _session_id() -> str:
        return os.environ.get("XDG_SESSION_ID") or str(os.getsid(0))

else:

    def _started_at(pid: int) -> datetime | None:
        answer = subprocess.run(  # noqa: S603  full path, a number as argument
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            check=False,
            env={"LC_ALL": "C", "TZ": "UTC"},
            text=True,
        )
        words = " ".join(answer.stdout.split())
        if not words:
            return None
        return datetime.strptime(words, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)

    def _session_id() -> str:
        return str(os.getsid(0))
