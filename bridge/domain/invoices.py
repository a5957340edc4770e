"""Invoice batches: one file for one insurer, and where it stands.

The life of a batch is the table of ``bridge.domain.exchanges``; what each answer leads to is the
table here.
Rules: only the name of an answer decides, never a percentage.
A receipt is no decision.
A refusal after an approval, or an approval after a refusal, first needs a person (D32).
An ``accepted`` that arrives after the settlement is kept and changes nothing.
Source: *eFact for nursing* 1; decisions D17 to D21, D28 and D32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from bridge.domain.exchanges import (
    NO_MARKS,
    ExchangeStatus,
    Mark,
    mark_changes,
    status_after,
)
from bridge.domain.following import FollowsItsMessage
from bridge.domain.identifiers import Nihii
from bridge.domain.months import Month
from bridge.errors import Conflict

NOT_UNDERSTOOD: Final = "answer_not_understood"
"""Code of the trouble when an answer came whole and cannot be read from beginning to end."""


class InvoiceAnswer(Enum):
    """Answers of an insurer; the values are the names of the messages."""

    RECEIVED = "931000"
    MESSAGE_REFUSED = "920999"
    FILE_REFUSED = "920099"
    FILE_ACCEPTED = "920098"
    SETTLED = "920900"


class RefusalKind(Enum):
    """What was refused."""

    MESSAGE = "message"
    """Header or totals wrong: correct and resend."""
    FILE = "file"
    """Blocking error or too many errors: nothing is paid, correct and resend everything."""


REFUSALS: Final = {
    InvoiceAnswer.MESSAGE_REFUSED: RefusalKind.MESSAGE,
    InvoiceAnswer.FILE_REFUSED: RefusalKind.FILE,
}
"""Answers that refuse."""

_STATUS: Final = {
    InvoiceAnswer.RECEIVED: ExchangeStatus.RECEIVED,
    InvoiceAnswer.MESSAGE_REFUSED: ExchangeStatus.REFUSED,
    InvoiceAnswer.FILE_REFUSED: ExchangeStatus.REFUSED,
    InvoiceAnswer.FILE_ACCEPTED: ExchangeStatus.ACCEPTED,
    InvoiceAnswer.SETTLED: ExchangeStatus.SETTLED,
}

_POSITIVE: Final = frozenset(
    {ExchangeStatus.ACCEPTED, ExchangeStatus.PARTIALLY_ACCEPTED, ExchangeStatus.SETTLED},
)
_WAITING: Final = frozenset({ExchangeStatus.DRAFT, ExchangeStatus.TO_SEND})


def status_of_answer(answer: InvoiceAnswer, *, has_rejections: bool) -> ExchangeStatus:
    """Give the status an answer leads to.

    Args:
        answer: By its name.
        has_rejections: Whether a list of errors rejects acts or invoices; a signal does not.
    """
    if answer is InvoiceAnswer.FILE_ACCEPTED and has_rejections:
        return ExchangeStatus.PARTIALLY_ACCEPTED
    return _STATUS[answer]


@dataclass(frozen=True, kw_only=True)
class BatchDecision:
    """What an answer decided about a batch; a later one keeps the earlier (D17).

    Attributes:
        response_id: The answer.
        answer: Its name.
        status: What it says by itself.
        error_percentage: Hundredths of a percent; shown, never decisive.
    """

    at: datetime
    response_id: str
    answer: InvoiceAnswer
    status: ExchangeStatus
    error_percentage: int | None = None

    @property
    def refusal_kind(self) -> RefusalKind | None:
        """What it refuses."""
        return REFUSALS.get(self.answer)


@dataclass(frozen=True, kw_only=True)
class InvoiceBatch(FollowsItsMessage):
    """One collective invoice: the care of a month, of one practice, for one insurer.

    Attributes:
        id: ``inv_…``.
        month: Invoiced month.
        insurer: Union it goes to, such as ``300``.
        payer: Who is paid: the nurse or the group.
        sending_number: 1 to 999, given at the release and kept within its year.
        sending_year: Calendar year of the sending number.
        sender_reference: 1 to 14 digits, unique for ever; the only key of answers (zone 204).
        evidence_ids: What was stored as proof: the file, and each answer.
        decisions: Oldest first.
        resends_id: The refused batch this one repeats.
        resent_by_id: The batch that repeats this one.
        settled_at: When its last settlement was applied.
        last_invoice_serial: Highest serial among the numbers of its invoices.
        unread_response_id: The latest answer that could not be read, until one could.
    """

    month: Month
    insurer: str
    payer: Nihii
    sending_number: int | None = None
    sending_year: int | None = None
    sender_reference: str | None = None
    evidence_ids: tuple[str, ...] = ()
    decisions: tuple[BatchDecision, ...] = ()
    resends_id: str | None = None
    resent_by_id: str | None = None
    last_invoice_serial: int = 0
    settled_at: datetime | None = None
    unread_response_id: str | None = None

    @property
    def decision(self) -> BatchDecision | None:
        """The latest decision."""
        return self.decisions[-1] if self.decisions else None

    @property
    def refusal_kind(self) -> RefusalKind | None:
        """What was refused; ``None`` unless it is refused now."""
        is_refused = self.status is ExchangeStatus.REFUSED
        return self.decision.refusal_kind if is_refused and self.decision else None

    @property
    def is_changeable(self) -> bool:
        """Whether claims may be added, changed or taken out."""
        return self.status is ExchangeStatus.DRAFT

    @property
    def is_deletable(self) -> bool:
        """Whether it may be removed; never after it was sent."""
        return self.status in _WAITING

    @property
    def is_repeatable(self) -> bool:
        """Whether a person may repeat it: refused, in error, or answered by what nobody can read.

        What was approved before the unreadable answer is not repeated: it may be paid.
        """
        if self.status is ExchangeStatus.ERROR:
            return True
        return self.resent_by_id is None and (
            self.status is ExchangeStatus.REFUSED or self.is_unread
        )

    @property
    def is_unread(self) -> bool:
        """Whether all that came is an answer nobody can read, or a refusal before it."""
        is_waiting = self.status is ExchangeStatus.MANUAL_ACTION_REQUIRED
        was_approved = any(each.status in _POSITIVE for each in self.decisions)
        return is_waiting and self.unread_response_id is not None and not was_approved

    def with_unread(self, response_id: str, code: str, *, at: datetime) -> InvoiceBatch:
        """Keep which answer could not be read; the marks of people are cleared."""
        return replace(
            self, unread_response_id=response_id, problem_code=code, updated_at=at, **NO_MARKS
        )

    def released(self, *, number: int, year: int, at: datetime) -> InvoiceBatch:
        """Release it for sending under a sending number; one that it has of that year is kept.

        Raises:
            Conflict: it is no draft (``state_not_allowed``).
        """
        if self.status is not ExchangeStatus.DRAFT:
            raise Conflict(code="state_not_allowed")
        is_kept = self.sending_number is not None and self.sending_year == year
        return self.moved(
            ExchangeStatus.TO_SEND,
            at=at,
            sending_number=self.sending_number if is_kept else number,
            sending_year=year,
        )

    def received(self, *, at: datetime) -> InvoiceBatch:
        """Take over a receipt (931000); one that comes after an answer changes nothing (D19).

        Raises:
            Conflict: it was not sent (``state_not_allowed``).
        """
        if self.decisions or self.status is ExchangeStatus.RECEIVED:
            return self
        return self.moved(ExchangeStatus.RECEIVED, at=at)

    def decided(self, decision: BatchDecision) -> InvoiceBatch:
        """Take over a decision; earlier ones stay, the marks of people are cleared (D17).

        The same answer a second time changes nothing.

        Raises:
            Conflict: the table does not allow the move (``state_not_allowed``).
        """
        if any(each.response_id == decision.response_id for each in self.decisions):
            return self
        decisions = (*self.decisions, decision)
        if is_overtaken(self.decisions, decision.status):
            # It says less than what is known, so it may not become the latest decision.
            decisions = (*self.decisions[:-1], decision, self.decisions[-1])
            return replace(self, decisions=decisions, updated_at=decision.at)
        return self.moved(
            status_after_answer(self.decisions, decision.status),
            at=decision.at,
            has_own_answer=True,
            decisions=decisions,
            answered_at=decision.at,
            problem_code=None,
            unread_response_id=None,
            **NO_MARKS,
        )

    def marked(self, mark: Mark, *, at: datetime) -> InvoiceBatch:
        """Set or clear a mark; one that is there already keeps its moment.

        Raises:
            Conflict: archiving needs ``processed_at`` first (``not_processed``, D20).
        """
        changes = mark_changes(self, mark, at=at)
        if "status" in changes:
            changes["problem_code"] = None
        return replace(self, updated_at=at, **changes) if changes else self


def is_overtaken(decisions: Sequence[BatchDecision], status: ExchangeStatus) -> bool:
    """Tell whether a decision comes after the settlement it should have come before."""
    is_settled = bool(decisions) and decisions[-1].status is ExchangeStatus.SETTLED
    return is_settled and status in _POSITIVE - {ExchangeStatus.SETTLED}


def status_after_answer(
    decisions: Sequence[BatchDecision], status: ExchangeStatus
) -> ExchangeStatus:
    """Give where a decision leads; one that contradicts an earlier one needs a person (D32)."""
    earlier = {each.status for each in decisions}
    is_refusal_again = status is ExchangeStatus.REFUSED and bool(earlier & _POSITIVE)
    is_approval_again = status in _POSITIVE and ExchangeStatus.REFUSED in earlier
    if is_refusal_again or is_approval_again:
        return ExchangeStatus.MANUAL_ACTION_REQUIRED
    return status_after(decisions, status)
