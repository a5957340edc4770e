"""What the sending rules look for in a palliative declaration.

Source: *Nursing messages* 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.carecases import (
    PENDING,
    Case,
    Check,
    asked_period,
    begins_with,
    share_a_day,
)
from bridge.domain.declarations import Declaration, DeclarationKind, PalliativeContent

PalliativeCase = Case[PalliativeContent]


def _usual_doctor(case: PalliativeCase) -> Iterable[str]:
    if not begins_with(case.content.usual_doctor, case.settings.doctor_prefixes):
        yield "/usual_doctor"


def _provider(case: PalliativeCase) -> Iterable[str]:
    if case.content.nurse is None and case.content.multidisciplinary_team is None:
        yield "/nurse"


def _provider_number(case: PalliativeCase) -> Iterable[str]:
    prefixes = case.settings.requester_prefixes
    for member in ("responsible", "nurse"):
        if not begins_with(getattr(case.content, member), prefixes):
            yield f"/{member}"


def _agreement(case: PalliativeCase) -> Iterable[str]:
    asked = asked_period(case.content)
    found = case.agreements(DeclarationKind.PALLIATIVE)
    if any(share_a_day(asked, case.days_of(each)) for each in found):
        yield "/start_on"


def _waiting(case: PalliativeCase) -> Iterable[str]:
    if any(_is_waiting(each) for each in case.others(DeclarationKind.PALLIATIVE)):
        yield "/patient"


def _is_waiting(declaration: Declaration) -> bool:
    """Tell whether an answer may still come: the first, or the one after the attestation."""
    decision = declaration.decision
    is_refused_for_now = decision is not None and decision.is_waiting_for_gp
    return declaration.status in PENDING or is_refused_for_now


PALLIATIVE_CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "usual_doctor_number": _usual_doctor,
        "care_provider_missing": _provider,
        "care_provider_number": _provider_number,
        "palliative_agreement_exists": _agreement,
        "palliative_waiting": _waiting,
    },
)
"""What each rule of the table looks for, by its name."""
