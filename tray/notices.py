"""What is worth a notification: a pure comparison of two moments, without patient data.

Each thing is said once, when it begins; a badge or a face shows it as long as it lasts.
Source: D8 and SEC-92 (warnings at 60, 15 and 5 minutes and at the end); 7.2 (a request to
connect is no window and no change of focus).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bridge.domain.overview import Overview
from bridge.i18n import phrase, text

WARN_BEFORE: Final = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
"""Shortest first: after a sleep of the computer only the most urgent warning is given."""
EXPIRY_DAYS: Final = (0, 1, 3, 7, 14, 30, 60)
"""How many days before its end a card or an eHealth certificate is spoken of."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One notification.

    Attributes:
        key: Key of a text of the section ``notices``, for tests and logs.
        text: In the user's language; never a name of a person.
    """

    key: str
    text: str


def notices(before: Overview | None, after: Overview, language: str) -> list[Notice]:
    """Give what to say of the step from one moment to the next.

    Args:
        before: ``None`` at the start; then only what ends soon is spoken of.
        after: As it is now.
        language: ``fr``, ``nl``, ``de`` or ``en``.
    """
    found = [
        *_of_session(before, after),
        *_of_validity("card", _days(before, "card_days"), after.card_days),
        *_of_validity("certificate", _days(before, "certificate_days"), after.certificate_days),
        *_of_work(before, after),
    ]
    said = [
        Notice(key=key, text=phrase("notices", key, language, {"count": count}))
        for key, count in found
    ]
    said += _of_software(before, after, language)
    failure = after.failure
    if failure is not None and (before is None or before.failure != failure):
        said.append(Notice(key="failure", text=text(failure, "title", language)))
    return said


def _of_session(before: Overview | None, after: Overview) -> Iterator[tuple[str, int]]:
    if before is None or before.left is None or before.session_id != after.session_id:
        return
    if after.left is None or not before.is_open:
        return
    if not after.is_open:
        yield "session_over", 0
        return
    for limit in WARN_BEFORE:
        if after.left <= limit < before.left:
            yield "session_ends", int(limit.total_seconds() // 60)
            return


def _days(facts: Overview | None, name: str) -> int | None:
    days: int | None = None if facts is None else getattr(facts, name)
    return days


def _of_validity(what: str, before: int | None, after: int | None) -> Iterator[tuple[str, int]]:
    if after is None or after > EXPIRY_DAYS[-1] or after == before:
        return
    if after < 0:
        if before is None or before >= 0:
            yield f"{what}_over", 0
        return
    limit = next(days for days in EXPIRY_DAYS if after <= days)
    if before is None or before > limit:
        yield f"{what}_ends", after


def _of_software(before: Overview | None, after: Overview, language: str) -> list[Notice]:
    """Name software that sent a PIN: it must not be used until its vendor mended it (SEC-82)."""
    known = () if before is None else before.pin_senders
    names = [name for name in after.pin_senders if name not in known]
    return [
        Notice(key="pin_sent", text=phrase("notices", "pin_sent", language, {"software": name}))
        for name in names
    ]


def _of_work(before: Overview | None, after: Overview) -> Iterator[tuple[str, int]]:
    if before is None:
        return
    if after.unread > before.unread:
        yield "answers", after.unread
    if after.manual > before.manual:
        yield "manual_action", after.manual
    if after.pairings > before.pairings:
        yield "pairing", after.pairings
