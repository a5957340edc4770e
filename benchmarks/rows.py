"""Many exchanges for the measurements, as a nurse's history of years would be."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from bridge.adapters.db.store import SqlStore
from bridge.domain.exchanges import Decision, Exchange, ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.ports.store import UnitOfWork

CLIENT: Final = "bench"
BEGIN: Final = datetime(2024, 1, 1, 7, 0, tzinfo=UTC)
_EACH: Final = timedelta(minutes=7)
_UNIONS: Final = ("100", "200", "300", "400", "500", "600", "900")
_STATUS: Final = (
    *(ExchangeStatus.ACCEPTED,) * 14,
    *(ExchangeStatus.PARTIALLY_ACCEPTED,) * 2,
    ExchangeStatus.REFUSED,
    ExchangeStatus.ERROR,
    ExchangeStatus.SENT,
    ExchangeStatus.MANUAL_ACTION_REQUIRED,
)
_CHUNK: Final = 2000


def person(number: int) -> Niss:
    """Give one of 5 000 fictitious people; the check digits fit."""
    body = 600101000 + number % 5000
    return Niss.parse(f"{body:09d}{97 - body % 97:02d}")


def exchange(number: int) -> Exchange:
    """Make one exchange of the history."""
    at = BEGIN + number * _EACH
    status = _STATUS[number * 7 % len(_STATUS)]
    is_answered = status not in {ExchangeStatus.SENT, ExchangeStatus.ERROR}
    is_old = number % 10 != 0
    decision = Decision(at=at, status=status, response_id=f"rsp_{number:026d}")
    return Exchange(
        id=f"exc_{number:026d}",
        client_id=CLIENT if number % 3 else "other",
        practice_id=f"prc_{number % 4}",
        registration_id=f"reg_{number % 4}",
        service="memberdata",
        kind="insurability_batch",
        insurer=_UNIONS[number % len(_UNIONS)],
        input_reference=f"R{number:012d}",
        content_digest=hashlib.sha256(str(number).encode()).hexdigest(),
        subject_id=f"bat_{number // 7:026d}",
        status=status,
        created_at=at,
        updated_at=at,
        sent_at=at,
        answered_at=at + timedelta(hours=2) if is_answered else None,
        read_at=at if is_answered and is_old else None,
        processed_at=at if is_answered and is_old else None,
        archived_at=at if is_answered and number % 3 == 0 and is_old else None,
        decisions=(decision,) if is_answered else (),
    )


async def fill(store: SqlStore, count: int) -> None:
    """Write exchanges, each about three people."""
    for begin in range(0, count, _CHUNK):
        numbers = range(begin, min(begin + _CHUNK, count))

        def work(unit: UnitOfWork, numbers: range = numbers) -> None:
            for number in numbers:
                people = tuple(person(number * 3 + place) for place in range(3))
                unit.exchanges.add(exchange(number), people=people)

        await store.write(work)
