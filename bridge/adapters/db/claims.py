"""Claims and their acts in their tables (port ``invoices``).

A claim is one document; beside it stands a row for each act, so that an act is found by its
reference, and what a patient was invoiced already is known without reading any document.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db.invoicetables import BATCHES, CLAIMS, JOINED, LINES, SEEN
from bridge.adapters.db.values import read_document
from bridge.domain.claims import ActResult, Claim, ClaimKind, ClaimLine
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.invoicecases import ActKey, person_of
from bridge.ports.invoices import BatchSums

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from bridge.domain.declarations import CarePatient

_CLAIM: Final = TypeAdapter(Claim)
_AT_ONCE: Final = 200
_READ_AT_ONCE: Final = 25
"""Claims that are in memory together while a batch is walked; each may hold a month of acts."""

_NOT_INVOICED: Final = (
    ExchangeStatus.DRAFT.value,
    ExchangeStatus.ERROR.value,
    ExchangeStatus.REFUSED.value,
)
_SUMS: Final = (
    "lines",
    "insurer_amount",
    "copayment",
    "supplement",
    "paid_amount",
    "open_amount",
)


class SqlClaims:
    """Claims in their tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, claims: Sequence[Claim]) -> None:
        """Insert claims, or replace those with the same identifiers."""
        for start in range(0, len(claims), _AT_ONCE):
            self._put(claims[start : start + _AT_ONCE])

    def get(self, claim_id: str) -> Claim | None:
        """Read one claim."""
        query = select(CLAIMS.c.document).where(CLAIMS.c.id == claim_id)
        found = self._connection.execute(query).scalar()
        return None if found is None else read_document(_CLAIM, found)

    def remove(self, claim_id: str) -> None:
        """Delete a claim of a draft."""
        self._connection.execute(delete(LINES).where(LINES.c.claim_id == claim_id))
        self._connection.execute(delete(CLAIMS).where(CLAIMS.c.id == claim_id))

    def page(self, batch_id: str, *, after: int = -1, limit: int = 500) -> list[Claim]:
        """Read claims of a batch in their order, those after a position."""
        columns = CLAIMS.c
        query = select(columns.document).where(
            columns.batch_id == batch_id, columns.position > after
        )
        rows = self._connection.execute(query.order_by(columns.position).limit(limit)).scalars()
        return [read_document(_CLAIM, row) for row in rows]

    def all_of(self, batch_id: str) -> Iterator[Claim]:
        """Read all claims of a batch in their order, some at a time."""
        after = -1
        while found := self.page(batch_id, after=after, limit=_READ_AT_ONCE):
            yield from found
            after = found[-1].position

    def next_position(self, batch_id: str) -> int:
        """Give the position of the next claim of a batch."""
        query = select(func.max(CLAIMS.c.position)).where(CLAIMS.c.batch_id == batch_id)
        last = self._connection.execute(query).scalar()
        return 0 if last is None else last + 1

    def of_reference(self, reference: str) -> Claim | None:
        """Read the claim with an act of that own reference."""
        query = select(LINES.c.claim_id).where(LINES.c.reference == reference).limit(1)
        found = self._connection.execute(query).scalar()
        return None if found is None else self.get(found)

    def of_patient(self, patient: CarePatient) -> list[Claim]:
        """Read all claims of a patient, oldest first."""
        columns = CLAIMS.c
        query = select(columns.document).where(columns.niss == person_of(patient))
        rows = self._connection.execute(query.order_by(columns.id)).scalars()
        return [read_document(_CLAIM, row) for row in rows]

    def invoiced_acts(self, patient: CarePatient, *, besides: str) -> frozenset[ActKey]:
        """Give the acts of a patient that were invoiced and not refused, besides one batch's.

        Acts of drafts, and of batches that failed or were refused, are not invoiced.
        """
        columns = LINES.c
        query = (
            select(columns.code, columns.day, columns.provider)
            .select_from(JOINED.join(LINES, columns.batch_id == BATCHES.c.id))
            .where(columns.niss == person_of(patient), columns.is_invoiced == 1)
            .where(columns.batch_id != besides, SEEN.not_in(_NOT_INVOICED))
        )
        return frozenset(
            ActKey(
                patient=person_of(patient),
                code=code,
                day=date.fromisoformat(day),
                provider=provider,
            )
            for code, day, provider in self._connection.execute(query)
        )

    def sums(self, batch_id: str) -> BatchSums:
        """Add up the claims of a batch."""
        sums = [func.coalesce(func.sum(CLAIMS.c[name]), 0).label(name) for name in _SUMS]
        query = select(func.count().label("claims"), *sums).where(CLAIMS.c.batch_id == batch_id)
        return BatchSums(**self._connection.execute(query).mappings().one())

    def _put(self, claims: Sequence[Claim]) -> None:
        rows = [_claim_row(each) for each in claims]
        statement = upsert(CLAIMS)
        changed = {column.name: statement.excluded[column.name] for column in CLAIMS.c}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=changed), rows
        )
        self._connection.execute(
            delete(LINES).where(LINES.c.claim_id.in_([each.id for each in claims]))
        )
        lines = [_line_row(each, place) for each in claims for place in range(len(each.lines))]
        if lines:
            self._connection.execute(insert(LINES), lines)


def _claim_row(claim: Claim) -> dict[str, Any]:
    return {
        "id": claim.id,
        "batch_id": claim.batch_id,
        "position": claim.position,
        "kind": claim.kind.value,
        "niss": person_of(claim.patient),
        "lines": len(claim.lines),
        "insurer_amount": claim.insurer_amount,
        "copayment": claim.copayment,
        "supplement": claim.supplement,
        "paid_amount": claim.paid_amount,
        "open_amount": sum(line.open_amount for line in claim.lines),
        "document": _CLAIM.dump_json(claim).decode(),
    }


def _line_row(claim: Claim, place: int) -> dict[str, Any]:
    line = claim.lines[place]
    return {
        "claim_id": claim.id,
        "place": place,
        "batch_id": claim.batch_id,
        "reference": line.reference,
        "niss": person_of(claim.patient),
        "code": line.code,
        "day": line.day.isoformat(),
        "provider": line.provider.short,
        "is_invoiced": int(_is_invoiced(claim, line)),
    }


def _is_invoiced(claim: Claim, line: ClaimLine) -> bool:
    is_asked = claim.kind is not ClaimKind.CREDIT_NOTE and not line.is_statistical
    return is_asked and line.result is not ActResult.REJECTED and line.credited_by is None
