"""Who sends, and on whose behalf: the registration.

Source: *MyCareNet transport* 4.2, *STS session* 9, decision D7.
This module knows all kinds by name; the profile of a nurse acting for herself is the first one
with rules behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bridge.domain.identifiers import Cbe, Nihii, Niss


class RegistrationKind(Enum):
    """The six kinds of registration a nurse's software knows."""

    NURSE = "nurse"
    ENTERPRISE = "enterprise"
    ENTERPRISE_EMPLOYEE = "enterprise_employee"
    MANDATE = "mandate"
    NURSE_GROUP = "nurse_group"
    NURSE_GROUP_ENTERPRISE = "nurse_group_enterprise"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The person whose card opens the session."""

    niss: Niss
    nihii: Nihii
    first_name: str
    last_name: str

    def __repr__(self) -> str:
        return "Holder(***)"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One way of acting towards the platform.

    Attributes:
        id: Our identifier, ``reg_…``.
        kind: Which of the six kinds.
        holder: The person who authenticates.
        quality: MyCareNet's word for the care provider, such as ``nurse`` (*transport* 4.1).
        cbe: Enterprise number, for the kinds that have one.
    """

    id: str
    kind: RegistrationKind
    holder: Holder
    quality: str = "nurse"
    cbe: Cbe | None = None
