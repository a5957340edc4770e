"""The played insurers of invoices: a file in, receipts, refusals and settlements out.

They read with positions of their own, add everything up themselves and decide by the content.
Everything is decided when a file arrives, and told on the insurers' clock.
Source: *Electronic invoicing* 1 to 5, *MyCareNet transport* 2.7.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.identifiers import Nihii
from bridge.domain.ids import IdSource
from bridge.domain.periods import brussels_day
from bridge.mycarenet.common import reference_digits
from bridge.sandbox import efact_habits as habits
from bridge.sandbox.care_register import CareRegister
from bridge.sandbox.efact_act_rules import check_acts
from bridge.sandbox.efact_answers import (
    ACCEPTANCE,
    FILE_REFUSAL,
    MESSAGE_REFUSAL,
    RECEIPT,
    SETTLEMENT,
    AnswerWriter,
    total_of,
)
from bridge.sandbox.efact_asked import Asked
from bridge.sandbox.efact_block_rules import check_blocks
from bridge.sandbox.efact_book import EfactBook, TakenFile, paid_act
from bridge.sandbox.efact_chains import chain, rejected_acts
from bridge.sandbox.efact_file_rules import check_file
from bridge.sandbox.efact_form import check_form
from bridge.sandbox.efact_message import check_message
from bridge.sandbox.efact_patient_rules import check_invoices
from bridge.sandbox.efact_reading import read_file
from bridge.sandbox.efact_reading_rules import check_readings
from bridge.sandbox.efact_totals import check_repeats, check_sums
from bridge.sandbox.genasync_business import BusinessAnswer, Received
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.people import PeopleRegister

SERVICE: Final = "efact_insurers"
"""Name in the ledger."""

ANSWER: Final = "HCPFAC"
SETTLED: Final = "HCPAFD"
REFUSED: Final = "HCPVWR"
"""Names in transport: receipts and acceptances, settlements, refusals."""

RECEIVED_AFTER: Final = timedelta(minutes=10)
MESSAGE_REFUSED_AFTER: Final = timedelta(hours=1)
DECIDED_AFTER: Final = timedelta(days=1)
CONTRADICTED_AFTER: Final = timedelta(days=2)
SETTLED_AFTER: Final = timedelta(days=5)
SETTLED_AGAIN_AFTER: Final = timedelta(days=6)
SETTLED_LATE_AFTER: Final = timedelta(days=60)

MOST_WRONG: Final = 500
"""More than 5 percent of wrong records refuses a file; hundredths of a percent."""

_WHOLE: Final = 10_000
_BLOCKED: Final = "01"
_TOO_MUCH: Final = "02"

Told = tuple[timedelta, str, str]
"""When, under which name in transport, what."""


@dataclass(frozen=True, kw_only=True)
class _Decided:
    """A file with everything found, ready to be answered."""

    asked: Asked
    writer: AnswerWriter
    scenario: str
    kind: str | None
    """Why the file is refused: 01, 02, or not at all."""


class EfactInsurers:
    """All unions; safe to use from several threads."""

    def __init__(
        self,
        *,
        people: PeopleRegister,
        agreements: Callable[[datetime], CareRegister],
        is_nurse: Callable[[Nihii], bool],
        ids: IdSource,
        ledger: Ledger,
    ) -> None:
        """Know people, nurses and what was agreed about care.

        Args:
            people: Whom the insurers know.
            agreements: Gives the register of agreements as it is at a time of the insurers.
            is_nurse: Tells whether a number is one of the platform's nurses or groups.
            ids: Source of references.
            ledger: Gets counts and amounts of every answer; no personal data.
        """
        self._people = people
        self._agreements = agreements
        self._is_nurse = is_nurse
        self._ids = ids
        self._ledger = ledger
        self._book = EfactBook()
        self._lock = threading.Lock()

    def check(self, content: bytes) -> None:
        """Look whether it can be cut into records at all.

        Raises:
            TheirAnswerInvalid: it cannot.
        """
        read_file(content)

    def answer(self, received: Received) -> Sequence[BusinessAnswer]:
        """Judge a file and give everything that will be told about it.

        Raises:
            TheirAnswerInvalid: as ``check``.
        """
        with self._lock:
            asked = Asked(
                file=read_file(received.content),
                content=received.content,
                insurer=received.insurer,
                provider=received.provider,
                today=brussels_day(received.insurers_at),
                people=self._people,
                agreements=self._agreements(received.insurers_at),
                is_nurse=self._is_nurse,
                book=self._book,
            )
            _judge(asked)
            decided = _decide(asked, received.scenario)
            told = self._tell(decided)
            if any(text[:6] == SETTLEMENT for _, _, text in told):
                self._remember(asked)
        self._note(received, decided, told)
        return [
            BusinessAnswer(content=_as_sent(text, received), message_name=name, after=after)
            for after, name, text in told
        ]

    # -- what is told --------------------------------------------------------------------------

    def _tell(self, decided: _Decided) -> list[Told]:
        writer, scenario = decided.writer, decided.scenario
        told = [(RECEIVED_AFTER, ANSWER, writer.receipt(self._reference()))]
        if decided.asked.findings.of_header:
            text = writer.message_refusal(self._reference())
            return [*told, (MESSAGE_REFUSED_AFTER, REFUSED, text)]
        if decided.kind is not None:
            return [*told, (DECIDED_AFTER, REFUSED, self._refusal(decided, decided.kind))]
        if scenario != habits.UNANNOUNCED:
            told.append((DECIDED_AFTER, ANSWER, writer.acceptance(self._reference())))
        if scenario == habits.CONTRADICTED:
            return [*told, (CONTRADICTED_AFTER, REFUSED, self._refusal(decided, _TOO_MUCH))]
        after = SETTLED_LATE_AFTER if scenario == habits.LATE else SETTLED_AFTER
        told.append((after, SETTLED, writer.settlement(self._reference())))
        if scenario == habits.TWICE:
            told.append((SETTLED_AGAIN_AFTER, SETTLED, writer.settlement(self._reference())))
        return told

    def _refusal(self, decided: _Decided, kind: str) -> str:
        has_records = decided.scenario != habits.HEADER_ONLY
        return decided.writer.file_refusal(self._reference(), kind=kind, has_records=has_records)

    def _reference(self) -> str:
        """Give a fresh zone 205."""
        return reference_digits(self._ids)

    # -- what is remembered --------------------------------------------------------------------

    def _remember(self, asked: Asked) -> None:
        first = asked.file.body[0]
        self._book.take(
            TakenFile(
                insurer=asked.insurer,
                payer=first.zone("14"),
                year=first.zone("25,26")[:4],
                number=first.zone("7"),
                taken_on=asked.today,
                content=asked.content,
            )
        )
        for invoice in asked.file.invoices:
            refused = {act.record.place for act in rejected_acts(asked, invoice)}
            for act in invoice.acts:
                if act.is_statistical or act.record.place in refused:
                    continue
                remember = self._book.take_back if invoice.is_credit_note else self._book.pay
                remember(asked.insurer, paid_act(act))

    def _note(self, received: Received, decided: _Decided, told: Sequence[Told]) -> None:
        asked = decided.asked
        amounts = total_of(asked, asked.file.invoices)
        counts = f"records {len(asked.file.body)}, wrong {asked.findings.wrong_records}"
        paid = f"asked {amounts.asked}, accepted {amounts.accepted}, refused {amounts.refused}"
        checks = {
            RECEIPT: f"records {len(asked.file.body)}",
            MESSAGE_REFUSAL: f"codes {len(asked.findings.of_header)}",
            FILE_REFUSAL: f"{counts}, kind {decided.kind or _TOO_MUCH}",
            ACCEPTANCE: counts,
            SETTLEMENT: f"{counts}, {paid}",
        }
        for after, _, text in told:
            self._ledger.accept(
                at=received.insurers_at + after,
                service=SERVICE,
                operation=_OPERATIONS[text[:6]],
                reference=received.reference,
                code=text[:6],
                check=checks[text[:6]],
            )


_OPERATIONS: Final = {
    RECEIPT: "receipt",
    MESSAGE_REFUSAL: "message_refusal",
    FILE_REFUSAL: "file_refusal",
    ACCEPTANCE: "acceptance",
    SETTLEMENT: "settlement",
}


def _judge(asked: Asked) -> None:
    check_message(asked.file, asked.findings, insurer=asked.insurer, today=asked.today)
    check_file(asked)
    check_form(asked.file, asked.findings)
    check_repeats(asked.file, asked.findings)
    check_sums(asked.file, asked.findings)
    check_invoices(asked)
    check_acts(asked)
    check_blocks(asked)
    check_readings(asked)
    if not asked.findings.are_blocking:
        chain(asked)


def _decide(asked: Asked, scenario: str) -> _Decided:
    findings, union = asked.findings, habits.habits_of(asked.insurer)
    wrong, records = findings.wrong_records * _WHOLE, len(asked.file.body)
    percentage = round(wrong / records) if union.rounds else wrong // records
    kind = None
    if findings.are_blocking:
        kind, percentage = _BLOCKED, _WHOLE if union.whole_when_blocked else 0
    elif wrong > MOST_WRONG * records and not (union.is_lenient or scenario == habits.LENIENT):
        kind = _TOO_MUCH
    return _Decided(
        asked=asked,
        writer=AnswerWriter(asked=asked, percentage=percentage, scenario=scenario),
        scenario=scenario,
        kind=kind,
    )


def _as_sent(text: str, received: Received) -> bytes:
    is_cut = received.scenario == habits.CUT_SHORT and text[:6] != RECEIPT
    return text[: len(text) - 100].encode() if is_cut else text.encode()
