"""What happens to agreements later, on the insurers' clock, because of what people are like."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.domain.declarations import ToiletFrequency
from bridge.mycarenet.medadmin_names import ContractualType, MessageName, UpdateNature
from bridge.sandbox.care_periods import longest_end
from tests.support.careoffice import (
    DAILY,
    NOTHING,
    NURSE,
    OTHER,
    TODAY,
    WEEKLY,
    A,
    B,
    Office,
    close,
    days,
    katz,
    result,
    toilets,
)

LAST = longest_end(TODAY)


def agreed(office: Office, name: str, **asked: Any) -> str:
    """Let an agreement be one day later, and give its reference."""
    answer = office.decided(katz(office.person(name), **asked), days=1)
    assert answer.decision.result.is_positive
    return str(answer.decision.reference)


def updates(office: Office, *, by: Any = NURSE, **later: float) -> list[Any]:
    return [
        each
        for each in office.answers(by=by, **later)
        if each.header.message_name is MessageName.CONTRACTUAL_UPDATE
    ]


# -- control visit -------------------------------------------------------------------------------


def test_a_control_visit_lowers_the_score_five_days_after_it() -> None:
    office = Office()
    number = agreed(office, "Pia")
    assert updates(office, days=25, hours=23) == []
    (told,) = updates(office, hours=1)
    assert told.nature is UpdateNature.VISIT
    assert told.visited_on == days(22)
    assert told.provider == NURSE
    assert told.previous.contractual_type is ContractualType.B
    assert told.previous.katz.scores == B
    assert told.previous.decision_reference == number
    assert told.new.contractual_type is ContractualType.A
    assert told.new.katz.scores == (3, 3, 3, 2, 2, 2)
    assert told.new.decision_reference not in {None, number}
    assert (told.new.period.start_on, told.new.period.end_on) == (days(23), LAST)


def test_after_a_visit_the_old_agreement_is_over_and_the_new_one_holds() -> None:
    office = Office()
    number = agreed(office, "Pia")
    (told,) = updates(office, days=30)
    register = office.insurers.register
    assert register.find(number).end_on == days(22)
    successor = register.find(told.new.decision_reference)
    assert successor.start_on == days(23)
    answer = office.decided(close(office.person("Pia"), successor.number, days(40)))
    assert result(answer) == "agreement"


def test_there_is_one_visit_and_no_other_after_it() -> None:
    office = Office()
    agreed(office, "Pia")
    assert len(updates(office, days=200)) == 1


@pytest.mark.parametrize(
    ("kind", "scores", "found", "expected"),
    [
        pytest.param("B", B, B, None, id="as-before"),
        pytest.param("B", B, A, "A", id="weaker-lump-sum"),
        pytest.param("A", A, B, "B", id="stronger-lump-sum"),
        pytest.param("B", B, DAILY, "toilet 1 day", id="daily-toilets"),
        pytest.param("B", B, WEEKLY, "toilet 2 week", id="weekly-toilets"),
        pytest.param("B", B, NOTHING, "nomenclature", id="separate-acts"),
        pytest.param("toilet", DAILY, WEEKLY, "toilet 2 week", id="from-daily-to-weekly"),
        pytest.param("toilet", DAILY, DAILY, None, id="toilets-as-before"),
    ],
)
def test_what_a_visit_finds(
    kind: str, scores: tuple[int, ...], found: tuple[int, ...], expected: str | None
) -> None:
    office = Office()
    office.person(visit_after_days=3, visit_scores=found)
    count = {"toilets": toilets(1, ToiletFrequency.DAY)} if kind == "toilet" else {}
    agreed(office, "Anna", kind=ContractualType(kind), scores=scores, **count)
    seen = []
    for told in updates(office, days=20):
        new = told.new
        extra = new.toilets and f" {new.toilets.count} {new.toilets.frequency.value}"
        seen.append(new.contractual_type.value + (extra or ""))
    assert seen == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("end", "count"),
    [
        pytest.param(21, 0, id="over-the-day-before"),
        pytest.param(22, 0, id="over-on-the-day"),
        pytest.param(23, 1, id="still-one-day"),
    ],
)
def test_a_visit_finds_only_agreements_that_go_on(end: int, count: int) -> None:
    office = Office()
    agreed(office, "Pia", end_on=days(end))
    assert len(updates(office, days=40)) == count


def test_an_agreement_the_nurse_closed_is_not_visited() -> None:
    office = Office()
    number = agreed(office, "Pia")
    office.decided(close(office.person("Pia"), number, days(10)), days=1)
    assert updates(office, days=60) == []


# -- closure and death ---------------------------------------------------------------------------


def test_the_insurer_closes_an_agreement() -> None:
    office = Office()
    number = agreed(office, "Xenia")
    (told,) = updates(office, days=10)
    assert told.nature is UpdateNature.AGREEMENT_CLOSURE
    assert told.new.decision_reference == number
    assert told.new.period.end_on == days(11)
    assert told.new.contractual_type is None
    assert office.insurers.register.find(number).end_on == days(11)


def test_a_death_closes_an_agreement_two_days_later() -> None:
    office = Office()
    number = agreed(office, "Anna")
    office.people.add(replace(office.person(), deceased_on=days(6)))
    office.now = datetime(2026, 12, 1, 7, 59, tzinfo=UTC)
    assert updates(office) == []
    (told,) = updates(office, minutes=1)
    assert told.nature is UpdateNature.AGREEMENT_CLOSURE
    assert told.new.period.end_on == days(6)
    assert told.care_receiver.deceased_on == days(6)
    assert office.insurers.register.find(number).end_on == days(6)


def test_nobody_is_told_of_a_death_that_is_still_to_come() -> None:
    office = Office()
    office.people.add(replace(office.person(), deceased_on=days(30)))
    answer = office.decided(katz(office.person()))
    assert result(answer) == "agreement"
    assert answer.care_receiver.deceased_on is None
    (told,) = updates(office, days=40)
    assert told.new.period.end_on == days(30)


def test_a_death_after_the_agreement_closes_nothing() -> None:
    office = Office()
    office.people.add(replace(office.person(), deceased_on=days(30)))
    agreed(office, "Anna", end_on=days(29))
    assert updates(office, days=60) == []


# -- changed decision ----------------------------------------------------------------------------


def test_a_decision_is_changed_to_end_two_weeks_earlier() -> None:
    office = Office()
    number = agreed(office, "Zita")
    (told,) = updates(office, days=12)
    assert told.nature is UpdateNature.DECISION_MODIFICATION
    assert told.new.decision_reference == told.previous.decision_reference == number
    assert told.previous.period.end_on == LAST
    assert told.new.period.start_on == TODAY
    assert told.new.period.end_on == LAST - timedelta(days=14)
    assert office.insurers.register.find(number).end_on == LAST - timedelta(days=14)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(13, [], id="ends-that-day"),
        pytest.param(14, [13], id="ends-tomorrow"),
        pytest.param(40, [26], id="ends-later"),
    ],
)
def test_an_agreement_is_never_shortened_into_the_past(end: int, expected: list[int]) -> None:
    office = Office()
    agreed(office, "Zita", end_on=days(end))
    assert [each.new.period.end_on for each in updates(office, days=40)] == [
        days(each) for each in expected
    ]


# -- another nurse -------------------------------------------------------------------------------


def test_another_nurse_takes_over_and_has_the_patient_then() -> None:
    office = Office()
    number = agreed(office, "Umar")
    (told,) = updates(office, days=14)
    assert told.nature is UpdateNature.NEW_PROVIDER
    assert told.provider == NURSE
    assert told.new.decision_reference == number
    assert told.new.period.end_on == days(14)
    successor = office.insurers.register.all()[-1]
    assert (successor.provider, successor.start_on) == (OTHER, days(15))
    again = katz(office.person("Umar"), start_on=days(20))
    assert result(office.decided(again)) == "S10"


def test_the_other_nurse_takes_nothing_over_from_herself() -> None:
    office = Office()
    office.send(katz(office.person("Umar"), requester=OTHER), by=OTHER)
    assert updates(office, by=OTHER, days=40) == []


def test_taking_the_patient_back_tells_the_other_nurse() -> None:
    office = Office()
    agreed(office, "Umar")
    updates(office, days=14)
    back = katz(office.person("Umar"), start_on=days(20), changes_reference_provider=True)
    assert result(office.decided(back)) == "agreement"
    (told,) = updates(office, by=OTHER)
    assert told.nature is UpdateNature.NEW_PROVIDER
    assert told.new.period.end_on == days(19)


# -- order ---------------------------------------------------------------------------------------


def test_events_happen_in_their_order_however_far_the_clock_jumps() -> None:
    office = Office()
    office.person(modified_after_days=5, visit_after_days=9, visit_scores=A, closed_after_days=30)
    agreed(office, "Anna")
    told = updates(office, days=100)
    assert [each.nature.value for each in told] == [
        "decisionModification",
        "visit",
    ]
    shortened = LAST - timedelta(days=14)
    assert told[1].previous.period.end_on == shortened
    assert told[1].new.period.end_on == shortened


def test_a_clock_set_back_repeats_nothing() -> None:
    office = Office()
    agreed(office, "Xenia")
    assert len(updates(office, days=10)) == 1
    office.now -= timedelta(days=10)
    assert updates(office) == []
    assert updates(office, days=20) == []
