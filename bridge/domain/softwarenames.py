"""Names that software gives itself, made safe to show beside its real origin (PAIR-07).

A name is never a proof: it is shortened, loses everything that is not seen as itself, and stands
behind the origin.
"""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 40
"""Characters of a name that are shown; so the origin beside it stays in sight."""
NAMELESS: Final = "?"
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, direction and zero-width characters, private and unassigned ones, line ends."""
_MOST_MARKS: Final = 1
"""Accents on one letter; piled up they would cover what stands above and below."""
_PUNYCODE: Final = "xn--"


def shown_name(text: str) -> str:
    """Give what is shown of a name: visible characters only, on one line, shortened."""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in _INVISIBLE:
            # A line end or tab divides words all the same.
            kept.append(" " if character.isspace() else "")
            continue
        marks = marks + 1 if category.startswith("M") else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    name = " ".join("".join(kept).split())
    if len(name) > LONGEST:
        name = name[: LONGEST - 1].rstrip() + "…"
    return name or NAMELESS


def shown_origin(origin: str) -> str:
    """Give an origin as it is compared, and readable as well where its name is punycode (7.2)."""
    if _PUNYCODE not in origin:
        return origin
    scheme, _, rest = origin.partition("://")
    host, colon, port = rest.partition(":")
    try:
        readable = ".".join(_readable(label) for label in host.split("."))
    except UnicodeError:
        return origin
    return f"{origin} [{scheme}://{shown_name(readable)}{colon}{port}]"


def _readable(label: str) -> str:
    if not label.startswith(_PUNYCODE):
        return label
    return label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode")
