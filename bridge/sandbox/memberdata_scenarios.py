"""Scenarios of the played MemberData service: other answers to a question that is right.

Source: *MyCareNet transport* 11, *Insurability* 3.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bridge.domain.periods import Period
from bridge.sandbox.people import InsuredSpan, SandboxPerson

DOWN: Final = "memberdata_down"
SOAP_FAULT: Final = "memberdata_soap_fault"
GARBAGE: Final = "memberdata_garbage"
PARTIAL: Final = "memberdata_partial"
INSURER_DOWN: Final = "memberdata_insurer_down"
WRONG_PATIENT: Final = "memberdata_wrong_patient"
WRONG_REFERENCE: Final = "memberdata_wrong_reference"
WRONG_HASH: Final = "memberdata_wrong_hash"
NOT_INSURED: Final = "memberdata_not_insured"
TWO_PERIODS: Final = "memberdata_two_periods"
DECEASED: Final = "memberdata_deceased"
UNKNOWN_PATIENT: Final = "memberdata_unknown_patient"

MEMBERDATA_SCENARIOS: Final[dict[str, str]] = {
    DOWN: "MemberData cannot be reached.",
    SOAP_FAULT: "MemberData answers with a SOAP fault, SOA-02001.",
    GARBAGE: "MemberData answers with something that is no XML.",
    PARTIAL: "The insurer leaves a part of the answer out (PartialAnswer).",
    INSURER_DOWN: "The insurer cannot be reached by the platform (InternalError).",
    WRONG_PATIENT: "The answer is about another patient.",
    WRONG_REFERENCE: "The answer belongs to another request.",
    WRONG_HASH: "The hash value of the answer does not fit its content.",
    NOT_INSURED: "Every known patient's rights ended before the asked period.",
    TWO_PERIODS: "Every known patient's CT1 changes in the middle of the asked period.",
    DECEASED: "Every known patient died on the first asked day.",
    UNKNOWN_PATIENT: "No patient is known.",
}
"""Name to description."""


def _not_insured(person: SandboxPerson, period: Period) -> SandboxPerson:
    """End all rights a month before the asked period; a span that began later is moved back."""
    ended_on = period.from_on - timedelta(days=30)
    spans = tuple(
        replace(span, from_on=min(span.from_on, ended_on), to_on=ended_on)
        for span in person.periods[:1]
    )
    return replace(person, periods=spans)


def _two_periods(person: SandboxPerson, period: Period) -> SandboxPerson:
    """Split the asked period in two halves with different codes; a single day stays whole."""
    changes_on = period.from_on + timedelta(days=((period.to_on - period.from_on).days + 1) // 2)
    first = InsuredSpan(
        from_on=period.from_on,
        to_on=changes_on - timedelta(days=1),
        mutuality=person.mutuality,
        membership_number=person.membership_number,
    )
    second = replace(first, from_on=changes_on, to_on=None, ct1="121", ct2="121")
    spans = (second,) if changes_on == period.from_on else (first, second)
    return replace(person, periods=spans, deceased_on=None)


def _deceased(person: SandboxPerson, period: Period) -> SandboxPerson:
    return replace(person, deceased_on=period.from_on)


def _unknown(person: SandboxPerson, _period: Period) -> SandboxPerson:
    return replace(person, is_known=False)


CHANGED_PEOPLE: Final = MappingProxyType[str, Callable[[SandboxPerson, Period], SandboxPerson]](
    {
        NOT_INSURED: _not_insured,
        TWO_PERIODS: _two_periods,
        DECEASED: _deceased,
        UNKNOWN_PATIENT: _unknown,
    },
)
"""Scenarios that change the person before the answer is derived (D5)."""
