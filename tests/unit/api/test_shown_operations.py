"""Operations and checks as callers see them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from api.models.checks import check_resource
from api.models.common import write_moment
from api.models.operations import operation_resource
from bridge.domain.identifiers import MembershipNumber, Mutuality
from bridge.domain.insurability import (
    CheckStatus,
    HospitalStay,
    InsurabilityCheck,
    InsurabilityFacts,
    InsurabilityQuestion,
    InsuredPeriod,
    MedicalHouse,
    Membership,
    Refusal,
    SituationEvent,
)
from bridge.domain.operations import (
    Operation,
    OperationKind,
    OperationProblem,
    OperationStatus,
    WaitingFor,
)
from bridge.domain.periods import Period
from bridge.errors import RemoteFault
from bridge.i18n import LANGUAGES

NOW = datetime(2026, 11, 23, 9, 30, 15, 123456, tzinfo=UTC)
OPERATION = Operation(
    id="op_1",
    kind=OperationKind.SESSION_CREATE,
    client_id="secret-client",
    status=OperationStatus.QUEUED,
    created_at=NOW,
    updated_at=NOW,
)
CHECK = InsurabilityCheck(
    id="ins_1",
    registration_id="reg_1",
    operation_id="op_1",
    question=InsurabilityQuestion(
        patient=Membership(
            mutuality=Mutuality("319"),
            membership_number=MembershipNumber("1 2"),
        ),
        period=Period(from_on=date(2026, 11, 1), to_on=date(2026, 11, 30)),
    ),
    status=CheckStatus.TO_SEND,
    created_at=NOW,
    updated_at=NOW,
)


def test_moments_are_utc_with_milliseconds_api_13():
    brussels = timezone(timedelta(hours=1))
    assert write_moment(NOW.astimezone(brussels)) == "2026-11-23T09:30:15.123Z"
    assert operation_resource(OPERATION, "en").model_dump()["created_at"].endswith(".123Z")


@pytest.mark.parametrize(
    ("kind", "status", "language"),
    list(itertools.product(OperationKind, OperationStatus, LANGUAGES)),
)
def test_every_state_has_a_label(kind, status, language):
    shown = operation_resource(replace(OPERATION, kind=kind, status=status), language)
    assert shown.progress.label
    assert shown.status == status.value


@pytest.mark.parametrize("where", ["reader_keypad", "window", "terminal", "automatic"])
def test_the_label_says_where_the_pin_is_asked(where):
    waiting = WaitingFor(what="pin", where=where, expires_at=NOW)
    operation = replace(OPERATION, status=OperationStatus.WAITING_FOR_USER, waiting_for=waiting)
    shown = operation_resource(operation, "en")
    assert "PIN" in shown.progress.label
    assert shown.waiting_for is not None
    assert shown.waiting_for.where == where


def test_an_operation_shows_no_client_and_links_what_is_possible():
    shown = operation_resource(OPERATION, "en")
    assert "secret-client" not in shown.model_dump_json()
    assert shown.links.cancellation == "/v1/operations/op_1/cancellation"
    assert shown.result is None
    over = operation_resource(replace(OPERATION, status=OperationStatus.CANCELLED), "en")
    assert over.links.cancellation is None
    assert not over.is_cancellable


def test_a_result_is_named_and_linked():
    operation = replace(
        OPERATION,
        kind=OperationKind.INSURABILITY_CHECK,
        status=OperationStatus.SUCCEEDED,
        result_path="/v1/insurability-checks/ins_1",
    )
    shown = operation_resource(operation, "en").model_dump()
    path = "/v1/insurability-checks/ins_1"
    assert shown["result"] == {
        "id": "ins_1",
        "object": "insurability_check",
        "links": {"self": path},
    }
    assert shown["links"]["result"] == path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_problem_is_a_whole_document(language):
    problem = OperationProblem(
        code="pin_wrong",
        params={"tries_left": 2},
        remote=RemoteFault(system="ehealth_sts", code="SOA-01002", reference="urn:x"),
        support_ref="K7QF-29",
    )
    operation = replace(OPERATION, status=OperationStatus.FAILED, problem=problem)
    shown = operation_resource(operation, language).problem
    assert shown is not None
    assert (shown.code, shown.status, shown.support_ref) == ("pin_wrong", 409, "K7QF-29")
    assert "2" in shown.detail
    assert shown.remote is not None
    assert shown.remote.code == "SOA-01002"


def test_a_check_without_answer_has_all_members_and_no_facts_api_12():
    shown = check_resource(CHECK, "en").model_dump()
    assert shown["periods"] == shown["refusals"] == shown["warnings"] == []
    assert shown["question"]["patient"] == {
        "niss": None,
        "mutuality": "319",
        "membership_number": "1 2",
    }
    unknown = {"is_insured", "insurer", "ct1", "event", "patient", "hospital_stay", "problem"}
    assert all(shown[name] is None for name in unknown)


def test_single_facts_are_those_of_the_latest_period():
    first = InsuredPeriod(
        period=Period(from_on=date(2026, 11, 1), to_on=date(2026, 11, 9)),
        insurer="300",
        mutuality="319",
        ct1="111",
    )
    second = replace(first, insurer="100", mutuality="134", ct1="110", payment_approval="7")
    facts = InsurabilityFacts(
        is_insured=True,
        periods=(first, second),
        event=SituationEvent.CHANGED_DURING,
        event_on=date(2026, 11, 10),
        hospital_stay=HospitalStay(service="450"),
        medical_house=MedicalHouse(kind="Nurse"),
    )
    shown = check_resource(replace(CHECK, facts=facts), "en")
    assert [period.has_preferential_rate for period in shown.periods] == [True, False]
    assert (shown.insurer, shown.mutuality, shown.ct1) == ("100", "134", "110")
    assert shown.payment_approval == "7"
    assert shown.event == "changed_during"
    assert shown.hospital_stay is not None
    assert shown.medical_house is not None


def test_refusals_have_our_words_beside_theirs_api_74():
    refusal = Refusal(
        code="patient_unknown",
        remote_code="UNKNOWN_NISS_ROUTING",
        source="mycarenet",
        who_can_fix="user",
        user_action="correct_input",
    )
    check = replace(CHECK, facts=InsurabilityFacts(refusals=(refusal,), warnings=(refusal,)))
    shown = check_resource(check, "fr")
    assert shown.refusals == shown.warnings
    assert shown.refusals[0].remote_code == "UNKNOWN_NISS_ROUTING"
    assert "patient" in shown.refusals[0].title


def test_a_failed_check_says_why():
    check = replace(CHECK, status=CheckStatus.ERROR, problem_code="remote_unavailable")
    shown = check_resource(check, "nl")
    assert shown.problem is not None
    assert shown.problem.code == "remote_unavailable"
