"""Each sending rule raised by a least case, and not by its neighbour (5.6, 6, 7, D24)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain

import pytest

from bridge.domain.agreements import EndReason
from bridge.domain.carecases import CareContext
from bridge.domain.carerules import CHECKS, check_declaration, clashes
from bridge.domain.caresettings import CareSettings, RenewalStart
from bridge.domain.declarations import (
    CareFrequency,
    CarePlace,
    Content,
    DecisionResult,
    Declaration,
    DeclarationKind,
    Dementia,
    DementiaSeverity,
    KatzRequest,
    ToiletFrequency,
)
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import MembershipNumber, Mutuality
from bridge.domain.katz import CareKind, KatzScores
from bridge.domain.tables.sending_rules import SENDING_RULES
from tests.support.carecases import (
    DENTIST,
    DOCTOR,
    GROUP,
    NUMBER,
    NURSE,
    OTHER_NUMBER,
    OTHER_PATIENT,
    PATIENT,
    PHARMACIST,
    SCORES_A,
    SCORES_B,
    SCORES_DAILY,
    SCORES_NONE,
    SCORES_TOILET,
    TODAY,
    agreement,
    change,
    closure,
    context,
    days,
    decision,
    declaration,
    extension,
    katz,
    palliative,
    technical,
    toilet,
)

RULES = {rule.name: rule for rule in SENDING_RULES}
PER_DAY = CareFrequency(toilets=1, toilet_frequency=ToiletFrequency.DAY)
PER_WEEK = CareFrequency(toilets=2, toilet_frequency=ToiletFrequency.WEEK)
LIGHT = Dementia(severity=DementiaSeverity.LIGHT, doctor=DOCTOR)
PLACE = CarePlace(name="HOME DE DEMO", address="DEMOSTRAAT 1", postal_code="9000")
NEXT_DAY = CareSettings(renewal_start=RenewalStart.NEXT_DAY)
REGISTER = context(agreement())
TOO_STRONG = katz(care_kind=CareKind.C, frequency=CareFrequency(visits_per_day=2))
NOTHING = context()


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A case that raises a rule, and its neighbour that does not."""

    rule: str
    name: str
    pointer: str
    wrong: Declaration
    right: Declaration
    known: CareContext
    known_right: CareContext


def pair(
    name: str,
    pointer: str,
    wrong: Content | Declaration,
    right: Content | Declaration,
    *known: CareContext,
) -> Pair:
    """Name a pair ``rule: what about it``; a second context is that of the neighbour."""
    first = known[0] if known else NOTHING
    return Pair(
        rule=name.partition(":")[0],
        name=name.replace(": ", "-").replace(" ", "-"),
        pointer=pointer,
        wrong=wrong if isinstance(wrong, Declaration) else declaration(wrong),
        right=right if isinstance(right, Declaration) else declaration(right),
        known=first,
        known_right=known[1] if len(known) > 1 else first,
    )


def starting(day: str) -> Content:
    return katz(period=days(day))


def waiting(content: Content, **changes: object) -> Declaration:
    return declaration(content, **{"id": "ktz_2", "status": ExchangeStatus.SENT, **changes})


def knowing(*others: Declaration) -> CareContext:
    return context(others=others)


def on(day: str) -> CareContext:
    return replace(REGISTER, today=date.fromisoformat(day))


GENERAL = [
    pair(
        "patient_reference_incomplete",
        "/patient",
        declaration(katz(), patient=replace(PATIENT, niss=None)),
        declaration(
            katz(),
            patient=replace(PATIENT, niss=None, membership_number=MembershipNumber("12 34")),
        ),
    ),
    pair(
        "mutuality_invalid",
        "/patient/mutuality",
        declaration(katz(), patient=replace(PATIENT, mutuality=Mutuality("719"))),
        declaration(katz(), patient=replace(PATIENT, mutuality=Mutuality("919"))),
    ),
    *(
        pair(
            f"nurse_reference_invalid: {name}",
            "/nurse_reference",
            declaration(katz(), nurse_reference=wrong),
            declaration(katz(), nurse_reference=right),
        )
        for name, wrong, right in [
            ("empty", "", "A"),
            ("length", "A" * 16, "A" * 15),
            ("lower case", "kz1", "KZ1"),
            ("backslash", "KZ\\1", "KZ/1"),
            ("accent", "É", "Ë"),
            ("line end", "KZ1\n", "KZ1 "),
        ]
    ),
    pair(
        "requester_not_nurse: doctor",
        "/requester",
        declaration(katz(), requester=DOCTOR),
        declaration(katz(), requester=GROUP),
    ),
    pair(
        "care_start_missing: katz",
        "/period/start_on",
        katz(period=days(None, "2027-01-31")),
        closure(),
        REGISTER,
    ),
    pair(
        "care_start_missing: technical",
        "/period/start_on",
        technical(period=days()),
        technical(period=days("2026-11-20")),
    ),
    pair(
        "period_reversed: katz",
        "/period/end_on",
        katz(period=days("2026-11-20", "2026-11-19")),
        katz(period=days("2026-11-20", "2026-11-20")),
    ),
    pair(
        "period_reversed: technical",
        "/period/end_on",
        technical(period=days("2026-11-20", "2026-11-19")),
        technical(period=days("2026-11-20", "2026-11-20")),
    ),
    pair("sent_late: day 11", "/period/start_on", starting("2026-11-14"), starting("2026-11-15")),
    pair(
        "sent_late: palliative",
        "/start_on",
        palliative(start_on=date(2026, 11, 14)),
        palliative(start_on=date(2026, 11, 15)),
    ),
    pair(
        "sent_late: technical",
        "/period/start_on",
        technical(period=days("2026-11-14")),
        technical(period=days("2026-11-15")),
    ),
    pair(
        "prescriber_unusual: katz",
        "/prescriber",
        katz(prescriber=PHARMACIST),
        katz(prescriber=DOCTOR),
    ),
    pair(
        "prescriber_unusual: technical",
        "/prescriber",
        technical(prescriber=NURSE),
        technical(prescriber=DENTIST),
    ),
]

CONTENT = [
    pair("scores_missing", "/scores", katz(scores=None), katz()),
    pair("care_kind_missing", "/care_kind", katz(care_kind=None), katz()),
    pair(
        "care_kind_too_strong: lump sum",
        "/care_kind",
        katz(care_kind=CareKind.C),
        katz(care_kind=CareKind.B),
    ),
    pair(
        "care_kind_too_strong: no right at all",
        "/care_kind",
        toilet(SCORES_NONE),
        toilet(SCORES_TOILET),
    ),
    pair(
        "care_kind_too_strong: wider C",
        "/care_kind",
        katz(care_kind=CareKind.C, scores=KatzScores.of((4, 4, 4, 4, 3, 1))),
        katz(care_kind=CareKind.C, scores=KatzScores.of((4, 4, 4, 4, 3, 1))),
        NOTHING,
        context(settings=CareSettings(has_wider_c=True)),
    ),
    pair("care_kind_weaker: A for B", "/care_kind", katz(care_kind=CareKind.A), katz()),
    pair(
        "care_kind_weaker: toilet for A",
        "/care_kind",
        toilet(SCORES_A, frequency=PER_DAY),
        toilet(SCORES_DAILY, frequency=PER_DAY),
    ),
    pair(
        "toilets_more_than_allowed: each day",
        "/frequency/toilets",
        toilet(frequency=PER_DAY),
        toilet(frequency=PER_WEEK),
    ),
    pair(
        "toilets_more_than_allowed: three a week",
        "/frequency/toilets",
        toilet(frequency=replace(PER_WEEK, toilets=3)),
        toilet(frequency=replace(PER_WEEK, toilets=1)),
    ),
    pair(
        "toilets_more_than_allowed: attested",
        "/frequency/toilets",
        toilet(KatzScores.of((2, 2, 1, 1, 1, 1)), frequency=PER_DAY),
        toilet(KatzScores.of((2, 2, 1, 1, 1, 1)), frequency=PER_DAY, dementia=LIGHT),
    ),
    pair(
        "toilets_fewer_than_allowed",
        "/frequency/toilets",
        toilet(SCORES_DAILY, frequency=PER_WEEK),
        toilet(SCORES_DAILY, frequency=PER_DAY),
    ),
    pair(
        "toilets_incomplete: without unit",
        "/frequency/toilet_frequency",
        katz(frequency=CareFrequency(toilets=1)),
        katz(frequency=PER_DAY),
    ),
    pair(
        "toilets_incomplete: without number",
        "/frequency/toilets",
        katz(frequency=CareFrequency(toilet_frequency=ToiletFrequency.DAY)),
        katz(frequency=CareFrequency()),
    ),
    pair(
        "toilets_unusual: number",
        "/frequency/toilets",
        toilet(frequency=replace(PER_WEEK, toilets=1)),
        toilet(frequency=PER_WEEK),
    ),
    pair(
        "toilets_unusual: not stated",
        "/frequency/toilets",
        toilet(frequency=CareFrequency()),
        katz(frequency=CareFrequency()),
    ),
    pair(
        "visits_too_few: A and B",
        "/frequency/visits_per_day",
        katz(frequency=CareFrequency(visits_per_day=0)),
        katz(frequency=CareFrequency(visits_per_day=1)),
    ),
    pair(
        "visits_too_few: C",
        "/frequency/visits_per_day",
        katz(
            care_kind=CareKind.C,
            scores=KatzScores.of((4,) * 6),
            frequency=CareFrequency(visits_per_day=1),
        ),
        katz(
            care_kind=CareKind.C,
            scores=KatzScores.of((4,) * 6),
            frequency=CareFrequency(visits_per_day=2),
        ),
    ),
    *(
        pair(
            f"frequency_out_of_range: {member} {wrong}",
            f"/frequency/{member}",
            katz(frequency=replace(PER_WEEK, **{member: wrong})),
            katz(frequency=replace(PER_WEEK, **{member: right})),
        )
        for member, wrong, right in [
            ("days_per_week", -1, 0),
            ("days_per_week", 8, 7),
            ("visits_per_day", -1, 0),
            ("visits_per_day", 3, 2),
            ("toilets", -1, 0),
            ("toilets", 8, 7),
        ]
    ),
    *(
        pair(
            f"care_place_invalid: {member} {name}",
            f"/place/{member}",
            katz(place=replace(PLACE, **{member: wrong})),
            katz(place=replace(PLACE, **{member: right})),
        )
        for member, name, wrong, right in [
            ("name", "blank", " ", "A"),
            ("name", "long", "A" * 26, "A" * 25),
            ("address", "empty", "", "A"),
            ("address", "long", "A" * 26, "A" * 25),
            ("postal_code", "short", "900", "9000"),
            ("postal_code", "letters", "B900", "0900"),
            ("postal_code", "other digits", "٩٠٠٠", "9000"),
        ]
    ),
    pair(
        "dementia_without_doctor",
        "/dementia/doctor",
        katz(dementia=replace(LIGHT, doctor=None)),
        katz(dementia=LIGHT),
    ),
    pair(
        "dementia_doctor_number",
        "/dementia/doctor",
        katz(dementia=replace(LIGHT, doctor=NURSE)),
        katz(dementia=LIGHT),
    ),
]


def long_until(start: str, wrong: str, right: str, *known: CareContext) -> Pair:
    return pair(
        f"period_too_long: {start} to {wrong}{' next day' if known else ''}",
        "/period/end_on",
        katz(period=days(start, wrong)),
        katz(period=days(start, right)),
        *known,
    )


LENGTH = [
    long_until("2026-11-20", "2027-02-21", "2027-02-20"),
    long_until("2026-11-20", "2027-02-20", "2027-02-19", context(settings=NEXT_DAY)),
    long_until("2026-11-30", "2027-03-01", "2027-02-28"),
    long_until("2027-11-30", "2028-03-01", "2028-02-29"),
    long_until("2026-11-30", "2027-03-01", "2027-02-28", context(settings=NEXT_DAY)),
    long_until("2027-11-30", "2028-03-01", "2028-02-29", context(settings=NEXT_DAY)),
    long_until("2028-02-29", "2028-05-30", "2028-05-29"),
    long_until("2028-02-29", "2028-05-29", "2028-05-28", context(settings=NEXT_DAY)),
    long_until("2026-12-01", "2027-03-01", "2027-02-28", context(settings=NEXT_DAY)),
    pair(
        "period_too_long: as set for A only",
        "/period/end_on",
        katz(care_kind=CareKind.A, scores=SCORES_A),
        katz(),
        context(settings=CareSettings(longest_months_a=1)),
    ),
]

REQUEST = [
    pair(
        "agreement_number_not_expected",
        "/agreement_number",
        katz(agreement_number=NUMBER),
        katz(),
    ),
    *(
        pair(
            f"agreement_number_missing: {name}",
            "/agreement_number",
            replace(content, agreement_number=None),
            content,
            REGISTER,
        )
        for name, content in [
            ("extension", extension()),
            ("change", change()),
            ("close", closure()),
        ]
    ),
    pair(
        "agreement_number_invalid: short",
        "/agreement_number",
        closure(agreement_number=NUMBER[:-1]),
        closure(),
        REGISTER,
    ),
    pair(
        "agreement_number_invalid: long",
        "/agreement_number",
        closure(agreement_number=NUMBER + "0"),
        closure(),
        REGISTER,
    ),
    *(
        pair(
            f"agreement_unknown: {name}",
            "/agreement_number",
            replace(content, agreement_number=OTHER_NUMBER),
            content,
            REGISTER,
        )
        for name, content in [("change", change()), ("close", closure())]
    ),
    pair(
        "agreement_unknown: of another patient",
        "/agreement_number",
        closure(),
        closure(),
        context(agreement(patient=OTHER_PATIENT)),
        REGISTER,
    ),
    pair("care_end_missing", "/period/end_on", closure(period=days()), closure(), REGISTER),
    pair(
        "close_before_start",
        "/period/end_on",
        closure(period=days(None, "2026-09-10")),
        closure(period=days(None, "2026-09-11")),
        REGISTER,
    ),
    pair(
        "change_in_future: tomorrow",
        "/period/start_on",
        change(period=days("2026-11-26")),
        change(period=days("2026-11-25")),
        REGISTER,
    ),
    pair(
        "change_in_future: same scores",
        "/period/start_on",
        change(period=days("2026-11-26")),
        change(period=days("2026-11-26"), scores=SCORES_B, care_kind=CareKind.B),
        REGISTER,
    ),
    pair(
        "change_in_future: agreement not known",
        "/period/start_on",
        change(period=days("2026-11-26")),
        change(period=days("2026-11-25")),
    ),
    pair(
        "change_in_future: no scores",
        "/period/start_on",
        change(period=days("2026-11-26")),
        change(period=days("2026-11-26"), scores=None),
        REGISTER,
    ),
    pair(
        "change_in_future: as a new request of scores that are known",
        "/period/start_on",
        katz(period=days("2026-12-11"), scores=SCORES_A, care_kind=CareKind.A),
        katz(period=days("2026-12-11"), scores=SCORES_A, care_kind=CareKind.A),
        REGISTER,
        context(agreement(scores=None)),
    ),
    pair(
        "change_in_future: as a new request without scores",
        "/period/start_on",
        katz(period=days("2026-12-11"), scores=SCORES_A, care_kind=CareKind.A),
        katz(period=days("2026-12-11"), scores=None),
        REGISTER,
    ),
    pair(
        "renewal_scores_differ: not known",
        "/scores",
        extension(),
        extension(),
        context(agreement(scores=None)),
        REGISTER,
    ),
    pair(
        "change_in_future: as a new request",
        "/period/start_on",
        katz(period=days("2026-12-11"), scores=SCORES_A, care_kind=CareKind.A),
        katz(period=days("2026-12-12"), scores=SCORES_A, care_kind=CareKind.A),
        REGISTER,
    ),
]

RENEWAL = [
    pair(
        "renewal_without_agreement: unknown",
        "/agreement_number",
        extension(agreement_number=OTHER_NUMBER),
        extension(),
        REGISTER,
    ),
    pair(
        "renewal_without_agreement: of another patient",
        "/agreement_number",
        extension(),
        extension(),
        context(agreement(patient=OTHER_PATIENT)),
        REGISTER,
    ),
    pair(
        "renewal_without_agreement: withdrawn",
        "/agreement_number",
        extension(),
        extension(),
        context(agreement(end_reason=EndReason.WITHDRAWN)),
        context(agreement(end_reason=EndReason.CLOSED_BY_NURSE)),
    ),
    pair(
        "renewal_without_agreement: palliative",
        "/agreement_number",
        extension(),
        extension(),
        context(agreement(kind=DeclarationKind.PALLIATIVE)),
        REGISTER,
    ),
    pair(
        "renewal_scores_differ",
        "/scores",
        extension(scores=replace(SCORES_B, eating=2)),
        extension(),
        REGISTER,
    ),
    pair(
        "renewal_start_wrong: day after",
        "/period/start_on",
        extension(period=days("2026-12-11")),
        extension(period=days("2026-12-10")),
        REGISTER,
    ),
    pair(
        "renewal_start_wrong: day before",
        "/period/start_on",
        extension(period=days("2026-12-09")),
        extension(period=days("2026-12-10")),
        REGISTER,
    ),
    pair(
        "renewal_start_wrong: next day as set",
        "/period/start_on",
        extension(period=days("2026-12-10")),
        extension(period=days("2026-12-11")),
        replace(REGISTER, settings=NEXT_DAY),
    ),
    pair(
        "renewal_start_wrong: no end",
        "/period/start_on",
        extension(),
        extension(),
        context(agreement(end_on=None)),
        REGISTER,
    ),
    pair(
        "renewal_too_early: 31 days before",
        "/period/start_on",
        extension(),
        extension(),
        on("2026-11-09"),
        on("2026-11-10"),
    ),
    pair(
        "renewal_too_early: as set",
        "/period/start_on",
        extension(),
        extension(),
        context(agreement(), settings=CareSettings(renewal_window_days=14)),
        context(agreement(), settings=CareSettings(renewal_window_days=15)),
    ),
    pair(
        "renewal_too_early: over a leap day",
        "/period/start_on",
        extension(period=days("2028-03-10")),
        extension(period=days("2028-03-10")),
        replace(context(agreement(end_on=date(2028, 3, 10))), today=date(2028, 2, 8)),
        replace(context(agreement(end_on=date(2028, 3, 10))), today=date(2028, 2, 9)),
    ),
]

OVERLAP = [
    pair(
        "agreement_overlap: last day",
        "/period",
        katz(period=days("2026-12-10")),
        katz(period=days("2026-12-11")),
        REGISTER,
    ),
    pair(
        "agreement_overlap: first day",
        "/period",
        katz(period=days("2026-09-01", "2026-09-11")),
        katz(period=days("2026-09-01", "2026-09-10")),
        REGISTER,
    ),
    pair(
        "agreement_overlap: open end",
        "/period",
        katz(period=days("2030-01-01")),
        katz(period=days("2030-01-01")),
        context(agreement(end_on=None)),
        REGISTER,
    ),
    pair(
        "agreement_overlap: shared day of a renewal only",
        "/period",
        extension(period=days("2026-12-09")),
        extension(period=days("2026-12-10")),
        REGISTER,
    ),
    pair(
        "agreement_overlap: change of another",
        "/period",
        change(agreement_number=OTHER_NUMBER),
        change(),
        REGISTER,
    ),
    pair(
        "agreement_overlap: of another patient",
        "/period",
        katz(),
        declaration(katz(), patient=OTHER_PATIENT),
        REGISTER,
    ),
    pair(
        "agreement_overlap: closure has left",
        "/period",
        katz(period=days("2026-11-26")),
        katz(period=days("2026-11-26")),
        REGISTER,
        replace(REGISTER, others=(waiting(closure()),)),
    ),
    pair(
        "agreement_overlap: closure refused",
        "/period",
        katz(period=days("2026-11-26")),
        katz(period=days("2026-11-26")),
        replace(REGISTER, others=(waiting(closure(), status=ExchangeStatus.REFUSED),)),
        replace(REGISTER, others=(waiting(closure(), status=ExchangeStatus.ACCEPTED),)),
    ),
    pair(
        "agreement_overlap: closure of another",
        "/period",
        katz(period=days("2026-11-26")),
        katz(period=days("2026-11-26")),
        replace(REGISTER, others=(waiting(closure(agreement_number=OTHER_NUMBER)),)),
        replace(REGISTER, others=(waiting(closure()),)),
    ),
    pair(
        "declaration_overlap: last day",
        "/period",
        katz(period=days("2026-11-20")),
        katz(period=days("2026-11-21")),
        knowing(waiting(katz(period=days("2026-11-01", "2026-11-20")))),
    ),
    *(
        pair(
            f"declaration_overlap: {name}",
            "/period",
            declaration(katz(), id="ktz_1", corrects_id="ktz_3"),
            declaration(katz(), id="ktz_1", corrects_id="ktz_3"),
            knowing(waiting(katz())),
            knowing(other),
        )
        for name, other in [
            ("draft", waiting(katz(), status=ExchangeStatus.DRAFT)),
            ("refused", waiting(katz(), status=ExchangeStatus.REFUSED)),
            ("accepted", waiting(katz(), status=ExchangeStatus.ACCEPTED)),
            ("itself", waiting(katz(), id="ktz_1")),
            ("corrected", waiting(katz(), id="ktz_3")),
            ("other registration", waiting(katz(), registration_id="reg_2")),
            ("other patient", waiting(katz(), patient=OTHER_PATIENT)),
            ("closure", waiting(closure())),
        ]
    ),
    *(
        pair(
            f"declaration_overlap: when {status.value}",
            "/period",
            katz(),
            katz(),
            knowing(waiting(katz(), status=status)),
            knowing(),
        )
        for status in (
            ExchangeStatus.TO_SEND,
            ExchangeStatus.SENT,
            ExchangeStatus.RECEIVED,
            ExchangeStatus.OUTCOME_UNKNOWN,
        )
    ),
    pair(
        "agreement_of_other_nurse: taken over",
        "/period",
        katz(),
        katz(changes_reference_provider=True),
        context(agreement(registration_id="reg_2")),
    ),
    pair(
        "agreement_of_other_nurse: own",
        "/period",
        katz(),
        katz(),
        context(agreement(registration_id="reg_2")),
        REGISTER,
    ),
]

PALLIATIVE_AGREEMENT = agreement(kind=DeclarationKind.PALLIATIVE, scores=None, care_kind=None)
REFUSED_FOR_NOW = waiting(
    palliative(),
    status=ExchangeStatus.REFUSED,
    decisions=(decision(ExchangeStatus.REFUSED, DecisionResult.REJECTION, is_waiting_for_gp=True),),
)
REFUSED_FOR_GOOD = replace(
    REFUSED_FOR_NOW,
    decisions=(decision(ExchangeStatus.REFUSED, DecisionResult.REJECTION),),
)

PALLIATIVE = [
    pair(
        "usual_doctor_number",
        "/usual_doctor",
        palliative(usual_doctor=NURSE),
        palliative(usual_doctor=DOCTOR),
    ),
    pair(
        "care_provider_missing",
        "/nurse",
        palliative(nurse=None),
        palliative(nurse=None, multidisciplinary_team=GROUP),
    ),
    pair(
        "care_provider_number: nurse", "/nurse", palliative(nurse=DOCTOR), palliative(nurse=NURSE)
    ),
    pair(
        "care_provider_number: responsible",
        "/responsible",
        palliative(responsible=DOCTOR),
        palliative(responsible=GROUP),
    ),
    pair(
        "palliative_agreement_exists: last day",
        "/start_on",
        palliative(start_on=date(2026, 12, 10)),
        palliative(start_on=date(2026, 12, 11)),
        context(PALLIATIVE_AGREEMENT),
    ),
    pair(
        "palliative_agreement_exists: katz only",
        "/start_on",
        palliative(),
        palliative(),
        context(PALLIATIVE_AGREEMENT),
        REGISTER,
    ),
    pair(
        "palliative_agreement_exists: withdrawn",
        "/start_on",
        palliative(),
        palliative(),
        context(PALLIATIVE_AGREEMENT),
        context(replace(PALLIATIVE_AGREEMENT, end_reason=EndReason.WITHDRAWN)),
    ),
    pair(
        "palliative_waiting: first answer",
        "/patient",
        palliative(),
        palliative(),
        knowing(waiting(palliative())),
        knowing(waiting(palliative(), status=ExchangeStatus.ERROR)),
    ),
    pair(
        "palliative_waiting: attestation",
        "/patient",
        palliative(),
        palliative(),
        knowing(REFUSED_FOR_NOW),
        knowing(REFUSED_FOR_GOOD),
    ),
]

TECHNICAL = [
    pair(
        f"product_invalid: {name}",
        "/product",
        technical(product=wrong),
        technical(product=right),
    )
    for name, wrong, right in [
        ("empty", "", "A"),
        ("blank", "  ", " A"),
        ("length", "A" * 151, "A" * 150),
        ("lower case", "glucose 5%", "GLUCOSE 5%"),
        ("backslash", "A\\B", "A/B"),
    ]
]

PAIRS = [*GENERAL, *CONTENT, *LENGTH, *REQUEST, *RENEWAL, *OVERLAP, *PALLIATIVE, *TECHNICAL]


def pointers(case: Declaration, known: CareContext, rule: str) -> set[tuple[str, bool]]:
    """Give where findings with the code of one rule point, and whether they are warnings."""
    code = RULES[rule].code
    found = check_declaration(case, known)
    return {(each.pointer, each.is_warning) for each in found if each.code == code}


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: case.name)
def test_a_rule_is_raised_by_the_least_case(case: Pair) -> None:
    raised = pointers(case.wrong, case.known, case.rule)
    assert (case.pointer, RULES[case.rule].is_warning) in raised


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: case.name)
def test_a_rule_is_not_raised_by_its_neighbour(case: Pair) -> None:
    raised = pointers(case.right, case.known_right, case.rule)
    assert (case.pointer, RULES[case.rule].is_warning) not in raised


def test_every_rule_has_a_pair() -> None:
    assert {case.rule for case in PAIRS} == set(RULES)


def test_every_rule_looks_for_something_and_has_its_own_name() -> None:
    assert set(CHECKS) == set(RULES)
    assert len(RULES) == len(SENDING_RULES)


@pytest.mark.parametrize(
    ("content", "known"),
    [
        pytest.param(katz(), NOTHING, id="new"),
        pytest.param(extension(), REGISTER, id="extension"),
        pytest.param(change(), REGISTER, id="change"),
        pytest.param(closure(), REGISTER, id="closure"),
        pytest.param(toilet(frequency=PER_WEEK), NOTHING, id="toilet-weekly"),
        pytest.param(toilet(SCORES_DAILY, frequency=PER_DAY), NOTHING, id="toilet-daily"),
        pytest.param(palliative(), REGISTER, id="palliative-beside-a-katz"),
        pytest.param(technical(), REGISTER, id="technical-act-beside-a-katz"),
        pytest.param(katz(period=days("2026-11-20")), NOTHING, id="open-end"),
    ],
)
def test_nothing_is_found_where_nothing_is_wrong(content: Content, known: CareContext) -> None:
    assert check_declaration(declaration(content), known) == ()


def test_findings_come_in_the_order_of_the_table() -> None:
    broken = declaration(
        toilet(SCORES_NONE, period=days("2026-11-20", "2026-11-01")),
        nurse_reference="kz",
        requester=DOCTOR,
    )
    assert [each.code for each in check_declaration(broken, NOTHING)] == [
        "nurse_reference_invalid",
        "requester_not_nurse",
        "period_reversed",
        "care_kind_too_strong",
        "toilets_unusual",
    ]


def test_an_empty_closure_lacks_its_number_and_its_end_and_nothing_else() -> None:
    content = closure(agreement_number=None, period=days())
    assert [each.code for each in check_declaration(declaration(content), REGISTER)] == [
        "agreement_number_missing",
        "care_end_missing",
    ]


@pytest.mark.parametrize("start", ["2020-01-01", "2026-11-20", None])
def test_a_closure_is_never_late_nor_overlapping(start: str | None) -> None:
    content = closure(period=days(start, "2026-11-25"))
    assert check_declaration(declaration(content), REGISTER) == ()


def test_a_renewal_may_be_sent_until_its_own_latest_day() -> None:
    last = date(2026, 12, 20)
    renewal = declaration(extension())
    assert check_declaration(renewal, replace(REGISTER, today=last)) == ()
    (late,) = check_declaration(renewal, replace(REGISTER, today=last + timedelta(days=1)))
    assert (late.code, late.is_warning) == ("sent_late", True)


def test_a_renewal_of_other_scores_is_told_about_the_scores_alone() -> None:
    renewal = declaration(extension(scores=SCORES_A, care_kind=CareKind.A))
    (finding,) = check_declaration(renewal, REGISTER)
    assert (finding.code, finding.pointer) == ("renewal_scores_differ", "/scores")


def test_a_silent_rule_is_not_looked_at() -> None:
    known = context(settings=CareSettings(silent_rules=frozenset({"care_kind_too_strong"})))
    assert check_declaration(declaration(TOO_STRONG), known) == ()


def test_a_lenient_rule_only_warns() -> None:
    known = context(settings=CareSettings(lenient_rules=frozenset({"care_kind_too_strong"})))
    (finding,) = check_declaration(declaration(TOO_STRONG), known)
    assert (finding.code, finding.is_warning) == ("care_kind_too_strong", True)


def test_the_whole_content_of_a_request_is_checked_for_every_kind_of_request() -> None:
    for request in KatzRequest:
        content = katz(request, place=replace(PLACE, postal_code=""), period=days("2026-11-20"))
        codes = {each.code for each in check_declaration(declaration(content), NOTHING)}
        assert "care_place_invalid" in codes, request


def test_findings_never_hold_what_was_entered() -> None:
    broken = declaration(technical(product="geheim"), nurse_reference="geheim")
    assert "geheim" not in repr(check_declaration(broken, NOTHING))
    assert TODAY.isoformat() not in repr(check_declaration(broken, NOTHING))


@pytest.mark.parametrize(
    ("second", "clashing"),
    [
        pytest.param(waiting(katz(), status=ExchangeStatus.DRAFT), ["ktz_2"], id="same-days"),
        pytest.param(waiting(starting("2027-02-19")), ["ktz_2"], id="last-day"),
        pytest.param(waiting(starting("2027-02-20")), [], id="day-after"),
        pytest.param(waiting(katz(), patient=OTHER_PATIENT), [], id="other-patient"),
        pytest.param(waiting(katz(), registration_id="reg_2"), [], id="other-registration"),
        pytest.param(waiting(closure()), [], id="closure"),
        pytest.param(waiting(palliative()), [], id="palliative"),
        pytest.param(waiting(katz(), corrects_id="ktz_1"), [], id="correction"),
    ],
)
def test_of_two_released_together_the_second_clashes(
    second: Declaration, clashing: list[str]
) -> None:
    together = [declaration(katz()), second]
    found = clashes(together, today=TODAY, settings=CareSettings())
    assert list(found) == clashing
    assert all(each.code == "declaration_overlap" for each in chain(*found.values()))


@pytest.mark.parametrize("make", [closure, palliative, technical], ids=lambda make: make.__name__)
def test_the_same_twice_does_not_leave_together(make: Callable[[], Content]) -> None:
    twice = [declaration(make(), id=name) for name in ("one", "two")]
    found = clashes(twice, today=TODAY, settings=CareSettings())
    assert list(found) == ["two"]
    apart = [twice[0], replace(twice[1], patient=OTHER_PATIENT)]
    assert clashes(apart, today=TODAY, settings=CareSettings()) == {}


def test_a_silent_rule_lets_all_of_them_go_together() -> None:
    settings = CareSettings(silent_rules=frozenset({"declaration_overlap"}))
    assert clashes([declaration(katz()), waiting(katz())], today=TODAY, settings=settings) == {}


def test_members_without_a_person_number_clash_too() -> None:
    member = replace(PATIENT, niss=None, membership_number=MembershipNumber("12 34"))
    known = replace(member, niss=PATIENT.niss)
    together = [declaration(katz(), patient=known), waiting(katz(), patient=member)]
    assert list(clashes(together, today=TODAY, settings=CareSettings())) == ["ktz_2"]
