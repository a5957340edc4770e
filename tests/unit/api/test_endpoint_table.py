"""The endpoint table: complete, found by path, and each scope known (D12)."""

from __future__ import annotations

import re

import pytest

from api.app import PRODUCTION_ENDPOINTS
from api.endpoints import Directory
from api.simulated import ALL_ENDPOINTS
from bridge.i18n import PROBLEMS
from bridge.service.tokens import SCOPES

DIRECTORY = Directory(ALL_ENDPOINTS)


@pytest.mark.parametrize("endpoint", ALL_ENDPOINTS, ids=lambda endpoint: endpoint.route)
def test_each_row_is_complete(endpoint):
    assert endpoint.method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert set(endpoint.scopes or ()) <= SCOPES
    assert set(endpoint.problems) <= set(PROBLEMS)
    assert bool(endpoint.request_examples) == (endpoint.method in {"POST", "PUT", "PATCH"})
    assert (endpoint.idempotency is not None) == (endpoint.method == "POST")
    assert endpoint.build == ("simulator" if "/simulator/" in endpoint.path else None)


@pytest.mark.parametrize("endpoint", ALL_ENDPOINTS, ids=lambda endpoint: endpoint.route)
def test_each_row_is_found_by_a_path_of_its_kind(endpoint):
    path = re.sub(r"\{\w+\}", "x_1", endpoint.path)
    assert DIRECTORY.methods(path)[endpoint.method] is endpoint


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/docs",
        "/redoc",
        "/openapi.yaml",
        "//v1/instance",
        "/v1/instance/",
        "/v1/Instance",
        "/v1/operations/a/b",
        "/v1/operations/",
        "/V1/instance",
        "/livez;x",
        "/v1/instance.",
    ],
)
def test_nothing_else_is_found_sec_20(path):
    assert not DIRECTORY.methods(path)


def test_a_fixed_path_wins_over_a_parameter():
    methods = DIRECTORY.methods("/v1/ehealth-sessions/current")
    assert methods["GET"].operation_id == "get_current_ehealth_session"


def test_sec_04_only_the_short_list_of_section_5_3_needs_no_token():
    open_ones = {
        endpoint.route
        for endpoint in ALL_ENDPOINTS
        if endpoint.scopes is None and endpoint.credential is None
    }
    assert open_ones == {
        "GET /livez",
        "GET /readyz",
        "GET /v1/instance",
        "POST /v1/instance/proof",
        "POST /v1/pairings",
    }


def test_sec_04_what_needs_another_secret_in_place_of_a_token_is_a_short_list_too():
    others = {each.route: each.credential for each in ALL_ENDPOINTS if each.credential}
    assert others == {
        "GET /v1/pairings/{pairing_id}": "pairing",
        "POST /v1/pairings/{pairing_id}/code": "pairing",
        "POST /v1/console-sessions": "ticket",
    }
    assert [each.route for each in ALL_ENDPOINTS if each.takes_ticket] == ["GET /v1/events"]


def test_d2_the_production_build_has_no_simulator():
    assert not [each for each in PRODUCTION_ENDPOINTS if "simulator" in each.path]
    assert {each.scopes for each in ALL_ENDPOINTS if each.build} == {("console",)}


def test_what_sends_requires_a_key_and_a_session_does_not_d11():
    by_id = {endpoint.operation_id: endpoint for endpoint in ALL_ENDPOINTS}
    assert by_id["create_insurability_check"].idempotency == "required"
    assert by_id["create_ehealth_session"].idempotency == "accepted"
