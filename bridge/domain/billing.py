"""Where an invoice stands at a billing service, and how that may change.

A billing service (CMD) sends the patient's invoice, reminds, allows instalments, collects and
pays the practice.
Rules: states only move along ``MOVES``; a service is asked now and then, so states may be skipped,
but none is ever gone back to.
Only ``paid`` and ``cancelled`` are final; a loss may still be paid, so it is asked for daily.
What a service says that is older than what is known moves nothing; it may complete what is
known, such as a reminder told after the payment.
What it says that cannot be (an impossible move, a state we do not know) is a finding, kept and
shown, and changes nothing either.
Source: the requirement *Billing service: invoice states kept in step*; no public interface of
such a service exists, so the table is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Final

MOST_FINDINGS: Final = 50
"""Findings kept of one invoice, the latest: a service that raves may not fill the disk."""

MOST_CHANGES: Final = 200
"""Changes kept of one invoice, the latest."""

MOVE_IMPOSSIBLE: Final = "billing_move_impossible"
STATE_UNKNOWN: Final = "billing_state_unknown"
STATE_MISSING: Final = "billing_state_missing"
REMINDERS_FEWER: Final = "billing_reminders_fewer"
AMOUNT_DIFFERS: Final = "billing_amount_differs"


class BillingState(Enum):
    """States of an invoice.

    ``prepared``: the service has not confirmed that it has it; ``sent``: it has;
    ``open``: the patient was billed; ``reminded``: once or more often; ``loss``: debt
    enforcement.
    """

    PREPARED = "prepared"
    SENT = "sent"
    OPEN = "open"
    REMINDED = "reminded"
    LOSS = "loss"
    PAID = "paid"
    CANCELLED = "cancelled"


FINAL: Final = frozenset({BillingState.PAID, BillingState.CANCELLED})
"""States nothing follows, and which are asked for no more."""

MOVES: Final[dict[BillingState, frozenset[BillingState]]] = {
    BillingState.PREPARED: frozenset(
        {BillingState.SENT, BillingState.OPEN, BillingState.REMINDED, BillingState.LOSS} | FINAL
    ),
    BillingState.SENT: frozenset(
        {BillingState.OPEN, BillingState.REMINDED, BillingState.LOSS} | FINAL
    ),
    BillingState.OPEN: frozenset({BillingState.REMINDED, BillingState.LOSS} | FINAL),
    # Further reminders, an instalment plan and payments in part stay within a state.
    BillingState.REMINDED: frozenset({BillingState.LOSS} | FINAL),
    BillingState.LOSS: FINAL,
    BillingState.PAID: frozenset(),
    BillingState.CANCELLED: frozenset(),
}
"""What may follow what; whatever can be reached by several moves can be reached by one."""

SYMBOLS: Final[dict[BillingState, str]] = {
    BillingState.PREPARED: "✎",
    BillingState.SENT: "➤",
    BillingState.OPEN: "○",
    BillingState.REMINDED: "✉",
    BillingState.LOSS: "⚖",
    BillingState.PAID: "✔",
    BillingState.CANCELLED: "✖",
}
"""One sign for each state, the same in all languages."""


@dataclass(frozen=True, kw_only=True)
class Instalment:
    """One part of what is paid in parts.

    Attributes:
        number: From 1.
        due_on: Last day to pay it.
        amount: Cents.
        paid_on: When it was paid; ``None`` while it is not.
    """

    number: int
    due_on: date
    amount: int
    paid_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class InstalmentPlan:
    """What a patient and the service agreed on.

    Attributes:
        agreed_on: When, where the service says it.
        instalments: In the order of their numbers.
    """

    instalments: tuple[Instalment, ...]
    agreed_on: date | None = None

    @property
    def total(self) -> int:
        """All parts together, in cents."""
        return sum(each.amount for each in self.instalments)

    @property
    def paid(self) -> int:
        """What was paid of them, in cents."""
        return sum(each.amount for each in self.instalments if each.paid_on is not None)

    @property
    def paid_count(self) -> int:
        """How many parts were paid."""
        return sum(each.paid_on is not None for each in self.instalments)

    @property
    def next(self) -> Instalment | None:
        """The part that is due next: the first that is not paid."""
        unpaid = (each for each in self.instalments if each.paid_on is None)
        return min(unpaid, key=lambda each: (each.due_on, each.number), default=None)


@dataclass(frozen=True, kw_only=True)
class StateReport:
    """What a service says of one invoice at one moment.

    Attributes:
        service_ref: The service's own identifier.
        reference: Ours; ``None`` when the service did not say it.
        raw_state: As the service writes it; empty when it was missing.
        state: What that means; ``None`` when we do not know.
        changed_at: When it changed there, aware; ``None`` when the service did not say it.
        amount: What it believes the invoice is about, in cents.
        reminders: How many reminders were sent.
        paid: Cents paid so far.
    """

    service_ref: str
    raw_state: str
    state: BillingState | None
    reference: str | None = None
    changed_at: datetime | None = None
    amount: int | None = None
    reminders: int = 0
    last_reminder_on: date | None = None
    loss_on: date | None = None
    paid_on: date | None = None
    cancelled_on: date | None = None
    paid: int | None = None
    plan: InstalmentPlan | None = None


@dataclass(frozen=True, kw_only=True)
class StateChange:
    """One line of the history of an invoice.

    Attributes:
        at: When we learned it.
        changed_at: When it changed at the service.
        raw_state: As the service wrote it; empty for what we decided ourselves.
    """

    at: datetime
    state: BillingState
    changed_at: datetime | None = None
    raw_state: str = ""
    reminders: int = 0
    paid: int | None = None
    has_plan: bool = False


@dataclass(frozen=True, kw_only=True)
class BillingFinding:
    """Something a service said that cannot be; a person has to look.

    Attributes:
        at: When we learned it.
        code: Code with texts in four languages.
        state: Where the invoice stood, and stayed.
        raw_state: What the service said.
        changed_at: When it changed, as the service says.
        stated: What the service stated, in cents or as a count, where that is the matter.
    """

    at: datetime
    code: str
    state: BillingState
    raw_state: str = ""
    changed_at: datetime | None = None
    stated: int | None = None


@dataclass(frozen=True, kw_only=True)
class BillingPosition:
    """Where one invoice stands.

    Attributes:
        state: The last possible one.
        changed_at: When it changed at the service, as of the last report that was taken over.
        raw_state: The newest state as the service wrote it, also when we do not know it.
        raw_at: When the service said that.
        heard_at: When the service last said anything of it.
        changes: Oldest first.
        findings: Oldest first.
    """

    state: BillingState = BillingState.PREPARED
    changed_at: datetime | None = None
    raw_state: str = ""
    raw_at: datetime | None = None
    reminders: int = 0
    last_reminder_on: date | None = None
    loss_on: date | None = None
    paid_on: date | None = None
    cancelled_on: date | None = None
    paid: int | None = None
    plan: InstalmentPlan | None = None
    heard_at: datetime | None = None
    changes: tuple[StateChange, ...] = ()
    findings: tuple[BillingFinding, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to be expected."""
        return self.state in FINAL


def is_reachable(start: BillingState, end: BillingState) -> bool:
    """Tell whether an invoice may come from one state to another, or stays in it."""
    return start is end or end in MOVES[start]


def follow(
    position: BillingPosition, report: StateReport, *, at: datetime, amount: int
) -> BillingPosition:
    """Take over what a service says, as far as it can be.

    Args:
        position: What was known.
        report: What the service says.
        at: Now.
        amount: What the invoice is about, in cents.
    """
    heard = _with_raw(replace(position, heard_at=at), report)
    if report.amount is not None and report.amount != amount:
        heard = _found(heard, AMOUNT_DIFFERS, report, at=at, stated=report.amount)
    if report.state is None:
        return _found(heard, STATE_UNKNOWN if report.raw_state else STATE_MISSING, report, at=at)
    if _is_late(position, report):
        if not is_reachable(report.state, position.state):
            return _found(heard, MOVE_IMPOSSIBLE, report, at=at)
        return _completed(heard, report, at=at)
    if not is_reachable(position.state, report.state):
        return _found(heard, MOVE_IMPOSSIBLE, report, at=at)
    return _taken(heard, report, report.state, at=at)


def entered(position: BillingPosition, state: BillingState, *, at: datetime) -> BillingPosition:
    """Give the position after something we know ourselves, such as that a service has it."""
    if state is position.state or not is_reachable(position.state, state):
        return position
    return _with_change(replace(position, state=state), at=at)


def _with_raw(position: BillingPosition, report: StateReport) -> BillingPosition:
    """Keep the newest word of the service, whatever it means."""
    known, said = position.raw_at, report.changed_at
    if not report.raw_state or (known is not None and said is not None and said < known):
        return position
    return replace(position, raw_state=report.raw_state, raw_at=said or known)


def _is_late(position: BillingPosition, report: StateReport) -> bool:
    """Tell whether something newer is known; at the same moment, what comes later wins."""
    known, said = position.changed_at, report.changed_at
    if known is None or said is None:
        return False
    if said == known and report.state is not None:
        return report.state is not position.state and is_reachable(report.state, position.state)
    return said < known


def _taken(
    position: BillingPosition, report: StateReport, state: BillingState, *, at: datetime
) -> BillingPosition:
    stated = _reminders(report)
    reminders = max(stated, position.reminders)
    if state is BillingState.REMINDED and stated < reminders:
        position = _found(position, REMINDERS_FEWER, report, at=at, stated=stated)
    taken = replace(
        position,
        state=state,
        changed_at=report.changed_at or position.changed_at,
        reminders=reminders,
        last_reminder_on=report.last_reminder_on or position.last_reminder_on,
        loss_on=report.loss_on or position.loss_on,
        paid_on=report.paid_on or position.paid_on,
        cancelled_on=report.cancelled_on or position.cancelled_on,
        paid=position.paid if report.paid is None else report.paid,
        plan=report.plan or position.plan,
    )
    is_same = _shown(taken) == _shown(position)
    return taken if is_same else _with_change(taken, report, at=at)


def _completed(position: BillingPosition, report: StateReport, *, at: datetime) -> BillingPosition:
    """Take from something older only what is missing: what happened before is no news."""
    days = [each for each in (position.last_reminder_on, report.last_reminder_on) if each]
    completed = replace(
        position,
        reminders=max(_reminders(report), position.reminders),
        last_reminder_on=max(days, default=None),
        loss_on=position.loss_on or report.loss_on,
        plan=position.plan or report.plan,
    )
    is_same = _shown(completed) == _shown(position)
    return completed if is_same else _with_change(completed, report, at=at)


def _reminders(report: StateReport) -> int:
    """Give how many reminders a report speaks of; who is reminded was reminded once at least."""
    is_reminded = report.state is BillingState.REMINDED
    return max(report.reminders, 1) if is_reminded else report.reminders


def _shown(position: BillingPosition) -> tuple[object, ...]:
    """Give what makes a line of the history."""
    return (position.state, position.reminders, position.paid or 0, position.plan)


def _with_change(
    position: BillingPosition, report: StateReport | None = None, *, at: datetime
) -> BillingPosition:
    change = StateChange(
        at=at,
        state=position.state,
        changed_at=report.changed_at if report else None,
        raw_state=report.raw_state if report else "",
        reminders=position.reminders,
        paid=position.paid,
        has_plan=position.plan is not None,
    )
    return replace(position, changes=(*position.changes, change)[-MOST_CHANGES:])


def _found(
    position: BillingPosition,
    code: str,
    report: StateReport,
    *,
    at: datetime,
    stated: int | None = None,
) -> BillingPosition:
    """Keep a finding; the same one again is kept once."""
    finding = BillingFinding(
        at=at,
        code=code,
        state=position.state,
        raw_state=report.raw_state,
        changed_at=report.changed_at,
        stated=stated,
    )
    if any(replace(each, at=at, state=finding.state) == finding for each in position.findings):
        return position
    return replace(position, findings=(*position.findings, finding)[-MOST_FINDINGS:])
