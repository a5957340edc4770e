"""Leaves of the medical-administrative messages: one text each, written strictly, read liberally.

Reading goes by local names and never raises for a text: what is not understood becomes a ``Raw``.
Only a structure that may mean two things (a child that is there twice) is refused.
Source: *Nursing messages* 1.1 and 3.
"""

from __future__ import annotations

import re
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeVar

from lxml import etree
from lxml.etree import _Element as Element

from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.errors import InvalidIdentifier, TheirAnswerInvalid
from bridge.mycarenet.medadmin_names import CARENET
from bridge.mycarenet.medadmin_values import Raw
from bridge.soap import xml
from bridge.soap.names import q

Value = str | int | date | Enum | Niss | Nihii | Mutuality | MembershipNumber | Raw
"""What a leaf may hold; ``bool`` is an ``int``."""

DECISION_REFERENCE_CHARACTERS: Final = 15
REASON_CHARACTERS: Final = 3

_E = TypeVar("_E", bound=Enum)
_N = TypeVar("_N", Niss, Mutuality, MembershipNumber)
_NIHII_CHARACTERS: Final = 12
_NUMBER: Final = re.compile(r"[0-9]{1,2}", re.ASCII)
_SCORE: Final = re.compile(r"\+?0*[1-4]", re.ASCII)
_SCORES: Final = 6
# A nurse client had to strip time zones from days (*Nursing messages* 1.1); the day is the written
# one, whatever the zone.
_DAY: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T00:00(?::00(?:\.0+)?)?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII
)
_TRUTHS: Final = MappingProxyType({"true": True, "1": True, "false": False, "0": False})


# -- writing -------------------------------------------------------------------------------------


def text_of_value(value: Value) -> str:
    """Give the text of a value: care providers in 12 digits, days without a time zone."""
    match value:
        case Raw() | MembershipNumber():
            return value.text
        case Nihii():
            return "0" + value.long
        case Niss() | Mutuality():
            return value.digits
        case Enum():
            return str(value.value)
        case date():
            return value.isoformat()
        case _:
            return str(value).lower() if isinstance(value, bool) else str(value)


def add(parent: Element, local: str, value: Value | None) -> None:
    """Add a leaf; nothing for ``None``."""
    if value is not None:
        etree.SubElement(parent, q(CARENET, local)).text = text_of_value(value)


def add_part(parent: Element, local: str) -> Element:
    """Add an element that will have children."""
    return etree.SubElement(parent, q(CARENET, local))


def put(element: Element, attribute: str, value: Value | None) -> None:
    """Set an attribute; nothing for ``None``."""
    if value is not None:
        element.set(attribute, text_of_value(value))


# -- reading -------------------------------------------------------------------------------------


def part(element: Element, local: str) -> Element | None:
    """Find a child; ``None`` when there is none.

    Raises:
        TheirAnswerInvalid: there is more than one.
    """
    found = [each for each in xml.children(element) if xml.local_name(each) == local]
    if len(found) > 1:
        raise TheirAnswerInvalid(f"several {local}")
    return found[0] if found else None


def needed_part(element: Element, local: str) -> Element:
    """Find a child.

    Raises:
        TheirAnswerInvalid: there is none, or more than one.
    """
    found = part(element, local)
    if found is None:
        raise TheirAnswerInvalid(f"no {local}")
    return found


def text(element: Element | None, local: str) -> str | None:
    """Give the text of a child without blanks around it; ``None`` when absent or empty."""
    child = None if element is None else part(element, local)
    return None if child is None else own_text(child) or None


def own_text(element: Element) -> str:
    """Give the text of an element without blanks around it."""
    return "".join(element.itertext()).strip()


def fixed_text(element: Element | None, local: str, *, characters: int) -> str | None:
    """Give a text of fixed length, whose blanks count where it has that length as it stands."""
    child = None if element is None else part(element, local)
    if child is None:
        return None
    written = "".join(child.itertext())
    return written if len(written) == characters else written.strip() or None


def attribute(element: Element, local: str) -> str | None:
    """Give an attribute without blanks around it; ``None`` when absent or empty."""
    return (element.get(local) or "").strip() or None


def day(element: Element | None, local: str) -> date | Raw | None:
    """Read a day, also one with a time zone."""
    written = text(element, local)
    found = _DAY.fullmatch(written or "")
    try:
        return date.fromisoformat(found[1]) if found else _raw(written)
    except ValueError:
        return _raw(written)


def truth(
    element: Element | None, local: str, *, when_empty: bool | None = None
) -> bool | Raw | None:
    """Read a truth value; an empty element has the default of its schema."""
    written = text(element, local)
    if written is None:
        is_there = element is not None and part(element, local) is not None
        return when_empty if is_there else None
    return _TRUTHS.get(written, Raw(written))


def attribute_truth(element: Element, local: str) -> bool | None:
    """Read a truth value of the header, where one that is not understood is none."""
    return _TRUTHS.get(attribute(element, local) or "")


def number(written: str | None) -> int | Raw | None:
    """Read one or two digits."""
    return int(written) if written is not None and _NUMBER.fullmatch(written) else _raw(written)


def choice(written: str | None, kind: type[_E]) -> _E | Raw | None:
    """Read a word of a closed list; another word is kept."""
    try:
        return kind(written)
    except ValueError:
        return _raw(written)


def nihii(element: Element | None, local: str) -> Nihii | Raw | None:
    """Read a care provider number of 12 digits, or of 8 or 11."""
    written = text(element, local)
    if written is None:
        return None
    is_padded = len(written) == _NIHII_CHARACTERS and written.startswith("0")
    try:
        return Nihii.parse(written[1:] if is_padded else written)
    except InvalidIdentifier:
        return Raw(written)


def identifier(element: Element | None, local: str, kind: type[_N]) -> _N | Raw | None:
    """Read a number of a patient or of a sickness fund."""
    written = text(element, local)
    if written is None:
        return None
    try:
        return kind.parse(written)
    except InvalidIdentifier:
        return Raw(written)


def scores(element: Element, local: str) -> tuple[int, ...] | Raw:
    """Read six scores of 1 to 4."""
    written = text(element, local) or ""
    pieces = written.split()
    if len(pieces) != _SCORES or not all(_SCORE.fullmatch(piece) for piece in pieces):
        return Raw(written)
    return tuple(int(piece) for piece in pieces)


def _raw(written: str | None) -> Raw | None:
    return None if written is None else Raw(written)
