"""What the played insurers refuse before anybody decides, and where they say it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.declarations import DementiaSeverity
from bridge.domain.identifiers import MembershipNumber, Nihii
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet import medadmin
from bridge.mycarenet.medadmin_contractual_values import Dementia, KatzDetail
from bridge.mycarenet.medadmin_names import ContractualType, MessageName
from bridge.mycarenet.medadmin_values import PeriodLimits, PeriodWithLength
from bridge.sandbox.care_directory import DOCTORS, advising_doctor, is_known_doctor
from bridge.sandbox.genasync import UNIONS
from bridge.sandbox.nurse import nihii_of
from tests.support.careoffice import (
    DOCTOR,
    NURSE,
    OTHER,
    STRANGER,
    TODAY,
    B,
    Office,
    close,
    days,
    katz,
    palliative,
    result,
    technical,
)

UNKNOWN_DOCTOR = nihii_of("100999", "004")
REQUESTS = [
    pytest.param(katz, "zone 305", MessageName.CONTRACTUAL_ERROR, id="katz"),
    pytest.param(palliative, "zone 305", MessageName.PALLIATIVE_ERROR, id="palliative"),
    pytest.param(technical, "Requester", MessageName.TECHNICAL_ERROR, id="technical"),
]


@pytest.mark.parametrize(("ask", "where", "name"), REQUESTS)
@pytest.mark.parametrize("requester", [OTHER, STRANGER], ids=["somebody-else", "nobody"])
def test_the_requester_is_the_sessions_care_provider(
    ask, where: str, name: MessageName, requester: Nihii
) -> None:
    office = Office()
    answer = office.decided(ask(office.person(), requester=requester))
    assert answer.header.message_name is name
    assert result(answer) == f"INPUT_ERROR 99 {where}"
    assert answer.echo.requester == requester


def test_a_session_of_somebody_the_platform_does_not_know_is_refused() -> None:
    office = Office()
    answer = office.decided(katz(office.person(), requester=STRANGER), by=STRANGER)
    assert result(answer) == "INPUT_ERROR 99 zone 305"


@pytest.mark.parametrize(("ask", "where", "name"), REQUESTS)
def test_wrong_check_digits_of_the_requester(ask, where: str, name: MessageName) -> None:
    office = Office()
    asked = ask(office.person())
    number = "0" + NURSE.long
    wrong = number[:8] + f"{(int(number[8:9]) + 1) % 10}" + number[9:]
    content = medadmin.encode_requests([asked]).replace(
        b"<Requester>" + number.encode(), b"<Requester>" + wrong.encode()
    )
    office.send(asked, content=content)
    (answer,) = office.answers(hours=1)
    assert result(answer) == f"INPUT_ERROR 12 {where}"
    assert answer.header.message_name is name


def scale(**members: object) -> KatzDetail:
    return KatzDetail(scores=B, **members)


WRONG_DOCTORS = [
    pytest.param(UNKNOWN_DOCTOR, id="unknown"),
    pytest.param(NURSE, id="no-doctor"),
]


@pytest.mark.parametrize("doctor", WRONG_DOCTORS)
def test_prescribers_and_attesting_doctors_are_doctors_one_knows(doctor: Nihii) -> None:
    office = Office()
    person = office.person()
    dementia = Dementia(degree=DementiaSeverity.SERIOUS, doctor=doctor)
    for asked, where in (
        (technical(person, prescriber=doctor), "Prescriber"),
        (palliative(person, usual_doctor=doctor), "zone 309"),
        (katz(person, katz=scale(prescriber=doctor)), "zone 322"),
        (katz(person, katz=scale(dementia=dementia)), "zone 321"),
    ):
        assert result(office.decided(asked)) == f"INPUT_ERROR 99 {where}"


@pytest.mark.parametrize("doctor", DOCTORS, ids=lambda doctor: doctor.number.short)
def test_every_known_doctor_may_prescribe(doctor) -> None:
    office = Office()
    answer = office.decided(technical(office.person(), prescriber=doctor.number))
    assert answer.receipt is not None


def test_advising_doctors_prescribe_nothing_and_every_union_has_one() -> None:
    numbers = {advising_doctor(union).long for union in UNIONS}
    assert len(numbers) == len(UNIONS)
    assert not any(is_known_doctor(advising_doctor(union)) for union in UNIONS)


# -- patient -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "insurer", "expected"),
    [
        pytest.param("Petra", None, "INPUT_ERROR 23 zone 300", id="unknown-to-the-routing"),
        pytest.param("Lena", None, "NO_IO_ERROR 43 zone 300", id="insured-long-ago"),
        pytest.param("Mila", None, "NO_IO_ERROR 43 zone 300", id="not-insured-yet"),
        pytest.param("Nora", None, "MULTIIO_ERROR 44 zone 300", id="two-insurers"),
        pytest.param("Anna", "500", "INPUT_ERROR 21 zone 301", id="sent-to-another-union"),
    ],
)
def test_a_patient_the_insurer_does_not_have(name: str, insurer: str | None, expected: str) -> None:
    office = Office()
    office.send(katz(office.person(name)), insurer=insurer)
    (answer,) = office.answers(hours=1)
    assert result(answer) == expected


def test_several_insurers_are_named() -> None:
    office = Office()
    fault = office.decided(katz(office.person("Nora"))).fault
    assert fault.insurers == ("2", "6")
    assert fault.source == "MYCARENET"


def test_a_number_nobody_has_and_a_patient_of_another_union() -> None:
    office = Office()
    known, other = office.person("Anna"), office.person("Bea")
    unknown = katz(known)
    stranger = replace(unknown.care_receiver, niss=office.person("Petra").niss)
    assert result(office.decided(replace(unknown, care_receiver=stranger))) == (
        "INPUT_ERROR 23 zone 300"
    )
    moved = replace(katz(known).care_receiver, niss=other.niss)
    asked = replace(katz(known), care_receiver=moved)
    assert result(office.decided(asked)) == "INPUT_ERROR 23 zone 300"


def test_a_patient_is_found_by_membership() -> None:
    office = Office()
    person = office.person()
    receiver = replace(
        katz(person).care_receiver, niss=None, membership_number=person.membership_number
    )
    answer = office.decided(replace(katz(person), care_receiver=receiver))
    assert result(answer) == "agreement"
    assert answer.care_receiver.niss == person.niss
    nobody = replace(receiver, membership_number=MembershipNumber("1"))
    assert result(office.decided(replace(katz(person), care_receiver=nobody))) == (
        "INPUT_ERROR 23 zone 300"
    )
    unnamed = replace(receiver, membership_number=None)
    assert result(office.decided(replace(katz(person), care_receiver=unnamed))) == (
        "INPUT_ERROR 10 zone 300"
    )


# -- content -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param({"contractual_type": None}, "INPUT_ERROR 10 zone 306", id="no-kind"),
        pytest.param(
            {"contractual_type": ContractualType.NOMENCLATURE},
            "INPUT_ERROR 99 zone 306",
            id="a-kind-of-answers",
        ),
        pytest.param({"katz": None}, "INPUT_ERROR 10 zone 318", id="no-scale"),
        pytest.param(
            {"period": PeriodWithLength(end_on=days(5))},
            "INPUT_ERROR 10 zone 310",
            id="no-first-day",
        ),
        pytest.param({"end_on": days(-1)}, "INPUT_ERROR 31 zone 311", id="reversed"),
    ],
)
def test_a_katz_request_is_complete(members: dict[str, object], expected: str) -> None:
    office = Office()
    asked = katz(office.person(), **members)
    assert result(office.decided(asked)) == expected


def test_a_closure_names_an_agreement_and_a_day() -> None:
    office = Office()
    asked = close(office.person(), "319000000000000", TODAY)
    care = asked.detail.care
    for changed, expected in (
        (replace(care, decision_reference=None), "INPUT_ERROR 10 zone 308"),
        (replace(care, period=PeriodWithLength(start_on=TODAY)), "INPUT_ERROR 10 zone 311"),
    ):
        fresh = close(office.person(), "319000000000000", TODAY)
        wrong = replace(fresh, detail=replace(fresh.detail, care=changed))
        assert result(office.decided(wrong)) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param(
            {"period": PeriodLimits(end_on=TODAY)}, "INPUT_ERROR 10 PeriodStart", id="no-first-day"
        ),
        pytest.param(
            {"period": PeriodLimits(start_on=TODAY, end_on=days(-1))},
            "INPUT_ERROR 31 PeriodEnd",
            id="reversed",
        ),
    ],
)
def test_a_technical_act_is_complete(members: dict[str, object], expected: str) -> None:
    office = Office()
    assert result(office.decided(technical(office.person(), **members))) == expected


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<x/>", id="something-else"),
        pytest.param(b"zones", id="no-xml"),
        pytest.param(
            b'<MedAdminRequestList xmlns="urn:be:cin:mycarenet:1.0:carenet:types"/>', id="empty"
        ),
    ],
)
def test_what_is_no_request_is_not_taken_over(content: bytes) -> None:
    with pytest.raises(TheirAnswerInvalid):
        Office().insurers.check(content)


def test_a_request_that_does_not_fit_the_schema_is_not_taken_over() -> None:
    office = Office()
    content = medadmin.encode_requests([katz(office.person())])
    office.insurers.check(content)
    with pytest.raises(TheirAnswerInvalid):
        office.insurers.check(content.replace(b"<Sex>", b"<Sox>").replace(b"</Sex>", b"</Sox>"))
    with pytest.raises(TheirAnswerInvalid):
        office.insurers.check(content.replace(b'SenderReference="', b'SenderReference="x'))


# -- references ----------------------------------------------------------------------------------


def test_a_reference_of_another_request_is_refused() -> None:
    office = Office()
    first = katz(office.person(), reference="77")
    assert result(office.decided(first)) == "agreement"
    again = katz(office.person("Dora"), reference="77")
    assert result(office.decided(again)) == "INPUT_ERROR 99 zone 204"


def test_the_same_request_again_is_confirmed_and_not_decided_again() -> None:
    office = Office()
    asked = katz(office.person(), reference="78")
    office.decided(asked)
    office.send(replace(asked, header=replace(asked.header, is_duplicate=True)))
    assert len(office.mail(hours=1)) == 1
    assert office.answers(days=30) == []


def test_a_fault_says_who_refuses_in_what_words() -> None:
    office = Office()
    fault = office.decided(technical(office.person(), prescriber=UNKNOWN_DOCTOR)).fault
    assert fault.source == "IO-BE-300"
    assert fault.message.language == "en"
    assert fault.message.text
    assert DOCTOR.long not in fault.message.text
