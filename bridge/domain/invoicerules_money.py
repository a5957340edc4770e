"""What the invoice rules look for in the amounts of an act.

Source: *eFact for nursing* 2, 4, 5.1 and 5.2; tariffs are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.claims import ClaimKind, ShareBilling
from bridge.domain.invoicecases import LineCase, LineCheck
from bridge.domain.invoicerules_claims import MOST_AMOUNT, MOST_SHARE

MOST_UNITS: Final = 9_999
"""Units have four digits."""

MOST_BASE_VALUE: Final = 10**7 - 1
"""The base value has seven digits."""

_AMOUNTS: Final = ("insurer_amount", "copayment", "supplement")


def _is_credit(case: LineCase) -> bool:
    return case.case.claim.kind is ClaimKind.CREDIT_NOTE


def _credit(case: LineCase) -> Iterable[str]:
    if _is_credit(case):
        for member in (*_AMOUNTS, "base_value"):
            if getattr(case.line, member) > 0:
                yield case.at(member)


def _negative(case: LineCase) -> Iterable[str]:
    if not _is_credit(case):
        for member in (*_AMOUNTS, "base_value"):
            if getattr(case.line, member) < 0:
                yield case.at(member)


def _units(case: LineCase) -> Iterable[str]:
    units = -case.line.units if _is_credit(case) else case.line.units
    if not 0 < units <= MOST_UNITS:
        yield case.at("units")


def _statistical(case: LineCase) -> Iterable[str]:
    if case.line.is_statistical:
        for member in _AMOUNTS:
            if getattr(case.line, member):
                yield case.at(member)


def _missing(case: LineCase) -> Iterable[str]:
    if not case.line.is_statistical and not case.line.insurer_amount:
        yield case.at("insurer_amount")


def _amount(case: LineCase) -> Iterable[str]:
    if abs(case.line.insurer_amount) > MOST_AMOUNT:
        yield case.at("insurer_amount")


def _copayment(case: LineCase) -> Iterable[str]:
    if abs(case.line.copayment) > MOST_SHARE:
        yield case.at("copayment")


def _supplement(case: LineCase) -> Iterable[str]:
    if abs(case.line.supplement) > MOST_SHARE:
        yield case.at("supplement")


def _base_value(case: LineCase) -> Iterable[str]:
    if abs(case.line.base_value) > MOST_BASE_VALUE:
        yield case.at("base_value")


def _pays(case: LineCase) -> bool:
    """Tell whether the tariff of the act says something about its amounts."""
    return case.tariff is not None and not case.line.is_statistical


def _tariff(case: LineCase) -> Iterable[str]:
    has_rate = case.case.claim.has_preferential_rate
    if case.tariff is None or not _pays(case):
        return
    expected = case.tariff.insurer_pays(has_preferential_rate=has_rate) * case.line.units
    if case.line.insurer_amount != expected:
        yield case.at("insurer_amount")


def _shares(case: LineCase) -> tuple[int, int]:
    """Give the patient share of the claim's rate, and that of the other rate."""
    tariff, units = case.tariff, case.line.units
    if tariff is None:
        return 0, 0
    has_rate = case.case.claim.has_preferential_rate
    own = tariff.patient_pays(has_preferential_rate=has_rate)
    other = tariff.patient_pays(has_preferential_rate=not has_rate)
    return own * units, other * units


def _other_rate(case: LineCase) -> Iterable[str]:
    """A waived share may be anything: it is what is charged."""
    own, other = _shares(case)
    is_due = case.line.share_billing is ShareBilling.DUE
    if _pays(case) and is_due and own != other and case.line.copayment == other:
        yield case.at("copayment")


def _share_tariff(case: LineCase) -> Iterable[str]:
    own, other = _shares(case)
    is_due = case.line.share_billing is ShareBilling.DUE
    if _pays(case) and is_due and case.line.copayment not in (own, other):
        yield case.at("copayment")


def _waiver(case: LineCase) -> Iterable[str]:
    """Signal 502744: the share is the right one, and yet it is said to be waived."""
    own, _ = _shares(case)
    is_waived = case.line.share_billing is ShareBilling.WAIVED
    if _pays(case) and is_waived and own and case.line.copayment == own:
        yield case.at("share_billing")


MONEY_CHECKS: Final[Mapping[str, LineCheck]] = MappingProxyType(
    {
        "credit_not_negative": _credit,
        "amount_negative": _negative,
        "units_invalid": _units,
        "statistical_with_amount": _statistical,
        "amount_missing": _missing,
        "amount_too_large": _amount,
        "copayment_too_large": _copayment,
        "supplement_too_large": _supplement,
        "base_value_too_large": _base_value,
        "amount_unlike_tariff": _tariff,
        "copayment_of_other_rate": _other_rate,
        "copayment_unlike_tariff": _share_tariff,
        "waiver_with_copayment": _waiver,
    },
)
"""What each rule of the table looks for, by its name."""
