"""Exchanges: one message out and everything that came back for it; a row of the history.

Source: decisions D17 to D23, D28, D29 and D32; *REST API conventions* 6.2;
*MyCareNet transport* 2.4, 2.5 and 9.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, Protocol

from bridge.domain.identifiers import Niss
from bridge.domain.rights import OWNER_ID, card_mark
from bridge.errors import Conflict, ZoneFinding


class ExchangeStatus(Enum):
    """States of the one vocabulary of decision D17 that an exchange knows."""

    DRAFT = "draft"
    TO_SEND = "to_send"
    SENT = "sent"
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REFUSED = "refused"
    ERROR = "error"
    MANUAL_ACTION_REQUIRED = "manual_action_required"
    OUTCOME_UNKNOWN = "outcome_unknown"
    SETTLED = "settled"


ANSWERED: Final = frozenset(
    {
        ExchangeStatus.ACKNOWLEDGED,
        ExchangeStatus.ACCEPTED,
        ExchangeStatus.PARTIALLY_ACCEPTED,
        ExchangeStatus.REFUSED,
        ExchangeStatus.MANUAL_ACTION_REQUIRED,
        ExchangeStatus.SETTLED,
    },
)
"""States that only a business answer leads to; a receipt never does (D19)."""

AWAITING: Final = frozenset(
    {ExchangeStatus.SENT, ExchangeStatus.RECEIVED, ExchangeStatus.OUTCOME_UNKNOWN},
)
"""States in which an answer may still come and nothing else is to be done."""

_EVIDENCE: Final = ANSWERED | {ExchangeStatus.RECEIVED, ExchangeStatus.ERROR}

MOVES: Final = {
    ExchangeStatus.DRAFT: frozenset({ExchangeStatus.TO_SEND}),
    # ``draft``: withdrawn before sending; ``error``: our own message was found invalid.
    ExchangeStatus.TO_SEND: frozenset(
        {ExchangeStatus.SENT, ExchangeStatus.DRAFT, ExchangeStatus.ERROR},
    ),
    # ``to_send``: not one byte was written (D21, D28).
    ExchangeStatus.SENT: _EVIDENCE | {ExchangeStatus.TO_SEND, ExchangeStatus.OUTCOME_UNKNOWN},
    ExchangeStatus.RECEIVED: ANSWERED | {ExchangeStatus.ERROR},
    # By evidence to any answer or receipt; ``sent``: the receipt of the post was found;
    # ``to_send``: a person says that it did not arrive.
    ExchangeStatus.OUTCOME_UNKNOWN: _EVIDENCE | {ExchangeStatus.SENT, ExchangeStatus.TO_SEND},
    # One click resends; a late answer beats what we believed.
    ExchangeStatus.ERROR: ANSWERED | {ExchangeStatus.TO_SEND, ExchangeStatus.RECEIVED},
    # A later decision changes an earlier one (D17, D32).
    **dict.fromkeys(ANSWERED, ANSWERED),
}
"""What may follow what.

``sent`` is written before the first byte leaves, so after a crash without a stored receipt it
means: we do not know.
"""


class Mark(Enum):
    """What people do with a row of the history."""

    READ = "read"
    UNREAD = "unread"
    PROCESSED = "processed"
    UNPROCESSED = "unprocessed"
    ARCHIVED = "archived"
    UNARCHIVED = "unarchived"


@dataclass(frozen=True, kw_only=True)
class SendProblem:
    """One trouble on the way; the list stays empty when all is well.

    Attributes:
        code: Our code, with texts in four languages.
        remote_code: The other side's own code.
    """

    at: datetime
    code: str
    remote_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A status an answer led to; a later one keeps the earlier (D17).

    Attributes:
        response_id: The answer that decided.
    """

    at: datetime
    status: ExchangeStatus
    response_id: str


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One message to one union, with all that came back.

    Attributes:
        id: ``exc_…``.
        client_id: Who asked for it.
        practice_id: Practice it belongs to, empty when there is none.
        registration_id: On whose behalf.
        service: Name of the asynchronous service, such as ``memberdata``.
        kind: Such as ``insurability_batch``.
        insurer: Destination, such as ``300``.
        input_reference: Our reference, unique per service for ever.
        content_digest: SHA-256 of the business content, for the guard against duplicates.
        subject_id: What it belongs to, such as ``bat_…``.
        attempts: How often it was tried.
        next_attempt_at: When it is tried again by itself; only while not a byte has left.
        hold_until: Until when it waits for a session; ``None`` does not wait.
        has_tack: Whether the receipt of the post is stored.
        items: How many questions or records it carries.
        send_status: Problems on the way, oldest first.
        decisions: What answers led to, oldest first.
        actor_id: For whom it was asked; fixed when it was made (SEC-95).
        card: ``card_mark`` of the person whose session was open then; ``None`` when none was.
    """

    id: str
    client_id: str
    practice_id: str
    registration_id: str
    service: str
    kind: str
    insurer: str
    input_reference: str
    content_digest: str
    subject_id: str | None
    status: ExchangeStatus
    created_at: datetime
    updated_at: datetime
    items: int = 1
    attempts: int = 0
    next_attempt_at: datetime | None = None
    hold_until: datetime | None = None
    has_tack: bool = False
    problem_code: str | None = None
    duplicate_of: str | None = None
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    read_at: datetime | None = None
    processed_at: datetime | None = None
    archived_at: datetime | None = None
    send_status: tuple[SendProblem, ...] = ()
    decisions: tuple[Decision, ...] = field(default=())
    actor_id: str = OWNER_ID
    card: str | None = field(default=None, repr=False)

    def made_by(self, actor_id: str, person: Niss | None) -> Exchange:
        """Fix for whom a new message is, and by whose session, where one is open."""
        card = None if person is None else card_mark(person, self.id)
        return replace(self, actor_id=actor_id, card=card)

    def is_of(self, person: Niss) -> bool:
        """Tell whether it may leave in the session of a person: it stays with whose it is."""
        return self.card is None or card_mark(person, self.id) == self.card

    def moved(self, status: ExchangeStatus, *, at: datetime, **changes: Any) -> Exchange:
        """Give the exchange in its next status.

        Raises:
            Conflict: the table does not allow the move.
        """
        check_move(self.status, status)
        return replace(self, status=status, updated_at=at, **changes)

    def troubled(self, problem: SendProblem) -> Exchange:
        """Add a problem; the same trouble twice in a row is said once."""
        last = self.send_status[-1] if self.send_status else None
        if last and (last.code, last.remote_code) == (problem.code, problem.remote_code):
            return self
        return replace(self, send_status=(*self.send_status, problem), updated_at=problem.at)

    def decided(self, decision: Decision) -> Exchange:
        """Take over what an answer says; marks of people are cleared (D17).

        A refusal after an approval first needs a person (D32).

        Raises:
            Conflict: the table does not allow the move.
        """
        return self.moved(
            status_after(self.decisions, decision.status),
            at=decision.at,
            decisions=(*self.decisions, decision),
            answered_at=decision.at,
            problem_code=None,
            next_attempt_at=None,
            **NO_MARKS,
        )

    def marked(self, mark: Mark, *, at: datetime) -> Exchange:
        """Set or clear a mark; one that is there already keeps its moment.

        Processing a refusal that came after an approval makes it ``refused`` (D32).

        Raises:
            Conflict: archiving needs ``processed_at`` first (``not_processed``, D20).
        """
        changes = mark_changes(self, mark, at=at)
        return replace(self, updated_at=at, **changes) if changes else self


class Decided(Protocol):
    """Something a decision led to a status."""

    @property
    def status(self) -> ExchangeStatus:
        """The status as the answer says it."""
        ...


class Marked(Protocol):
    """A row with a status, decisions and the marks of people."""

    @property
    def status(self) -> ExchangeStatus:
        """Where it stands."""
        ...

    @property
    def decisions(self) -> Sequence[Decided]:
        """What answers led to, oldest first."""
        ...

    @property
    def processed_at(self) -> datetime | None:
        """When a person was done with it."""
        ...


NO_MARKS: Final[dict[str, Any]] = {"read_at": None, "processed_at": None, "archived_at": None}
"""The marks as a later decision leaves them (D17)."""

_APPROVED: Final = frozenset({ExchangeStatus.ACCEPTED, ExchangeStatus.PARTIALLY_ACCEPTED})
_MARKED: Final = {
    Mark.READ: ("read_at", True),
    Mark.UNREAD: ("read_at", False),
    Mark.PROCESSED: ("processed_at", True),
    Mark.UNPROCESSED: ("processed_at", False),
    Mark.ARCHIVED: ("archived_at", True),
    Mark.UNARCHIVED: ("archived_at", False),
}


def check_move(current: ExchangeStatus, status: ExchangeStatus) -> None:
    """Ask the table whether a status may follow another.

    Raises:
        Conflict: it may not (``state_not_allowed``).
    """
    if status not in MOVES.get(current, frozenset()):
        raise Conflict(code="state_not_allowed")


def status_after(decisions: Sequence[Decided], status: ExchangeStatus) -> ExchangeStatus:
    """Give where a decision leads; a refusal after an approval first needs a person (D32)."""
    was_approved = any(each.status in _APPROVED for each in decisions)
    is_reversal = was_approved and status is ExchangeStatus.REFUSED
    return ExchangeStatus.MANUAL_ACTION_REQUIRED if is_reversal else status


def mark_changes(row: Marked, mark: Mark, *, at: datetime) -> dict[str, Any]:
    """Give what a mark changes; nothing when it is there already.

    Processing a refusal that came after an approval makes it ``refused`` (D32).

    Raises:
        Conflict: archiving needs ``processed_at`` first (``not_processed``, D20).
    """
    if mark is Mark.ARCHIVED and row.processed_at is None:
        raise Conflict(code="not_processed")
    member, is_set = _MARKED[mark]
    if is_set == (getattr(row, member) is not None):
        return {}
    changes: dict[str, Any] = {member: at if is_set else None}
    is_waiting = row.status is ExchangeStatus.MANUAL_ACTION_REQUIRED and row.decisions
    if mark is Mark.PROCESSED and is_waiting:
        changes["status"] = row.decisions[-1].status
    return changes


class ResponseKind(Enum):
    """What came in."""

    MESSAGE = "message"
    RECEIPT = "receipt"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True)
class ReceivedResponse:
    """Something the platform had waiting, as stored before it is confirmed.

    Attributes:
        id: ``rsp_…``.
        exchange_id: What it answers.
        practice_id: Practice of what it answers; empty for what came with an older version.
        identity: What tells a redelivery from something new: reference or hash.
        confirm_hash: ``HashValue`` as received.
        confirm_reference: ``Reference`` as received.
        confirm_value: Receipt value in base64.
        content_digest: SHA-256 of the content; tells a duplicate under another reference.
        is_readable: Whether the blob could be decoded and its hash held.
        is_duplicate: Whether the same content came before under another reference.
        deliveries: How often it came.
        confirmed_at: When the platform was told that it is stored.
        findings: What is wrong with it, zone by zone; never the text that is wrong.
    """

    id: str
    exchange_id: str
    registration_id: str
    service: str
    kind: ResponseKind
    message_name: str
    identity: str
    content_digest: str
    received_at: datetime
    input_reference: str | None = None
    output_reference: str | None = None
    issuer: str | None = None
    result: str | None = None
    confirm_hash: str | None = None
    confirm_reference: str | None = None
    confirm_value: str | None = None
    is_readable: bool = True
    is_duplicate: bool = False
    deliveries: int = 1
    confirmed_at: datetime | None = None
    practice_id: str = ""
    findings: tuple[ZoneFinding, ...] = ()
