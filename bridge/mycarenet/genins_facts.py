"""From an answer of GenericInsurability to the facts that MemberData gives too.

Source: *Insurability* 2.2 and 4, ``genins-errors.csv``; decision D15.
"""

from __future__ import annotations

from typing import Final

from bridge.domain.identifiers import Niss
from bridge.domain.insurability import (
    InsurabilityFacts,
    InsurabilityQuestion,
    InsuredPeriod,
    Refusal,
    SituationEvent,
)
from bridge.domain.periods import Period
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet.genins_values import GenInsAnswer, GenInsFault, GenInsItem, Reason
from bridge.mycarenet.memberdata_facts import MOST_CODE_CHARACTERS, PLATFORM

_EVENTS: Final = {
    "changeDuring": SituationEvent.CHANGED_DURING,
    "multiple": SituationEvent.MULTIPLE,
    "closedBefore": SituationEvent.CLOSED_BEFORE,
    "startLater": SituationEvent.STARTS_LATER,
}
_USER: Final = ("user", "correct_input")
_VENDOR: Final = ("support", "contact_vendor")
_MEANINGS: Final[dict[tuple[str, str], tuple[str, tuple[str, str]]]] = {
    ("Inss", "10"): ("patient_identification_invalid", _USER),
    ("Inss", "11"): ("patient_identification_invalid", _USER),
    ("Inss", "12"): ("patient_identification_invalid", _USER),
    ("Inss", "23"): ("patient_unknown", _USER),
    ("Mutuality", "10"): ("patient_identification_invalid", _USER),
    ("Mutuality", "11"): ("patient_identification_invalid", _USER),
    ("Mutuality", "21"): ("insurer_unknown", ("insurer", "contact_insurer")),
    ("RegNrWithMut", "10"): ("patient_identification_invalid", _USER),
    ("InsurabilityRequestType", "99"): (
        "data_not_authorised",
        ("authority", "contact_support"),
    ),
    ("PeriodStart", "43"): ("insurer_unknown", ("insurer", "contact_insurer")),
    ("PeriodStart", "44"): ("several_insurers", _USER),
    ("InsurabilityContactType", "42"): ("contact_type_mismatch", _USER),
}
"""Element and number of a reason to our code, who can fix it and how."""

_BY_NUMBER: Final[dict[str, tuple[str, tuple[str, str]]]] = {
    "30": ("period_not_accepted", _USER),
    "31": ("period_not_accepted", _USER),
    "32": ("period_not_accepted", _USER),
    "40": ("period_not_accepted", _USER),
    "42": ("contact_type_mismatch", _USER),
    "43": ("insurer_unknown", ("insurer", "contact_insurer")),
    "44": ("several_insurers", _USER),
    "99": ("data_not_authorised", ("authority", "contact_support")),
}
"""For reasons whose place is not told, or another one than the table has."""

_BY_FAULT: Final[dict[str, tuple[str, tuple[str, str]]]] = {
    "INPUT_ERROR": ("query_rejected", _VENDOR),
    "NO_IO_ERROR": ("insurer_unknown", ("insurer", "contact_insurer")),
    "MULTIIO_ERROR": ("several_insurers", _USER),
}
_UNKNOWN: Final = ("refusal_not_known", ("support", "contact_support"))


def facts_of(answer: GenInsAnswer, question: InsurabilityQuestion) -> InsurabilityFacts:
    """Give the facts of an answer.

    Raises:
        TheirAnswerInvalid: it is about another patient, or says nothing.
    """
    if answer.fault is not None:
        return InsurabilityFacts(refusals=_refusals(answer.fault))
    detail = answer.detail
    if detail is None:
        raise TheirAnswerInvalid("neither a fault nor an insurance")
    _check_patient(answer, question)
    periods = tuple(
        sorted((_period(item, question) for item in detail.items), key=lambda p: p.period.from_on)
    )
    asked_on = question.period.to_on
    is_insured = any(each.period.from_on <= asked_on <= each.period.to_on for each in periods)
    warnings: tuple[Refusal, ...] = ()
    if detail.is_truncated:
        warnings = (_refusal("periods_left_out", _USER, "Truncated", PLATFORM),)
    event = None
    if detail.event is not None:
        event = _EVENTS.get(detail.event, SituationEvent.OTHER)
    return InsurabilityFacts(
        patient=answer.identity,
        is_insured=is_insured,
        periods=periods,
        insurer_pays_provider=detail.pays_provider,
        has_special_social_category=detail.has_special_social_category,
        event=event,
        event_on=detail.event_on,
        hospital_stay=detail.hospital_stay,
        medical_house=detail.medical_house,
        warnings=warnings,
    )


def _check_patient(answer: GenInsAnswer, question: InsurabilityQuestion) -> None:
    asked = question.patient
    named = None if answer.identity is None else answer.identity.niss
    is_other = answer.patient is not None and answer.patient != asked
    if is_other or (isinstance(asked, Niss) and named not in {None, asked}):
        raise TheirAnswerInvalid("answer about another patient")


def _period(item: GenInsItem, question: InsurabilityQuestion) -> InsuredPeriod:
    until = item.until or max(question.period.to_on, item.since)
    if until < item.since:
        raise TheirAnswerInvalid("an insured period ends before it begins")
    return InsuredPeriod(
        period=Period(from_on=item.since, to_on=until),
        insurer=f"{item.mutuality[0]}00",
        mutuality=item.mutuality,
        membership_number=item.membership_number,
        ct1=item.ct1,
        ct2=item.ct2,
        communicated_on=item.communicated_on,
        payment_approval=item.payment_approval,
    )


def _refusals(fault: GenInsFault) -> tuple[Refusal, ...]:
    source = fault.source.lower() or PLATFORM
    if not fault.reasons:
        code, whose = _BY_FAULT.get(fault.code, _UNKNOWN)
        return (_refusal(code, whose, fault.code, source),)
    found = []
    for reason in fault.reasons:
        code, whose = _meaning(reason, fault.code)
        found.append(_refusal(code, whose, _written(reason), source))
    return tuple(dict.fromkeys(found))


def _meaning(reason: Reason, fault_code: str) -> tuple[str, tuple[str, str]]:
    place = (reason.location or "").rpartition("/")[2].rpartition(":")[2]
    known = _MEANINGS.get((place, reason.code)) or _BY_NUMBER.get(reason.code)
    return known or _BY_FAULT.get(fault_code, _UNKNOWN)


def _written(reason: Reason) -> str:
    place = (reason.location or "").rpartition("/")[2].rpartition(":")[2]
    return f"{place}:{reason.code}" if place else reason.code


def _refusal(code: str, whose: tuple[str, str], remote_code: str, source: str) -> Refusal:
    who_can_fix, user_action = whose
    return Refusal(
        code=code,
        remote_code=remote_code[:MOST_CODE_CHARACTERS],
        source=source,
        who_can_fix=who_can_fix,
        user_action=user_action,
    )
