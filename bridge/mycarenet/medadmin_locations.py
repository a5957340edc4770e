"""Which of our members an insurer means when it names a place of a message.

A place is named by a zone of the flat layout (``zone 305``), by an element (``Prescriber``) or by
a path of elements; no text says which of these an insurer uses, so all are tried.
Source: *Nursing messages* 3, 4 and 6.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.mycarenet.medadmin_names import CareFamily, MessageName
from bridge.mycarenet.tables.medadmin_zones import (
    CONTRACTUAL,
    PALLIATIVE,
    TECHNICAL,
    UPDATE,
    ZoneRow,
)

_ZONE: Final = re.compile(
    r"(?:^|\b(?:zone|z)\W*)([0-9]{3})\b(?!\W*[0-9])", re.ASCII | re.IGNORECASE
)
_PREFIX: Final = re.compile(r"[A-Za-z][\w.-]*:(?=[A-Za-z])", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z]+", re.ASCII)


def member_of_location(text: str, *, message_name: MessageName | None = None) -> str | None:
    """Give our name of the member, such as ``requester`` or ``period.start_on``.

    Args:
        text: ``Location`` of a fault, as it stands.
        message_name: Of the refused message or of the refusal; contractual care when unknown.

    Returns:
        ``None`` when the text names no place we know, or several.
    """
    rows = _rows(message_name)
    zone = _ZONE.search(text)
    if zone is not None:
        return _only([row.member for row in rows if row.zone == zone[1]])
    steps = [step.lower() for step in _WORD.findall(_PREFIX.sub("", text))]
    for count in range(len(steps), 0, -1):
        named = [row for row in rows if _steps(row)[-1] == steps[count - 1]]
        if named:
            return _nearest(named, steps[:count])
    return None


def _rows(message_name: MessageName | None) -> tuple[ZoneRow, ...]:
    if message_name is MessageName.CONTRACTUAL_UPDATE:
        return UPDATE
    family = None if message_name is None else message_name.family
    if family is CareFamily.PALLIATIVE:
        return PALLIATIVE
    return TECHNICAL if family is CareFamily.TECHNICAL else CONTRACTUAL


def _nearest(rows: list[ZoneRow], steps: list[str]) -> str | None:
    """Take the row with the most elements above that are all in the path, else the only one."""
    fitting = [row for row in rows if set(_steps(row)) <= set(steps)]
    if not fitting:
        return _only([row.member for row in rows])
    return max(fitting, key=lambda row: len(_steps(row))).member


def _steps(row: ZoneRow) -> list[str]:
    return row.element.lower().split("/")


def _only(members: list[str]) -> str | None:
    return members[0] if len(set(members)) == 1 else None
