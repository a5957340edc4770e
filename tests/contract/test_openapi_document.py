"""The OpenAPI document: equal to the committed one, linted, its examples valid (CI-01, CI-03)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from api.app import PRODUCTION_ENDPOINTS, document_of
from api.minimising import PERSONS
from api.simulated import ALL_ENDPOINTS
from bridge.i18n import PROBLEMS
from bridge.service.tokens import SCOPES
from tests.support.document import simulator_document

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = simulator_document()
METHODS = {"get", "post", "put", "patch", "delete"}
ALLOWED_STATUSES = {
    "200", "201", "202", "204", "304", "400", "401", "403", "404", "405", "406", "409", "410",
    "412", "413", "415", "421", "422", "428", "429", "431", "500", "502", "503", "504",
}  # fmt: skip
SUMS = {"list_invoice_balances": {"by_insurer", "total"}}
"""Lists that add up all their items, those of further pages too, beside what a list has."""
SNAKE = re.compile(r"[a-z][a-z0-9_]*")
PATH = re.compile(r"(?:/(?:[a-z0-9-]+|\{[a-z_]+\}))+(?:\.json)?")
VERBS = {
    "list", "get", "create", "end", "cancel", "add", "set", "read", "mark", "resend", "search",
    "update", "delete",
}  # fmt: skip
NISS = re.compile(r"\b\d{11}\b")
RESERVED_NISS = "00000000097"
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
SCHEMAS = DOCUMENT["components"]["schemas"]
ROWS = {name for name in SCHEMAS if name.endswith("Row")}
"""Schemas of rows of lists: without whom they are about, and with `fields` with less."""
OPEN = {"/livez", "/readyz", "/v1/instance", "/v1/instance/proof"}


def is_request(name: str) -> bool:
    """Tell whether a schema describes what callers send."""
    return name.endswith("Request") or name in {"PatientReference", "AskedPeriod"}


def resolved(value):
    """Follow a reference of the document."""
    while "$ref" in value:
        here = DOCUMENT
        for part in value["$ref"].removeprefix("#/").split("/"):
            here = here[part]
        value = here
    return value


def valid(schema, example) -> bool:
    whole = {**schema, "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True).is_valid(example)


def parameters(operation):
    return [resolved(parameter) for parameter in operation["parameters"]]


def is_file(path):
    """Tell whether a path answers with a file instead of a resource."""
    return path.endswith("/content")


def contents(operation):
    """Give every described body of an operation with its media type."""
    if "requestBody" in operation:
        yield from operation["requestBody"]["content"].items()
    for response in operation["responses"].values():
        yield from response.get("content", {}).items()


@pytest.mark.timeout(60)  # the document is written anew
def test_the_committed_document_is_what_the_code_says_api_100():
    text = (ROOT / "openapi.yaml").read_text("utf-8")
    committed = yaml.load(text, Loader=yaml.CSafeLoader)  # the one in C: the text is long
    assert committed == json.loads(json.dumps(DOCUMENT)), "run python tools/openapi.py"


def test_the_document_is_openapi_3_1_and_its_schemas_are_json_schema():
    assert DOCUMENT["openapi"].startswith("3.1.")
    for schema in SCHEMAS.values():
        jsonschema_rs.meta.validate(schema)


def test_the_server_is_the_literal_loopback_address_with_a_port_variable_api_103():
    (server,) = DOCUMENT["servers"]
    assert server["url"] == "http://127.0.0.1:{port}"
    assert server["variables"]["port"]["default"] == "42110"


def test_each_reference_leads_somewhere():
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(DOCUMENT)):
        assert resolved({"$ref": reference})


def test_each_endpoint_is_described_once():
    described = {
        (method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item
    }
    assert described == {(each.method, each.path) for each in ALL_ENDPOINTS}
    ids = [operation.values[2]["operationId"] for operation in OPERATIONS]
    assert len(ids) == len(set(ids))


@pytest.mark.timeout(60)  # the document is written anew
def test_the_production_document_has_no_simulator_d2():
    assert "/simulator/" not in json.dumps(document_of(PRODUCTION_ENDPOINTS))


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
class TestOperation:
    def test_paths_are_lower_case_nouns_api_01_02(self, path, method, operation):
        assert PATH.fullmatch(path)
        assert path.startswith("/v1/") or path in {"/livez", "/readyz", "/openapi.json"}
        assert method in METHODS

    def test_names_and_words_api_101(self, path, method, operation):
        verb, _, rest = operation["operationId"].partition("_")
        assert verb in VERBS
        assert SNAKE.fullmatch(rest)
        assert len(operation["tags"]) == 1
        assert 0 < len(operation["summary"]) <= 60
        assert operation["description"]
        assert re.fullmatch(r"1\.\d+", operation["x-since"])
        assert "x-deprecated-since" in operation
        assert (operation.get("x-build") == "simulator") == ("/simulator/" in path)

    def test_scopes_are_known_and_match_the_security(self, path, method, operation):
        assert set(operation["x-required-scopes"]) <= SCOPES
        is_open = path in OPEN or (method, path) == ("post", "/v1/pairings")
        assert (operation["security"] == []) == is_open
        has_other = operation["security"][:1] in ([{"pairing": []}], [{"ticket": []}])
        takes_any = path == "/openapi.json" or path.startswith("/v1/pairings/current")
        has_no_scopes = is_open or has_other or takes_any
        assert bool(operation["x-required-scopes"]) != has_no_scopes

    def test_keys_are_named_where_they_count_api_30(self, path, method, operation):
        keys = [each for each in parameters(operation) if each["name"] == "Idempotency-Key"]
        expected = {"required": [True], "accepted": [False], "none": []}
        assert [key["required"] for key in keys] == expected[operation["x-idempotent"]]
        assert (method == "post") == (operation["x-idempotent"] != "none")

    def test_problem_codes_are_in_the_catalogue_and_their_statuses_described(
        self, path, method, operation
    ):
        codes = operation["x-problem-codes"]
        assert codes == sorted(set(codes))
        assert {str(PROBLEMS[code].status) for code in codes} <= set(operation["responses"])
        assert set(operation["responses"]) <= ALLOWED_STATUSES

    def test_problems_are_problem_documents_api_70(self, path, method, operation):
        for status, response in operation["responses"].items():
            if int(status) >= 400 and path not in {"/readyz", "/v1/health", "/v1/health/probes"}:
                assert list(response["content"]) == ["application/problem+json"], status

    def test_there_are_examples_and_they_validate_ci_03(self, path, method, operation):
        seen = 0
        for media_type, content in contents(operation):
            if media_type == "text/plain" or is_file(path):
                seen += "examples" in content
                continue
            assert content["examples"]
            for example in content["examples"].values():
                assert valid(content["schema"], resolved(example)["value"])
                seen += 1
        assert seen >= 2
        assert (method in {"post", "put", "patch"}) == ("requestBody" in operation)

    def test_bodies_have_names_and_parameters_are_plain_words_api_102(
        self, path, method, operation
    ):
        for media_type, content in contents(operation):
            is_named = "$ref" in content["schema"]
            is_text = media_type == "text/plain" or is_file(path)
            assert is_named or is_text or path == "/openapi.json"
        for parameter in parameters(operation):
            if parameter["in"] != "header":
                assert SNAKE.fullmatch(parameter["name"])
                assert parameter["description"]

    def test_lists_page_by_cursor_api_60(self, path, method, operation):
        if not operation["operationId"].startswith("list_"):
            return
        names = {each["name"] for each in parameters(operation) if each["in"] == "query"}
        assert {"limit", "cursor"} <= names
        content = operation["responses"]["200"]["content"]["application/json"]
        sums = SUMS.get(operation["operationId"], set())
        expected = {"items", "page", "query"} | sums
        assert set(resolved(content["schema"])["properties"]) == expected

    def test_accepted_work_says_where_and_when_api_40(self, path, method, operation):
        if "202" in operation["responses"]:
            headers = operation["responses"]["202"]["headers"]
            assert {"Location", "Retry-After"} <= set(headers)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
class TestSchema:
    def test_members_are_snake_case_and_always_present_api_04_12(self, name):
        schema = SCHEMAS[name]
        assert schema["description"]
        for member in schema.get("properties", ()):
            assert SNAKE.fullmatch(member)
        needed = set(schema.get("required", ()))
        if name in ROWS:
            assert not needed & PERSONS
            assert needed in ({"id", "object"} & needed, set(schema["properties"]) - PERSONS)
        elif not is_request(name):
            assert needed == set(schema["properties"])

    def test_requests_refuse_unknown_members_api_10(self, name):
        if is_request(name):
            assert SCHEMAS[name]["additionalProperties"] is False

    def test_moments_days_and_booleans_are_named_for_what_they_are_api_13_16(self, name):
        for member, schema in SCHEMAS[name].get("properties", {}).items():
            written = json.dumps(schema)
            if '"date-time"' in written:
                assert member.endswith("_at") or member in {"time", "since", "at"}
            elif '"date"' in written:
                assert member.endswith("_on") or member == "palliative_since"
            if schema.get("type") == "boolean":
                # API-45, and the practice setting that invoices are checked by.
                is_named_by_the_specification = member in {
                    "hold_until_session",
                    "insurability_required",
                }
                assert is_named_by_the_specification or re.match(
                    r"(is|has|as|total_is|insurer_pays|sends|repeats|names|states)_", member
                )
            assert schema.get("type") != "number", "no floats anywhere (API-14)"

    def test_no_inline_objects_without_a_name_api_102(self, name):
        for member, schema in SCHEMAS[name].get("properties", {}).items():
            assert "properties" not in schema, member
            assert "properties" not in schema.get("items", {}), member


def test_examples_name_nobody_api_105():
    found = set(NISS.findall(json.dumps(DOCUMENT)))
    assert found - {RESERVED_NISS} <= {"40000000001", "40000028401", "71000139000", "80000155000"}


@pytest.mark.parametrize(
    ("reference", "is_valid"),
    [
        ({"niss": RESERVED_NISS}, True),
        ({"mutuality": "319", "membership_number": "1 2"}, True),
        ({}, False),
        ({"mutuality": "319"}, False),
        ({"niss": RESERVED_NISS, "mutuality": "319", "membership_number": "1"}, False),
        ({"niss": RESERVED_NISS, "mutuality": "319"}, False),
        ({"niss": None}, False),
        ({"niss": "1"}, False),
        ({"mutuality": "319", "membership_number": "   "}, False),
        ([{"niss": RESERVED_NISS}], False),
    ],
)
def test_the_schema_itself_says_one_patient_named_in_one_way(reference, is_valid):
    assert valid({"$ref": "#/components/schemas/PatientReference"}, reference) is is_valid


def test_sec_09_sec_88_no_request_and_no_answer_has_a_place_for_a_pin():
    members = {member for schema in SCHEMAS.values() for member in schema.get("properties", {})}
    assert members & {"pin", "pin_code", "code_pin", "pincode", "puk"} == set()


OUTWARD = re.compile(r"(?:^|_)(?:url|uri|path|file|folder|host|command|program|port)(?:_|$)")
"""Members by which a caller could name what is opened, read, started or fetched."""


def test_sec_17_software_names_no_program_no_path_and_no_address():
    """The console is the user's own page; software that was connected never has its scope."""
    naming = {
        name
        for name in SCHEMAS
        if is_request(name)
        and any(OUTWARD.search(member) for member in SCHEMAS[name].get("properties", {}))
    }
    users = {
        operation["operationId"]: operation["x-required-scopes"]
        for item in document_of(PRODUCTION_ENDPOINTS)["paths"].values()
        for operation in item.values()
        if any(f"schemas/{name}" in json.dumps(operation.get("requestBody", {})) for name in naming)
    }
    # The path belongs to the page that asks; where it leads is decided by its origin (SEC-45).
    assert users.pop("create_pairing") is not None
    assert set(users) == {"create_billing_service", "update_billing_service"}
    assert all("console" in scopes for scopes in users.values())
