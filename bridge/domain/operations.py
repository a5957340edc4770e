"""Operations: work that takes time, waits for a person, the card or a remote service.

Rules (*REST API conventions* 6): an operation is stored before anything is sent; a final status
never changes, except that ``outcome_unknown`` may be resolved by evidence or by a person; after
a restart, what was running is ``outcome_unknown`` when it may have left, else ``failed``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from bridge.domain.rights import OWNER_ID
from bridge.errors import ParamValue, RemoteFault


class OperationStatus(Enum):
    """Where an operation stands."""

    QUEUED = "queued"
    WAITING_FOR_USER = "waiting_for_user"
    WAITING_FOR_REMOTE = "waiting_for_remote"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    OUTCOME_UNKNOWN = "outcome_unknown"


FINAL: Final = frozenset(
    {
        OperationStatus.SUCCEEDED,
        OperationStatus.FAILED,
        OperationStatus.CANCELLED,
        OperationStatus.OUTCOME_UNKNOWN,
    },
)

_WORKING: Final = frozenset(
    {
        OperationStatus.WAITING_FOR_USER,
        OperationStatus.WAITING_FOR_REMOTE,
        OperationStatus.RUNNING,
        OperationStatus.SUCCEEDED,
        OperationStatus.FAILED,
    },
)

MOVES: Final = {
    OperationStatus.QUEUED: _WORKING | {OperationStatus.CANCELLED},
    OperationStatus.WAITING_FOR_USER: _WORKING | {OperationStatus.CANCELLED},
    OperationStatus.RUNNING: _WORKING | {OperationStatus.CANCELLED},
    OperationStatus.WAITING_FOR_REMOTE: _WORKING | {OperationStatus.OUTCOME_UNKNOWN},
    OperationStatus.OUTCOME_UNKNOWN: frozenset(
        {OperationStatus.SUCCEEDED, OperationStatus.FAILED},
    ),
}
"""What may follow what; a missing state is final."""


MOST_QUEUED: Final = 500
"""Operations of one client that are not over (*Local API security* 17)."""


class OperationKind(Enum):
    """What the operation does."""

    SESSION_CREATE = "ehealth_session.create"
    INSURABILITY_CHECK = "insurability_check.create"
    INSURABILITY_BATCH = "insurability_batch.create"
    DECLARATION_SUBMISSION = "declaration_submission.create"
    INVOICE_BATCH_SUBMISSION = "invoice_batch.submit"
    EXCHANGE_EXPORT = "exchange_export.create"
    REPORT = "report.create"
    BILLING_INVOICE = "billing_invoice.send"
    RESPONSE_FETCH = "response_fetch.create"
    PATIENT_CARD_READING = "patient_card.read"
    SUPPORT_BUNDLE = "support_bundle.create"


@dataclass(frozen=True, kw_only=True)
class OperationProblem:
    """Why an operation did not succeed; texts are made from it at the edge."""

    code: str
    params: dict[str, ParamValue] = field(default_factory=dict)
    remote: RemoteFault | None = None
    support_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class WaitingFor:
    """What a person is asked for: ``pin`` or ``confirmation``.

    Attributes:
        where: ``reader_keypad``, ``window``, ``terminal``, ``middleware`` (the library's own
            window, D9), ``command_line`` or ``automatic``.
    """

    what: str
    where: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One piece of work one caller can follow.

    Attributes:
        id: ``op_…``.
        client_id: Who started it (pairing, or token of the command line); only it may follow.
        step: Current step, 1 to ``steps``.
        actor_id: In whose name it is done, fixed when it is created.
        result_path: Path of the resource it made, such as ``/v1/insurability-checks/ins_…``.
    """

    id: str
    kind: OperationKind
    client_id: str
    status: OperationStatus
    created_at: datetime
    updated_at: datetime
    step: int = 0
    steps: int = 1
    attempts: int = 0
    waiting_for: WaitingFor | None = None
    result_path: str | None = None
    problem: OperationProblem | None = None
    actor_id: str = OWNER_ID

    @property
    def is_final(self) -> bool:
        """Tell whether the status can no longer change by itself."""
        return self.status in FINAL

    @property
    def is_cancellable(self) -> bool:
        """Tell whether nothing has left the house yet, so that it may be cancelled (API-43)."""
        return OperationStatus.CANCELLED in MOVES.get(self.status, frozenset())
