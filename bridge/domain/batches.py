"""Insurability batches: many patients asked at once, answered later.

Source: *Insurability* 2.3, 3.1, 5 and 6; *MyCareNet transport* 5.5; decisions D15 and D17;
API-46.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from bridge.domain.exchanges import Exchange
from bridge.domain.insurability import InsurabilityFacts, InsurabilityQuestion
from bridge.errors import Finding

MOST_PATIENTS: Final = 10_000
"""Longest list of queries the schema takes (*transport* 5.5)."""


class BatchPurpose(Enum):
    """Why a practice asks about many patients."""

    NEW_PATIENTS = "new_patients"
    BILLING_MONTH = "billing_month"


class ItemStatus(Enum):
    """States of one patient of a batch, from the vocabulary of D17.

    A patient is stored as ``draft`` (findings speak against sending) or ``to_send``, later with
    the state of its own answer; in between it stands where its message stands.
    """

    DRAFT = "draft"
    TO_SEND = "to_send"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REFUSED = "refused"
    ERROR = "error"
    MANUAL_ACTION_REQUIRED = "manual_action_required"
    OUTCOME_UNKNOWN = "outcome_unknown"


@dataclass(frozen=True, kw_only=True)
class BatchItem:
    """One patient of a batch.

    Attributes:
        id: ``itm_…``.
        position: Place in the request, from 0.
        client_ref: The caller's own reference, given back unchanged.
        question: What is asked; ``None`` when it could not be understood.
        insurer: Union the question goes to; ``None`` when it is not known.
        query_id: Identifier of the query inside the message, by which the answer comes back.
        findings: Why it is not sent, or what to watch.
        facts: The answer.
        processed_at: When the facts were taken over into the patient file.
    """

    id: str
    batch_id: str
    position: int
    status: ItemStatus
    client_ref: str | None = None
    question: InsurabilityQuestion | None = field(default=None, repr=False)
    insurer: str | None = None
    exchange_id: str | None = None
    query_id: str | None = None
    findings: tuple[Finding, ...] = ()
    facts: InsurabilityFacts = field(default_factory=InsurabilityFacts, repr=False)
    problem_code: str | None = None
    answered_at: datetime | None = None
    processed_at: datetime | None = None

    @property
    def is_sendable(self) -> bool:
        """Whether nothing speaks against sending it."""
        return self.question is not None and self.insurer is not None and not self.findings

    def status_with(self, exchange: Exchange | None) -> ItemStatus:
        """Give the state a person sees: the message's until there is an answer of its own."""
        if self.status is ItemStatus.TO_SEND and exchange is not None:
            return ItemStatus(exchange.status.value)
        return self.status


@dataclass(frozen=True, kw_only=True)
class InsurabilityBatch:
    """One call about many patients.

    Attributes:
        id: ``bat_…``.
        month: ``YYYY-MM`` for ``billing_month``.
        is_held: Whether it may wait for a session.
    """

    id: str
    client_id: str
    registration_id: str
    operation_id: str
    purpose: BatchPurpose
    month: str | None
    created_at: datetime
    updated_at: datetime
    patients: int
    is_held: bool = False
    practice_id: str = ""


@dataclass(frozen=True, kw_only=True)
class BatchCounts:
    """How the patients of a batch stand."""

    by_status: dict[ItemStatus, int]

    @property
    def total(self) -> int:
        """All patients."""
        return sum(self.by_status.values())

    def of(self, *statuses: ItemStatus) -> int:
        """Count patients in any of some states."""
        return sum(self.by_status.get(status, 0) for status in statuses)

    @property
    def status(self) -> str:
        """The batch's own state (API-46): what its least advanced or worst part says."""
        order = (
            (ItemStatus.OUTCOME_UNKNOWN, "outcome_unknown"),
            (ItemStatus.MANUAL_ACTION_REQUIRED, "manual_action_required"),
            (ItemStatus.TO_SEND, "to_send"),
            (ItemStatus.SENT, "sent"),
            (ItemStatus.RECEIVED, "received"),
        )
        for status, name in order:
            if self.of(status):
                return name
        return self._outcome()

    def _outcome(self) -> str:
        if self.of(ItemStatus.DRAFT) == self.total:
            return "draft"
        good = self.of(ItemStatus.ACCEPTED)
        if good == self.total:
            return "accepted"
        if good or self.of(ItemStatus.PARTIALLY_ACCEPTED):
            return "partially_accepted"
        return "refused" if self.of(ItemStatus.REFUSED) else "error"
