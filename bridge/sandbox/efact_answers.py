"""The answers of the played insurers, put together character by character.

Lengths, headers and fillers are those of the recorded answers; the amounts are the insurers' own.
Source: *Electronic invoicing* 3 and the tables of segments, records 91 and 92 and the trailer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final

from bridge.sandbox.efact_asked import Asked
from bridge.sandbox.efact_chains import is_rejected_whole, rejected_acts
from bridge.sandbox.efact_findings import MOST_CODES, Finding
from bridge.sandbox.efact_habits import UNKNOWN_CODE, Habits, habits_of
from bridge.sandbox.efact_reading import Invoice, Record
from bridge.sandbox.efact_slices import (
    ANSWER_LENGTH,
    ANSWER_RECORD_LENGTH,
    HEAD_LENGTH,
    RECORD_LENGTH,
    SENT_LENGTH,
    put,
    zone,
)
from bridge.sandbox.efact_totals import invoices_for

RECEIPT: Final = "931000"
MESSAGE_REFUSAL: Final = "920999"
FILE_REFUSAL: Final = "920099"
ACCEPTANCE: Final = "920098"
SETTLEMENT: Final = "920900"

_REFUSED_STATUS: Final = "40"
_RECEIPT_VERSION: Final = "01"
_CONTACT: Final = ("PLAYED INSURER", "SIMULATOR", "0200000000")
_FRAME: Final = ("10", "90")
_CHAINED: Final = "050000"
_IN_NO_LIST: Final = "5099Z9"
_NO_AMOUNT: Final = "+00000000000"
_BODY_FILLERS: Final = {"10": "1", "90": "9"}


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """What was asked and accepted, in cents; what is left was refused."""

    asked: int
    accepted: int

    @property
    def refused(self) -> int:
        """What is not paid."""
        return self.asked - self.accepted

    def __add__(self, other: Amounts) -> Amounts:
        """Add up."""
        return Amounts(asked=self.asked + other.asked, accepted=self.accepted + other.accepted)


NOTHING: Final = Amounts(asked=0, accepted=0)


def amounts_of(asked: Asked, invoice: Invoice) -> Amounts:
    """Say what is paid of an invoice."""
    total = 0 if invoice.total is None else invoice.total.amount("19") or 0
    if is_rejected_whole(asked, invoice):
        return Amounts(asked=total, accepted=0)
    refused = sum(act.record.amount("19") or 0 for act in rejected_acts(asked, invoice))
    return Amounts(asked=total, accepted=total - refused)


def total_of(asked: Asked, invoices: Iterable[Invoice]) -> Amounts:
    """Say what is paid of several invoices."""
    return sum((amounts_of(asked, invoice) for invoice in invoices), NOTHING)


@dataclass(frozen=True, kw_only=True)
class AnswerWriter:
    """Writes the answers to one file.

    Attributes:
        percentage: Wrong records in hundredths of a percent.
        scenario: What was chosen at the simulator.
    """

    asked: Asked
    percentage: int
    scenario: str = field(default="normal")

    @property
    def _habits(self) -> Habits:
        return habits_of(self.asked.insurer)

    # -- whole answers -------------------------------------------------------------------------

    def receipt(self, reference: str) -> str:
        """Write a 931000."""
        named = zone(self.asked.file.head, "200", "200") + "00"
        return self._head(RECEIPT, reference, version=_RECEIPT_VERSION) + named.ljust(SENT_LENGTH)

    def message_refusal(self, reference: str) -> str:
        """Write a 920999: segments with codes, and the records 95 and 96 that are wrong."""
        version = zone(self.asked.file.head, "200", "201")
        head = self._head(MESSAGE_REFUSAL, reference, status=_REFUSED_STATUS, version=version)
        parts = {"200": head, "300": self.asked.file.sent}
        totals: dict[tuple[str, int], str] = {}
        for finding in self.asked.findings.of_header:
            name = f"{finding.zone}1"
            if finding.kind in parts:
                parts[finding.kind] = put(parts[finding.kind], finding.kind, name, finding.code)
                continue
            key = (finding.kind, finding.place)
            text = totals.get(key) or self._total(*key)
            totals[key] = put(text, finding.kind, name, finding.code)
        return parts["200"] + parts["300"] + "".join(totals[key] for key in sorted(totals))

    def file_refusal(self, reference: str, *, kind: str, has_records: bool = True) -> str:
        """Write a 920099; a union may send nothing behind its header."""
        answer = self._begin(FILE_REFUSAL, reference, percentage=self.percentage, kind=kind)
        return answer + (self._records(amounts=False) if has_records else "")

    def acceptance(self, reference: str) -> str:
        """Write a 920098."""
        answer = self._begin(ACCEPTANCE, reference, percentage=self.percentage, kind="00")
        return answer + self._records(amounts=False)

    def settlement(self, reference: str) -> str:
        """Write a 920900."""
        answer = self._begin(SETTLEMENT, reference, percentage=0, kind="00")
        file = self.asked.file
        settled = [self._mutuality(record) for record in file.mutualities]
        grand = self._with_amounts(file.grand, "92", total_of(self.asked, file.invoices))
        return answer + self._records(amounts=True) + "".join(settled) + grand

    # -- segments ------------------------------------------------------------------------------

    def _head(
        self, name: str, reference: str, *, status: str = "00", version: str | None = None
    ) -> str:
        sent = self.asked.file.head
        mode, own = zone(sent, "200", "202"), zone(sent, "200", "204")
        reserve = " " if self._habits.has_blanks or name == RECEIPT else "0"
        text = f"{name}00{version or self._habits.version}00{mode}00{status}00{own}00{reference}00"
        return text.ljust(HEAD_LENGTH, reserve)

    def _begin(self, name: str, reference: str, *, percentage: int, kind: str) -> str:
        sent = self.asked.file.sent
        last, first, telephone = _CONTACT
        for number, value in (("305", last.ljust(45)), ("306", first.ljust(24))):
            sent = put(sent, "300", number, value)
        sent = put(sent, "300", "307", telephone)
        known = sent[:140] + f"{percentage:05}00{kind}00"
        return self._head(name, reference) + known.ljust(ANSWER_LENGTH)

    # -- records -------------------------------------------------------------------------------

    def _records(self, *, amounts: bool) -> str:
        lines: list[str] = []
        for record in self._shown(is_settlement=amounts):
            invoice = self._invoice_at.get(record.place)
            has_sum = amounts and invoice is not None and record is invoice.total
            paid = amounts_of(self.asked, invoice).accepted if invoice and has_sum else 0
            lines.append(self._line(record, len(lines) + 1, paid=paid, has_amounts=amounts))
        return "".join(lines)

    def _shown(self, *, is_settlement: bool) -> list[Record]:
        """Give the frame and what is wrong; what is absent is accepted (*3.1*)."""
        shows_all = is_settlement and self._habits.shows_clean_invoices
        wrong = {finding.place for finding in self.asked.findings.of_records}
        framed = {
            record.place
            for invoice in self.asked.file.invoices
            if shows_all or any(record.place in wrong for record in invoice.records())
            for record in (invoice.header, invoice.total)
            if record is not None
        }
        return [
            record
            for record in self.asked.file.body
            if record.kind in _FRAME or record.place in wrong | framed
        ]

    def _line(self, record: Record, index: int, *, paid: int, has_amounts: bool) -> str:
        """Give a record back under a new number, its check digits as they were."""
        echoed = record.text[:2] + f"{index:06}" + record.text[8:]
        line = echoed + self._trailer(record, index)
        for place, finding in enumerate(self._codes(record), start=1):
            line = put(line, "trailer", f"letter{place}", finding.letter.value)
            line = put(line, "trailer", f"code{place}", self._code(finding))
        if has_amounts and record.kind not in _FRAME:
            line = put(line, "trailer", "114", money(paid))
            line = put(line, "trailer", "115", _NO_AMOUNT)
            line = put(line, "trailer", "116", _NO_AMOUNT)
        if self._habits.names_original and record.kind == "50":
            comment = f"RECORD {record.zone('2')} / {record.zone('4')}"
            line = put(line, "trailer", "149", comment.ljust(200))
        return line

    def _codes(self, record: Record) -> list[Finding]:
        return self.asked.findings.at(record.place)[:MOST_CODES]

    def _code(self, finding: Finding) -> str:
        if finding.is_chained and self._habits.chains_by_050000:
            return _CHAINED
        return _IN_NO_LIST if self.scenario == UNKNOWN_CODE else finding.code

    def _trailer(self, record: Record, index: int) -> str:
        first = self.asked.file.body[0]
        filler = _BODY_FILLERS.get(record.kind, "0")
        text = filler * (ANSWER_RECORD_LENGTH - RECORD_LENGTH)
        values = {
            "t1": first.zone("7"),
            "t5": filler * 24 + first.zone("14") + filler * 50,
            **{f"letter{place}": " " for place in range(1, MOST_CODES + 1)},
            **{f"code{place}": "000000" for place in range(1, MOST_CODES + 1)},
            "index": f"{index:06}",
        }
        if record.kind != "90":
            values["t2"] = self._written_on()
        if record.kind not in _FRAME:
            values["t3"] = first.zone("22")[1:] + first.zone("23")
            values["t4"] = self._fund_of(record)
            values["149"] = " " * 200
            values["res"] = " " * 61
        line = " " * RECORD_LENGTH + text
        for name, value in values.items():
            line = put(line, "trailer", name, value)
        return line[RECORD_LENGTH:]

    def _written_on(self) -> str:
        created_on = self.asked.created_on
        day = self.asked.today if created_on is None else created_on + timedelta(days=1)
        return f"{day:%Y%m%d}"

    def _fund_of(self, record: Record) -> str:
        invoice = self._invoice_at.get(record.place)
        return self.asked.insurer if invoice is None else invoice.header.zone("18")

    @cached_property
    def _invoice_at(self) -> dict[int, Invoice]:
        return {
            record.place: invoice
            for invoice in self.asked.file.invoices
            for record in invoice.records()
        }

    # -- settlement ----------------------------------------------------------------------------

    def _mutuality(self, record: Record) -> str:
        fund = record.zone("401")
        amounts = total_of(self.asked, invoices_for(self.asked.file, fund))
        text = self._with_amounts(record, "91", amounts)
        payee = self.asked.insurer if self._habits.pays_centrally else fund
        reference = self._payment_reference(payee).ljust(22)
        for name in ("423", "424", "C7"):
            text = put(text, "91", name, reference)
        for name in ("4231", "4241", "C7e"):
            text = put(text, "91", name, "00")
        return text

    def _payment_reference(self, payee: str) -> str:
        sent = self.asked.file.sent
        return f"{zone(sent, '300', '301')}/{zone(sent, '300', '300')}/{payee}/"

    def _with_amounts(self, record: Record, kind: str, amounts: Amounts) -> str:
        """Give a record 91 or 92: what was asked as it came, then accepted and refused."""
        accepted, refused = money(amounts.accepted), money(amounts.refused)
        parts = (accepted, refused, _NO_AMOUNT, _NO_AMOUNT, accepted, refused)
        text = kind + record.text[2:79] + "".join(part + "00" for part in parts)
        return text.ljust(ANSWER_RECORD_LENGTH)

    def _total(self, kind: str, place: int) -> str:
        file = self.asked.file
        return file.grand.text if kind == "96" else file.mutualities[place].text


def money(cents: int) -> str:
    """Write a sign and eleven digits."""
    return f"{'-' if cents < 0 else '+'}{abs(cents):011}"
