"""What a nurse's session asks for, and the seam for other registrations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.identifiers import Nihii, Niss
from bridge.domain.registrations import Holder, Registration, RegistrationKind
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


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, id=kind.value)
        for kind in RegistrationKind
        if kind is not RegistrationKind.NURSE
    ],
)
def test_other_kinds_are_refused_by_name(kind: RegistrationKind) -> None:
    with pytest.raises(InputError) as caught:
        profiles.profile_for(replace(REGISTRATION, kind=kind))
    assert caught.value.problem_code == "registration_kind_unsupported"


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
