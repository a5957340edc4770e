"""Origin of each kind of registration (*MyCareNet transport* 4.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.domain.registrations import (
    GroupPadding,
    RegistrationKind,
    RegistrationSettings,
)
from bridge.errors import InputError
from bridge.mycarenet.common import (
    CareProvider,
    Identity,
    Licence,
    Origin,
    Package,
    ProviderNumber,
    Sender,
    origin_for,
)
from bridge.mycarenet.genasync import encode_get
from bridge.mycarenet.genasync_values import Query
from tests.unit.domain.test_registration_kinds import FITTING, NURSE

K = RegistrationKind
PACKAGE = Package(name="Carebridge", licence=Licence(username="u", password="p"))
OWN = ProviderNumber(quality="nurse", value="40000028401")
HERSELF = CareProvider(
    nihii=OWN, person=Identity(name="Fictive Voorbeeld", nihii=OWN, ssin="85073003328")
)
OTHERS = ProviderNumber(quality="nurse", value="41234502401")
COLLEAGUE = CareProvider(
    nihii=OTHERS, person=Identity(name="Fien Testens", nihii=OTHERS, ssin="00000000097")
)
GROUP_NUMBER = ProviderNumber(quality="groupofnurses", value="94000126000")
GROUP = CareProvider(nihii=GROUP_NUMBER, organization=Identity(nihii=GROUP_NUMBER))
PERSON = Identity(ssin="85073003328")
ENTERPRISE = Identity(cbe="0200000043")


def origin(kind: K, **settings: Any) -> Origin:
    registration = replace(
        NURSE, kind=kind, settings=RegistrationSettings(**settings), **FITTING[kind]
    )
    return origin_for(registration, PACKAGE)


def test_who_has_no_name_in_her_certificate_is_sent_by_her_numbers() -> None:
    nameless = replace(NURSE, holder=replace(NURSE.holder, first_name="", last_name=""))
    made = origin_for(nameless, PACKAGE)
    assert made.care_provider == CareProvider(
        nihii=OWN, person=Identity(nihii=OWN, ssin="85073003328")
    )
    encode_get(Query(origin=made))  # our own schema refuses a name that is blank


@pytest.mark.parametrize(
    ("kind", "provider", "sender"),
    [
        (K.NURSE, HERSELF, None),
        (K.ENTERPRISE, HERSELF, Sender(person=PERSON, organization=ENTERPRISE)),
        (K.ENTERPRISE_EMPLOYEE, COLLEAGUE, Sender(person=PERSON, organization=ENTERPRISE)),
        (K.MANDATE, COLLEAGUE, Sender(person=PERSON)),
        (K.NURSE_GROUP, GROUP, Sender(person=PERSON)),
        (K.NURSE_GROUP_ENTERPRISE, GROUP, Sender(person=PERSON, organization=ENTERPRISE)),
    ],
    ids=lambda value: value.value if isinstance(value, K) else "",
)
def test_who_it_is_for_and_who_sends(
    kind: K, provider: CareProvider, sender: Sender | None
) -> None:
    made = origin(kind)
    assert made.care_provider == provider
    assert made.sender == sender
    assert made.package == PACKAGE


@pytest.mark.parametrize("kind", K)
def test_without_the_setting_no_sender_is_named(kind: K) -> None:
    assert origin(kind, sends_sender=False).sender is None


def test_the_person_of_an_enterprise_can_be_left_out() -> None:
    made = origin(K.ENTERPRISE, names_person_in_sender=False)
    assert made.sender == Sender(organization=ENTERPRISE)
    assert origin(K.NURSE_GROUP, names_person_in_sender=False).sender is None


def test_a_group_number_can_stay_short_and_alone() -> None:
    made = origin(
        K.NURSE_GROUP, group_number_padding=GroupPadding.NONE, repeats_group_number=False
    ).care_provider
    assert made == CareProvider(nihii=ProviderNumber(quality="groupofnurses", value="94000126"))


def test_a_persons_number_is_repeated_by_setting_or_by_the_service() -> None:
    by_setting = origin(K.NURSE, repeats_number_as_organization=True).care_provider
    by_service = origin_for(NURSE, PACKAGE, with_organization=True).care_provider
    assert by_setting == by_service == replace(HERSELF, organization=Identity(nihii=OWN))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (K.ENTERPRISE, "cbe_missing"),
        (K.ENTERPRISE_EMPLOYEE, "on_behalf_of_missing"),
        (K.MANDATE, "on_behalf_of_missing"),
        (K.NURSE_GROUP, "group_number_missing"),
        (K.NURSE_GROUP_ENTERPRISE, "group_number_missing"),
    ],
)
def test_nothing_is_made_up_for_a_missing_number(kind: K, code: str) -> None:
    with pytest.raises(InputError) as caught:
        origin_for(replace(NURSE, kind=kind), PACKAGE)
    assert caught.value.problem_code == code
