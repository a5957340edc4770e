"""From an answer of MemberData to facts a nurse understands.

Source: *Insurability* 3.2 and 4, *MyCareNet transport* 5.3 and 5.4, decision D15.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from bridge.domain.identifiers import Mutuality, Niss
from bridge.domain.insurability import (
    FacetFacts,
    HospitalStay,
    InsurabilityFacts,
    InsurabilityQuestion,
    InsuredPeriod,
    MedicalHouse,
    MemberFacet,
    PatientIdentity,
    Refusal,
    SituationEvent,
)
from bridge.domain.periods import BRUSSELS, Period
from bridge.errors import InputError, InvalidIdentifier, TheirAnswerInvalid
from bridge.mycarenet import names
from bridge.mycarenet.memberdata_query import FACETS
from bridge.mycarenet.memberdata_response import FaultDetail, Response, Statement
from bridge.mycarenet.names import NIPPIN
from bridge.mycarenet.tables.memberdata_errors import meaning_of

PLATFORM: Final = "mycarenet"
"""Source of a refusal by the platform itself."""

MOST_CODE_CHARACTERS: Final = 80
"""Longest code of another party that we keep; the longest known one has 41 characters."""

_EVENTS: Final = MappingProxyType(
    {
        "closedbefore": SituationEvent.CLOSED_BEFORE,
        "startlater": SituationEvent.STARTS_LATER,
        "changeduring": SituationEvent.CHANGED_DURING,
        "multiple": SituationEvent.MULTIPLE,
    },
)
_NOT_INSURED_EVENTS: Final = frozenset(
    {None, SituationEvent.CLOSED_BEFORE, SituationEvent.STARTS_LATER},
)
_INSURABILITY_KINDS: Final = frozenset(
    {names.PATIENT, names.PERIOD, names.PAYMENT, names.GENERAL_SITUATION},
)
_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T[0-9:.]*)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_MIDNIGHT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:T00:00(?::00(?:\.0+)?)?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII
)
_ISSUER: Final = re.compile(re.escape(names.IO_ISSUER) + r"(\d{3})", re.ASCII)
_SOURCE: Final = re.compile(r"IO-BE-(\d{3})", re.ASCII)
_TRUTHS: Final = MappingProxyType({"true": True, "1": True, "false": False, "0": False})


def facts_of(response: Response, question: InsurabilityQuestion) -> InsurabilityFacts:
    """Give the facts of an answer.

    Raises:
        TheirAnswerInvalid: it is about another patient, or a period cannot be read.
    """
    is_success = response.status[0] == names.SUCCESS
    reasons = _refusals(response, is_warning=is_success)
    if not is_success:
        return InsurabilityFacts(refusals=reasons)
    periods = _insured_periods(response)
    situation = _of_kind(response, names.GENERAL_SITUATION)
    event = _event(situation)
    payment = _of_kind(response, names.PAYMENT)
    return InsurabilityFacts(
        patient=_patient(response, question),
        is_insured=_is_insured(response, periods, event, question),
        periods=periods,
        insurer_pays_provider=_truth(payment, "payment:byIO"),
        has_special_social_category=_truth(payment, "payment:specialSocialCategory"),
        event=event,
        event_on=_day(_first(situation, "generalSituation:transfer:date")),
        hospital_stay=_hospital_stay(_of_kind(response, names.HOSPITALISATION)),
        medical_house=_medical_house(response),
        facets=tuple(
            _facet(facet, response)
            for facet in question.facets
            if facet is not MemberFacet.INSURABILITY
        ),
        warnings=reasons,
    )


# -- refusals ------------------------------------------------------------------------------------


def _refusals(response: Response, *, is_warning: bool) -> tuple[Refusal, ...]:
    refusals = (
        _refusal(detail, response, is_warning=is_warning)
        for detail in _details(response, is_warning=is_warning)
    )
    return tuple(dict.fromkeys(refusals))


def _details(response: Response, *, is_warning: bool) -> Iterator[FaultDetail]:
    """List the reasons; a refusal that gives none is named by its fault or status code."""
    fault = response.fault
    if fault is not None and fault.details:
        yield from fault.details
    elif fault is not None:
        yield FaultDetail(code=fault.code, source=fault.source)
    elif not is_warning or len(response.status) > 1:
        yield FaultDetail(code=response.status[-1].rpartition(":")[2], source="")


def _refusal(detail: FaultDetail, response: Response, *, is_warning: bool) -> Refusal:
    meaning = meaning_of(detail.code, is_warning=is_warning)
    return Refusal(
        code=meaning.code,
        remote_code=detail.code[:MOST_CODE_CHARACTERS],
        source=_source(detail.source, response),
        who_can_fix=meaning.who_can_fix,
        user_action=meaning.user_action,
    )


def _source(text: str, response: Response) -> str:
    insurer = _SOURCE.fullmatch(text.upper()) or (None if text else _ISSUER.match(response.issuer))
    return insurer[1] if insurer else PLATFORM if not text else text.lower()


# -- patient -------------------------------------------------------------------------------------


def _patient(response: Response, question: InsurabilityQuestion) -> PatientIdentity | None:
    for statement in response.statements:
        _check_subject(statement, question)
    numbers = {
        number
        for statement in response.statements
        if (number := statement.first(names.SUBJECT_SSIN)) is not None
    }
    asked = question.patient
    if len(numbers) > 1 or (isinstance(asked, Niss) and numbers - {asked.digits}):
        raise TheirAnswerInvalid("answer about another patient")
    patient = _of_kind(response, names.PATIENT)
    if patient is None:
        return None
    return PatientIdentity(
        niss=asked if isinstance(asked, Niss) else _niss(patient),
        last_name=_first(patient, "careReceiver:name"),
        first_name=_first(patient, "careReceiver:firstName"),
        born_on=_day(_first(patient, "careReceiver:birthDate")),
        deceased_on=_deceased_on(patient),
        gender=_first(patient, "careReceiver:gender"),
    )


def _check_subject(statement: Statement, question: InsurabilityQuestion) -> None:
    """Refuse an assertion about someone else than was asked."""
    asked = question.patient
    if isinstance(asked, Niss):
        number = {
            names.SUBJECT_SSIN: statement.name_id,
            names.SUBJECT_SSIN_AT_MUTUALITY: statement.name_id.partition("@")[0],
        }.get(statement.name_format, asked.digits)
        is_same = number == asked.digits
    else:
        wanted = f"{asked.membership_number.text}@{asked.mutuality.digits}"
        is_membership = statement.name_format == names.SUBJECT_MEMBERSHIP
        is_same = not is_membership or _squeezed(statement.name_id) == _squeezed(wanted)
    if not is_same:
        raise TheirAnswerInvalid("assertion about another patient")


def _squeezed(text: str) -> str:
    """Insurers put blanks into membership numbers where they like."""
    return text.replace(" ", "").upper()


def _niss(patient: Statement) -> Niss | None:
    try:
        return Niss.parse(patient.first(names.SUBJECT_SSIN) or "")
    except InvalidIdentifier:
        return None


def _deceased_on(patient: Statement) -> date | None:
    """A date of death that cannot be read must not look like no death."""
    text = _first(patient, "careReceiver:deceasedDate")
    day = _day(text)
    if text is not None and day is None:
        raise TheirAnswerInvalid("date of death cannot be read")
    return day


# -- insurance -----------------------------------------------------------------------------------


def _insured_periods(response: Response) -> tuple[InsuredPeriod, ...]:
    periods = [
        _insured_period(statement, response)
        for statement in response.statements
        if statement.kind == names.PERIOD
    ]
    return tuple(sorted(periods, key=lambda each: (each.period.from_on, each.period.to_on)))


def _insured_period(statement: Statement, response: Response) -> InsuredPeriod:
    issuer = _ISSUER.fullmatch(statement.issuer) or _ISSUER.fullmatch(response.issuer)
    issued_by = issuer[1] if issuer else ""
    mutuality = _first(statement, "careReceiver:mutuality") or issued_by
    if not mutuality:
        raise TheirAnswerInvalid("period without mutuality")
    return InsuredPeriod(
        period=_period(statement),
        insurer=_insurer(mutuality, issued_by),
        mutuality=mutuality,
        membership_number=_first(statement, "careReceiver:registrationNumber"),
        ct1=_first(statement, "cb1"),
        ct2=_first(statement, "cb2"),
        communicated_on=_day(_first(statement, "communicationDate")),
        payment_approval=_first(statement, "paymentApproval"),
    )


def _insurer(mutuality: str, issued_by: str) -> str:
    """Give the union: that of the mutuality, else that of the issuer, else the raw code."""
    for number in (mutuality, issued_by):
        try:
            return Mutuality.parse(number).insurer
        except InvalidIdentifier:
            continue
    return mutuality


def _period(statement: Statement) -> Period:
    """Read the effective period; its end is excluded on the wire and included here."""
    first, _ = _local_moment(statement.not_before)
    end, is_midnight = _local_moment(statement.not_on_or_after)
    try:
        return Period(from_on=first, to_on=end - timedelta(days=1 if is_midnight else 0))
    except (InputError, OverflowError):
        raise TheirAnswerInvalid("period ends before it starts") from None


def _local_moment(text: str | None) -> tuple[date, bool]:
    """Give the day in Belgium, and whether it is meant as its very beginning.

    A written midnight is that day's midnight even with a zone behind it; any other time with a
    zone is converted to Brussels time first.
    """
    written = (text or "").strip()
    if _MIDNIGHT.fullmatch(written):
        day = _day(written)
        if day is not None:
            return day, True
    try:
        moment = datetime.fromisoformat(written)
        local = moment.astimezone(BRUSSELS) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise TheirAnswerInvalid("period cannot be read") from None
    return local.date(), local.time().replace(tzinfo=None) == datetime.min.time()


def _is_insured(
    response: Response,
    periods: tuple[InsuredPeriod, ...],
    event: SituationEvent | None,
    question: InsurabilityQuestion,
) -> bool | None:
    """Insured on the last asked day; a partial or ambiguous answer never says *no*."""
    if MemberFacet.INSURABILITY not in question.facets:
        return None
    if any(each.period.covers(question.period.to_on) for each in periods):
        return True
    is_answered = any(each.kind in _INSURABILITY_KINDS for each in response.statements)
    is_complete = response.fault is None and len(response.status) == 1
    return False if is_answered and is_complete and event in _NOT_INSURED_EVENTS else None


def _facet(facet: MemberFacet, response: Response) -> FacetFacts:
    """Collect what is said about a facet; no assertion at all means that it does not apply."""
    kind = FACETS[facet][0]
    said = [each for each in response.statements if each.kind == kind]
    members = {
        fact.name.removeprefix(kind + ":"): fact.text for each in said for fact in each.attributes
    }
    return FacetFacts(facet=facet, has_data=bool(said), members=members)


def _event(situation: Statement | None) -> SituationEvent | None:
    word = _first(situation, "generalSituation:event")
    return None if word is None else _EVENTS.get(word.lower(), SituationEvent.OTHER)


def _hospital_stay(statement: Statement | None) -> HospitalStay | None:
    if statement is None:
        return None
    return HospitalStay(
        hospital_nihii=_first(statement, "hospitalisation:hospital:nihii11"),
        service=_first(statement, "hospitalisation:service"),
        admitted_on=_day(_first(statement, "hospitalisation:admissionDate")),
    )


def _medical_house(response: Response) -> MedicalHouse | None:
    """Give the practice at flat rate; the one for nursing when there are several."""
    houses = [
        MedicalHouse(
            nihii=_first(statement, "medicalHouse:nihii11"),
            kind=_first(statement, "medicalHouse:type"),
            started_on=_day(_first(statement, "medicalHouse:start")),
        )
        for statement in response.statements
        if statement.kind == names.MEDICAL_HOUSE
    ]
    houses.sort(key=lambda house: "nurse" not in (house.kind or "").lower())
    return houses[0] if houses else None


# -- reading values ------------------------------------------------------------------------------


def _of_kind(response: Response, kind: str) -> Statement | None:
    return next((each for each in response.statements if each.kind == kind), None)


def _first(statement: Statement | None, name: str) -> str | None:
    return None if statement is None else statement.first(NIPPIN + name)


def _truth(statement: Statement | None, name: str) -> bool | None:
    return _TRUTHS.get((_first(statement, name) or "").lower())


def _day(text: str | None) -> date | None:
    """Read a day, with or without time and zone behind it; ``None`` when there is no such day."""
    match = _DAY.fullmatch(text or "")
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None
