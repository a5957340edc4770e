"""CommonInput: who sends, with which software, and for whom.

Source: *MyCareNet transport* 1.2 and 4.2, decision D7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.domain.ids import IdSource
from bridge.domain.registrations import Registration, RegistrationKind
from bridge.errors import InputError, TheirAnswerInvalid
from bridge.mycarenet.names import CORE
from bridge.soap import xml
from bridge.soap.names import q

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


def _nurse(registration: Registration, package: Package, *, with_organization: bool) -> Origin:
    """A nurse for herself: number, person; some clients also repeat the number (*4.2*)."""
    holder = registration.holder
    nihii = ProviderNumber(quality=registration.quality, value=holder.nihii.long)
    return Origin(
        package=package,
        care_provider=CareProvider(
            nihii=nihii,
            person=Identity(
                name=f"{holder.first_name} {holder.last_name}",
                nihii=nihii,
                ssin=holder.niss.digits,
            ),
            organization=Identity(nihii=nihii) if with_organization else None,
        ),
    )


_SHAPES: Final[dict[RegistrationKind, Callable[..., Origin]]] = {
    RegistrationKind.NURSE: _nurse,
}


def origin_for(
    registration: Registration,
    package: Package,
    *,
    with_organization: bool = False,
) -> Origin:
    """Give the Origin of a registration.

    Args:
        registration: On whose behalf it is sent.
        package: The software that sends.
        with_organization: Repeat the nurse's number as an organisation, as one client does.

    Raises:
        InputError: there is no shape for this kind of registration yet.
    """
    shape = _SHAPES.get(registration.kind)
    if shape is None:
        raise InputError(code="registration_kind_unsupported")
    return shape(registration, package, with_organization=with_organization)


def reference_digits(ids: IdSource) -> str:
    """Make an InputReference: 14 random digits, which mean nothing and do not repeat."""
    return f"{int(ids.uuid().replace('-', ''), 16) % 10**REFERENCE_DIGITS:0{REFERENCE_DIGITS}}"


# -- encoding ------------------------------------------------------------------------------------


def add_common_input(parent: Element, tag: str, value: CommonInput) -> Element:
    """Write a CommonInput as the next child of ``parent``, under the service's own tag."""
    element = etree.SubElement(parent, tag)
    request = etree.SubElement(element, q(CORE, "Request"))
    _add(request, "IsTest", "true" if value.is_test else "false")
    _add_origin(element, value.origin)
    _add(element, "InputReference", value.input_reference)
    return element


def _add(parent: Element, local: str, text: str | None) -> None:
    if text is not None:
        etree.SubElement(parent, q(CORE, local)).text = text


def _add_origin(parent: Element, origin: Origin) -> None:
    element = etree.SubElement(parent, q(CORE, "Origin"))
    package = etree.SubElement(element, q(CORE, "Package"))
    _add(package, "Name", origin.package.name)
    licence = etree.SubElement(package, q(CORE, "License"))
    _add(licence, "Username", origin.package.licence.username)
    _add(licence, "Password", origin.package.licence.password)
    if origin.care_provider is not None:
        provider = etree.SubElement(element, q(CORE, "CareProvider"))
        _add_number(provider, origin.care_provider.nihii)
        _add_identity(provider, "PhysicalPerson", origin.care_provider.person)
        _add_identity(provider, "Organization", origin.care_provider.organization)
    if origin.sender is not None:
        sender = etree.SubElement(element, q(CORE, "Sender"))
        _add_identity(sender, "PhysicalPerson", origin.sender.person)
        _add_identity(sender, "Organization", origin.sender.organization)


def _add_number(parent: Element, number: ProviderNumber | None) -> None:
    if number is not None:
        element = etree.SubElement(parent, q(CORE, "Nihii"))
        _add(element, "Quality", number.quality)
        _add(element, "Value", number.value)


def _add_identity(parent: Element, local: str, identity: Identity | None) -> None:
    if identity is not None:
        element = etree.SubElement(parent, q(CORE, local))
        _add(element, "Name", identity.name)
        _add_number(element, identity.nihii)
        _add(element, "Ssin", identity.ssin)
        _add(element, "Cbe", identity.cbe)


# -- decoding ------------------------------------------------------------------------------------


def read_common_input(element: Element) -> CommonInput:
    """Read a CommonInput.

    Raises:
        TheirAnswerInvalid: a mandatory part is missing or there twice.
    """
    is_test = xml.text_of(element, q(CORE, "Request"), q(CORE, "IsTest"))
    return CommonInput(
        is_test=_boolean(is_test),
        origin=_read_origin(xml.only_child(element, q(CORE, "Origin"))),
        input_reference=xml.optional_text_of(element, q(CORE, "InputReference")),
    )


def _boolean(text: str) -> bool:
    if text not in {"true", "false", "1", "0"}:
        raise TheirAnswerInvalid("not a boolean")
    return text in {"true", "1"}


def _read_origin(element: Element) -> Origin:
    package = xml.only_child(element, q(CORE, "Package"))
    licence = xml.only_child(package, q(CORE, "License"))
    provider = xml.optional_child(element, q(CORE, "CareProvider"))
    sender = xml.optional_child(element, q(CORE, "Sender"))
    return Origin(
        package=Package(
            name=xml.optional_text_of(package, q(CORE, "Name")),
            licence=Licence(
                username=xml.text_of(licence, q(CORE, "Username")),
                password=xml.text_of(licence, q(CORE, "Password")),
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
    element = xml.optional_child(parent, q(CORE, "Nihii"))
    if element is None:
        return None
    return ProviderNumber(
        quality=xml.optional_text_of(element, q(CORE, "Quality")),
        value=xml.optional_text_of(element, q(CORE, "Value")),
    )


def _read_identity(parent: Element, local: str) -> Identity | None:
    element = xml.optional_child(parent, q(CORE, local))
    if element is None:
        return None
    return Identity(
        name=xml.optional_text_of(element, q(CORE, "Name")),
        nihii=_read_number(element),
        ssin=xml.optional_text_of(element, q(CORE, "Ssin")),
        cbe=xml.optional_text_of(element, q(CORE, "Cbe")),
    )
