"""The list of refused acts of many batches: why, what to do, and where each act is now.

Source: *eFact for nursing* 3.1 to 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from bridge.domain.claims import ActResult, blocks_of
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.periods import brussels_day
from bridge.i18n.forms import shown_day
from bridge.ports.reports import CellKind, ColumnPlace
from bridge.service.errorsentences import advice
from bridge.service.reportparts import (
    ReportWords,
    practice_name,
    shown_month,
    shown_sending,
    who_of,
)
from bridge.service.settlementerrors import shown_error

if TYPE_CHECKING:
    from datetime import datetime

    from bridge.domain.claims import CareBlock, Claim, ClaimLine
    from bridge.domain.invoices import InvoiceBatch
    from bridge.ports.invoices import InvoiceFilter
    from bridge.ports.reports import ReportCell, ReportColumn, ReportDocument
    from bridge.ports.store import UnitOfWork

_BATCHES_AT_ONCE: Final = 200
_REFUSED: Final = frozenset({ActResult.REJECTED, ActResult.PARTLY_PAID})
_WAITING: Final = {ExchangeStatus.DRAFT: "in_draft", ExchangeStatus.TO_SEND: "to_send"}


@dataclass(frozen=True, kw_only=True)
class WantedRefusals:
    """Which refused acts.

    Attributes:
        batches: Of which batches the caller may see.
        answered_from: First day on which the last answer came in, included.
        answered_to: Last such day, included.
    """

    batches: InvoiceFilter
    answered_from: date | None = None
    answered_to: date | None = None

    def covers(self, batch: InvoiceBatch) -> bool:
        """Tell whether a batch was answered within the days."""
        if batch.answered_at is None:
            return False
        on = brussels_day(batch.answered_at)
        is_begun = self.answered_from is None or self.answered_from <= on
        return is_begun and (self.answered_to is None or on <= self.answered_to)


class RefusalReporter:
    """Reads refused acts for a report."""

    def __init__(self, unit: UnitOfWork, words: ReportWords, *, at: datetime) -> None:
        """Keep what is read with."""
        self._unit = unit
        self._words = words
        self._at = at
        self._fates: dict[str, str] = {}

    def report(self, wanted: WantedRefusals) -> ReportDocument:
        """Put the report together."""
        batches = [each for each in _batches(self._unit, wanted.batches) if wanted.covers(each)]
        batches.sort(key=lambda each: (each.insurer, each.sending_year, each.sending_number))
        rows = [row for batch in batches for row in self._rows(batch)]
        table = self._words.table("refused_acts", self._columns(), rows)
        title = self._words.say("refusals_title")
        return self._words.document(title, self._facts(wanted), (table,), at=self._at)

    def _facts(self, wanted: WantedRefusals) -> Iterator[tuple[str, str]]:
        words, batches = self._words, wanted.batches
        every = words.say("every")
        yield "answered_from", _shown(wanted.answered_from, words.language) or every
        yield "answered_to", _shown(wanted.answered_to, words.language) or every
        names = (practice_name(self._unit, each) or each for each in batches.practice_id)
        yield "practice", ", ".join(names) or every
        yield "insurer", ", ".join(map(words.insurer, batches.insurer)) or every

    def _columns(self) -> tuple[ReportColumn, ...]:
        column = self._words.column
        return (
            column("invoice", place=ColumnPlace.GROUP),
            column("patient", place=ColumnPlace.GROUP),
            column("client_ref", place=ColumnPlace.GROUP),
            column("insurer", place=ColumnPlace.GROUP),
            column("sending", place=ColumnPlace.GROUP),
            column("day", CellKind.DAY, width=13),
            column("code", width=10),
            column("act_reference", width=22),
            column("refused", CellKind.MONEY, width=16),
            column("error", width=14),
            column("fate", width=29),
            column("explanation", place=ColumnPlace.NOTE),
            column("to_do", place=ColumnPlace.NOTE),
        )

    def _rows(self, batch: InvoiceBatch) -> Iterator[tuple[ReportCell, ...]]:
        is_whole = batch.decision is not None and batch.decision.refusal_kind is not None
        otherwise = "whole_file" if is_whole else "unexplained"
        for claim in self._unit.claims.all_of(batch.id):
            who = (*who_of(claim), self._words.insurer(batch.insurer), shown_sending(batch))
            for block in blocks_of(claim.lines):
                line = block.lump_sum
                if line is not None and line.result in _REFUSED:
                    yield (*who, *self._act(claim, block, line, otherwise=otherwise))

    def _act(
        self, claim: Claim, block: CareBlock, line: ClaimLine, *, otherwise: str
    ) -> tuple[ReportCell, ...]:
        """Give an act with the errors of its invoice and of the statistical acts before it.

        Without any, ``otherwise`` says why.
        """
        reasons = (*claim.reasons, *(each for part in block.lines for each in part.reasons))
        errors = [shown_error(each) for each in dict.fromkeys(reasons)]
        explained = self._words.sentences(errors) or self._words.say(otherwise)
        return (
            line.day,
            line.code,
            line.reference,
            line.refused_amount,
            self._words.codes(errors),
            self._fate(line),
            explained,
            advice(errors, self._words.language, otherwise=otherwise),
        )

    def _fate(self, line: ClaimLine) -> str:
        """Say where the act is now: nowhere, in a draft, or sent again."""
        if line.carried_to is None:
            return self._words.say("not_carried")
        claim = self._unit.claims.of_reference(line.carried_to)
        if claim is None:
            return self._words.say("not_carried")
        if claim.batch_id not in self._fates:
            self._fates[claim.batch_id] = self._fate_in(claim.batch_id)
        return self._fates[claim.batch_id]

    def _fate_in(self, batch_id: str) -> str:
        batch = self._unit.invoice_batches.get(batch_id, client_id=None)
        if batch is None:
            return self._words.say("not_carried")
        key = _WAITING.get(batch.status, "sent_again")
        return self._words.say(key, month=shown_month(batch), sending=shown_sending(batch))


def _batches(unit: UnitOfWork, wanted: InvoiceFilter) -> Iterator[InvoiceBatch]:
    before_id = None
    while True:
        page, _ = unit.invoice_batches.page(wanted, limit=_BATCHES_AT_ONCE, before_id=before_id)
        yield from page
        if len(page) < _BATCHES_AT_ONCE:
            return
        before_id = page[-1].id


def _shown(day: date | None, language: str) -> str:
    return "" if day is None else shown_day(day, language)
