"""Changes of an agreement that the insurer makes by itself (410908), and what is to be done.

Each nature has a list of steps as a table; some the daemon does when the change is linked to a
declaration, the others a person ticks, and when all are done the change is processed by itself.
Source: *Nursing messages* 4.3, 5.5 and 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from bridge.domain.declarations import (
    CareFrequency,
    CarePeriod,
    Dementia,
)
from bridge.domain.identifiers import Niss
from bridge.domain.katz import CareKind, KatzScores
from bridge.errors import Conflict, NotFound

REGULARISATION: Final = timedelta(days=90)
"""Within so many calendar days a descoring is regularised; then the insurer withholds (5.5)."""


class UpdateNature(Enum):
    """Why the insurer wrote (*Nursing messages* 4.3)."""

    VISIT = "visit"
    AGREEMENT_CLOSURE = "agreement_closure"
    NEW_PROVIDER = "new_provider"
    DECISION_MODIFICATION = "decision_modification"
    OTHER = "other"


class StepKind(Enum):
    """What is to be done after such a change."""

    END_PREVIOUS = "end_previous_agreement"
    RECORD_NEW = "record_new_agreement"
    CREDIT_AND_REINVOICE = "credit_and_reinvoice"
    INFORM_NURSE = "inform_nurse"
    LOOK_AT_IT = "look_at_it"


class DoneBy(Enum):
    """Who did a step."""

    DAEMON = "daemon"
    PERSON = "person"


STEPS: Final[Mapping[UpdateNature, tuple[StepKind, ...]]] = MappingProxyType(
    {
        UpdateNature.VISIT: (
            StepKind.END_PREVIOUS,
            StepKind.RECORD_NEW,
            StepKind.CREDIT_AND_REINVOICE,
        ),
        UpdateNature.AGREEMENT_CLOSURE: (StepKind.END_PREVIOUS, StepKind.INFORM_NURSE),
        UpdateNature.NEW_PROVIDER: (StepKind.END_PREVIOUS, StepKind.INFORM_NURSE),
        UpdateNature.DECISION_MODIFICATION: (StepKind.RECORD_NEW, StepKind.CREDIT_AND_REINVOICE),
        UpdateNature.OTHER: (StepKind.LOOK_AT_IT,),
    }
)
"""Steps of each nature, in their order."""

BY_DAEMON: Final = frozenset({StepKind.END_PREVIOUS, StepKind.RECORD_NEW})
"""Steps the daemon does in its register once the change is linked to a declaration."""


@dataclass(frozen=True, kw_only=True)
class UpdateStep:
    """One thing to do.

    Attributes:
        due_on: Last day to do it in time; ``None`` when there is none.
    """

    kind: StepKind
    due_on: date | None = None
    done_at: datetime | None = None
    done_by: DoneBy | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementFacts:
    """One side of a change: an agreement as the insurer states it; absent is not stated.

    Attributes:
        agreement_number: Its reference.
        has_no_lump_sum: The insurer says ``nomenclature``: back to separate acts.
    """

    agreement_number: str | None = None
    care_kind: CareKind | None = None
    has_no_lump_sum: bool = False
    period: CarePeriod = field(default_factory=CarePeriod)
    frequency: CareFrequency = field(default_factory=CareFrequency)
    scores: KatzScores | None = field(default=None, repr=False)
    dementia: Dementia | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class CareUpdate:
    """One change the insurer made by itself.

    Attributes:
        id: ``upd_…``.
        client_id: Who asked for the agreement; empty while nobody is known.
        exchange_id: Row of the history it came in.
        patient_niss: As stated.
        provider: NIHII the change is about, as stated.
        previous: The agreement before.
        new: The agreement from now on.
        declaration_id: The declaration whose agreement changed, once it is known.
        steps: What is to be done, in order.
    """

    id: str
    client_id: str
    practice_id: str
    registration_id: str
    exchange_id: str
    response_id: str
    nature: UpdateNature
    previous: AgreementFacts
    new: AgreementFacts
    steps: tuple[UpdateStep, ...]
    received_at: datetime
    updated_at: datetime
    patient_niss: Niss | None = field(default=None, repr=False)
    provider: str | None = None
    consulting_doctor: str | None = None
    visit_on: date | None = None
    is_palliative: bool | None = None
    declaration_id: str | None = None
    read_at: datetime | None = None
    processed_at: datetime | None = None
    archived_at: datetime | None = None

    def linked(self, declaration_id: str, *, client_id: str, at: datetime) -> CareUpdate:
        """Give the change as one of a declaration's agreement.

        Raises:
            Conflict: it is linked to another declaration already (``already_linked``).
        """
        if self.declaration_id not in (None, declaration_id):
            raise Conflict(code="already_linked")
        return replace(self, declaration_id=declaration_id, client_id=client_id, updated_at=at)

    def done(self, kind: StepKind, *, by: DoneBy, at: datetime) -> CareUpdate:
        """Tick a step; with the last one the change is processed.

        A step that is done keeps its moment.

        Raises:
            NotFound: the change has no such step.
        """
        if all(step.kind is not kind for step in self.steps):
            raise NotFound
        steps = tuple(
            replace(step, done_at=at, done_by=by)
            if step.kind is kind and step.done_at is None
            else step
            for step in self.steps
        )
        is_over = all(step.done_at is not None for step in steps)
        processed_at = self.processed_at or (at if is_over else None)
        return replace(self, steps=steps, processed_at=processed_at, updated_at=at)

    def open_steps(self) -> tuple[UpdateStep, ...]:
        """Give the steps that are still to be done."""
        return tuple(step for step in self.steps if step.done_at is None)


def steps_of(nature: UpdateNature, *, changed_on: date) -> tuple[UpdateStep, ...]:
    """Give what is to be done after a change.

    Args:
        nature: Of the change.
        changed_on: Day of the control visit, or of the message where no visit is stated.
    """
    return tuple(
        UpdateStep(
            kind=kind,
            due_on=changed_on + REGULARISATION if kind is StepKind.CREDIT_AND_REINVOICE else None,
        )
        for kind in STEPS[nature]
    )
