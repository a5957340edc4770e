"""Registrations as callers see and change them: who sends, and on whose behalf."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page, RequestModel
from api.models.invoicing import (
    CbeText,
    InvoicingChangeRequest,
    InvoicingRequest,
    ShownInvoicing,
    profile_document,
    profile_of,
    shown_profile,
)
from api.models.merging import MergeModel
from api.models.numbers import Numbers
from api.models.practices import Label
from api.models.questions import NissText
from bridge.domain.identifiers import Cbe, Nihii, Niss
from bridge.domain.registrations import (
    GroupPadding,
    Holder,
    InsurabilityService,
    Principal,
    Registration,
    RegistrationKind,
    RegistrationSettings,
    StsFlavour,
    prerequisites,
)
from bridge.i18n import phrase

PATH: Final = "/v1/registrations"

NihiiText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{8}([0-9]{3})?$"),
    Field(description="Care provider number (NIHII): 8 or 11 digits."),
]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_-]{0,39}$")]
PracticeId = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Kind = Literal[
    "nurse", "enterprise", "enterprise_employee", "mandate", "nurse_group",
    "nurse_group_enterprise",
]  # fmt: skip
Cards = Annotated[list[NissText], Field(max_length=20)]


class HolderRequest(RequestModel):
    """The person whose card opens the session."""

    niss: NissText
    nihii: NihiiText
    first_name: Label
    last_name: Label


class PrincipalRequest(RequestModel):
    """The nurse for whom somebody else sends."""

    name: Label
    nihii: NihiiText
    niss: NissText | SkipJsonSchema[None] = None


class SettingsRequest(RequestModel):
    """What was inferred about the platform; each has a default."""

    repeats_number_as_organization: bool | SkipJsonSchema[None] = None
    repeats_group_number: bool | SkipJsonSchema[None] = None
    sends_sender: bool | SkipJsonSchema[None] = None
    names_person_in_sender: bool | SkipJsonSchema[None] = None
    group_number_padding: Literal["zeros", "none"] | SkipJsonSchema[None] = None
    group_quality: Word | SkipJsonSchema[None] = None
    states_person: bool | SkipJsonSchema[None] = None
    mandate_service: Word | SkipJsonSchema[None] = None
    insurability_service: (
        Literal["memberdata", "memberdata_async", "generic_insurability"] | SkipJsonSchema[None]
    ) = None
    sts_flavour: Literal["ws_trust", "saml_1_1"] | SkipJsonSchema[None] = None


class RegistrationRequest(RequestModel):
    """A new registration; which numbers it needs depends on its kind."""

    kind: Kind
    holder: HolderRequest
    practice_id: PracticeId | SkipJsonSchema[None] = Field(
        default=None,
        description="Without it: the default practice.",
    )
    label: Label | SkipJsonSchema[None] = None
    quality: Word = Field(default="nurse", description="MyCareNet's word for the provider.")
    cbe: CbeText | SkipJsonSchema[None] = None
    group: NihiiText | SkipJsonSchema[None] = Field(
        default=None,
        description="Number of a group of nurses: 8 digits, the first two 94.",
    )
    on_behalf_of: PrincipalRequest | SkipJsonSchema[None] = None
    settings: SettingsRequest | SkipJsonSchema[None] = None
    allowed_cards: Cards | SkipJsonSchema[None] = Field(
        default=None,
        description="Person numbers whose cards may open its session; without it the holder's.",
    )
    invoicing: InvoicingRequest | SkipJsonSchema[None] = Field(
        default=None,
        description="Needed to send invoices.",
    )
    is_default: Literal[True] | SkipJsonSchema[None] = None


class HolderChangeRequest(MergeModel):
    """What changes of the holder."""

    niss: NissText | None = None
    nihii: NihiiText | None = None
    first_name: Label | None = None
    last_name: Label | None = None


class PrincipalChangeRequest(MergeModel):
    """What changes of the nurse for whom it is sent."""

    name: Label | None = None
    nihii: NihiiText | None = None
    niss: NissText | None = None


class SettingsChangeRequest(MergeModel):
    """What changes of the settings; ``null`` is the default again."""

    repeats_number_as_organization: bool | None = None
    repeats_group_number: bool | None = None
    sends_sender: bool | None = None
    names_person_in_sender: bool | None = None
    group_number_padding: Literal["zeros", "none"] | None = None
    group_quality: Word | None = None
    states_person: bool | None = None
    mandate_service: Word | None = None
    insurability_service: (
        Literal["memberdata", "memberdata_async", "generic_insurability"] | None
    ) = None
    sts_flavour: Literal["ws_trust", "saml_1_1"] | None = None


class RegistrationChangeRequest(MergeModel):
    """What changes of a registration (JSON Merge Patch); ``null`` clears a member."""

    kind: Kind | None = None
    holder: HolderChangeRequest | None = None
    practice_id: PracticeId | None = None
    label: Label | None = None
    quality: Word | None = None
    cbe: CbeText | None = None
    group: NihiiText | None = None
    on_behalf_of: PrincipalChangeRequest | None = None
    settings: SettingsChangeRequest | None = None
    allowed_cards: Cards | None = None
    invoicing: InvoicingChangeRequest | None = None
    is_default: Literal[True] | None = None


class ShownPerson(AnswerModel):
    """Somebody a registration names."""

    name: str
    nihii: str
    niss: str | None = Field(description="Null without the scope `console`, or when not known.")


class Prerequisite(AnswerModel):
    """Something to be arranged outside the product."""

    code: str
    text: str = Field(description="Localised sentence.")


class ShownSettings(AnswerModel):
    """What was inferred about the platform, as it stands."""

    repeats_number_as_organization: bool
    repeats_group_number: bool
    sends_sender: bool
    names_person_in_sender: bool
    group_number_padding: str
    group_quality: str
    states_person: bool
    mandate_service: str
    insurability_service: str
    sts_flavour: str


class RegistrationResource(AnswerModel):
    """One way of acting towards the platform."""

    id: str
    object: Literal["registration"]
    practice_id: str
    label: str
    kind: str = Field(
        description=(
            "`nurse`, `enterprise`, `enterprise_employee`, `mandate`, `nurse_group` or "
            "`nurse_group_enterprise`."
        ),
    )
    is_default: bool
    holder: ShownPerson
    quality: str
    cbe: str | None
    group: str | None
    on_behalf_of: ShownPerson | None
    settings: ShownSettings
    allowed_cards: list[str] | None = Field(description="Null without the scope `console`.")
    invoicing: ShownInvoicing | None = Field(description="Null for who does not invoice here.")
    prerequisites: list[Prerequisite] = Field(description="To be arranged outside the product.")
    created_at: Moment | None
    updated_at: Moment | None
    links: Links


class RegistrationList(AnswerModel):
    """The registrations, newest first."""

    items: list[RegistrationResource]
    page: Page
    query: ListQuery


def registration_path(registration_id: str) -> str:
    """Give the path of a registration."""
    return f"{PATH}/{registration_id}"


def registration_resource(
    registration: Registration, *, language: str, is_default: bool, shows_niss: bool
) -> RegistrationResource:
    """Show a registration; person numbers only to whom may change it."""
    holder, principal = registration.holder, registration.on_behalf_of
    name = holder.name
    own = Principal(name=name, nihii=holder.nihii, niss=holder.niss)
    cards = [card.digits for card in registration.allowed_cards or (holder.niss,)]
    return RegistrationResource(
        id=registration.id,
        object="registration",
        practice_id=registration.practice_id,
        label=registration.label,
        kind=registration.kind.value,
        is_default=is_default,
        holder=_person(own, shows_niss=shows_niss),
        quality=registration.quality,
        cbe=None if registration.cbe is None else registration.cbe.digits,
        group=None if registration.group is None else registration.group.digits,
        on_behalf_of=None if principal is None else _person(principal, shows_niss=shows_niss),
        settings=ShownSettings(**_settings_document(registration.settings)),
        allowed_cards=cards if shows_niss else None,
        invoicing=shown_profile(registration.invoicing, shows_iban=shows_niss),
        prerequisites=[
            Prerequisite(code=code, text=phrase("prerequisites", code, language))
            for code in prerequisites(registration.kind)
        ],
        created_at=registration.created_at,
        updated_at=registration.updated_at,
        links=Links(self=registration_path(registration.id)),
    )


def registration_of(body: RegistrationRequest, registration_id: str) -> Registration:
    """Read a registration, without its moments.

    Raises:
        InputError: a number has wrong check digits; each with its place.
    """
    holder, principal = body.holder, body.on_behalf_of
    numbers = Numbers()
    made = Registration(
        id=registration_id,
        kind=RegistrationKind(body.kind),
        holder=Holder(
            niss=numbers.read(Niss.parse, holder.niss, "/holder/niss"),
            nihii=numbers.read(Nihii.parse, holder.nihii, "/holder/nihii"),
            first_name=holder.first_name,
            last_name=holder.last_name,
        ),
        quality=body.quality,
        cbe=numbers.maybe(Cbe.parse, body.cbe, "/cbe"),
        practice_id=body.practice_id or "",
        label=body.label or "",
        on_behalf_of=None if principal is None else _principal_of(principal, numbers),
        group=numbers.maybe(Nihii.parse, body.group, "/group"),
        settings=_settings_of(body.settings),
        allowed_cards=tuple(
            numbers.read(Niss.parse, card, f"/allowed_cards/{place}")
            for place, card in enumerate(body.allowed_cards or ())
        ),
        invoicing=None if body.invoicing is None else profile_of(body.invoicing, numbers),
    )
    numbers.refuse()
    return made


def document_of(registration: Registration) -> dict[str, Any]:
    """Write a registration as it could have been sent, to merge a change into."""
    holder, principal = registration.holder, registration.on_behalf_of
    document: dict[str, Any] = {
        "kind": registration.kind.value,
        "practice_id": registration.practice_id or None,
        "label": registration.label or None,
        "quality": registration.quality,
        "holder": {
            "niss": holder.niss.digits,
            "nihii": holder.nihii.digits,
            "first_name": holder.first_name,
            "last_name": holder.last_name,
        },
        "cbe": registration.cbe.digits if registration.cbe else None,
        "group": registration.group.digits if registration.group else None,
        "on_behalf_of": None if principal is None else _principal_document(principal),
        "settings": _settings_document(registration.settings),
        "allowed_cards": [card.digits for card in registration.allowed_cards] or None,
        "invoicing": profile_document(registration.invoicing),
    }
    return {name: value for name, value in document.items() if value is not None}


_SETTING_KINDS: Final[dict[str, type[Enum]]] = {
    "group_number_padding": GroupPadding,
    "insurability_service": InsurabilityService,
    "sts_flavour": StsFlavour,
}


def _settings_of(body: SettingsRequest | None) -> RegistrationSettings:
    chosen: dict[str, Any] = {} if body is None else body.model_dump(exclude_none=True)
    for name, kind in _SETTING_KINDS.items():
        if name in chosen:
            chosen[name] = kind(chosen[name])
    return RegistrationSettings(**chosen)


def _settings_document(settings: RegistrationSettings) -> dict[str, Any]:
    values = {each.name: getattr(settings, each.name) for each in fields(settings)}
    return {
        name: value.value if isinstance(value, Enum) else value for name, value in values.items()
    }


def _principal_of(body: PrincipalRequest, numbers: Numbers) -> Principal:
    """Read the nurse for whom it is sent."""
    return Principal(
        name=body.name,
        nihii=numbers.read(Nihii.parse, body.nihii, "/on_behalf_of/nihii"),
        niss=numbers.maybe(Niss.parse, body.niss, "/on_behalf_of/niss"),
    )


def _principal_document(principal: Principal) -> dict[str, str]:
    niss = {} if principal.niss is None else {"niss": principal.niss.digits}
    return {"name": principal.name, "nihii": principal.nihii.digits, **niss}


def _person(person: Principal, *, shows_niss: bool) -> ShownPerson:
    niss = person.niss.digits if shows_niss and person.niss is not None else None
    return ShownPerson(name=person.name, nihii=person.nihii.digits, niss=niss)
