"""What a care rule may look at: a declaration, the register, and the other declarations.

Source: *Nursing messages* 5.5, 5.6 and 8; decision D24.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Generic, TypeVar

from bridge.domain.agreements import CareAgreement, EndReason
from bridge.domain.caresettings import CareSettings
from bridge.domain.declarations import (
    CarePeriod,
    Content,
    Declaration,
    DeclarationKind,
    KatzContent,
    KatzRequest,
    PalliativeContent,
)
from bridge.domain.exchanges import AWAITING, ExchangeStatus
from bridge.domain.identifiers import Nihii

ContentT = TypeVar("ContentT", bound=Content)

PENDING: Final = AWAITING | {ExchangeStatus.TO_SEND}
"""Released, and not decided yet."""

_CLOSING: Final = PENDING | {
    ExchangeStatus.ACCEPTED,
    ExchangeStatus.PARTIALLY_ACCEPTED,
}


@dataclass(frozen=True, kw_only=True)
class CareContext:
    """What is known besides the declaration itself.

    Attributes:
        today: The day in Brussels.
        agreements: The patient's agreements in the register, of all registrations.
        others: The patient's other declarations, as people see them (``seen_with``).
        settings: How the rules are read here.
    """

    today: date
    agreements: tuple[CareAgreement, ...] = ()
    others: tuple[Declaration, ...] = ()
    settings: CareSettings = field(default_factory=CareSettings)


@dataclass(frozen=True, kw_only=True)
class Case(Generic[ContentT]):
    """One declaration before its rules.

    Attributes:
        content: Of the declaration.
    """

    declaration: Declaration
    content: ContentT
    context: CareContext

    @property
    def settings(self) -> CareSettings:
        """How the rules are read here."""
        return self.context.settings

    @property
    def period(self) -> CarePeriod:
        """The days that are asked."""
        return asked_period(self.declaration.content)

    @property
    def rules_day(self) -> date:
        """The day whose rules count: the first day of care, or today where none is stated."""
        return self.period.start_on or self.context.today

    def agreements(self, kind: DeclarationKind) -> Iterator[CareAgreement]:
        """Give the patient's agreements of a kind that were not withdrawn."""
        patient = self.declaration.patient
        for each in self.context.agreements:
            is_right = each.kind is kind and each.end_reason is not EndReason.WITHDRAWN
            if is_right and each.patient.is_same_person(patient):
                yield each

    def others(self, kind: DeclarationKind) -> Iterator[Declaration]:
        """Give the patient's other declarations of a kind, without the one this corrects."""
        declaration = self.declaration
        for each in self.context.others:
            is_other = each.id not in {declaration.id, declaration.corrects_id}
            if each.kind is kind and is_other and each.patient.is_same_person(declaration.patient):
                yield each

    def days_of(self, agreement: CareAgreement) -> CarePeriod:
        """Give the days of an agreement; a closure that has left ends it already."""
        ends = [agreement.end_on] if agreement.end_on is not None else []
        for each in self.others(DeclarationKind.KATZ):
            end_on = _closed_on(each, agreement)
            if end_on is not None:
                ends.append(end_on)
        return CarePeriod(start_on=agreement.start_on, end_on=min(ends, default=None))


AnyCase = Case[Any]
Check = Callable[[AnyCase], Iterable[str]]
"""Gives where in the request something is wrong (JSON Pointers); nothing when all is well."""


def _closed_on(declaration: Declaration, agreement: CareAgreement) -> date | None:
    content = declaration.content
    if not isinstance(content, KatzContent) or content.request is not KatzRequest.CLOSE:
        return None
    is_named = agreement.number is not None and content.agreement_number == agreement.number
    return content.period.end_on if is_named and declaration.status in _CLOSING else None


def asked_period(content: Content) -> CarePeriod:
    """Give the days a declaration asks for."""
    if isinstance(content, PalliativeContent):
        return CarePeriod(start_on=content.start_on)
    return content.period


def share_a_day(one: CarePeriod, other: CarePeriod) -> bool:
    """Tell whether two periods share a day; an end that is not stated lies beyond all days."""
    starts = max(one.start_on or date.min, other.start_on or date.min)
    return starts <= min(one.end_on or date.max, other.end_on or date.max)


def begins_with(number: Nihii | None, prefixes: tuple[str, ...]) -> bool:
    """Tell whether a number is of one of the professions; one that is not stated is."""
    return number is None or number.digits.startswith(prefixes)
