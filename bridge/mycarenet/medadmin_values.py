"""Values that all medical-administrative messages share: header, patient, period, decision, fault.

We read liberally: a text that is not what its member wants becomes a ``Raw`` and spoils nothing.
We write strictly: a ``Raw`` is refused in what we send as a nurse.
Source: *Nursing messages* 2 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from bridge.domain.declarations import Sex
from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.mycarenet.medadmin_names import DecisionResult, FaultCode, LengthUnit, MessageName

T = TypeVar("T")


@dataclass(frozen=True)
class Raw:
    """A text that does not say what its member wants, as it was written."""

    text: str

    def __repr__(self) -> str:
        return "Raw(***)"


def known(value: T | Raw | None) -> T | None:
    """Give what was understood; ``None`` for a raw text."""
    return None if isinstance(value, Raw) else value


@dataclass(frozen=True, kw_only=True)
class Header:
    """Attributes of every message; ``None`` where an older schema left one out (2).

    Attributes:
        message_name: What the message is.
        sender_reference: 1 to 14 digits, echoed in answers; empty when absent.
        receiver_reference: 1 to 14 digits, in answers only.
        version: Two digits.
        is_duplicate: Whether the message was sent before.
        is_test: Whether nobody shall act on it.
        is_synchronous: False for this flow [inferred].
    """

    message_name: MessageName | Raw | None
    sender_reference: str
    receiver_reference: str | None = None
    version: str | None = "01"
    is_duplicate: bool | None = False
    is_test: bool | None = False
    is_synchronous: bool | None = False


@dataclass(frozen=True, kw_only=True)
class CareReceiver:
    """The patient as requests name him; the sickness fund and the sex are obligatory there."""

    mutuality: Mutuality | Raw | None
    sex: Sex | Raw | None
    niss: Niss | Raw | None = None
    membership_number: MembershipNumber | Raw | None = None

    def __repr__(self) -> str:
        return "CareReceiver(***)"


@dataclass(frozen=True, kw_only=True)
class CareReceiverDetail:
    """The patient as the insurer knows him; every member may be absent."""

    niss: Niss | Raw | None = None
    first_name: str | None = None
    last_name: str | None = None
    born_on: date | Raw | None = None
    deceased_on: date | Raw | None = None
    sex: Sex | Raw | None = None
    membership_number: MembershipNumber | Raw | None = None
    mutuality: Mutuality | Raw | None = None

    def __repr__(self) -> str:
        return "CareReceiverDetail(***)"


@dataclass(frozen=True, kw_only=True)
class PeriodLimits:
    """First and last day, both included; either may be absent."""

    start_on: date | Raw | None = None
    end_on: date | Raw | None = None


@dataclass(frozen=True, kw_only=True)
class PeriodLength:
    """How long a period lasts, such as 3 months; the count has one or two digits."""

    count: int | Raw
    unit: LengthUnit | Raw | None


@dataclass(frozen=True, kw_only=True)
class PeriodWithLength:
    """First day, and either the last day (included) or a length."""

    start_on: date | Raw | None = None
    end_on: date | Raw | None = None
    length: PeriodLength | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision of the advising doctor (3).

    Attributes:
        reference: Exactly 15 characters; empty when absent.
        reason: Three characters; no list of them is public (4.5).
        justification: The doctor's own words, at most 150 characters.
        consultant_doctor: Who decided.
    """

    result: DecisionResult | Raw | None
    reference: str
    reason: str | None = None
    justification: str | None = field(default=None, repr=False)
    consultant_doctor: Nihii | Raw | None = None


@dataclass(frozen=True, kw_only=True)
class FaultText:
    """A sentence in a language, such as ``fr``."""

    text: str = field(repr=False)
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class FaultDetail:
    """One thing that is wrong.

    Attributes:
        code: Such as ``12``; the list is not public for these messages (4.6).
        location: Element or flat zone, such as ``Prescriber`` or ``zone 305``.
    """

    code: str
    location: str | None = field(default=None, repr=False)
    message: FaultText | None = None


@dataclass(frozen=True, kw_only=True)
class MessageFault:
    """Why a message was refused before a decision (3).

    Attributes:
        source: Who refuses.
        insurers: First digits of the insurers, when there are several.
    """

    code: FaultCode | Raw | None
    source: str = field(repr=False)
    message: FaultText | None = None
    insurers: tuple[str, ...] = ()
    details: tuple[FaultDetail, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A message of a list that cannot be read; the others of the list are not lost.

    Attributes:
        element: Local name of the element.
        content: The element as it stands, in UTF-8.
    """

    element: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class FlatMessage:
    """Content in the flat CareNet layout, whose widths are not public: for a person to look at.

    Attributes:
        is_confirmation: Whether it gives our request back; known from its transport name only.
    """

    content: bytes = field(repr=False)
    is_confirmation: bool = False
