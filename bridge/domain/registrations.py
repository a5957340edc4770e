"""Who sends, and on whose behalf: the registration.

Source: *MyCareNet transport* 4.2 and 4.3, *STS session* 9, decision D7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

from bridge.domain.identifiers import Cbe, Nihii, Niss
from bridge.domain.invoicingprofile import InvoicingProfile, check_profile
from bridge.errors import Finding, InputError

GROUP_PREFIX: Final = "94"
"""First digits of a group of nurses (*Identifiers* 2)."""

_SHORT: Final = 8
_FORBIDDEN_CBE: Final = "0999999922"
"""Passes the arithmetic and is refused by the insurers (*Identifiers* 3)."""


class RegistrationKind(Enum):
    """The six kinds of registration a nurse's software knows."""

    NURSE = "nurse"
    ENTERPRISE = "enterprise"
    ENTERPRISE_EMPLOYEE = "enterprise_employee"
    MANDATE = "mandate"
    NURSE_GROUP = "nurse_group"
    NURSE_GROUP_ENTERPRISE = "nurse_group_enterprise"


class GroupPadding(Enum):
    """How the 8 digits of a group become a value of Origin (*transport* 4.2, inferred)."""

    ZEROS = "zeros"
    NONE = "none"


class InsurabilityService(Enum):
    """Which service is asked whether a patient is insured."""

    MEMBERDATA = "memberdata"
    MEMBERDATA_ASYNC = "memberdata_async"
    GENERIC_INSURABILITY = "generic_insurability"


class StsFlavour(Enum):
    """Which protocol the session is asked with (*STS session* 6)."""

    WS_TRUST = "ws_trust"
    SAML_1_1 = "saml_1_1"


@dataclass(frozen=True, kw_only=True)
class RegistrationSettings:
    """Everything about a registration that was inferred rather than read somewhere.

    Attributes:
        repeats_number_as_organization: A person's number also as ``Organization`` (*transport*
            4.2, second row).
        repeats_group_number: A group's number also as ``Organization`` (4.2, third row).
        sends_sender: Name in ``Sender`` who authenticated when that is not the care provider.
        names_person_in_sender: Also the person who authenticated for an enterprise or a group.
        group_number_padding: 8 digits filled to 11 with zeros, or left alone.
        group_quality: MyCareNet's word for a group (*transport* 4.1).
        states_person: The two person attributes beside a group's or an enterprise's in the
            session (*STS session* 9.3 and 9.4).
        mandate_service: Name of the service the mandate covers (*STS session* 9.5).
        insurability_service: Which service is asked.
        sts_flavour: Which protocol opens the session.
    """

    repeats_number_as_organization: bool = False
    repeats_group_number: bool = True
    sends_sender: bool = True
    names_person_in_sender: bool = True
    group_number_padding: GroupPadding = GroupPadding.ZEROS
    group_quality: str = "groupofnurses"
    states_person: bool = True
    mandate_service: str = "insurability"
    insurability_service: InsurabilityService = InsurabilityService.MEMBERDATA
    sts_flavour: StsFlavour = StsFlavour.WS_TRUST


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The person whose card opens the session."""

    niss: Niss
    nihii: Nihii
    first_name: str
    last_name: str

    @property
    def name(self) -> str:
        """Both names; empty where an eHealth certificate says a number alone."""
        return " ".join(each for each in (self.first_name, self.last_name) if each)

    def __repr__(self) -> str:
        return "Holder(***)"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The care provider for whom somebody else sends."""

    name: str
    nihii: Nihii
    niss: Niss | None = None

    def __repr__(self) -> str:
        return "Principal(***)"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One way of acting towards the platform.

    Attributes:
        id: Our identifier, ``reg_…``.
        kind: Which of the six kinds.
        holder: The person who authenticates.
        quality: MyCareNet's word for the care provider, such as ``nurse`` (*transport* 4.1).
        cbe: Enterprise number, for the kinds that have one.
        practice_id: The practice it belongs to; empty only before the first start after an
            update.
        label: What people call it.
        on_behalf_of: The nurse for whom an employee or a colleague sends.
        group: Third-party payer number of a group: 8 digits, the first two 94.
        settings: What was inferred.
        allowed_cards: Whose cards may open its session; empty means the holder's alone.
        invoicing: What invoices need besides; ``None`` for who does not invoice here.
        acting: Who authenticated when that is another allowed person; of a session, never kept.
    """

    id: str
    kind: RegistrationKind
    holder: Holder
    quality: str = "nurse"
    cbe: Cbe | None = None
    practice_id: str = ""
    label: str = ""
    on_behalf_of: Principal | None = None
    group: Nihii | None = field(default=None, repr=False)
    settings: RegistrationSettings = RegistrationSettings()
    allowed_cards: tuple[Niss, ...] = ()
    invoicing: InvoicingProfile | None = field(default=None, repr=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    acting: Niss | None = field(default=None, repr=False)

    @property
    def person(self) -> Niss:
        """The person who authenticates."""
        return self.holder.niss if self.acting is None else self.acting

    def opened_by(self, card: Niss) -> Registration:
        """Give the registration as it acts when somebody's card opened its session."""
        return replace(self, acting=None if card == self.holder.niss else card)

    def allows(self, card: Niss) -> bool:
        """Tell whether a person's card may open the session of this registration."""
        return card in (self.allowed_cards or (self.holder.niss,))


_ENTERPRISES: Final = frozenset(
    {
        RegistrationKind.ENTERPRISE,
        RegistrationKind.ENTERPRISE_EMPLOYEE,
        RegistrationKind.NURSE_GROUP_ENTERPRISE,
    },
)
_GROUPS: Final = frozenset({RegistrationKind.NURSE_GROUP, RegistrationKind.NURSE_GROUP_ENTERPRISE})
_FOR_ANOTHER: Final = frozenset({RegistrationKind.ENTERPRISE_EMPLOYEE, RegistrationKind.MANDATE})


def is_group(kind: RegistrationKind) -> bool:
    """Tell whether the care provider is a group of nurses."""
    return kind in _GROUPS


def is_enterprise(kind: RegistrationKind) -> bool:
    """Tell whether an enterprise number says who sends."""
    return kind in _ENTERPRISES


def care_provider(registration: Registration) -> Nihii:
    """Give the number in whose name care is asked for: nurse, mandating nurse or group.

    Raises:
        InputError: a member the kind needs is missing (``group_number_missing``,
            ``on_behalf_of_missing``).
    """
    if is_group(registration.kind):
        if registration.group is None:
            raise InputError(code="group_number_missing")
        return registration.group
    if registration.kind in _FOR_ANOTHER:
        if registration.on_behalf_of is None:
            raise InputError(code="on_behalf_of_missing")
        return registration.on_behalf_of.nihii
    return registration.holder.nihii


def check(registration: Registration) -> tuple[Finding, ...]:
    """Find what cannot work, before anything is sent.

    Form and check digits were verified when the numbers were parsed.
    Codes: ``cbe_missing``, ``cbe_not_accepted``, ``group_number_missing``,
    ``group_number_invalid``, ``on_behalf_of_missing``, ``on_behalf_of_is_holder``,
    ``nurse_number_expected``, ``member_not_for_kind``, ``holder_card_not_allowed``,
    ``enterprise_number_missing``, ``qualification_missing``, ``value_invalid``.
    """
    return (
        *_check_cbe(registration),
        *_check_group(registration),
        *_check_principal(registration),
        *_check_numbers(registration),
        *_check_cards(registration),
        *_check_invoicing(registration),
    )


def _check_cbe(registration: Registration) -> list[Finding]:
    cbe = registration.cbe
    if is_enterprise(registration.kind) and cbe is None:
        return [Finding(pointer="/cbe", code="cbe_missing")]
    if cbe is not None and cbe.digits == _FORBIDDEN_CBE:
        return [Finding(pointer="/cbe", code="cbe_not_accepted")]
    return []


def _check_group(registration: Registration) -> list[Finding]:
    group = registration.group
    if not is_group(registration.kind):
        return [] if group is None else [Finding(pointer="/group", code="member_not_for_kind")]
    if group is None:
        return [Finding(pointer="/group", code="group_number_missing")]
    if len(group.digits) != _SHORT or not group.digits.startswith(GROUP_PREFIX):
        return [Finding(pointer="/group", code="group_number_invalid")]
    return []


def _check_principal(registration: Registration) -> list[Finding]:
    principal = registration.on_behalf_of
    if registration.kind not in _FOR_ANOTHER:
        is_there = principal is not None
        return [Finding(pointer="/on_behalf_of", code="member_not_for_kind")] if is_there else []
    if principal is None:
        return [Finding(pointer="/on_behalf_of", code="on_behalf_of_missing")]
    is_same = principal.nihii.short == registration.holder.nihii.short
    if is_same or principal.niss == registration.holder.niss:
        return [Finding(pointer="/on_behalf_of", code="on_behalf_of_is_holder")]
    return []


def _check_numbers(registration: Registration) -> list[Finding]:
    """A nurse's number begins with 4 (*Identifiers* 2), and is no group's."""
    if registration.quality != "nurse":
        return []
    numbers = {"/holder/nihii": registration.holder.nihii}
    if registration.on_behalf_of is not None:
        numbers["/on_behalf_of/nihii"] = registration.on_behalf_of.nihii
    return [
        Finding(pointer=pointer, code="nurse_number_expected")
        for pointer, number in numbers.items()
        if not number.digits.startswith("4")
    ]


def _check_cards(registration: Registration) -> list[Finding]:
    """A nurse's own registration is certified by her own card only (*STS session* 9.2)."""
    holder = registration.holder.niss
    if not registration.allows(holder):
        return [Finding(pointer="/allowed_cards", code="holder_card_not_allowed")]
    is_own = registration.kind is RegistrationKind.NURSE
    if is_own and set(registration.allowed_cards) - {holder}:
        return [Finding(pointer="/allowed_cards", code="member_not_for_kind")]
    return []


def _check_invoicing(registration: Registration) -> tuple[Finding, ...]:
    profile = registration.invoicing
    if profile is None:
        return ()
    found = check_profile(profile, cbe=registration.cbe, is_group=is_group(registration.kind))
    if profile.enterprise is not None and profile.enterprise.digits == _FORBIDDEN_CBE:
        pointer = "/invoicing/enterprise_number"
        return (*found, Finding(pointer=pointer, code="cbe_not_accepted"))
    return found


_PREREQUISITES: Final[Mapping[RegistrationKind, tuple[str, ...]]] = MappingProxyType(
    {
        RegistrationKind.NURSE: ("nihii_active", "certificate_of_person"),
        RegistrationKind.ENTERPRISE: (
            "manager_at_enterprise_register",
            "user_management_enterprise",
            "certificate_for_enterprise",
        ),
        RegistrationKind.ENTERPRISE_EMPLOYEE: (
            "manager_at_enterprise_register",
            "user_management_enterprise",
            "mandate_to_enterprise",
            "certificate_for_enterprise",
        ),
        RegistrationKind.MANDATE: ("mandate_to_colleague", "certificate_of_person"),
        RegistrationKind.NURSE_GROUP: (
            "group_number_assigned",
            "nurses_joined_group",
            "user_management_group",
            "certificate_for_group",
        ),
        RegistrationKind.NURSE_GROUP_ENTERPRISE: (
            "group_number_assigned",
            "nurses_joined_group",
            "manager_at_enterprise_register",
            "user_management_enterprise",
            "mandate_group_to_enterprise",
            "certificate_for_enterprise",
        ),
    },
)


def prerequisites(kind: RegistrationKind) -> tuple[str, ...]:
    """Give the codes of what must be arranged outside the product (*transport* 4.3).

    Each has a sentence in the section ``prerequisites`` of the language files.
    """
    return _PREREQUISITES[kind]
