"""The language of this user's system, if it is one of ours."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Mapping
from typing import Final

_VARIABLES: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""As gettext reads them; the first one that is set decides."""

if sys.platform == "win32":
    import ctypes

    def _of_windows() -> str:
        number: int = ctypes.WinDLL("kernel32").GetUserDefaultUILanguage()
        return locale.windows_locale.get(number, "")

else:

    def _of_windows() -> str:
        return ""


def system_language_tags(environment: Mapping[str, str] | None = None) -> str:
    """Give what the system asks for, in the form of an ``Accept-Language`` header.

    Args:
        environment: Instead of this process's own, for tests.
    """
    variables = os.environ if environment is None else environment
    named = next((variables[name] for name in _VARIABLES if variables.get(name)), "")
    wanted = named or _of_windows() or (locale.getlocale()[0] or "")
    tags = [tag.split(".")[0].split("@")[0].replace("_", "-") for tag in wanted.split(":")]
    # Best first; the weights keep their order.
    return ",".join(f"{tag};q={1 - place / 100:.2f}" for place, tag in enumerate(tags[:9]))
