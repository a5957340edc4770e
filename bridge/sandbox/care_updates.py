"""Changes the played insurers make by themselves, as properties of people ask for them.

Each is counted in days of the insurers' clock, from the decision on; what a person is like counts
at that time, so that people may be changed at run time.
Source: *Nursing messages* 4.3 and 5.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final

from bridge.domain.identifiers import Nihii
from bridge.domain.periods import BRUSSELS
from bridge.mycarenet.medadmin_contractual_values import ContractualCareDetail
from bridge.mycarenet.medadmin_names import ContractualType, UpdateNature
from bridge.mycarenet.medadmin_values import PeriodWithLength
from bridge.sandbox.care_answers import Change
from bridge.sandbox.care_periods import DAY
from bridge.sandbox.care_register import CareAgreement
from bridge.sandbox.care_scale import (
    asked_by_week,
    is_disoriented,
    strongest,
    toilets_by_week,
    toilets_for,
)
from bridge.sandbox.people import SandboxPerson

RESULT_AFTER: Final = timedelta(days=5)
"""From a control visit to its result; ten working days are the most (5.5)."""

DEATH_KNOWN_AFTER: Final = timedelta(days=2)
SHORTENED_BY: Final = timedelta(days=14)
"""How much earlier an agreement ends when its decision is changed."""

_OFFICE_OPENS: Final = time(9, tzinfo=BRUSSELS)


class Event(Enum):
    """What may happen to an agreement."""

    VISIT = "visit"
    CLOSURE = "closure"
    DEATH = "death"
    MODIFICATION = "modification"
    OTHER_NURSE = "other_nurse"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change, and what it does to the register.

    Attributes:
        change: What the nurse is told.
        end_on: New last day of the agreement.
        new: Agreement that comes in its place.
        after: From the event to the message.
    """

    change: Change
    end_on: date
    new: CareAgreement | None = None
    after: timedelta = timedelta()


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When something happens to an agreement, and what the insurer needs for it.

    Attributes:
        at: By the insurers' time.
        day: The day in Belgium.
        number: Reference of the agreement that may come in its place.
        other_nurse: Who takes over.
    """

    at: datetime
    day: date
    number: str
    other_nurse: Nihii


def due_events(agreement: CareAgreement, person: SandboxPerson) -> list[tuple[datetime, Event]]:
    """Give what will happen to an agreement, and when."""
    traits = person.care
    days = {
        Event.VISIT: traits.visit_after_days,
        Event.MODIFICATION: traits.modified_after_days,
        Event.OTHER_NURSE: traits.other_nurse_after_days,
        Event.CLOSURE: traits.closed_after_days,
    }
    due = [
        (agreement.decided_at + timedelta(days=count), event)
        for event, count in days.items()
        if count is not None and not agreement.is_by_insurer
    ]
    if person.deceased_on is not None:
        known_at = datetime.combine(person.deceased_on + DEATH_KNOWN_AFTER, _OFFICE_OPENS)
        due.append((max(known_at, agreement.decided_at), Event.DEATH))
    return due


def happen(
    event: Event, agreement: CareAgreement, person: SandboxPerson, moment: Moment
) -> Step | None:
    """Give what an event leads to; nothing when the agreement is over, or stays as it is."""
    day = moment.day
    if event is Event.DEATH and person.deceased_on is not None:
        day = person.deceased_on
    care = agreement.terms
    if care is None or agreement.end_on is None or not agreement.is_open(day):
        return None
    if event is Event.VISIT:
        return _visit(agreement, care, person.care.visit_scores, moment)
    if event is Event.MODIFICATION:
        return _shortened(agreement, care, agreement.end_on, day)
    if event is Event.OTHER_NURSE:
        return _other_nurse(agreement, care, moment)
    return _closed(agreement, UpdateNature.AGREEMENT_CLOSURE, day)


def told_to_leave(agreement: CareAgreement, end_on: date) -> Change:
    """Tell a nurse that another one takes over after a day."""
    return _closed(agreement, UpdateNature.NEW_PROVIDER, end_on).change


def _closed(agreement: CareAgreement, nature: UpdateNature, end_on: date) -> Step:
    new = ContractualCareDetail(
        decision_reference=agreement.number, period=PeriodWithLength(end_on=end_on)
    )
    return Step(change=Change(nature=nature, agreement=agreement, new=new), end_on=end_on)


def _visit(
    agreement: CareAgreement,
    care: ContractualCareDetail,
    scores: tuple[int, ...],
    moment: Moment,
) -> Step | None:
    end_on = agreement.end_on
    found = _found(care, scores)
    if end_on is None or moment.day >= end_on or _is_as_before(care, found):
        return None
    start_on = moment.day + DAY
    new = replace(
        found,
        decision_reference=moment.number,
        period=PeriodWithLength(start_on=start_on, end_on=end_on),
    )
    change = Change(nature=UpdateNature.VISIT, agreement=agreement, new=new, visited_on=moment.day)
    successor = replace(
        agreement,
        number=moment.number,
        start_on=start_on,
        decided_at=moment.at,
        care=new,
        is_by_insurer=True,
    )
    return Step(change=change, end_on=moment.day, new=successor, after=RESULT_AFTER)


def _found(care: ContractualCareDetail, scores: tuple[int, ...]) -> ContractualCareDetail:
    """Give the care that the controlling doctor's scores allow."""
    kind = strongest(scores) or ContractualType.NOMENCLATURE
    katz = None if care.katz is None else replace(care.katz, scores=scores)
    toilets = None if kind is ContractualType.NOMENCLATURE else care.toilets
    if kind is ContractualType.TOILET:
        attested = katz is not None and is_disoriented(katz)
        toilets = toilets_for(toilets_by_week(scores, is_disoriented=attested))
    return replace(care, contractual_type=kind, toilets=toilets, katz=katz)


def _is_as_before(care: ContractualCareDetail, found: ContractualCareDetail) -> bool:
    if found.contractual_type is not care.contractual_type:
        return False
    is_toilet = found.contractual_type is ContractualType.TOILET
    return not is_toilet or asked_by_week(found.toilets) == asked_by_week(care.toilets)


def _shortened(
    agreement: CareAgreement, care: ContractualCareDetail, end_on: date, day: date
) -> Step | None:
    last = max(day, end_on - SHORTENED_BY)
    if last >= end_on:
        return None
    new = replace(care, period=PeriodWithLength(start_on=agreement.start_on, end_on=last))
    change = Change(nature=UpdateNature.DECISION_MODIFICATION, agreement=agreement, new=new)
    return Step(change=change, end_on=last)


def _other_nurse(
    agreement: CareAgreement, care: ContractualCareDetail, moment: Moment
) -> Step | None:
    if agreement.provider.long == moment.other_nurse.long:
        return None
    step = _closed(agreement, UpdateNature.NEW_PROVIDER, moment.day - DAY)
    period = PeriodWithLength(start_on=moment.day, end_on=agreement.end_on)
    successor = replace(
        agreement,
        number=moment.number,
        provider=moment.other_nurse,
        start_on=moment.day,
        decided_at=moment.at,
        care=replace(care, decision_reference=moment.number, period=period),
        is_by_insurer=True,
    )
    return replace(step, new=successor)
