"""Persons are left out of lists, and given when they are asked for by name (SEC-165, GDPR-03)."""

from __future__ import annotations

import pytest

from api import minimising
from api.minimising import PERSONS, is_minimised, members_of, parameters_of, takes_fields
from api.simulated import ALL_ENDPOINTS
from bridge.errors import InputError

BY_ID = {endpoint.operation_id: endpoint for endpoint in ALL_ENDPOINTS}
CHECKS = BY_ID["list_insurability_checks"]
MINIMISED = [endpoint for endpoint in ALL_ENDPOINTS if is_minimised(endpoint)]
CHECK = {
    "id": "chk_1",
    "object": "insurability_check",
    "status": "succeeded",
    "membership_number": "1",
    "question": {"patient": {"niss": "00000000097"}, "purpose": "information"},
    "periods": [{"membership_number": "1", "ct1": "110"}],
    "patient": {"niss": "00000000097", "last_name": "Voorbeeld"},
}


def shown(text):
    answer = minimising.shown_members(CHECKS, {"items": [CHECK], "page": {}}, text)
    assert answer["page"] == {}
    return answer["items"][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            None,
            {
                "id": "chk_1",
                "object": "insurability_check",
                "status": "succeeded",
                "question": {"purpose": "information"},
                "periods": [{"ct1": "110"}],
            },
            id="GDPR-03-nothing-asked",
        ),
        pytest.param("status", {"status": "succeeded"}, id="one-member"),
        pytest.param("patient", {"patient": CHECK["patient"]}, id="one-person"),
        pytest.param(
            "question,patient",
            {"question": CHECK["question"], "patient": CHECK["patient"]},
            id="a-person-within",
        ),
        pytest.param("question", {"question": {"purpose": "information"}}, id="not-the-person"),
        pytest.param(
            "periods,membership_number",
            {"periods": CHECK["periods"], "membership_number": "1"},
            id="a-number-within",
        ),
    ],
)
def test_what_a_list_shows(text, expected):
    assert shown(text) == {"id": "chk_1", "object": "insurability_check"} | expected


def test_everything_is_given_when_everything_is_named():
    assert shown("*," + ",".join(PERSONS)) == CHECK
    assert shown("*") == shown(None)


@pytest.mark.parametrize("text", ["", "patients", "status,", "status, patient", "STATUS", "page"])
def test_what_there_is_not_cannot_be_asked_for_api_65(text):
    with pytest.raises(InputError) as refused:
        shown(text)
    assert refused.value.problem_code == "parameter_invalid"


def test_gdpr_03_each_list_with_persons_is_known():
    assert {each.operation_id for each in MINIMISED} == {
        "list_billing_invoices",
        "list_billing_tree",
        "list_registrations",
        "list_insurability_checks",
        "list_insurability_batch_items",
        "list_katz_declarations",
        "list_palliative_declarations",
        "list_technical_act_declarations",
        "mark_katz_declarations",
        "mark_palliative_declarations",
        "mark_technical_act_declarations",
        "list_care_agreements",
        "list_care_updates",
        "mark_care_updates",
        "list_invoice_claims",
        "list_work_list_rows",
    }


@pytest.mark.parametrize("endpoint", MINIMISED, ids=lambda each: each.operation_id)
def test_gdpr_03_persons_are_for_those_who_may_read_the_resource(endpoint):
    if not takes_fields(endpoint):
        assert endpoint.scopes == ("history:mark",)
        assert parameters_of(endpoint) == endpoint.query
        return
    assert parameters_of(endpoint) == (*endpoint.query, "fields")
    single = [
        each
        for each in ALL_ENDPOINTS
        if each.method == "GET" and each.path.rpartition("/{")[0] == endpoint.path
    ]
    assert all(each.scopes == endpoint.scopes for each in single)
    assert members_of(endpoint)


@pytest.mark.parametrize(
    "operation_id",
    [
        "get_insurability_check",
        "get_work_list_row",
        "search_care_agreements",
        "add_invoice_claims",
        "list_simulator_people",
        "list_exchanges",
    ],
)
def test_everything_else_is_answered_whole(operation_id):
    endpoint = BY_ID[operation_id]
    assert not is_minimised(endpoint)
    assert parameters_of(endpoint) == endpoint.query
