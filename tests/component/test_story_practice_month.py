"""A practice month through the API alone, and what is left at its end.

What is left: every declaration where it belongs, lists that say nobody's name unless they are
asked to (GDPR-03), and files in which nothing can be read (REST-01).
"""

from __future__ import annotations

import json

import pytest

from api.minimising import PERSONS, is_minimised, takes_fields
from tests.support.canaries import forms_of, found_below, found_in
from tests.support.livedmonth import LISTS, LivedMonth, live
from tests.support.practicemonth import EXPECTED

pytestmark = pytest.mark.timeout(120)
EMPTY = {
    "list_billing_invoices", "list_billing_tree", "list_pairings", "list_settled_invoices",
    "list_unknown_billing_invoices",
}  # fmt: skip
"""Lists about nothing the month has; those have their own tests."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> LivedMonth:
    return live(tmp_path_factory.mktemp("month"))


def test_every_declaration_ends_as_expected_and_nothing_waits_for_a_person(
    lived: LivedMonth,
) -> None:
    assert lived.states == EXPECTED
    assert lived.manual_actions == 0


@pytest.mark.parametrize("endpoint", LISTS, ids=lambda each: each.operation_id)
class TestLists:
    def test_gdpr_03_a_list_says_nobodys_name_and_no_number(self, lived, endpoint) -> None:
        answer = lived.answers[endpoint.operation_id]
        if endpoint.operation_id in EMPTY:
            return
        assert answer.status_code == 200, answer.text
        assert not [each for each in lived.persons if each in answer.text]
        if is_minimised(endpoint):
            assert not members_within(answer.json()["items"]) & PERSONS

    def test_gdpr_03_what_fields_names_is_given(self, lived, endpoint) -> None:
        if not takes_fields(endpoint) or endpoint.operation_id in EMPTY:
            return
        answer = lived.asked[endpoint.operation_id]
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert items, "an empty list shows nothing"
        assert members_within(items) & PERSONS
        if endpoint.operation_id != "list_registrations":
            assert [each for each in lived.persons if each in answer.text]


@pytest.mark.parametrize("when", ["open_finds", "closed_finds"])
def test_rest_01_nothing_is_readable_in_any_file(lived: LivedMonth, when: str) -> None:
    """Database, its journal, audit log, certificates, logs: while it runs, and afterwards."""
    assert getattr(lived, when) == set()
    names = {path.name for path in lived.folder.rglob("*") if path.is_file()}
    assert {"carebridge.db", "audit.jsonl"} <= names
    assert any(path.suffix == ".sealed" for path in lived.folder.rglob("*"))
    assert any((lived.folder / "log").iterdir())


def test_rest_01_what_is_searched_for_was_really_there(lived: LivedMonth) -> None:
    told = "".join(answer.text for answer in lived.asked.values())
    assert lived.canaries["NISS"] in told
    assert lived.canaries["name"] in told
    assert lived.canaries["care"] in told


@pytest.mark.parametrize("form", forms_of("60010100172"))
def test_rest_01_the_search_finds_each_form(tmp_path, form: str) -> None:
    canary = {"NISS": "60010100172"}
    for before in (b"", b"x", b"xy"):
        content = before + forms_of("60010100172")[form] + b"rest"
        assert f"NISS as {form}" in found_in(content, canary)
    (tmp_path / "a.bin").write_bytes(b"\0" + forms_of("60010100172")[form])
    assert found_below(tmp_path, canary)


def members_within(value: object) -> set[str]:
    """Give the names of all members, at any depth."""
    found: set[str] = set()
    json.loads(json.dumps(value), object_hook=found.update)
    return found
