"""What a nurse's session asks for, and what the other kinds of registration ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.identifiers import Cbe, Nihii, Niss
from bridge.domain.registrations import (
    Holder,
    Registration,
    RegistrationKind,
    RegistrationSettings,
)
from bridge.ehealth import profiles
from bridge.errors import InputError

REGISTRATION = Registration(
    id="reg_1",
    kind=RegistrationKind.NURSE,
    holder=Holder(
        niss=Niss.parse("85073003328"),
        nihii=Nihii.parse("40000028401"),
        first_name="Fictive",
        last_name="Voorbeeld",
    ),
)


def test_a_nurse_states_both_ssin_attributes_and_asks_four() -> None:
    claims = profiles.profile_for(REGISTRATION).claims
    assert [(claim.uri, claim.value) for claim in claims] == [
        ("urn:be:fgov:ehealth:1.0:certificateholder:person:ssin", "85073003328"),
        ("urn:be:fgov:person:ssin", "85073003328"),
        ("urn:be:fgov:person:ssin:nurse:boolean", None),
        ("urn:be:fgov:person:ssin:ehealth:1.0:nihii:nurse:nihii11", None),
        ("urn:be:fgov:person:ssin:ehealth:1.0:givenname", None),
        ("urn:be:fgov:person:ssin:ehealth:1.0:surname", None),
    ]


def test_what_must_come_back() -> None:
    profile = profiles.profile_for(REGISTRATION)
    assert profile.required_true == (profiles.NURSE,)
    assert set(profile.identity.values()) == {"85073003328"}
    assert profile.nihii_attributes == (profiles.NURSE_NIHII,)
    assert profile.nihii == "40000028"


@pytest.mark.parametrize(
    ("setting", "uri"),
    [
        pytest.param("asks_user_session", profiles.USER_SESSION, id="user-session"),
        pytest.param("asks_public_health", profiles.PUBLIC_HEALTH_NURSE, id="public-health"),
        pytest.param("asks_old_nihii", profiles.NURSE_NIHII_OLD, id="old-nihii"),
    ],
)
def test_a_setting_adds_one_attribute(setting: str, uri: str) -> None:
    settings = replace(profiles.DEFAULT_SETTINGS, **{setting: True})
    before = {claim.uri for claim in profiles.profile_for(REGISTRATION).claims}
    after = {claim.uri for claim in profiles.profile_for(REGISTRATION, settings).claims}
    assert after - before == {uri}
    assert before < after


def test_every_asked_attribute_has_a_namespace() -> None:
    settings = replace(
        profiles.DEFAULT_SETTINGS,
        asks_user_session=True,
        asks_public_health=True,
        asks_old_nihii=True,
    )
    claims = profiles.profile_for(REGISTRATION, settings).claims
    for claim in claims:
        is_stated = profiles.NAMESPACES[claim.uri] == profiles.IDENTIFICATION
        assert is_stated == (claim.value is not None)


GROUP = Nihii.parse("94000126")
CBE = Cbe.parse("0200000043")
FULL = replace(REGISTRATION, group=GROUP, cbe=CBE)
EHEALTH = "urn:be:fgov:ehealth:1.0:"
PERSON = {
    EHEALTH + "certificateholder:person:ssin": "85073003328",
    "urn:be:fgov:person:ssin": "85073003328",
}
ENTERPRISE = {
    EHEALTH + "certificateholder:enterprise:cbe-number": "0200000043",
    "urn:be:fgov:kbo-bce:organization:cbe-number": "0200000043",
    **PERSON,
}
RECOGNISED_ENTERPRISE = EHEALTH + "certificateholder:recognisedorganization:boolean"


@pytest.mark.parametrize(
    ("kind", "stated", "asked"),
    [
        (RegistrationKind.ENTERPRISE, ENTERPRISE, [RECOGNISED_ENTERPRISE]),
        (RegistrationKind.ENTERPRISE_EMPLOYEE, ENTERPRISE, [RECOGNISED_ENTERPRISE]),
        (RegistrationKind.NURSE_GROUP_ENTERPRISE, ENTERPRISE, [RECOGNISED_ENTERPRISE]),
        (
            RegistrationKind.NURSE_GROUP,
            {
                EHEALTH + "certificateholder:groupofnurses:nihii-number": "94000126",
                EHEALTH + "groupofnurses:nihii-number": "94000126",
                **PERSON,
            },
            [
                EHEALTH + "groupofnurses:nihii-number:recognisedgroupofnurses:nihii11",
                EHEALTH
                + "certificateholder:groupofnurses:nihii-number:recognisedgroupofnurses:boolean",
            ],
        ),
        (
            RegistrationKind.MANDATE,
            {**PERSON, EHEALTH + "servicename:external": "insurability"},
            [
                EHEALTH + "certificateholder:person:ssin:usersession:boolean",
                "urn:be:fgov:person:ssin:ehealth:1.0:recognisedmandatary:boolean",
            ],
        ),
    ],
    ids=lambda value: value.value if isinstance(value, RegistrationKind) else "",
)
def test_each_other_kind_states_and_asks_its_own(
    kind: RegistrationKind, stated: dict[str, str], asked: list[str]
) -> None:
    profile = profiles.profile_for(replace(FULL, kind=kind))
    assert [(claim.uri, claim.value) for claim in profile.claims] == [
        *stated.items(),
        *((uri, None) for uri in asked),
    ]
    assert profile.identity == stated
    assert all(uri.endswith(":boolean") and uri in asked for uri in profile.required_true)


def test_a_group_must_come_back_with_its_own_number() -> None:
    profile = profiles.profile_for(replace(FULL, kind=RegistrationKind.NURSE_GROUP))
    assert profile.nihii == "94000126"
    assert profile.nihii_attributes == (profiles.GROUP_NIHII,)


@pytest.mark.parametrize("kind", [RegistrationKind.NURSE_GROUP, RegistrationKind.ENTERPRISE])
def test_the_person_beside_an_organisation_is_a_setting(kind: RegistrationKind) -> None:
    settings = RegistrationSettings(states_person=False)
    claims = profiles.profile_for(replace(FULL, kind=kind, settings=settings)).claims
    assert not {claim.uri for claim in claims} & set(PERSON)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        pytest.param(RegistrationKind.NURSE_GROUP, "group_number_missing", id="group"),
        pytest.param(RegistrationKind.ENTERPRISE, "cbe_missing", id="enterprise"),
    ],
)
def test_a_kind_without_its_number_asks_nothing(kind: RegistrationKind, code: str) -> None:
    with pytest.raises(InputError) as caught:
        profiles.profile_for(replace(REGISTRATION, kind=kind))
    assert caught.value.problem_code == code


def test_a_profile_does_not_show_whom_it_is_about() -> None:
    profile = profiles.profile_for(REGISTRATION)
    assert "85073003328" not in repr(profile)
    assert "40000028" not in repr(profile)


def test_defaults_are_a_working_day_and_the_spelling_seen_in_the_field() -> None:
    assert profiles.DEFAULT_SETTINGS.lifetime == timedelta(hours=12)
    assert profiles.DEFAULT_SETTINGS.key_type == (
        "http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey"
    )
    assert profiles.DEFAULT_SETTINGS.timestamp_lifetime_s == 60
