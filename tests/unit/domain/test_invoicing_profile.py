"""The invoicing details of a registration: numbers with check digits, and findings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from bridge.domain.identifiers import Cbe, Nihii
from bridge.domain.invoicingprofile import Bic, Iban
from bridge.domain.registrations import Registration, RegistrationKind, check
from bridge.errors import InvalidIdentifier
from tests.support import invoices, stores

REGISTRATION = replace(
    stores.REGISTRATION,
    holder=replace(stores.REGISTRATION.holder, nihii=invoices.NURSE),
    invoicing=invoices.PROFILE,
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("BE68 5390 0754 7034", "BE68539007547034"),
        ("BE21001234567803", "BE21001234567803"),
        ("nl91abna0417164300", "NL91ABNA0417164300"),
    ],
    ids=["belgian-with-blanks", "belgian", "dutch"],
)
def test_an_account_number_is_read(text, kept):
    assert Iban.parse(text) == Iban(kept)
    assert kept not in repr(Iban(kept))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("BE69539007547034", id="check-digits"),
        pytest.param("BE41539007547035", id="inner-check-digits"),
        pytest.param("BE6853900754703", id="short"),
        pytest.param("BE68-5390-0754-7034", id="hyphens"),
        pytest.param("6885390075470344", id="without-country"),
        pytest.param("BE68539007547034٣", id="foreign-digit"),
        pytest.param("", id="empty"),
    ],
)
def test_a_wrong_account_number_is_refused(text):
    with pytest.raises(InvalidIdentifier) as caught:
        Iban.parse(text)
    assert caught.value.params == {"kind": "iban"}


@pytest.mark.parametrize("text", ["GKCCBEBB", "GKCCBEBBXXX", "gkcc be bb"])
def test_a_bank_code_is_read(text):
    assert Bic.parse(text).text.startswith("GKCCBEBB")


@pytest.mark.parametrize("text", ["GKCCBEB", "GKCCBEBB1", "12345678", "GKCCBE-B", ""])
def test_a_wrong_bank_code_is_refused(text):
    with pytest.raises(InvalidIdentifier) as caught:
        Bic.parse(text)
    assert caught.value.params == {"kind": "bic"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"contact_phone": "02/123"}, {"contact_phone": "value_invalid"}),
        ({"contact_phone": "12345678901"}, {"contact_phone": "value_invalid"}),
        ({"contact_last_name": " "}, {"contact_last_name": "value_invalid"}),
        ({"contact_first_name": "x" * 25}, {"contact_first_name": "value_invalid"}),
        ({"contact_first_name": "a\nb"}, {"contact_first_name": "value_invalid"}),
        ({"qualification": "000"}, {"qualification": "qualification_missing"}),
        ({"qualification": "40"}, {"qualification": "value_invalid"}),
        ({"enterprise": Cbe("0999999922")}, {"enterprise_number": "cbe_not_accepted"}),
    ],
    ids=lambda value: "+".join(value) or "nothing",
)
def test_what_an_insurer_would_refuse_is_found(changes, expected):
    registration = replace(REGISTRATION, invoicing=replace(invoices.PROFILE, **changes))
    found = {each.pointer: each.code for each in check(registration)}
    assert found == {f"/invoicing/{member}": code for member, code in expected.items()}


@pytest.mark.parametrize(
    ("qualification", "expected"),
    [("000", []), ("401", ["member_not_for_kind"])],
    ids=["without-code", "with-code"],
)
def test_a_group_has_no_qualification_code(qualification, expected):
    group = replace(
        REGISTRATION,
        kind=RegistrationKind.NURSE_GROUP,
        group=Nihii("94000139"),
        invoicing=replace(invoices.PROFILE, qualification=qualification),
    )
    assert [each.code for each in check(group) if "invoicing" in each.pointer] == expected


def test_an_enterprise_number_stands_in_one_of_two_places():
    without = replace(REGISTRATION, cbe=None)
    assert [each.code for each in check(without)] == ["enterprise_number_missing"]
    profile = replace(invoices.PROFILE, enterprise=Cbe("0123456749"))
    assert check(replace(without, invoicing=profile)) == ()


def test_registrations_that_were_stored_before_still_load():
    adapter = TypeAdapter(Registration)
    document = adapter.dump_python(stores.REGISTRATION, mode="json")
    document.pop("invoicing")
    assert adapter.validate_python(document) == stores.REGISTRATION


def test_what_is_private_stays_out_of_texts_about_it():
    shown = repr(REGISTRATION) + repr(invoices.PROFILE)
    for private in ("BE68", "GKCC", "Voorbeeld", "021234567"):
        assert private not in shown
