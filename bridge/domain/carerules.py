"""Before a declaration leaves: what is wrong with it, rule by rule.

The rules stand in a table (``bridge.domain.tables.sending_rules``); what each looks for stands
here for all kinds, and in a module of its own for each kind.
Source: *Nursing messages* 3 to 8; decisions D18 and D24.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from bridge.domain.carecases import AnyCase, CareContext, Case, Check, asked_period, begins_with
from bridge.domain.carerules_katz import KATZ_CHECKS
from bridge.domain.carerules_palliative import PALLIATIVE_CHECKS
from bridge.domain.carerules_technical import TECHNICAL_CHECKS
from bridge.domain.caresettings import CareSettings
from bridge.domain.declarations import (
    NURSE_REFERENCE_LENGTH,
    CarePatient,
    CarePeriod,
    Declaration,
    KatzContent,
    KatzRequest,
    PalliativeContent,
)
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.periods import brussels_day
from bridge.domain.tables.sending_rules import SENDING_RULES, SendingRule
from bridge.errors import Finding

_INSURERS: Final = frozenset({"100", "200", "300", "400", "500", "600", "900"})
_REFERENCE: Final = re.compile(rf"[0-9A-ZÖËÜ '.*+,\-/:;=?()\[\]<>]{{1,{NURSE_REFERENCE_LENGTH}}}")
# The schema's pattern; its ``\\.`` is a full stop, so a backslash is not allowed.

_UNANSWERED: Final = frozenset({ExchangeStatus.SENT, ExchangeStatus.RECEIVED})


def check_declaration(declaration: Declaration, context: CareContext) -> tuple[Finding, ...]:
    """Say what is wrong with a declaration, in the order of the table.

    A finding that is no warning keeps the declaration from being sent (D18).
    """
    case: AnyCase = Case(declaration=declaration, content=declaration.content, context=context)
    rules = (rule for rule in SENDING_RULES if _is_looked_at(rule, case))
    return tuple(finding for rule in rules for finding in _findings(rule, case))


def clashes(
    declarations: Sequence[Declaration],
    *,
    today: date,
    settings: CareSettings,
) -> Mapping[str, tuple[Finding, ...]]:
    """Give what is wrong with declarations only because they are released together.

    Each is looked at as if those before it had been released already.

    Returns:
        Findings by the declaration's identifier; those without any are left out.
    """
    rule = next(each for each in SENDING_RULES if each.name == "declaration_overlap")
    found: dict[str, tuple[Finding, ...]] = {}
    before: dict[Hashable, list[Declaration]] = defaultdict(list)
    for each in declarations:
        names = _names(each.patient)
        others = tuple(one for name in names for one in before[name])
        context = CareContext(today=today, others=others, settings=settings)
        case: AnyCase = Case(declaration=each, content=each.content, context=context)
        findings = tuple(_findings(rule, case)) if _is_looked_at(rule, case) else ()
        is_silent = rule.name in settings.silent_rules
        if not findings and not is_silent and any(_says_the_same(each, one) for one in others):
            findings = (Finding(pointer="", code=rule.code),)
        if findings:
            found[each.id] = findings
        for name in names:
            before[name].append(replace(each, status=ExchangeStatus.TO_SEND))
    return found


def _says_the_same(one: Declaration, other: Declaration) -> bool:
    """Tell whether two declarations say the same, whatever their kind.

    The guard against duplicates knows only what has left already (API-36).
    """
    said, also = (
        (each.registration_id, each.patient, each.content, each.corrects_id)
        for each in (one, other)
    )
    return said == also


def _names(patient: CarePatient) -> tuple[Hashable, ...]:
    """Give by what a patient is found again; thousands are released together."""
    member = (patient.mutuality, patient.membership_number)
    names = (patient.niss, member if patient.membership_number is not None else None)
    return tuple(name for name in names if name is not None)


def _is_looked_at(rule: SendingRule, case: AnyCase) -> bool:
    is_silent = rule.name in case.settings.silent_rules
    return case.declaration.kind in rule.kinds and rule.holds_on(case.rules_day) and not is_silent


def _findings(rule: SendingRule, case: AnyCase) -> Iterator[Finding]:
    is_warning = rule.is_warning or rule.name in case.settings.lenient_rules
    for pointer in CHECKS[rule.name](case):
        yield Finding(pointer=pointer, code=rule.code, is_warning=is_warning)


def lost_days(
    declaration: Declaration,
    today: date,
    *,
    settings: CareSettings | None = None,
) -> CarePeriod | None:
    """Give the days that are not reimbursed when a declaration leaves today.

    After the latest day care is reimbursed from the day after sending only, unless the advising
    doctor accepts the first day on a written motivation (*Nursing messages* 5.5).
    A closure loses no days.
    """
    asked = asked_period(declaration.content)
    if asked.start_on is None or _is_closure(declaration):
        return None
    chosen = settings or CareSettings()
    latest = chosen.value("latest_sending_days", on=asked.start_on)
    if today <= asked.start_on + timedelta(days=latest):
        return None
    return CarePeriod(start_on=asked.start_on, end_on=min(today, asked.end_on or today))


def is_unanswered(declaration: Declaration, today: date, *, settings: CareSettings) -> bool:
    """Tell whether an answer is so late that a person has to look (*Nursing messages* 8)."""
    if declaration.status not in _UNANSWERED or declaration.sent_at is None:
        return False
    sent_on = brussels_day(declaration.sent_at)
    return today > sent_on + timedelta(days=settings.value("no_answer_days", on=sent_on))


def _is_closure(declaration: Declaration) -> bool:
    content = declaration.content
    return isinstance(content, KatzContent) and content.request is KatzRequest.CLOSE


def _patient(case: AnyCase) -> Iterable[str]:
    patient = case.declaration.patient
    if patient.niss is None and patient.membership_number is None:
        yield "/patient"


def _mutuality(case: AnyCase) -> Iterable[str]:
    if case.declaration.patient.insurer not in _INSURERS:
        yield "/patient/mutuality"


def _nurse_reference(case: AnyCase) -> Iterable[str]:
    if not _REFERENCE.fullmatch(case.declaration.nurse_reference):
        yield "/nurse_reference"


def _requester(case: AnyCase) -> Iterable[str]:
    if not begins_with(case.declaration.requester, case.settings.requester_prefixes):
        yield "/requester"


def _start(case: AnyCase) -> Iterable[str]:
    if case.period.start_on is None and not _is_closure(case.declaration):
        yield "/period/start_on"


def _order(case: AnyCase) -> Iterable[str]:
    start_on, end_on = case.period.start_on, case.period.end_on
    if start_on is not None and end_on is not None and end_on < start_on:
        yield "/period/end_on"


def _late(case: AnyCase) -> Iterable[str]:
    context = case.context
    if lost_days(case.declaration, context.today, settings=context.settings) is not None:
        is_palliative = isinstance(case.declaration.content, PalliativeContent)
        yield "/start_on" if is_palliative else "/period/start_on"


def _prescriber(case: AnyCase) -> Iterable[str]:
    if not begins_with(case.content.prescriber, case.settings.prescriber_prefixes):
        yield "/prescriber"


CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "patient_reference_incomplete": _patient,
        "mutuality_invalid": _mutuality,
        "nurse_reference_invalid": _nurse_reference,
        "requester_not_nurse": _requester,
        "care_start_missing": _start,
        "period_reversed": _order,
        "sent_late": _late,
        "prescriber_unusual": _prescriber,
        **KATZ_CHECKS,
        **PALLIATIVE_CHECKS,
        **TECHNICAL_CHECKS,
    },
)
"""What each rule of the table looks for, by its name."""
