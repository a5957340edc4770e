"""The ``.desktop`` files of Carebridge: menu, start at login, and links that begin with its scheme.

They are written for one user by the program, and for all users by the Linux package.
Source: Desktop Entry Specification 1.0; *Desktop packaging* 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.domain.openuris import SCHEME

NAME: Final = "Carebridge"
ICON: Final = "carebridge"
APPLICATION_FILE: Final = "carebridge.desktop"
URI_FILE: Final = "carebridge-uri.desktop"
MIME: Final = f"x-scheme-handler/{SCHEME}"
KEYWORDS: Final = ("connect", "eHealth", "MyCareNet", "eID")
"""By these the search of a desktop finds it, in every language."""

_COMMENTS: Final = {
    "": "Connects your nursing software with eHealth and MyCareNet",
    "fr": "Relie votre logiciel infirmier à eHealth et MyCareNet",
    "nl": "Verbindt uw verpleegsoftware met eHealth en MyCareNet",
    "de": "Verbindet Ihre Pflegesoftware mit eHealth und MyCareNet",
}
_GENERIC_NAMES: Final = {
    "": "eHealth connection",
    "fr": "Connexion eHealth",
    "nl": "eHealth-verbinding",
    "de": "eHealth-Verbindung",
}
_MORE_KEYWORDS: Final = {"fr": ("connexion",), "nl": ("verbinding",), "de": ("Verbindung",)}
_SPECIAL: Final = str.maketrans({each: f"\\{each}" for each in '"`$\\'})
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-=:+,@")


def application_entry(command: Sequence[str]) -> bytes:
    """Give the entry of the menu; a second start only shows the first (SEC-46)."""
    keywords = {"": KEYWORDS} | {
        language: (*KEYWORDS, *more) for language, more in _MORE_KEYWORDS.items()
    }
    lines = [
        *_head(command),
        *_in_languages("GenericName", _GENERIC_NAMES),
        *_in_languages(
            "Keywords", {each: ";".join(words) + ";" for each, words in keywords.items()}
        ),
        "Categories=Office;",
        "StartupNotify=false",
    ]
    return _written(lines)


def login_entry(command: Sequence[str]) -> bytes:
    """Give the entry for start at login."""
    return _written([*_head(command), "NoDisplay=true", "X-GNOME-Autostart-enabled=true"])


def uri_entry(command: Sequence[str]) -> bytes:
    """Give the entry by which a desktop opens our addresses, which are added to the command."""
    lines = [*_head(command, " %u"), "NoDisplay=true", f"MimeType={MIME};", "StartupNotify=false"]
    return _written(lines)


def exec_word(word: str) -> str:
    """Write a word of an ``Exec`` line (*The Exec key* of the specification)."""
    if word and set(word) <= _PLAIN:
        return word
    escaped = word.translate(_SPECIAL).replace("%", "%%").replace("\\", "\\\\")
    return f'"{escaped}"'


def _head(command: Sequence[str], ending: str = "") -> list[str]:
    return [
        "Type=Application",
        "Version=1.0",
        f"Name={NAME}",
        *_in_languages("Comment", _COMMENTS),
        f"Exec={' '.join(map(exec_word, command))}{ending}",
        f"Icon={ICON}",
        "Terminal=false",
    ]


def _in_languages(key: str, texts: dict[str, str]) -> list[str]:
    return [
        f"{key}[{language}]={said}" if language else f"{key}={said}"
        for language, said in texts.items()
    ]


def _written(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in ("[Desktop Entry]", *lines)).encode()
