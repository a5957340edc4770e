"""Agreements of care: the register of a practice.

A row comes from an accepted declaration, an acknowledged technical act, or a change the insurer
made by itself; it is what extension, change and closure refer to.
Source: *Nursing messages* 4.2, 4.3, 5.5, 6 and 7; decision D24.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

from bridge.domain.declarations import (
    AgreementKind,
    CareFrequency,
    CarePatient,
    DeclarationKind,
    TechnicalActKind,
)
from bridge.domain.katz import CareKind, KatzScores

EXPIRING_WITHIN: Final = timedelta(days=30)
"""What ends so soon is shown as expiring; a renewal may be sent from then on (D24)."""


class AgreementState(Enum):
    """Where an agreement stands on a day."""

    FUTURE = "future"
    CURRENT = "current"
    EXPIRING = "expiring"
    ENDED = "ended"


class EndReason(Enum):
    """Why an agreement ended before its granted end."""

    CLOSED_BY_NURSE = "closed_by_nurse"
    CLOSED_BY_INSURER = "closed_by_insurer"
    NEW_PROVIDER = "new_provider"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class CareAgreement:
    """One right to give care, with the days it holds.

    Attributes:
        id: ``agr_…``.
        number: The decision's reference; ``None`` for technical acts, which have none.
        extent: How far the insurer agreed; ``None`` for technical acts.
        start_on: First day; palliative lump sums are invoiced from here on.
        end_on: Last day; ``None`` while it is open.
        granted_end_on: Last day as it was granted, kept when it ended earlier.
        declaration_id: What it was asked with; ``None`` when nobody here asked.
        update_id: The insurer's own message that made or changed it.
    """

    id: str
    client_id: str
    practice_id: str
    registration_id: str
    kind: DeclarationKind
    patient: CarePatient
    created_at: datetime
    updated_at: datetime
    start_on: date | None = None
    end_on: date | None = None
    granted_end_on: date | None = None
    number: str | None = None
    extent: AgreementKind | None = None
    care_kind: CareKind | None = None
    act_kind: TechnicalActKind | None = None
    scores: KatzScores | None = field(default=None, repr=False)
    frequency: CareFrequency = field(default_factory=CareFrequency)
    end_reason: EndReason | None = None
    declaration_id: str | None = None
    update_id: str | None = None

    def covers(self, day: date) -> bool:
        """Tell whether care of a day lies in the agreement."""
        has_begun = self.start_on is None or self.start_on <= day
        return has_begun and (self.end_on is None or day <= self.end_on)

    def state(self, today: date) -> AgreementState:
        """Give where it stands today."""
        if self.start_on is not None and today < self.start_on:
            return AgreementState.FUTURE
        if self.end_on is None:
            return AgreementState.CURRENT
        if self.end_on < today:
            return AgreementState.ENDED
        is_near = self.end_on - today <= EXPIRING_WITHIN
        return AgreementState.EXPIRING if is_near else AgreementState.CURRENT
