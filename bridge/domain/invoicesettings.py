"""Settings of the invoice rules: all that was inferred or may differ, each with a name.

Source: *eFact for nursing* 2.4, 3.2, 5 and 8; *Identifiers* 2 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from bridge.domain.identifiers import Mutuality
from bridge.domain.lumpsums import SHARES_FROM
from bridge.domain.tables.holidays import WEEKEND
from bridge.domain.tables.invoice_rules import INVOICE_RULES, INVOICE_VALUES
from bridge.domain.tables.nursing_acts import ActKind
from bridge.errors import InputError

_SWITCHABLE: Final = frozenset(rule.name for rule in INVOICE_RULES if not rule.is_fixed)
_NUMBERS: Final = (*sorted({each.name for each in INVOICE_VALUES}), "longest_prescription_days")
_UNKNOWN_AFFILIATION: Final = "000"


class ReadingScope(Enum):
    """What needs an identity reading of its own (*eFact for nursing* 5.3 and 5.5)."""

    DAY = "day"
    """One reading for each patient and day of care."""
    ACT = "act"
    """One for each act that is paid."""


@dataclass(frozen=True, kw_only=True)
class InvoiceSettings:
    """Everything about invoices that was inferred rather than read somewhere.

    Numbers that are ``None`` are as the dated table says.

    Attributes:
        insurability_required: An act needs an answered insurability check that covers its day;
            a practice can say otherwise for itself.
        limitation_years: An act older than so many years is not paid.
        months_after: Months an act may lie after the invoiced month.
        supplement_least_visits: Visits a supplement for repeated visits needs.
        most_manual_percent: Share of identity readings that may be other than electronic.
        longest_prescription_days: Days between prescription and act; ``None`` does not look.
        reading_scope: What needs an identity reading.
        weekend_days: Days of the week with weekend codes; Monday is 0.
        lump_sum_shares_from: First day of care whose basic acts say their share.
        allows_second_nurse: Zone 49 may name a second nurse (list of 2024) outside norm 2.
        counts_assistants: A care assistant under the same nurse makes ``several providers``.
        provider_prefixes: First digits of the number of a nurse; a group is no provider.
        prescriber_prefixes: First digits of the number of who may prescribe.
        prescribed_kinds: Kinds of acts that need a prescription.
        unprescribed_kinds: Kinds of acts that need none.
        agreement_kinds: Kinds of acts that need an agreement or a notification.
        palliative_compatible_kinds: Kinds of acts that go together with a palliative lump sum.
        unions_without_affiliation: Insurers for which zone 7 is written as ``000``.
        merged_destinations: Unions all of whose mutualities have the union as destination.
        kept_destinations: Mutualities of such unions that keep their own code.
        union_codes: Codes that name a union and no mutuality.
        rejecting_letters: Letters of an answer that reject; an empty one stands for no letter.
        reads_invoice_amounts: Zone 114 of record 80 is the accepted amount of the invoice.
        silent_rules: Names of rules that are not looked at.
        lenient_rules: Names of rules whose findings are warnings only.

    Raises:
        InputError: a number is below zero, or a rule is unknown or fixed by the file
            (``setting_invalid``).
    """

    insurability_required: bool = False
    limitation_years: int | None = None
    months_after: int | None = None
    supplement_least_visits: int | None = None
    most_manual_percent: int | None = None
    longest_prescription_days: int | None = None
    reading_scope: ReadingScope = ReadingScope.DAY
    weekend_days: frozenset[int] = WEEKEND
    lump_sum_shares_from: date = SHARES_FROM
    allows_second_nurse: bool = False
    counts_assistants: bool = True
    provider_prefixes: tuple[str, ...] = ("4",)
    prescriber_prefixes: tuple[str, ...] = ("1", "3")
    prescribed_kinds: frozenset[ActKind] = frozenset(
        {ActKind.INJECTION, ActKind.TECHNICAL, ActKind.SPECIFIC_TECHNICAL},
    )
    unprescribed_kinds: frozenset[ActKind] = frozenset({ActKind.TOILET, ActKind.LUMP_SUM})
    agreement_kinds: frozenset[ActKind] = frozenset(
        {
            ActKind.TOILET,
            ActKind.LUMP_SUM,
            ActKind.PALLIATIVE,
            ActKind.SPECIFIC_TECHNICAL,
        },
    )
    palliative_compatible_kinds: frozenset[ActKind] = frozenset(
        {ActKind.SPECIFIC_TECHNICAL, ActKind.SUPPLEMENT},
    )
    unions_without_affiliation: frozenset[str] = frozenset()
    merged_destinations: frozenset[str] = frozenset({"300"})
    kept_destinations: frozenset[str] = frozenset({"306"})
    union_codes: frozenset[str] = frozenset({"100", "200", "300", "400", "500", "600", "900"})
    rejecting_letters: frozenset[str] = frozenset({"B", "R", "F", ""})
    reads_invoice_amounts: bool = True
    silent_rules: frozenset[str] = frozenset()
    lenient_rules: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("silent_rules", "lenient_rules"):
            if not getattr(self, name) <= _SWITCHABLE:
                raise InputError(code="setting_invalid", setting=f"invoices.{name}")
        for name in _NUMBERS:
            if (getattr(self, name) or 0) < 0:
                raise InputError(code="setting_invalid", setting=f"invoices.{name}")

    def value(self, name: str, *, on: date) -> int | None:
        """Give a number: the setting, or what the dated table says for a day.

        Returns:
            ``None`` when no line of the table holds on that day: there was no such rule then.
        """
        own = getattr(self, name)
        if own is not None:
            return int(own)
        lines = (each for each in INVOICE_VALUES if each.name == name and each.holds_on(on))
        return next((each.value for each in lines), None)

    def affiliation(self, mutuality: Mutuality) -> str:
        """Give what zone 7 holds for a mutuality."""
        if mutuality.insurer in self.unions_without_affiliation:
            return _UNKNOWN_AFFILIATION
        return mutuality.digits

    def destination(self, mutuality: Mutuality) -> str:
        """Give the mutuality of destination (zone 18)."""
        is_kept = mutuality.digits in self.kept_destinations
        is_merged = mutuality.insurer in self.merged_destinations and not is_kept
        return mutuality.insurer if is_merged else mutuality.digits
