"""What each kind of registration needs, and what must be arranged elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.domain.identifiers import Cbe, Nihii, Niss
from bridge.domain.registrations import (
    Holder,
    Principal,
    Registration,
    RegistrationKind,
    check,
    prerequisites,
)
from bridge.i18n import LANGUAGES, phrase

K = RegistrationKind
NISS = Niss.parse("85073003328")
OTHER_NISS = Niss.parse("00000000097")
NURSE = Registration(
    id="reg_1",
    kind=K.NURSE,
    holder=Holder(
        niss=NISS, nihii=Nihii.parse("40000028401"), first_name="Fictive", last_name="Voorbeeld"
    ),
)
CBE = Cbe.parse("0200000043")
GROUP = Nihii.parse("94000126")
COLLEAGUE = Principal(name="Fien Testens", nihii=Nihii.parse("41234502401"), niss=OTHER_NISS)
FITTING: dict[K, dict[str, Any]] = {
    K.NURSE: {},
    K.ENTERPRISE: {"cbe": CBE},
    K.ENTERPRISE_EMPLOYEE: {"cbe": CBE, "on_behalf_of": COLLEAGUE},
    K.MANDATE: {"on_behalf_of": COLLEAGUE},
    K.NURSE_GROUP: {"group": GROUP},
    K.NURSE_GROUP_ENTERPRISE: {"cbe": CBE, "group": GROUP},
}


def codes(kind: K, **changes: Any) -> dict[str, str]:
    changed = replace(NURSE, kind=kind, **{**FITTING[kind], **changes})
    return {finding.pointer: finding.code for finding in check(changed)}


@pytest.mark.parametrize("kind", K)
def test_a_complete_registration_of_each_kind_has_no_finding(kind: K) -> None:
    assert codes(kind) == {}


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        (K.ENTERPRISE, {"cbe": None}, {"/cbe": "cbe_missing"}),
        (K.ENTERPRISE, {"cbe": Cbe("0999999922")}, {"/cbe": "cbe_not_accepted"}),
        (K.ENTERPRISE_EMPLOYEE, {"cbe": None}, {"/cbe": "cbe_missing"}),
        (
            K.ENTERPRISE_EMPLOYEE,
            {"on_behalf_of": None},
            {"/on_behalf_of": "on_behalf_of_missing"},
        ),
        (K.MANDATE, {"on_behalf_of": None}, {"/on_behalf_of": "on_behalf_of_missing"}),
        (
            K.MANDATE,
            {"on_behalf_of": replace(COLLEAGUE, niss=NISS)},
            {"/on_behalf_of": "on_behalf_of_is_holder"},
        ),
        (
            K.MANDATE,
            {"on_behalf_of": replace(COLLEAGUE, nihii=Nihii.parse("94000126"))},
            {"/on_behalf_of/nihii": "nurse_number_expected"},
        ),
        (K.NURSE_GROUP, {"group": None}, {"/group": "group_number_missing"}),
        (
            K.NURSE_GROUP,
            {"group": Nihii.parse("41234502")},
            {"/group": "group_number_invalid"},
        ),
        (
            K.NURSE_GROUP,
            {"group": Nihii.parse("94000126000")},
            {"/group": "group_number_invalid"},
        ),
        (
            K.NURSE_GROUP_ENTERPRISE,
            {"cbe": None, "group": None},
            {"/cbe": "cbe_missing", "/group": "group_number_missing"},
        ),
        (
            K.NURSE,
            {"group": GROUP, "on_behalf_of": COLLEAGUE},
            {"/group": "member_not_for_kind", "/on_behalf_of": "member_not_for_kind"},
        ),
        (K.NURSE, {"allowed_cards": (OTHER_NISS,)}, {"/allowed_cards": "holder_card_not_allowed"}),
    ],
)
def test_what_cannot_work_is_found(kind: K, changes: Any, expected: dict[str, str]) -> None:
    assert codes(kind, **changes) == expected


def test_only_named_cards_may_be_used_by_default_the_holders() -> None:
    assert NURSE.allows(NISS)
    assert not NURSE.allows(OTHER_NISS)
    assert replace(NURSE, allowed_cards=(NISS, OTHER_NISS)).allows(OTHER_NISS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", K)
def test_each_prerequisite_is_said_in_each_language(kind: K, language: str) -> None:
    said = [phrase("prerequisites", code, language) for code in prerequisites(kind)]
    assert said
    assert len(set(said)) == len(said)


def test_an_enterprise_is_told_of_its_manager_and_a_colleague_of_the_mandate() -> None:
    assert "manager_at_enterprise_register" in prerequisites(K.ENTERPRISE)
    assert "mandate_to_colleague" in prerequisites(K.MANDATE)
    assert "mandate_to_enterprise" in prerequisites(K.ENTERPRISE_EMPLOYEE)


def test_numbers_and_names_are_not_shown_by_accident() -> None:
    shown = repr(replace(NURSE, kind=K.MANDATE, on_behalf_of=COLLEAGUE, group=GROUP))
    assert not [secret for secret in ("Testens", "41234502", "94000126") if secret in shown]
