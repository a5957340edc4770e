"""Palliative care with its second answer, and the notification of technical acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.declarations import TechnicalActKind
from bridge.mycarenet.medadmin_names import MessageName
from bridge.mycarenet.medadmin_values import PeriodLimits
from bridge.sandbox import care_reasons as reasons
from tests.support.careoffice import (
    NURSE,
    OTHER,
    TODAY,
    Office,
    days,
    katz,
    palliative,
    result,
    technical,
)


def test_palliative_care_is_agreed_to_from_its_first_day() -> None:
    office = Office()
    answer = office.decided(palliative(office.person()))
    assert answer.header.message_name is MessageName.PALLIATIVE_POSITIVE
    assert result(answer) == "agreement"
    assert answer.decision.invoice_start_on == TODAY


@pytest.mark.parametrize(
    ("ago", "expected", "start"),
    [
        pytest.param(10, "agreement", -10, id="in-time"),
        pytest.param(11, "partialAgreement", 1, id="late"),
    ],
)
def test_late_palliative_care_is_invoiced_later(ago: int, expected: str, start: int) -> None:
    office = Office()
    answer = office.decided(palliative(office.person(), start_on=days(-ago)))
    assert (result(answer), answer.decision.invoice_start_on) == (expected, days(start))


def test_rights_that_are_not_in_order_leave_the_medical_grounds() -> None:
    office = Office()
    assert result(office.decided(palliative(office.person("Vera")))) == "onlyMedicalAgreement"


# -- the practitioner's form ---------------------------------------------------------------------


def test_without_the_practitioners_form_it_waits_and_then_agrees() -> None:
    office = Office()
    asked = palliative(office.person("Quinten"))
    first = office.decided(asked, days=5, hours=23)
    assert first.header.message_name is MessageName.PALLIATIVE_NEGATIVE
    assert first.decision.reason == reasons.WAITING_FOR_GP.code
    assert "do not send again" in first.decision.justification
    (second,) = office.answers(hours=1)
    assert second.header.message_name is MessageName.PALLIATIVE_POSITIVE
    assert second.header.sender_reference == first.header.sender_reference
    assert second.header.receiver_reference != first.header.receiver_reference
    assert second.decision.reference != first.decision.reference
    assert second.decision.invoice_start_on == TODAY
    assert office.answers(days=90) == []


@pytest.mark.parametrize(
    ("after", "answers"),
    [
        pytest.param(0, ["agreement"], id="there-already"),
        pytest.param(2, ["agreement"], id="when-it-is-decided"),
        pytest.param(3, ["S11", "agreement"], id="one-day-after-the-decision"),
        pytest.param(None, ["S11"], id="never"),
    ],
)
def test_when_the_form_arrives(after: int | None, answers: list[str]) -> None:
    office = Office()
    traits = {"sends_gp_form": False} if after is None else {"gp_form_after_days": after}
    office.send(palliative(office.person("Anna", **traits)))
    assert [result(each) for each in office.answers(days=60)] == answers


def test_a_palliative_team_brings_the_form() -> None:
    office = Office()
    person = office.person("Roos")
    office.send(palliative(person, multidisciplinary_team=NURSE))
    assert [result(each) for each in office.answers(days=60)] == ["agreement"]


def test_a_form_may_arrive_because_somebody_changed_the_person() -> None:
    office = Office()
    office.decided(palliative(office.person("Roos")))
    assert office.answers(days=10) == []
    office.person("Roos", sends_gp_form=True)
    assert [result(each) for each in office.answers()] == ["agreement"]


def test_only_the_first_of_two_waiting_requests_is_agreed_to() -> None:
    office = Office()
    office.send(palliative(office.person("Quinten")), palliative(office.person("Quinten")))
    assert [result(each) for each in office.answers(days=60)] == ["S11", "S11", "agreement"]


# -- one agreement -------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [NURSE, OTHER], ids=["same-nurse", "other-nurse"])
def test_one_agreement_on_palliative_care_is_enough(by) -> None:
    office = Office()
    office.decided(palliative(office.person()))
    again = palliative(office.person(), requester=by, responsible=by)
    assert result(office.decided(again, by=by)) == reasons.IS_PALLIATIVE.code


def test_care_after_death_is_refused() -> None:
    office = Office()
    office.people.add(replace(office.person(), deceased_on=days(-1)))
    assert result(office.decided(palliative(office.person()))) == reasons.DECEASED.code


def test_decisions_about_other_care_say_that_the_patient_is_palliative() -> None:
    office = Office()
    assert office.decided(katz(office.person())).decision.is_palliative is False
    office.decided(palliative(office.person()))
    later = katz(office.person(), start_on=days(29), end_on=days(30))
    assert result(office.decided(later)) == "S07"
    fresh = office.person("Dora")
    office.decided(palliative(fresh))
    assert office.decided(katz(fresh)).decision.is_palliative is True


# -- technical acts ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TechnicalActKind)
def test_a_technical_act_is_acknowledged(kind: TechnicalActKind) -> None:
    office = Office()
    answer = office.decided(technical(office.person(), type=kind))
    assert answer.header.message_name is MessageName.TECHNICAL_RECEIPT
    assert answer.receipt.message_name is MessageName.TECHNICAL_RECEIPT
    assert answer.receipt.nurse_reference == "TV1"
    assert answer.care_receiver.niss == office.person().niss


def test_a_late_notification_is_acknowledged_too() -> None:
    office = Office()
    period = PeriodLimits(start_on=days(-40), end_on=days(-20))
    assert office.decided(technical(office.person(), period=period)).receipt is not None


def test_a_technical_act_needs_no_last_day() -> None:
    office = Office()
    period = PeriodLimits(start_on=TODAY)
    assert office.decided(technical(office.person(), period=period)).receipt is not None


def test_each_kind_of_answer_takes_its_time() -> None:
    office = Office()
    person = office.person()
    office.send(technical(person), katz(person), palliative(person), technical(person))
    assert office.mail(minutes=14) == []
    assert len(office.mail(minutes=1)) == 1
    assert office.answers(minutes=44) == []
    assert len(office.answers(minutes=1)) == 2
    assert office.answers(hours=22, minutes=59) == []
    assert [result(each) for each in office.answers(minutes=1)] == ["agreement"]
    assert office.answers(hours=23, minutes=59) == []
    assert [result(each) for each in office.answers(minutes=1)] == ["agreement"]
    assert office.now - timedelta(days=2) == office.now.replace(day=23)
