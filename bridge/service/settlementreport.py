"""The report of one answer: totals, payments, errors, and what became of every act.

Statistical acts have no amount and stand in it only when an error is about them.
Source: *eFact for nursing* 3; decision D17.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from bridge.domain.invoices import InvoiceAnswer
from bridge.domain.periods import brussels_day
from bridge.domain.reconciliation import Balance, balance_of
from bridge.domain.settling import Settler
from bridge.i18n import phrase
from bridge.i18n import text as problem_text
from bridge.i18n.forms import shown_day, shown_percent
from bridge.ports.reports import CellKind, ColumnPlace
from bridge.service.reportparts import (
    ReportWords,
    practice_name,
    registration_of,
    shown_account,
    shown_month,
    shown_registration,
    shown_sending,
    who_of,
)
from bridge.service.settlementerrors import shown_error

if TYPE_CHECKING:
    from datetime import datetime

    from bridge.domain.claims import Claim, ClaimLine
    from bridge.domain.invoices import InvoiceBatch
    from bridge.domain.invoicesettings import InvoiceSettings
    from bridge.domain.keptsettlements import KeptSettlement
    from bridge.ports.reports import ReportCell, ReportColumn, ReportDocument, ReportTable
    from bridge.ports.store import UnitOfWork

_MONEY: Final = CellKind.MONEY
_GROUP: Final = ColumnPlace.GROUP
_NOTE: Final = ColumnPlace.NOTE


class SettlementReporter:
    """Reads one answer for a report."""

    def __init__(
        self, unit: UnitOfWork, settings: InvoiceSettings, words: ReportWords, *, at: datetime
    ) -> None:
        """Keep what is read with."""
        self._unit = unit
        self._settings = settings
        self._words = words
        self._at = at

    def report(self, kept: KeptSettlement, batch: InvoiceBatch) -> ReportDocument:
        """Put the report together."""
        words = self._words
        rows: list[tuple[ReportCell, ...]] = []
        balance = Balance()
        settler = Settler(kept.settlement, self._settings)
        for claim in self._unit.claims.all_of(batch.id):
            settled = settler.take(claim)
            balance += balance_of(batch, settled, self._settings)
            rows.extend(self._rows(settled))
        is_settlement = kept.settlement.answer is InvoiceAnswer.SETTLED
        title = words.say(
            "settlement_title" if is_settlement else "answer_title",
            insurer=kept.insurer,
            sending=shown_sending(batch) or None,
        )
        tables = (
            self._totals(balance),
            self._payments(kept),
            *self._troubles(kept),
            words.table("acts", self._columns(), rows),
        )
        return words.document(title, self._facts(kept, batch), tables, at=self._at)

    def _facts(self, kept: KeptSettlement, batch: InvoiceBatch) -> Iterator[tuple[str, str]]:
        words, language = self._words, self._words.language
        registration = registration_of(self._unit, kept.registration_id)
        yield "practice", practice_name(self._unit, kept.practice_id)
        yield "registration", shown_registration(registration, batch)
        yield "insurer", words.insurer(kept.insurer)
        yield "account", shown_account(registration)
        yield "month", shown_month(batch)
        yield "sending", shown_sending(batch)
        yield "reference", batch.sender_reference or ""
        yield "received", shown_day(brussels_day(kept.settlement.at), language)
        yield "answer", phrase("invoice_answers", kept.settlement.answer.value, language)
        yield "state", phrase("status", batch.status.value, language)
        if kept.error_percentage is not None:
            yield "percentage", shown_percent(kept.error_percentage, language)

    def _totals(self, balance: Balance) -> ReportTable:
        names = ("sent", "accepted", "refused", "paid", "still_open")
        columns = [self._words.column(name, _MONEY) for name in names]
        amounts = [getattr(balance, name) for name in names]
        return self._words.table("totals", columns, [amounts], has_total=False)

    def _payments(self, kept: KeptSettlement) -> ReportTable:
        column = self._words.column
        columns = (
            column("mutuality", width=14),
            column("payment_reference", width=35),
            column("asked", _MONEY, width=17),
            column("accepted", _MONEY, width=17),
            column("refused", _MONEY, width=17),
        )
        rows = [
            (each.mutuality, each.payment_reference, each.asked, each.accepted, each.refused)
            for each in kept.settlement.mutualities
        ]
        return self._words.table("payments", columns, rows)

    def _troubles(self, kept: KeptSettlement) -> Iterator[ReportTable]:
        """Give errors of the file, and what does not fit what was sent; nothing without any."""
        words = self._words
        errors = [shown_error(each) for each in kept.settlement.file_reasons]
        if errors:
            columns = (words.column("error", width=16), words.column("explanation", width=84))
            rows = [(words.codes([each]), words.sentences([each])) for each in errors]
            yield words.table("file_errors", columns, rows, has_total=False)
        if kept.findings:
            yield self._findings(kept)

    def _findings(self, kept: KeptSettlement) -> ReportTable:
        column, language = self._words.column, self._words.language
        columns = (
            column("mutuality", width=14),
            column("explanation", width=52),
            column("expected", _MONEY, width=17),
            column("stated", _MONEY, width=17),
        )
        rows = [
            (
                each.mutuality,
                problem_text(each.code, "title", language),
                each.expected,
                each.stated,
            )
            for each in kept.findings
        ]
        return self._words.table("findings", columns, rows, has_total=False)

    def _columns(self) -> tuple[ReportColumn, ...]:
        column = self._words.column
        return (
            column("invoice", place=_GROUP),
            column("patient", place=_GROUP),
            column("client_ref", place=_GROUP),
            column("day", CellKind.DAY, width=12),
            column("code", width=9),
            column("act_reference", width=17),
            column("asked", _MONEY, width=16),
            column("paid", _MONEY, width=16),
            column("refused", _MONEY, width=14),
            column("result", width=16),
            column("error", place=_NOTE),
            column("explanation", place=_NOTE),
        )

    def _rows(self, claim: Claim) -> Iterator[tuple[ReportCell, ...]]:
        """Give the errors of an invoice as a whole, then its acts in their order."""
        who = who_of(claim)
        if claim.reasons:
            errors = [shown_error(each) for each in claim.reasons]
            whole = self._words.say("whole_invoice")
            said = (self._words.codes(errors), self._words.sentences(errors))
            yield (*who, None, None, whole, None, None, None, None, *said)
        for line in claim.lines:
            if not line.is_statistical or line.reasons:
                yield (*who, *self._act(line))

    def _act(self, line: ClaimLine) -> tuple[ReportCell, ...]:
        errors = [shown_error(each, line) for each in line.reasons]
        return (
            line.day,
            line.code,
            line.reference,
            line.insurer_amount,
            line.paid_amount,
            line.refused_amount,
            phrase("act_results", line.result.value, self._words.language),
            self._words.codes(errors),
            self._words.sentences(errors),
        )
