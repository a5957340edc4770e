"""Environment variables and flags with which a production build does not start (LOC-01).

Each of them changes what code is loaded into our process or its children, or lets somebody look
inside; none is of use to a nurse.
Names that desktops set by themselves, such as ``GTK_MODULES``, are not here.
Source: *Local API security* 11.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PYTHON: Final = frozenset(
    {
        "PYTHONPATH", "PYTHONHOME", "PYTHONPLATLIBDIR", "PYTHONUSERBASE",  # other modules
        "PYTHONPYCACHEPREFIX", "PYTHONEXECUTABLE", "PYTHON_PRESITE",
        "PYTHONWARNINGS", "PYTHONBREAKPOINT",  # name a module that is imported
        "PYTHONSTARTUP", "PYTHONINSPECT",  # a prompt inside the program
        "PYTHONDEVMODE", "PYTHONDEBUG", "PYTHONVERBOSE", "PYTHONASYNCIODEBUG",  # tell of calls
        "PYTHONTRACEMALLOC", "PYTHONDUMPREFS", "PYTHONDUMPREFSFILE", "PYTHONPERFSUPPORT",
    }
)  # fmt: skip
"""Read by the interpreter, unless it runs isolated, as an installed program does."""

_LOADER: Final = frozenset(
    {
        "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "LD_DEBUG", "LD_PROFILE",  # Linux
        "GCONV_PATH",  # converters of character sets are libraries
        "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES",  # load libraries into TLS
        "TCLLIBPATH", "TCL_LIBRARY", "TK_LIBRARY",  # scripts that run in the PIN window
        "PYTHON_KEYRING_BACKEND",  # names a module, and where keys go
    }
)  # fmt: skip
_SPYING: Final = frozenset(
    {
        "SSLKEYLOGFILE",  # writes the keys of each TLS connection
        "PCSCLITE_CSOCK_NAME",  # another smart-card service sees the PIN
        "PCSCLITE_DEBUG", "OPENSC_DEBUG", "OPENSC_CONF",  # write the PIN in clear
    }
)  # fmt: skip
_PREFIXES: Final = ("DYLD_", "PYDEVD_", "DEBUGPY_")
"""macOS's loader; two debuggers that listen for others."""

_DEBUGGERS: Final = frozenset({"pydevd", "debugpy"})
_TRACER: Final = "TracerPid:"


def refused_variable(
    environment: Mapping[str, str], *, is_isolated: bool | None = None
) -> str | None:
    """Give the first variable with which we do not start, by its name; its value is not looked at.

    Args:
        environment: As it is now.
        is_isolated: The interpreter ignores its own variables; by default as it is.
    """
    isolated = bool(sys.flags.ignore_environment) if is_isolated is None else is_isolated
    refused = _LOADER | _SPYING | (frozenset() if isolated else _PYTHON)
    for name in sorted(environment):
        # Windows does not tell small letters from capitals here.
        known = name.upper()
        if known in refused or known.startswith(_PREFIXES):
            return known
    return None


def without_refused(environment: Mapping[str, str]) -> dict[str, str]:
    """Give an environment for a daemon we start for somebody else, such as a browser."""
    refused = _LOADER | _SPYING | _PYTHON
    return {
        name: value
        for name, value in environment.items()
        if name.upper() not in refused and not name.upper().startswith(_PREFIXES)
    }


def is_watched(status: Path = Path("/proc/self/status")) -> bool:
    """Tell whether a debugger is attached, or a flag for developers is on."""
    flags = sys.flags
    has_flag = bool(flags.inspect or flags.debug or flags.dev_mode)
    is_debugged = sys.gettrace() is not None or bool(_DEBUGGERS & set(sys.modules))
    return has_flag or is_debugged or _is_traced(status)


if sys.platform == "win32":
    import ctypes

    def _is_traced(_status: Path) -> bool:
        return bool(ctypes.WinDLL("kernel32").IsDebuggerPresent())

else:

    def _is_traced(status: Path) -> bool:
        try:
            lines = status.read_text("ascii", "replace").splitlines()
        except OSError:
            return False  # not Linux
        tracers = [line.removeprefix(_TRACER).strip() for line in lines if line.startswith(_TRACER)]
        return any(tracer != "0" for tracer in tracers)
