"""CommonInput: who sends, with which software, and for whom.

Source: *MyCareNet transport* 1.2 and 4.2, decision D7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.domain.ids import IdSource
from bridge.domain.registrations import (
    GroupPadding,
    Principal,
    Registration,
    RegistrationKind,
)
from bridge.errors import InputError, TheirAnswerInvalid
from bridge.mycarenet.names import CORE
from bridge.soap import xml
from bridge.soap.names import q

_LONG_NUMBER: Final = 11
REFERENCE_DIGITS: Final = 14
"""Longest InputReference that every generation of the schemas takes (*transport* 1.2)."""


@dataclass(frozen=True, kw_only=True)
class Licence:
    """The licence that CIN gives to a software package; both members are secret."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Package:
    """The software package that sends."""

    name: str | None
    licence: Licence


@dataclass(frozen=True, kw_only=True)
class ProviderNumber:
    """A care provider number with MyCareNet's word for the kind of provider."""

    quality: str | None
    value: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A person or organisation: the schema's IdType."""

    name: str | None = field(default=None, repr=False)
    nihii: ProviderNumber | None = None
    ssin: str | None = field(default=None, repr=False)
    cbe: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who authenticated, when that is not the care provider."""

    person: Identity | None = None
    organization: Identity | None = None


@dataclass(frozen=True, kw_only=True)
class CareProvider:
    """For whom the exchange is done."""

    nihii: ProviderNumber
    person: Identity | None = None
    organization: Identity | None = None


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Software, care provider, and sender where it is another party."""

    package: Package
    care_provider: CareProvider | None = None
    sender: Sender | None = None


@dataclass(frozen=True, kw_only=True)
class CommonInput:
    """The part that every request to MyCareNet begins with."""

    is_test: bool
    origin: Origin
    input_reference: str | None


# -- shapes per registration ---------------------------------------------------------------------


def _nurse(registration: Registration) -> tuple[CareProvider, Sender | None]:
    """A nurse for herself: number and person (*4.2*, first row)."""
    holder = registration.holder
    principal = Principal(name=holder.name, nihii=holder.nihii, niss=holder.niss)
    return _provider(registration, principal), None


def _enterprise(registration: Registration) -> tuple[CareProvider, Sender | None]:
    """An enterprise for the nurse it employs, who authenticated."""
    provider, _ = _nurse(registration)
    return provider, _enterprise_sender(registration)


def _enterprise_employee(registration: Registration) -> tuple[CareProvider, Sender | None]:
    """An employee of an enterprise, for the nurse who gave the enterprise a mandate."""
    if registration.on_behalf_of is None:
        raise InputError(code="on_behalf_of_missing")
    return _provider(registration, registration.on_behalf_of), _enterprise_sender(registration)


def _mandate(registration: Registration) -> tuple[CareProvider, Sender | None]:
    """A colleague: the nurse for whom it is sent, and who authenticated."""
    if registration.on_behalf_of is None:
        raise InputError(code="on_behalf_of_missing")
    sender = Sender(person=Identity(ssin=registration.person.digits))
    return _provider(registration, registration.on_behalf_of), sender


def _group(registration: Registration) -> tuple[CareProvider, Sender | None]:
    """A group, and the nurse of it who authenticated."""
    person = Identity(ssin=registration.person.digits)
    names = registration.settings.names_person_in_sender
    return _group_provider(registration), Sender(person=person) if names else None


def _group_enterprise(registration: Registration) -> tuple[CareProvider, Sender | None]:
    """An enterprise for a group."""
    return _group_provider(registration), _enterprise_sender(registration)


def _provider(registration: Registration, principal: Principal) -> CareProvider:
    nihii = ProviderNumber(quality=registration.quality, value=principal.nihii.long)
    ssin = None if principal.niss is None else principal.niss.digits
    person = Identity(name=principal.name or None, nihii=nihii, ssin=ssin)
    repeats = registration.settings.repeats_number_as_organization
    organization = Identity(nihii=nihii) if repeats else None
    return CareProvider(nihii=nihii, person=person, organization=organization)


def _group_provider(registration: Registration) -> CareProvider:
    settings, group = registration.settings, registration.group
    if group is None:
        raise InputError(code="group_number_missing")
    value = group.long if settings.group_number_padding is GroupPadding.ZEROS else group.short
    nihii = ProviderNumber(quality=settings.group_quality, value=value)
    organization = Identity(nihii=nihii) if settings.repeats_group_number else None
    return CareProvider(nihii=nihii, organization=organization)


def _enterprise_sender(registration: Registration) -> Sender:
    if registration.cbe is None:
        raise InputError(code="cbe_missing")
    names = registration.settings.names_person_in_sender
    return Sender(
        person=Identity(ssin=registration.person.digits) if names else None,
        organization=Identity(cbe=registration.cbe.digits),
    )


_SHAPES: Final[
    dict[RegistrationKind, Callable[[Registration], tuple[CareProvider, Sender | None]]]
] = {
    RegistrationKind.NURSE: _nurse,
    RegistrationKind.ENTERPRISE: _enterprise,
    RegistrationKind.ENTERPRISE_EMPLOYEE: _enterprise_employee,
    RegistrationKind.MANDATE: _mandate,
    RegistrationKind.NURSE_GROUP: _group,
    RegistrationKind.NURSE_GROUP_ENTERPRISE: _group_enterprise,
}


def origin_for(
    registration: Registration,
    package: Package,
    *,
    with_organization: bool = False,
) -> Origin:
    """Give the Origin of a registration (*4.2*); ``Sender`` is who authenticated.

    Args:
        registration: On whose behalf it is sent.
        package: The software that sends.
        with_organization: Repeat the number as an organisation whatever the registration says,
            as one client does.

    Raises:
        InputError: a member the kind needs is missing (``cbe_missing``,
            ``group_number_missing``, ``on_behalf_of_missing``).
    """
    provider, sender = _SHAPES[registration.kind](registration)
    if with_organization and provider.organization is None:
        provider = replace(provider, organization=Identity(nihii=provider.nihii))
    shown = sender if registration.settings.sends_sender else None
    return Origin(package=package, care_provider=provider, sender=shown)


def provider_number(registration: Registration) -> str:
    """Give the number of the care provider in Origin, 11 digits (*transport* 4.4).

    Raises:
        InputError: as ``origin_for``.
    """
    provider, _ = _SHAPES[registration.kind](registration)
    return (provider.nihii.value or "").ljust(_LONG_NUMBER, "0")


def reference_digits(ids: IdSource) -> str:
    """Make an InputReference: 14 random digits, which mean nothing and do not repeat."""
    return f"{int(ids.uuid().replace('-', ''), 16) % 10**REFERENCE_DIGITS:0{REFERENCE_DIGITS}}"


# -- encoding ------------------------------------------------------------------------------------


def add_common_input(
    parent: Element, tag: str, value: CommonInput, *, namespace: str = CORE
) -> Element:
    """Write a CommonInput as the next child of ``parent``, under the service's own tag.

    Args:
        parent: Where it goes.
        tag: The service's own tag.
        value: What is written.
        namespace: Of the local elements; the bus and GenAsync have the same shape in two.
    """
    element = etree.SubElement(parent, tag)
    request = etree.SubElement(element, q(namespace, "Request"))
    _add(request, "IsTest", "true" if value.is_test else "false")
    add_origin(element, q(namespace, "Origin"), value.origin, namespace=namespace)
    if value.input_reference is not None:
        etree.SubElement(element, q(namespace, "InputReference")).text = value.input_reference
    return element


def _add(parent: Element, local: str, text: str | None) -> None:
    if text is not None:
        etree.SubElement(parent, q(_namespace(parent), local)).text = text


def _namespace(element: Element) -> str:
    """Give the namespace of an element, which is that of what is inside it."""
    return str(etree.QName(element).namespace)


def add_origin(parent: Element, tag: str, origin: Origin, *, namespace: str = CORE) -> None:
    """Write an Origin as the next child of ``parent``; arguments as ``add_common_input``."""
    element = etree.SubElement(parent, tag)
    package = etree.SubElement(element, q(namespace, "Package"))
    _add(package, "Name", origin.package.name)
    licence = etree.SubElement(package, q(namespace, "License"))
    _add(licence, "Username", origin.package.licence.username)
    _add(licence, "Password", origin.package.licence.password)
    if origin.care_provider is not None:
        provider = etree.SubElement(element, q(namespace, "CareProvider"))
        _add_number(provider, origin.care_provider.nihii)
        _add_identity(provider, "PhysicalPerson", origin.care_provider.person)
        _add_identity(provider, "Organization", origin.care_provider.organization)
    if origin.sender is not None:
        sender = etree.SubElement(element, q(namespace, "Sender"))
        _add_identity(sender, "PhysicalPerson", origin.sender.person)
        _add_identity(sender, "Organization", origin.sender.organization)


def _add_number(parent: Element, number: ProviderNumber | None) -> None:
    if number is not None:
        element = etree.SubElement(parent, q(_namespace(parent), "Nihii"))
        _add(element, "Quality", number.quality)
        _add(element, "Value", number.value)


def _add_identity(parent: Element, local: str, identity: Identity | None) -> None:
    if identity is not None:
        element = etree.SubElement(parent, q(_namespace(parent), local))
        _add(element, "Name", identity.name)
        _add_number(element, identity.nihii)
        _add(element, "Ssin", identity.ssin)
        _add(element, "Cbe", identity.cbe)


# -- decoding ------------------------------------------------------------------------------------


def read_common_input(element: Element, *, namespace: str = CORE) -> CommonInput:
    """Read a CommonInput whose local elements are in ``namespace``.

    Raises:
        TheirAnswerInvalid: a mandatory part is missing or there twice.
    """
    is_test = xml.text_of(element, q(namespace, "Request"), q(namespace, "IsTest"))
    return CommonInput(
        is_test=_boolean(is_test),
        origin=read_origin(xml.only_child(element, q(namespace, "Origin")), namespace=namespace),
        input_reference=xml.optional_text_of(element, q(namespace, "InputReference")),
    )


def _boolean(text: str) -> bool:
    if text not in {"true", "false", "1", "0"}:
        raise TheirAnswerInvalid("not a boolean")
    return text in {"true", "1"}


def read_origin(element: Element, *, namespace: str = CORE) -> Origin:
    """Read an Origin whose local elements are in ``namespace``.

    Raises:
        TheirAnswerInvalid: a mandatory part is missing or there twice.
    """
    package = xml.only_child(element, q(namespace, "Package"))
    licence = xml.only_child(package, q(namespace, "License"))
    provider = xml.optional_child(element, q(namespace, "CareProvider"))
    sender = xml.optional_child(element, q(namespace, "Sender"))
    return Origin(
        package=Package(
            name=xml.optional_text_of(package, q(namespace, "Name")),
            licence=Licence(
                username=xml.text_of(licence, q(namespace, "Username")),
                password=xml.text_of(licence, q(namespace, "Password")),
            ),
        ),
        care_provider=None if provider is None else _read_provider(provider),
        sender=None
        if sender is None
        else Sender(
            person=_read_identity(sender, "PhysicalPerson"),
            organization=_read_identity(sender, "Organization"),
        ),
    )


def _read_provider(element: Element) -> CareProvider:
    nihii = _read_number(element)
    if nihii is None:
        raise TheirAnswerInvalid("care provider without number")
    return CareProvider(
        nihii=nihii,
        person=_read_identity(element, "PhysicalPerson"),
        organization=_read_identity(element, "Organization"),
    )


def _read_number(parent: Element) -> ProviderNumber | None:
    element = xml.optional_child(parent, q(_namespace(parent), "Nihii"))
    if element is None:
        return None
    return ProviderNumber(
        quality=xml.optional_text_of(element, q(_namespace(element), "Quality")),
        value=xml.optional_text_of(element, q(_namespace(element), "Value")),
    )


def _read_identity(parent: Element, local: str) -> Identity | None:
    element = xml.optional_child(parent, q(_namespace(parent), local))
    if element is None:
        return None
    return Identity(
        name=xml.optional_text_of(element, q(_namespace(element), "Name")),
        nihii=_read_number(element),
        ssin=xml.optional_text_of(element, q(_namespace(element), "Ssin")),
        cbe=xml.optional_text_of(element, q(_namespace(element), "Cbe")),
    )
