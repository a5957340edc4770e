"""The insurability question as sent: strict, one patient, and errors that never repeat it."""

from __future__ import annotations

import json
from datetime import date

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.failures import judge
from api.models.questions import InsurabilityCheckRequest, question_of
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import ContactType, Membership, Purpose
from bridge.errors import InputError

TODAY = date(2026, 11, 23)
NISS = "00000000097"
BY_NUMBER = {"patient": {"niss": NISS}}


def read(body):
    return question_of(InsurabilityCheckRequest.model_validate(body), today=TODAY)


def problem(body) -> InputError:
    """Give the error a body leads to, as the application makes it."""
    try:
        read(body)
    except ValidationError as error:
        located = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        return judge(RequestValidationError(located).errors(), body)
    except InputError as error:
        return error
    raise AssertionError("it was accepted")


def findings(body) -> list[tuple[str, str]]:
    return [(finding.pointer, finding.code) for finding in problem(body).findings]


def test_the_shortest_question_is_about_today():
    question = read(BY_NUMBER)
    assert question.patient == Niss(NISS)
    assert (question.period.from_on, question.period.to_on) == (TODAY, TODAY)
    assert question.purpose is Purpose.INFORMATION
    assert question.contact_type is ContactType.OTHER


def test_the_longest_question_is_read():
    question = read(
        {
            "patient": {"mutuality": "319", "membership_number": "120458 77310"},
            "period": {"from_on": "2026-11-01", "to_on": "2026-11-30"},
            "purpose": "invoicing",
            "contact_type": "hospitalized",
            "registration_id": "reg_1",
        },
    )
    assert isinstance(question.patient, Membership)
    assert question.patient.membership_number.text == "120458 77310"
    assert question.period.to_on == date(2026, 11, 30)
    assert question.purpose is Purpose.INVOICING
    assert question.contact_type is ContactType.HOSPITALIZED


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"patients": [{"niss": NISS}]}, "/patients", id="patients"),
        pytest.param({"patients": [], **BY_NUMBER}, "/patients", id="patients-and-patient"),
        pytest.param({"patient": [{"niss": NISS}]}, "/patient", id="list-of-one"),
        pytest.param({"patient": [{"niss": NISS}, {"niss": NISS}]}, "/patient", id="list"),
        pytest.param(
            {"patient": {"niss": NISS, "mutuality": "319", "membership_number": "1"}},
            "/patient",
            id="two-ways",
        ),
        pytest.param({"patient": {"niss": NISS, "mutuality": "319"}}, "/patient", id="half-two"),
    ],
)
def test_more_than_one_patient_is_one_refusal(body, pointer):
    error = problem(body)
    assert error.problem_code == "single_patient_only"
    assert [finding.pointer for finding in error.findings] == [pointer]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({}, [("/patient", "member_missing")], id="nothing"),
        pytest.param({"patient": {}}, [("/patient", "patient_reference_incomplete")], id="nobody"),
        pytest.param(
            {"patient": {"mutuality": "319"}},
            [("/patient", "patient_reference_incomplete")],
            id="half-a-membership",
        ),
        pytest.param({"patient": None}, [("/patient", "type_wrong")], id="null"),
        pytest.param({"patient": "x"}, [("/patient", "type_wrong")], id="text-for-patient"),
        pytest.param({"patient": {"niss": 97}}, [("/patient/niss", "type_wrong")], id="number"),
        pytest.param({"patient": {"niss": None}}, [("/patient/niss", "type_wrong")], id="null-in"),
        pytest.param(
            {"patient": {"niss": "00000000098"}},
            [("/patient/niss", "niss_invalid")],
            id="check-digits",
        ),
        pytest.param(
            {"patient": {"niss": "00.00.00-000.97"}},
            [("/patient/niss", "niss_invalid")],
            id="separators",
        ),
        pytest.param(
            {"patient": {"mutuality": "719", "membership_number": "1"}},
            [("/patient/mutuality", "mutuality_invalid")],
            id="no-insurer-has-it",
        ),
        pytest.param(
            {"patient": {"mutuality": "319", "membership_number": "  "}},
            [("/patient/membership_number", "membership_number_invalid")],
            id="blank-number",
        ),
        pytest.param(
            {"patient": {"mutuality": "319", "membership_number": "1" * 14}},
            [("/patient/membership_number", "membership_number_invalid")],
            id="long-number",
        ),
        pytest.param(
            {**BY_NUMBER, "registration_number": "1"},
            [("/registration_number", "member_unknown")],
            id="CT-04-unknown-member",
        ),
        pytest.param(
            {**BY_NUMBER, "00000000097": 1},
            [("", "member_unknown")],
            id="a-number-as-name-is-not-repeated",
        ),
        pytest.param(
            {**BY_NUMBER, "purpose": "curiosity"},
            [("/purpose", "value_not_allowed")],
            id="purpose",
        ),
        pytest.param(
            {**BY_NUMBER, "period": {"from_on": "2026-11-01"}},
            [("/period/to_on", "member_missing")],
            id="half-a-period",
        ),
        pytest.param(
            {**BY_NUMBER, "period": {"from_on": "2026-02-30", "to_on": "20261101"}},
            [("/period/from_on", "date_invalid"), ("/period/to_on", "date_invalid")],
            id="no-days",
        ),
        pytest.param(
            {**BY_NUMBER, "period": {"from_on": 0, "to_on": "2026-11-01T00:00:00"}},
            [("/period/from_on", "type_wrong"), ("/period/to_on", "date_invalid")],
            id="moments-are-no-days",
        ),
        pytest.param(
            {**BY_NUMBER, "period": {"from_on": "2026-11-02", "to_on": "2026-11-01"}},
            [("/period/to_on", "period_reversed")],
            id="reversed",
        ),
        pytest.param(
            {**BY_NUMBER, "registration_id": ""},
            [("/registration_id", "length_wrong")],
            id="empty-registration",
        ),
        pytest.param(
            {**BY_NUMBER, "registration_id": "a/b"},
            [("/registration_id", "format_wrong")],
            id="strange-registration",
        ),
        pytest.param([], [("", "type_wrong")], id="list-for-body"),
        pytest.param("x", [("", "type_wrong")], id="text-for-body"),
    ],
)
def test_findings_say_where_and_which_rule(body, expected):
    error = problem(body)
    assert error.problem_code == "validation_failed"
    assert [(finding.pointer, finding.code) for finding in error.findings] == expected


def test_sec_143_errors_never_carry_the_value():
    secret = "99999999999"
    error = problem({"patient": {"niss": secret}, secret: secret, "purpose": secret})
    assert secret not in json.dumps([vars(finding) for finding in error.findings])
    assert secret not in f"{error}{error.params}"


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        pytest.param([{"loc": ("path", "operation_id"), "type": "string_too_long"}], "not_found"),
        pytest.param([{"loc": ("query", "limit"), "type": "int_parsing"}], "parameter_invalid"),
    ],
    ids=["path", "query"],
)
def test_errors_outside_the_body_have_codes_of_their_own(errors, code):
    assert judge(errors, {}).problem_code == code


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("greater_than_equal", "out_of_range"),
        ("less_than", "out_of_range"),
        ("too_long", "length_wrong"),
        ("bool_type", "type_wrong"),
        ("int_from_float", "value_invalid"),
    ],
)
def test_kinds_of_errors_become_rules(kind, code):
    error = {"loc": ("body", "a/b", 1, "c~d"), "type": kind}
    (finding,) = judge([error], {"a/b": [0, {"c~d": 0}]}).findings
    assert (finding.pointer, finding.code) == ("/a~1b/1/c~0d", code)
