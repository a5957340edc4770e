"""Before an invoice leaves: what is wrong with it, rule by rule.

The rules stand in a table (``bridge.domain.tables.invoice_rules``); what each looks for stands in
a module for each subject.
Source: *eFact for nursing* 5.7; decision D18.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from bridge.domain.claims import Claim, ClaimKind
from bridge.domain.invoicecases import (
    ActKey,
    BlockCase,
    ClaimCase,
    ClaimFinding,
    DayCase,
    InvoiceContext,
    LineCase,
    act_key,
)
from bridge.domain.invoicerules_acts import ACT_CHECKS
from bridge.domain.invoicerules_claims import CLAIM_CHECKS, MOST_AMOUNT, MOST_SHARE
from bridge.domain.invoicerules_days import DAY_CHECKS
from bridge.domain.invoicerules_lumpsums import BLOCK_CHECKS
from bridge.domain.invoicerules_money import MONEY_CHECKS
from bridge.domain.invoicerules_prescriptions import PRESCRIPTION_CHECKS
from bridge.domain.invoicerules_readings import READING_CHECKS, READING_DAY_CHECKS
from bridge.domain.invoicerules_rights import RIGHT_CHECKS
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.tables.identity_readings import ELECTRONIC
from bridge.domain.tables.invoice_rules import INVOICE_RULES, InvoiceRule, RuleScope

Check = Callable[[Any], Iterable[str]]

CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        **CLAIM_CHECKS,
        **ACT_CHECKS,
        **PRESCRIPTION_CHECKS,
        **MONEY_CHECKS,
        **BLOCK_CHECKS,
        **DAY_CHECKS,
        **RIGHT_CHECKS,
        **READING_CHECKS,
        **READING_DAY_CHECKS,
    },
)
"""What each rule of the table looks for, by its name; those about a batch stand below."""

_WHOLE: Final = 100
_MEMBERS: Final = {
    RuleScope.LINE: "lines",
    RuleScope.BLOCK: "blocks",
    RuleScope.DAY: "days",
}


def check_claim(claim: Claim, context: InvoiceContext) -> tuple[ClaimFinding, ...]:
    """Say what is wrong with a claim, in the order of the table.

    A finding that is no warning keeps the batch from being sent (D18).
    """
    case = ClaimCase(claim=claim, context=context)
    found: list[ClaimFinding] = []
    for rule in _rules(context.settings):
        check = CHECKS[rule.name]
        is_warning = is_warning_here(rule, context.settings)
        # Plain loops: thousands of acts are looked at by every rule.
        for each in _cases(rule, case):
            for pointer in check(each):
                found.append(finding_of(rule, pointer, is_warning=is_warning))  # noqa: PERF401  # as said above
    return tuple(found)


class BatchCheck:
    """Looks at the claims of a batch one after the other: what is wrong only together.

    Each claim is looked at as if those before it were in the batch already, so that a batch of
    any size can be read in pages.
    """

    def __init__(self, context: InvoiceContext) -> None:
        """Begin with an empty batch."""
        self._settings = context.settings
        self._created_on = context.created_on
        self._has_file_today = context.has_file_today
        self._amount = self._copayment = self._supplement = 0
        self._rules = {
            rule.name: rule
            for rule in INVOICE_RULES
            if rule.scope is RuleScope.BATCH and rule.name not in context.settings.silent_rules
        }
        self._references = set[str]()
        self._acts: dict[ActKey, str] = {}
        self._readings = 0
        self._manual = 0

    def take(self, claim: Claim) -> tuple[ClaimFinding, ...]:
        """Take the next claim and say what clashes with those before it."""
        found = [*self._references_twice(claim), *self._acts_twice(claim)]
        self._amount += claim.insurer_amount
        self._copayment += claim.copayment
        self._supplement += claim.supplement
        for line in claim.lines:
            if line.reading is not None:
                self._readings += 1
                self._manual += line.reading.reading_kind not in ELECTRONIC
        return tuple(found)

    def finish(self) -> tuple[ClaimFinding, ...]:
        """Say what is wrong with the batch as a whole."""
        wrong = {
            "batch_total_too_large": self._is_too_large(),
            "second_file_of_day": self._has_file_today,
            "manual_readings_many": self._has_many_manual(),
        }
        return tuple(
            self._finding(rule, "/claims")
            for name, rule in self._rules.items()
            if wrong.get(name) and rule.holds_on(self._created_on)
        )

    def _is_too_large(self) -> bool:
        shares = (self._copayment, self._supplement)
        return abs(self._amount) > MOST_AMOUNT or any(abs(each) > MOST_SHARE for each in shares)

    def _has_many_manual(self) -> bool:
        most = self._settings.value("most_manual_percent", on=self._created_on)
        return most is not None and self._manual * _WHOLE > self._readings * most

    def _references_twice(self, claim: Claim) -> Iterator[ClaimFinding]:
        rule = self._rules["reference_twice"]
        for place, line in enumerate(claim.lines):
            if line.reference in self._references:
                yield self._finding(rule, f"/lines/{place}/reference")
            self._references.add(line.reference)

    def _acts_twice(self, claim: Claim) -> Iterator[ClaimFinding]:
        """Within one claim the rule ``act_twice`` looks; credit and correction belong together."""
        rule = self._rules.get("act_in_two_claims")
        if rule is None or claim.kind is not ClaimKind.NORMAL:
            return
        for place, line in enumerate(claim.lines):
            if line.is_statistical or not rule.holds_on(line.day):
                continue
            owner = self._acts.setdefault(act_key(claim.patient, line), claim.id)
            if owner != claim.id:
                yield self._finding(rule, f"/lines/{place}/code")

    def _finding(self, rule: InvoiceRule, pointer: str) -> ClaimFinding:
        return finding_of(rule, pointer, is_warning=is_warning_here(rule, self._settings))


def is_warning_here(rule: InvoiceRule, settings: InvoiceSettings) -> bool:
    """Tell whether a rule only warns: by itself, or because a setting says so."""
    return rule.is_warning or rule.name in settings.lenient_rules


def finding_of(rule: InvoiceRule, pointer: str, *, is_warning: bool) -> ClaimFinding:
    """Give the finding of a rule at a place."""
    return ClaimFinding(
        pointer=pointer,
        code=rule.code,
        is_warning=is_warning,
        record=rule.record,
        zone=rule.zone,
    )


@lru_cache(maxsize=8)
def _rules(settings: InvoiceSettings) -> tuple[InvoiceRule, ...]:
    return tuple(
        rule
        for rule in INVOICE_RULES
        if rule.scope is not RuleScope.BATCH and rule.name not in settings.silent_rules
    )


def _cases(rule: InvoiceRule, case: ClaimCase) -> Iterable[Any]:
    """Give what a rule is about, where it is in force on the day that counts."""
    if rule.scope is RuleScope.CLAIM:
        return (case,) if rule.holds_on(case.context.created_on) else ()
    found: Sequence[LineCase | BlockCase | DayCase] = getattr(case, _MEMBERS[rule.scope])
    if rule.valid_from is None and rule.valid_to is None:
        return found
    return (each for each in found if rule.holds_on(each.day))
