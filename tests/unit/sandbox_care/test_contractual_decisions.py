"""Toilets and lump sums: every rule of the played insurers, at its boundaries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bridge.domain.declarations import DementiaSeverity, ToiletFrequency
from bridge.mycarenet.medadmin_contractual_values import Dementia, KatzDetail
from bridge.mycarenet.medadmin_names import ContractualType, LengthUnit, MessageName
from bridge.mycarenet.medadmin_values import PeriodLength, PeriodLimits, PeriodWithLength
from bridge.sandbox import care_reasons as reasons
from bridge.sandbox.care_periods import longest_end
from bridge.sandbox.people_care import ENDS_IN_DAYS
from tests.support.careoffice import (
    DAILY,
    DOCTOR,
    NOTHING,
    NURSE,
    OTHER,
    TODAY,
    WEEKLY,
    A,
    B,
    C,
    Office,
    close,
    days,
    katz,
    result,
    toilets,
)

DAY = timedelta(days=1)
TOILET, KIND_A, KIND_B, KIND_C = (
    ContractualType.TOILET,
    ContractualType.A,
    ContractualType.B,
    ContractualType.C,
)
LAST = longest_end(TODAY)


def limits(start_on: date, end_on: date) -> PeriodLimits:
    return PeriodLimits(start_on=start_on, end_on=end_on)


# -- scores --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "scores", "expected"),
    [
        pytest.param(KIND_A, A, "agreement", id="a-for-a"),
        pytest.param(KIND_B, A, "S01", id="b-for-a"),
        pytest.param(KIND_A, B, "agreement", id="weaker-than-allowed"),
        pytest.param(KIND_B, B, "agreement", id="b-for-b"),
        pytest.param(KIND_C, B, "S01", id="c-for-b"),
        pytest.param(KIND_C, C, "agreement", id="c-for-c"),
        pytest.param(KIND_C, (4, 4, 4, 4, 4, 2), "S01", id="c-by-the-weaker-reading"),
        pytest.param(KIND_A, WEEKLY, "S01", id="a-for-toilets"),
        pytest.param(TOILET, WEEKLY, "agreement", id="toilets"),
        pytest.param(TOILET, NOTHING, "S01", id="toilets-for-nothing"),
    ],
)
def test_a_kind_needs_its_scores(
    kind: ContractualType, scores: tuple[int, ...], expected: str
) -> None:
    office = Office()
    answer = office.decided(katz(office.person(), kind, scores))
    assert result(answer) == expected


@pytest.mark.parametrize(
    ("scores", "count", "frequency", "expected"),
    [
        pytest.param(WEEKLY, 2, ToiletFrequency.WEEK, "agreement", id="two-a-week"),
        pytest.param(WEEKLY, 3, ToiletFrequency.WEEK, "S02", id="three-a-week"),
        pytest.param(WEEKLY, 1, ToiletFrequency.DAY, "S02", id="daily-for-weekly"),
        pytest.param(DAILY, 1, ToiletFrequency.DAY, "agreement", id="daily"),
        pytest.param(DAILY, 2, ToiletFrequency.DAY, "S02", id="twice-a-day"),
        pytest.param(A, 1, ToiletFrequency.DAY, "agreement", id="daily-instead-of-a-lump-sum"),
    ],
)
def test_toilets_need_their_scores(
    scores: tuple[int, ...], count: int, frequency: ToiletFrequency, expected: str
) -> None:
    office = Office()
    asked = katz(office.person(), TOILET, scores, toilets=toilets(count, frequency))
    assert result(office.decided(asked)) == expected


@pytest.mark.parametrize(
    ("doctor", "expected"),
    [
        pytest.param(DOCTOR, "agreement", id="attested"),
        pytest.param(None, "S02", id="said-by-nobody"),
    ],
)
def test_daily_toilets_for_disorientation_need_a_doctor(doctor: object, expected: str) -> None:
    office = Office()
    scale = KatzDetail(
        scores=(2, 2, 1, 1, 1, 1),
        dementia=Dementia(degree=DementiaSeverity.MEDIUM, doctor=doctor),
    )
    asked = katz(office.person(), TOILET, katz=scale, toilets=toilets(1, ToiletFrequency.DAY))
    assert result(office.decided(asked)) == expected


# -- period --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ago", "expected", "granted"),
    [
        pytest.param(0, "agreement", TODAY, id="today"),
        pytest.param(10, "agreement", days(-10), id="last-day-in-time"),
        pytest.param(11, "partialAgreement", days(1), id="one-day-late"),
        pytest.param(40, "partialAgreement", days(1), id="forty-days-old"),
    ],
)
def test_what_is_sent_late_begins_later(ago: int, expected: str, granted: date) -> None:
    office = Office()
    answer = office.decided(katz(office.person(), start_on=days(-ago)))
    assert result(answer) == expected
    assert answer.decision.period == limits(granted, longest_end(days(-ago)))


def test_the_moment_of_sending_counts_not_the_insurers_time() -> None:
    office = Office()
    office.now += timedelta(days=60)
    assert result(office.decided(katz(office.person(), start_on=days(-10)))) == "agreement"


def test_what_was_over_when_it_was_sent_is_refused() -> None:
    office = Office()
    answer = office.decided(katz(office.person(), start_on=days(-30), end_on=TODAY))
    assert result(answer) == reasons.ALL_TOO_LATE.code
    last_chance = katz(office.person("Bert"), start_on=days(-30), end_on=days(1))
    assert office.decided(last_chance).decision.period == limits(days(1), days(1))


@pytest.mark.parametrize(
    ("end_on", "expected", "granted"),
    [
        pytest.param(days(13), "agreement", days(13), id="two-weeks"),
        pytest.param(LAST, "agreement", LAST, id="three-months"),
        pytest.param(LAST + DAY, "agreement", LAST + DAY, id="one-day-to-share"),
        pytest.param(LAST + 2 * DAY, "partialAgreement", LAST, id="two-days-more"),
        pytest.param(None, "agreement", LAST, id="no-end"),
    ],
)
def test_three_months_are_the_most(end_on: date | None, expected: str, granted: date) -> None:
    office = Office()
    answer = office.decided(katz(office.person(), end_on=end_on))
    assert result(answer) == expected
    assert answer.decision.period == limits(TODAY, granted)


@pytest.mark.parametrize(
    ("count", "unit", "expected", "end_on"),
    [
        pytest.param(2, LengthUnit.WEEKS, "agreement", days(13), id="two-weeks"),
        pytest.param(3, LengthUnit.MONTHS, "agreement", LAST, id="three-months"),
        pytest.param(4, LengthUnit.MONTHS, "partialAgreement", LAST, id="four-months"),
        pytest.param(13, LengthUnit.WEEKS, "agreement", days(90), id="thirteen-weeks"),
        pytest.param(0, LengthUnit.WEEKS, "INPUT_ERROR 31 zone 311", None, id="no-weeks"),
        pytest.param(0, LengthUnit.MONTHS, "INPUT_ERROR 31 zone 311", None, id="no-months"),
        pytest.param(14, LengthUnit.WEEKS, "partialAgreement", LAST, id="fourteen-weeks"),
    ],
)
def test_a_length_is_counted_from_the_first_day(
    count: int, unit: LengthUnit, expected: str, end_on: date | None
) -> None:
    office = Office()
    period = PeriodWithLength(start_on=TODAY, length=PeriodLength(count=count, unit=unit))
    answer = office.decided(katz(office.person(), period=period))
    granted = answer.decision.period.end_on if answer.decision else None
    assert (result(answer), granted) == (expected, end_on)


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        pytest.param(30, "agreement", id="thirty-days"),
        pytest.param(31, "S04", id="thirty-one"),
    ],
)
def test_a_request_may_not_come_too_early(ahead: int, expected: str) -> None:
    office = Office()
    assert result(office.decided(katz(office.person(), start_on=days(ahead)))) == expected


# -- rights --------------------------------------------------------------------------------------


def test_rights_that_are_not_in_order_leave_the_medical_grounds() -> None:
    office = Office()
    assert result(office.decided(katz(office.person("Vera")))) == "onlyMedicalAgreement"


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(ENDS_IN_DAYS, "agreement", id="until-the-last-day"),
        pytest.param(ENDS_IN_DAYS + 1, "onlyMedicalAgreement", id="one-day-more"),
    ],
)
def test_an_agreement_beyond_the_insurance_is_medical_only(end: int, expected: str) -> None:
    office = Office()
    assert result(office.decided(katz(office.person("Wout"), end_on=days(end)))) == expected


@pytest.mark.parametrize(
    ("died", "expected"),
    [
        pytest.param(-1, reasons.DECEASED.code, id="the-day-before"),
        pytest.param(0, "agreement", id="on-the-first-day"),
    ],
)
def test_care_after_death_is_refused(died: int, expected: str) -> None:
    office = Office()
    office.people.add(replace(office.person(), deceased_on=days(died)))
    assert result(office.decided(katz(office.person()), days=1)) == expected


# -- other agreements ----------------------------------------------------------------------------


def agreed(office: Office, scores: tuple[int, ...] = B, **asked: object) -> str:
    """Let an agreement be, and give its reference."""
    kind = {A: KIND_A, B: KIND_B, C: KIND_C}[scores]
    answer = office.decided(katz(office.person(), kind, scores, **asked))
    assert result(answer) == "agreement"
    return str(answer.decision.reference)


END = days(20)


@pytest.mark.parametrize(
    ("start", "scores", "expected"),
    [
        pytest.param(20, B, "agreement", id="extension-on-the-shared-day"),
        pytest.param(21, B, "agreement", id="extension-on-the-next-day"),
        pytest.param(21, A, "S06", id="extension-with-other-scores"),
        pytest.param(20, C, "S06", id="extension-with-more"),
        pytest.param(19, B, "S07", id="overlap"),
        pytest.param(0, B, "S07", id="the-same-again"),
        pytest.param(25, B, "agreement", id="after-a-gap"),
    ],
)
def test_what_an_extension_may_be(start: int, scores: tuple[int, ...], expected: str) -> None:
    office = Office()
    number = agreed(office, end_on=END)
    kind = {A: KIND_A, B: KIND_B, C: KIND_C}[scores]
    asked = katz(office.person(), kind, scores, start_on=days(start), decision_reference=number)
    assert result(office.decided(asked)) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(0, "agreement", id="from-its-first-day"),
        pytest.param(1, "S06", id="sent-too-early"),
        pytest.param(-5, "S07", id="from-the-first-day-of-the-agreement"),
    ],
)
def test_a_change_is_sent_from_its_first_day_on(start: int, expected: str) -> None:
    office = Office()
    number = agreed(office, start_on=days(-5), end_on=END)
    asked = katz(office.person(), KIND_A, A, start_on=days(start), decision_reference=number)
    assert result(office.decided(asked)) == expected


def test_a_change_of_the_kind_alone_is_a_change() -> None:
    office = Office()
    number = agreed(office, start_on=days(-5), end_on=END)
    weaker = katz(office.person(), KIND_A, B, decision_reference=number)
    assert result(office.decided(weaker)) == "agreement"
    assert office.insurers.register.find(number).end_on == days(-1)


def test_a_change_ends_what_was_agreed_the_day_before() -> None:
    office = Office()
    number = agreed(office, start_on=days(-5), end_on=END)
    office.decided(katz(office.person(), KIND_A, A, start_on=TODAY, decision_reference=number))
    before, after = office.insurers.register.all()
    assert (before.number, before.end_on) == (number, days(-1))
    assert (after.start_on, after.care.contractual_type) == (TODAY, KIND_A)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(19, "S07", id="overlap"),
        pytest.param(20, "agreement", id="shared-day"),
        pytest.param(21, "agreement", id="next-day"),
    ],
)
def test_without_a_reference_an_overlap_is_refused(start: int, expected: str) -> None:
    office = Office()
    agreed(office, end_on=END)
    asked = katz(office.person(), start_on=days(start))
    assert result(office.decided(asked)) == expected


def test_two_requests_of_one_message_are_decided_one_after_the_other() -> None:
    office = Office()
    office.send(katz(office.person()), katz(office.person(), KIND_A, A))
    assert [result(each) for each in office.answers(days=3)] == ["agreement", "S07"]


def test_a_reference_nobody_knows_is_refused() -> None:
    office = Office()
    asked = katz(office.person(), decision_reference="319000000000000")
    assert result(office.decided(asked)) == reasons.AGREEMENT_UNKNOWN.code


def test_a_reference_of_somebody_else_is_refused() -> None:
    office = Office()
    number = agreed(office)
    asked = katz(office.person("Dora"), decision_reference=number)
    assert result(office.decided(asked)) == reasons.AGREEMENT_UNKNOWN.code


# -- closure -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(0, "agreement", id="on-the-first-day"),
        pytest.param(20, "agreement", id="on-the-last-day"),
        pytest.param(-1, "S08", id="before-it-began"),
        pytest.param(21, "S08", id="after-its-end"),
    ],
)
def test_a_closure_lies_in_the_agreement(end: int, expected: str) -> None:
    office = Office()
    number = agreed(office, end_on=END)
    answer = office.decided(close(office.person(), number, days(end)))
    assert result(answer) == expected


def test_a_closure_is_agreed_to_with_its_end() -> None:
    office = Office()
    number = agreed(office)
    answer = office.decided(close(office.person(), number, days(6)))
    assert answer.header.message_name is MessageName.CONTRACTUAL_POSITIVE
    assert answer.decision.reference == number
    assert answer.decision.period == limits(TODAY, days(6))
    assert office.insurers.register.find(number).end_on == days(6)
    assert result(office.decided(katz(office.person(), start_on=days(7)))) == "agreement"


@pytest.mark.parametrize("who", ["nobody", "other-person", "other-nurse"])
def test_only_ones_own_agreement_is_closed(who: str) -> None:
    office = Office()
    number = "319000000000000" if who == "nobody" else agreed(office)
    person = office.person("Dora" if who == "other-person" else "Anna")
    by = OTHER if who == "other-nurse" else NURSE
    answer = office.decided(close(person, number, TODAY, requester=by), by=by)
    assert answer.header.message_name is MessageName.CONTRACTUAL_NEGATIVE
    assert result(answer) == reasons.AGREEMENT_UNKNOWN.code


# -- the other nurse -----------------------------------------------------------------------------


def test_another_nurses_patient_is_refused_and_the_answer_says_why() -> None:
    office = Office()
    answer = office.decided(katz(office.person("Stan")))
    assert answer.header.message_name is MessageName.CONTRACTUAL_NEGATIVE
    assert answer.decision.reason == reasons.OTHER_NURSE.code
    assert "Another nurse is the reference provider" in answer.decision.justification


def test_the_new_reference_provider_gets_the_patient_and_the_other_nurse_is_told() -> None:
    office = Office()
    office.decided(katz(office.person("Stan")))
    asked = katz(office.person("Stan"), changes_reference_provider=True)
    assert result(office.decided(asked)) == "agreement"
    (told,) = office.answers(by=OTHER)
    assert told.header.message_name is MessageName.CONTRACTUAL_UPDATE
    assert told.nature.value == "newProvider"
    assert told.provider == OTHER
    assert told.previous.contractual_type is KIND_A
    assert told.new.period.end_on == days(-1)
    assert told.new.decision_reference == told.previous.decision_reference
    assert office.answers(by=OTHER) == []


def test_asking_for_the_provider_to_change_where_there_is_none_changes_nothing() -> None:
    office = Office()
    asked = katz(office.person(), changes_reference_provider=True)
    assert result(office.decided(asked)) == "agreement"
    assert office.answers(by=OTHER) == []


def test_the_first_of_two_nurses_is_the_reference_provider() -> None:
    office = Office()
    agreed(office, end_on=END)
    theirs = katz(office.person(), requester=OTHER)
    assert result(office.decided(theirs, by=OTHER)) == reasons.OTHER_NURSE.code
    later = katz(office.person(), requester=OTHER, start_on=days(21))
    assert result(office.decided(later, by=OTHER)) == "agreement"


def test_no_reason_is_like_an_official_one_and_each_fits_its_place() -> None:
    codes = [reason.code for reason in reasons.REASONS]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 3 and not code.isdigit() for code in codes)
    assert all(len(reason.justification) <= 150 for reason in reasons.REASONS)
