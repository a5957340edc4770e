"""Each invoice rule raised by a least case, and not by its neighbour (eFact for nursing 5)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

import pytest

from bridge.domain.agreements import EndReason
from bridge.domain.claims import (
    CarePlaceKind,
    Claim,
    ClaimKind,
    ClaimLine,
    ClaimReading,
    LineNorm,
    PrescriberNorm,
    ProviderNorm,
    Repetition,
    ShareBilling,
)
from bridge.domain.declarations import DeclarationKind, Sex
from bridge.domain.identifiers import Mutuality, Niss
from bridge.domain.insurability import InsuredPeriod
from bridge.domain.invoicecases import ClaimFinding, CoverAnswer, InvoiceContext, act_key
from bridge.domain.invoicerules import CHECKS, BatchCheck, check_claim
from bridge.domain.invoicerules_claims import sex_of
from bridge.domain.invoicesettings import InvoiceSettings, ReadingScope
from bridge.domain.katz import CareKind
from bridge.domain.months import Month
from bridge.domain.nursingacts import Nomenclature
from bridge.domain.periods import Period
from bridge.domain.tables.invoice_rules import INVOICE_RULES, RuleScope
from bridge.domain.tables.nursing_acts import ActContext, ActKind, NursingAct, PalliativeKind
from tests.support.carecases import agreement
from tests.support.invoicecases import (
    ASSISTANT,
    CENTRE,
    CHIP,
    DAY,
    DOCTOR,
    GROUP,
    MEMBER,
    NURSE,
    OTHER_ASSISTANT,
    OTHER_NURSE,
    OTHER_PATIENT,
    PATIENT,
    PREVIOUS,
    SATURDAY,
    TODAY,
    TOILET_TARIFF,
    block,
    changed,
    claim,
    context,
    credit,
    injection,
    tariffs,
    toilet,
    visit,
)

RULES = {rule.name: rule for rule in INVOICE_RULES}
NOTHING = context()
LOADED = context(tariffs=tariffs())
PREFERENTIAL = {"ct1": "111"}
ONE_VISIT = block()
TWO_VISITS = block(visit(), visit(acts=("423054",), reading=None, hour=time(18)))
LUMP_SUM = len(ONE_VISIT) - 1
LAST = len(TWO_VISITS) - 1
PN = NursingAct(
    name="427173",
    kind=ActKind.PALLIATIVE,
    context=ActContext.ANY,
    palliative=PalliativeKind.PN,
    source="invented",
)
WITH_PN = context(nomenclature=Nomenclature.with_loaded([PN]))
ENDED = NursingAct(
    name="425110",
    kind=ActKind.TOILET,
    context=ActContext.HOME_WEEK,
    source="invented",
    valid_to=DAY,
)
NO_TABLE = context(nomenclature=Nomenclature(lines={"425110": (ENDED,)}))
STICKER = replace(CHIP, reading_kind="2", support_kind="7", support_serial="", sticker_reason="2")
MANUAL = replace(CHIP, reading_kind="4", manual_reason="1")
DEFERRED = replace(MANUAL, manual_reason="5", read_on=None, read_hour=None)
INSURED = InsuredPeriod(
    period=Period(from_on=date(2026, 11, 1), to_on=date(2026, 11, 30)),
    insurer="100",
    mutuality="129",
    ct1="110",
    ct2="110",
)
NOVEMBER = CoverAnswer(asked=INSURED.period, is_insured=True, periods=(INSURED,))
TO_DAY = CoverAnswer(
    asked=Period(from_on=date(2026, 11, 1), to_on=DAY),
    is_insured=True,
)
UNTIL_EVE = replace(TO_DAY, asked=Period(from_on=date(2026, 11, 1), to_on=DAY - timedelta(days=1)))
KATZ_B = agreement(patient=PATIENT)
REQUIRED = InvoiceSettings(insurability_required=True)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A case that raises a rule, and its neighbour that does not."""

    rule: str
    name: str
    pointer: str
    wrong: Claim
    right: Claim
    known: InvoiceContext
    known_right: InvoiceContext


def pair(
    name: str,
    pointer: str,
    wrong: Claim | ClaimLine | tuple[ClaimLine, ...],
    right: Claim | ClaimLine | tuple[ClaimLine, ...],
    *known: InvoiceContext,
) -> Pair:
    """Name a pair ``rule: what about it``; a second context is that of the neighbour."""
    first = known[0] if known else NOTHING
    return Pair(
        rule=name.partition(":")[0],
        name=name.replace(": ", "-").replace(" ", "-"),
        pointer=pointer,
        wrong=whole(wrong),
        right=whole(right),
        known=first,
        known_right=known[1] if len(known) > 1 else first,
    )


def whole(found: Claim | ClaimLine | tuple[ClaimLine, ...]) -> Claim:
    if isinstance(found, Claim):
        return found
    return claim(*found) if isinstance(found, tuple) else claim(found)


def codes(found: tuple[ClaimFinding, ...]) -> set[str]:
    return {each.code for each in found}


def setting(**changes: object) -> InvoiceContext:
    return context(settings=InvoiceSettings(**changes))


def reading(**changes: object) -> ClaimLine:
    return toilet(reading=replace(CHIP, **changes))


def knowing(*agreements: object) -> InvoiceContext:
    return context(agreements=agreements)


CLAIMS = [
    pair("claim_empty", "/lines", replace(claim(), lines=()), claim()),
    pair(
        "patient_reference_incomplete",
        "/patient",
        claim(patient=replace(PATIENT, niss=None)),
        claim(patient=MEMBER),
    ),
    pair("patient_without_niss", "/patient/niss", claim(patient=MEMBER), claim()),
    pair(
        "mutuality_is_union",
        "/patient/mutuality",
        claim(patient=replace(PATIENT, mutuality=Mutuality("100"))),
        claim(patient=replace(PATIENT, mutuality=Mutuality("101"))),
    ),
    pair(
        "mutuality_of_other_insurer",
        "/patient/mutuality",
        claim(patient=replace(PATIENT, mutuality=Mutuality("201"))),
        claim(patient=replace(PATIENT, mutuality=Mutuality("199"))),
    ),
    pair(
        "sex_unlike_niss",
        "/patient/sex",
        claim(patient=replace(PATIENT, sex=Sex.FEMALE)),
        claim(patient=OTHER_PATIENT),
    ),
    pair("insured_codes_invalid: ct1", "/ct1", claim(ct1="11"), claim(ct1="011")),
    pair("insured_codes_invalid: ct2", "/ct2", claim(ct2="1A0"), claim(ct2="000")),
    pair(
        "previous_invoice_missing: credit",
        "/previous",
        credit(previous=None),
        credit(),
    ),
    pair(
        "previous_invoice_missing: correction",
        "/previous",
        claim(kind=ClaimKind.CORRECTION),
        claim(kind=ClaimKind.CORRECTION, previous=PREVIOUS),
    ),
    pair(
        "previous_invoice_invalid: number",
        "/previous/invoice_number",
        credit(previous=replace(PREVIOUS, invoice_number="2026")),
        credit(previous=replace(PREVIOUS, invoice_number="000000000001")),
    ),
    pair(
        "previous_invoice_invalid: sending",
        "/previous/sending_number",
        credit(previous=replace(PREVIOUS, sending_number=1000)),
        credit(previous=replace(PREVIOUS, sending_number=999)),
    ),
    pair(
        "previous_invoice_invalid: sending zero",
        "/previous/sending_number",
        credit(previous=replace(PREVIOUS, sending_number=0)),
        credit(previous=replace(PREVIOUS, sending_number=1)),
    ),
    pair(
        "previous_invoice_invalid: payment",
        "/previous/payment_reference",
        credit(previous=replace(PREVIOUS, payment_reference="1" * 23)),
        credit(previous=replace(PREVIOUS, payment_reference="129/202611/900/")),
    ),
    pair("previous_invoice_not_expected", "/previous", claim(previous=PREVIOUS), claim()),
    pair(
        "claim_reference_invalid: length",
        "/reference",
        claim(reference="R" * 26),
        claim(reference="R" * 25),
    ),
    pair("claim_reference_invalid: ascii", "/reference", claim(reference="é"), claim()),
    pair(
        "claim_total_too_large",
        "/insurer_amount",
        (toilet(insurer_amount=10**11 - 500), injection()),
        (toilet(insurer_amount=10**11 - 501), injection()),
    ),
    pair(
        "claim_total_too_large: share",
        "/copayment",
        (toilet(copayment=10**9 - 100), injection()),
        (toilet(copayment=10**9 - 101), injection()),
    ),
]

ACTS = [
    pair("act_code_invalid: check", "/lines/0/code", toilet(code="425111"), toilet()),
    pair("act_code_invalid: length", "/lines/0/code", toilet(code="42511"), toilet()),
    pair("act_code_unknown", "/lines/0/code", toilet(code="101032"), toilet(code="425110")),
    pair(
        "act_code_not_in_force",
        "/lines/0/code",
        toilet(day=DAY + timedelta(days=1)),
        toilet(day=DAY),
        NO_TABLE,
    ),
    pair("act_in_future", "/lines/0/day", toilet(day=TODAY + timedelta(days=1)), toilet(day=TODAY)),
    pair(
        "act_after_month",
        "/lines/0/day",
        toilet(day=date(2026, 11, 2)),
        toilet(day=date(2026, 10, 30)),
        context(month=Month(2026, 9)),
    ),
    pair(
        "act_too_old",
        "/lines/0/day",
        toilet(day=date(2024, 11, 24)),
        toilet(day=date(2024, 11, 25)),
    ),
    pair(
        "act_too_old: interrupted",
        "/lines/0/day",
        toilet(day=date(2024, 1, 1)),
        claim(toilet(day=date(2024, 1, 1)), is_limitation_interrupted=True),
    ),
    pair("provider_not_person: group", "/lines/0/provider", toilet(provider=GROUP), toilet()),
    pair("provider_not_person: doctor", "/lines/0/provider", toilet(provider=DOCTOR), toilet()),
    pair(
        "provider_norm_wrong",
        "/lines/0/provider_norm",
        toilet(provider_norm=ProviderNorm.SEVERAL),
        toilet(code="425272", provider_norm=ProviderNorm.SEVERAL),
    ),
    pair(
        "assistant_missing",
        "/lines/0/assistant",
        toilet(provider_norm=ProviderNorm.CARE_ASSISTANT),
        toilet(provider_norm=ProviderNorm.CARE_ASSISTANT, assistant=ASSISTANT),
    ),
    pair(
        "assistant_not_expected",
        "/lines/0/assistant",
        toilet(assistant=ASSISTANT),
        toilet(assistant=ASSISTANT, provider_norm=ProviderNorm.CARE_ASSISTANT),
    ),
    pair(
        "assistant_not_expected: second nurse",
        "/lines/0/assistant",
        toilet(assistant=NURSE),
        toilet(assistant=NURSE),
        NOTHING,
        setting(allows_second_nurse=True),
    ),
    pair(
        "second_nurse_not_provider",
        "/lines/0/assistant",
        toilet(assistant=OTHER_NURSE),
        toilet(assistant=NURSE),
        setting(allows_second_nurse=True),
    ),
    pair(
        "act_reference_invalid: empty",
        "/lines/0/reference",
        toilet(reference=" "),
        toilet(reference="A"),
    ),
    pair(
        "act_reference_invalid: length",
        "/lines/0/reference",
        toilet(reference="A" * 26),
        toilet(reference="A" * 25),
    ),
    pair("act_reference_invalid: ascii", "/lines/0/reference", toilet(reference="Zoë"), toilet()),
    pair("act_reference_invalid: line", "/lines/0/reference", toilet(reference="A\n"), toilet()),
    pair(
        "weekend_code_expected: saturday",
        "/lines/0/code",
        toilet(day=SATURDAY),
        toilet(day=SATURDAY - timedelta(days=1)),
    ),
    pair(
        "weekend_code_expected: armistice",
        "/lines/0/code",
        toilet(day=date(2026, 11, 11)),
        toilet(day=date(2026, 11, 11), code="425515"),
    ),
    pair(
        "weekend_code_expected: setting",
        "/lines/0/code",
        toilet(day=SATURDAY),
        toilet(day=SATURDAY),
        NOTHING,
        setting(weekend_days=frozenset({6})),
    ),
    pair(
        "week_code_expected",
        "/lines/0/code",
        toilet(code="425515"),
        toilet(code="425515", day=SATURDAY),
    ),
    pair(
        "code_unlike_place: practice",
        "/lines/0/code",
        toilet(place=CarePlaceKind.PRACTICE_ROOM),
        toilet(place=CarePlaceKind.PRACTICE_ROOM, code="425913"),
    ),
    pair(
        "code_unlike_place: home",
        "/lines/0/code",
        toilet(code="427755"),
        toilet(code="427755", place=CarePlaceKind.DAY_CENTRE, institution=CENTRE),
    ),
    pair(
        "institution_missing",
        "/lines/0/institution",
        toilet(code="427755", place=CarePlaceKind.DAY_CENTRE),
        toilet(code="427755", place=CarePlaceKind.DAY_CENTRE, institution=CENTRE),
    ),
    pair("institution_not_expected", "/lines/0/institution", toilet(institution=CENTRE), toilet()),
    pair(
        "lump_sum_in_rest_home",
        f"/lines/{LUMP_SUM}/place",
        block(place=CarePlaceKind.REST_HOME),
        toilet(place=CarePlaceKind.REST_HOME, institution=CENTRE),
    ),
    pair("norm_unlike_code: pseudo", "/lines/0/norm", toilet(code="426731"), toilet()),
    pair(
        "norm_unlike_code: act",
        "/lines/0/norm",
        changed(ONE_VISIT, 0, code="425110"),
        ONE_VISIT,
    ),
    pair(
        "lump_sum_share_not_expected: act",
        f"/lines/{LUMP_SUM}/lump_sum_share",
        changed(ONE_VISIT, LUMP_SUM, lump_sum_share=100),
        ONE_VISIT,
    ),
    pair(
        "lump_sum_share_not_expected: early",
        "/lines/0/lump_sum_share",
        changed(block(day=date(2021, 9, 30)), 0, lump_sum_share=100),
        block(day=date(2021, 10, 1)),
    ),
]

PRESCRIPTIONS = [
    pair(
        "prescription_missing",
        "/lines/0/prescriber",
        toilet(code="423054"),
        toilet(),
    ),
    pair(
        "prescription_missing: own",
        "/lines/0/prescriber",
        toilet(code="424255"),
        toilet(code="424255", prescriber_norm=PrescriberNorm.IS_PROVIDER),
    ),
    pair(
        "prescription_date_missing",
        "/lines/0/prescribed_on",
        injection(prescribed_on=None),
        injection(),
    ),
    pair("prescriber_missing", "/lines/0/prescriber", injection(prescriber=None), injection()),
    pair(
        "prescriber_missing: own",
        "/lines/0/prescriber",
        injection(prescriber_norm=PrescriberNorm.IS_PROVIDER, prescriber=NURSE),
        injection(prescriber_norm=PrescriberNorm.IS_PROVIDER, prescriber=NURSE, prescribed_on=None),
    ),
    pair(
        "prescription_after_act",
        "/lines/0/prescribed_on",
        injection(prescribed_on=DAY + timedelta(days=1)),
        injection(prescribed_on=DAY),
    ),
    pair(
        "prescription_too_old",
        "/lines/0/prescribed_on",
        injection(prescribed_on=DAY - timedelta(days=61)),
        injection(prescribed_on=DAY - timedelta(days=60)),
        setting(longest_prescription_days=60),
    ),
    pair(
        "prescription_too_old: nobody says",
        "/lines/0/prescribed_on",
        injection(prescribed_on=DAY - timedelta(days=9)),
        injection(prescribed_on=DAY - timedelta(days=900)),
        setting(longest_prescription_days=8),
        NOTHING,
    ),
    pair(
        "prescription_not_expected",
        "/lines/0/prescribed_on",
        injection(code="425110"),
        injection(),
    ),
    pair(
        "prescriber_norm_wrong: none",
        "/lines/0/prescriber_norm",
        injection(prescriber_norm=PrescriberNorm.NONE),
        injection(),
    ),
    pair(
        "prescriber_norm_wrong: nobody",
        "/lines/0/prescriber_norm",
        toilet(prescriber_norm=PrescriberNorm.ONE),
        toilet(prescriber_norm=PrescriberNorm.ADDITIONAL_ACT),
    ),
    pair(
        "prescriber_norm_wrong: provider",
        "/lines/0/prescriber_norm",
        injection(prescriber=NURSE),
        injection(prescriber=NURSE, prescriber_norm=PrescriberNorm.IS_PROVIDER, prescribed_on=None),
    ),
    pair(
        "prescriber_norm_wrong: not provider",
        "/lines/0/prescriber_norm",
        injection(prescriber_norm=PrescriberNorm.IS_PROVIDER, prescribed_on=None),
        injection(prescriber_norm=PrescriberNorm.SEVERAL),
    ),
    pair(
        "act_prescriber_unusual",
        "/lines/0/prescriber",
        injection(prescriber=OTHER_NURSE),
        injection(prescriber=DOCTOR),
    ),
]

MONEY = [
    pair(
        "credit_not_negative",
        "/lines/0/insurer_amount",
        credit(toilet(insurer_amount=1, copayment=0, units=-1)),
        credit(toilet(insurer_amount=0, copayment=0, units=-1)),
    ),
    pair(
        "amount_negative: share",
        "/lines/0/copayment",
        toilet(copayment=-1),
        toilet(copayment=0),
    ),
    pair("units_invalid: zero", "/lines/0/units", toilet(units=0), toilet(units=1)),
    pair("units_invalid: most", "/lines/0/units", toilet(units=10_000), toilet(units=9_999)),
    pair(
        "units_invalid: credit",
        "/lines/0/units",
        credit(toilet(insurer_amount=-500, copayment=-100)),
        credit(),
    ),
    pair(
        "statistical_with_amount",
        "/lines/0/copayment",
        changed(ONE_VISIT, 0, copayment=1),
        ONE_VISIT,
    ),
    pair("amount_missing", "/lines/0/insurer_amount", toilet(insurer_amount=0), toilet()),
    pair(
        "amount_too_large",
        "/lines/0/insurer_amount",
        toilet(insurer_amount=10**11),
        toilet(insurer_amount=10**11 - 1),
    ),
    pair(
        "copayment_too_large",
        "/lines/0/copayment",
        toilet(copayment=10**9),
        toilet(copayment=10**9 - 1),
    ),
    pair(
        "supplement_too_large",
        "/lines/0/supplement",
        toilet(supplement=10**9),
        toilet(supplement=10**9 - 1),
    ),
    pair(
        "base_value_too_large",
        "/lines/0/base_value",
        toilet(base_value=10**7),
        toilet(base_value=10**7 - 1),
    ),
    pair(
        "amount_unlike_tariff",
        "/lines/0/insurer_amount",
        toilet(insurer_amount=501),
        toilet(insurer_amount=1000, units=2),
        LOADED,
    ),
    pair(
        "amount_unlike_tariff: rate",
        "/lines/0/insurer_amount",
        claim(toilet(copayment=20), **PREFERENTIAL),
        claim(toilet(insurer_amount=580, copayment=20), **PREFERENTIAL),
        LOADED,
    ),
    pair(
        "amount_unlike_tariff: not loaded",
        "/lines/0/insurer_amount",
        toilet(insurer_amount=501),
        toilet(insurer_amount=501),
        LOADED,
        NOTHING,
    ),
    pair(
        "copayment_of_other_rate: ordinary",
        "/lines/0/copayment",
        toilet(copayment=20),
        toilet(copayment=100),
        LOADED,
    ),
    pair(
        "copayment_of_other_rate: preferential",
        "/lines/0/copayment",
        claim(toilet(insurer_amount=580), **PREFERENTIAL),
        claim(toilet(insurer_amount=580, copayment=20), **PREFERENTIAL),
        LOADED,
    ),
    pair(
        "copayment_unlike_tariff",
        "/lines/0/copayment",
        toilet(copayment=99),
        toilet(copayment=0, share_billing=ShareBilling.WAIVED),
        LOADED,
    ),
    pair(
        "waiver_with_copayment",
        "/lines/0/share_billing",
        toilet(share_billing=ShareBilling.WAIVED),
        toilet(),
        LOADED,
    ),
]


def several(**changes: object) -> tuple[ClaimLine, ...]:
    """Give a day that two nurses shared."""
    return block(visit(), visit(provider=OTHER_NURSE, acts=("423054",), reading=None, **changes))


def by_assistant(**changes: object) -> tuple[ClaimLine, ...]:
    return block(visit(assistant=ASSISTANT), **changes)


C_DAY = {"code": "425316"}
BLOCKS = [
    pair("statistics_without_lump_sum: end", "/lines/1", ONE_VISIT[:-1], ONE_VISIT),
    pair(
        "statistics_without_lump_sum: act",
        "/lines/1",
        (*ONE_VISIT[:-1], toilet()),
        ONE_VISIT,
    ),
    pair("lump_sum_without_statistics", "/lines/0", ONE_VISIT[-1:], ONE_VISIT),
    pair(
        "lump_sum_first_basic_act: order",
        "/lines/0/code",
        (ONE_VISIT[1], ONE_VISIT[0], ONE_VISIT[2]),
        ONE_VISIT,
    ),
    pair(
        "lump_sum_first_basic_act: second",
        "/lines/0/code",
        changed(ONE_VISIT, 0, code="426650"),
        ONE_VISIT,
    ),
    pair(
        "lump_sum_basic_act_missing: c",
        f"/lines/{LUMP_SUM}/code",
        block(**C_DAY),
        block(visit(), visit(), **C_DAY),
    ),
    pair(
        "lump_sum_basic_act_missing: b",
        "/lines/1/code",
        block(code="425294")[1:],
        block(code="425294"),
    ),
    pair(
        "lump_sum_basic_acts_wrong: gap",
        "/lines/2/code",
        changed(TWO_VISITS, 2, code="426672"),
        TWO_VISITS,
    ),
    pair(
        "lump_sum_basic_acts_wrong: twice",
        "/lines/2/code",
        changed(TWO_VISITS, 2, code="426635"),
        TWO_VISITS,
    ),
    pair(
        "lump_sum_without_toilet",
        f"/lines/{LUMP_SUM}",
        block(visit(acts=("423054",))),
        block(visit(acts=("423054", "425110"))),
    ),
    pair(
        "lump_sum_act_without_visit",
        "/lines/1/visit",
        changed(ONE_VISIT, 1, visit=2),
        changed(ONE_VISIT, 1, visit=None),
    ),
    pair(
        "lump_sum_days_differ",
        "/lines/0/day",
        changed(ONE_VISIT, 0, day=DAY - timedelta(days=1)),
        ONE_VISIT,
    ),
    pair(
        "lump_sum_places_differ",
        "/lines/1/place",
        changed(ONE_VISIT, 1, place=CarePlaceKind.PRACTICE_ROOM),
        ONE_VISIT,
    ),
    pair(
        "lump_sum_provider_wrong",
        f"/lines/{LAST}/provider",
        changed(several(), LAST, provider=OTHER_NURSE),
        several(),
    ),
    pair(
        "lump_sum_norm_several",
        f"/lines/{LAST}/provider_norm",
        changed(several(), LAST, provider_norm=ProviderNorm.ONE),
        several(),
    ),
    pair(
        "lump_sum_norm_alone",
        f"/lines/{LUMP_SUM}/provider_norm",
        changed(ONE_VISIT, LUMP_SUM, provider_norm=ProviderNorm.SEVERAL),
        ONE_VISIT,
    ),
    pair(
        "lump_sum_norm_alone: assistant counts",
        f"/lines/{LAST}/provider_norm",
        block(visit(), visit(assistant=ASSISTANT)),
        block(visit(), visit(assistant=ASSISTANT)),
        setting(counts_assistants=False),
        NOTHING,
    ),
    pair(
        "lump_sum_norms_differ: one",
        "/lines/1/provider_norm",
        changed(ONE_VISIT, 1, provider_norm=ProviderNorm.CARE_ASSISTANT, assistant=ASSISTANT),
        ONE_VISIT,
    ),
    pair(
        "lump_sum_norms_differ: assistant",
        "/lines/0/provider_norm",
        changed(by_assistant(), 0, provider_norm=ProviderNorm.ONE, assistant=None),
        by_assistant(),
    ),
    pair(
        "lump_sum_assistants_differ",
        "/lines/1/assistant",
        changed(by_assistant(), 1, assistant=OTHER_ASSISTANT),
        by_assistant(),
    ),
    pair(
        "lump_sum_assistant_same",
        f"/lines/{LUMP_SUM}/provider_norm",
        changed(by_assistant(), LUMP_SUM, provider_norm=ProviderNorm.SEVERAL, assistant=None),
        by_assistant(),
    ),
    pair(
        "palliative_assistant",
        "/lines/0/assistant",
        by_assistant(code="427136"),
        by_assistant(),
    ),
    pair(
        "lump_sum_share_missing",
        "/lines/0/lump_sum_share",
        changed(ONE_VISIT, 0, lump_sum_share=0),
        changed(block(day=date(2021, 9, 30)), 0, lump_sum_share=0),
    ),
    pair(
        "lump_sum_shares_wrong: less",
        f"/lines/{LUMP_SUM}",
        changed(ONE_VISIT, 0, lump_sum_share=99),
        changed(ONE_VISIT, 0, lump_sum_share=100),
    ),
    pair(
        "lump_sum_shares_wrong: negative",
        f"/lines/{LAST}",
        changed(changed(TWO_VISITS, 0, lump_sum_share=101), 2, lump_sum_share=-1),
        TWO_VISITS,
    ),
]

PA = toilet(code="427136", reference="P1", id="cln_7")
PTSI = injection(code="429155", reference="T1")
SUPPLEMENT = toilet(code="428035", reference="S1", id="cln_8")
DAYS = [
    pair(
        "lump_sum_twice",
        f"/lines/{LUMP_SUM + 1}/code",
        (*ONE_VISIT, toilet(code="425294", reference="F2")),
        (*ONE_VISIT, toilet(code="425294", reference="F2", day=DAY - timedelta(days=1))),
    ),
    pair(
        "act_in_lump_sum: act",
        f"/lines/{LUMP_SUM + 1}/code",
        (*ONE_VISIT, injection()),
        (*ONE_VISIT, PTSI),
    ),
    pair(
        "act_in_lump_sum: basic act",
        f"/lines/{LUMP_SUM + 1}/code",
        (*ONE_VISIT, toilet(code="425014")),
        (*ONE_VISIT, toilet(code="425014", day=DAY - timedelta(days=1))),
    ),
    pair("act_with_palliative_lump_sum", "/lines/1/code", (PA, injection()), (PA, PTSI)),
    pair(
        "act_with_palliative_lump_sum: lump sum",
        f"/lines/{LUMP_SUM}/code",
        (*ONE_VISIT, PA),
        (*ONE_VISIT, replace(PA, code="427173")),
    ),
    pair(
        "act_with_palliative_lump_sum: on top",
        f"/lines/{LUMP_SUM}/code",
        (*ONE_VISIT, replace(PA, code="427173")),
        (injection(), replace(PA, code="427173")),
        WITH_PN,
    ),
    pair(
        "supplement_without_visits",
        f"/lines/{LUMP_SUM + 1}/code",
        (*ONE_VISIT, SUPPLEMENT),
        (*TWO_VISITS, SUPPLEMENT),
    ),
    pair(
        "supplement_without_visits: setting",
        f"/lines/{LAST + 1}/code",
        (*TWO_VISITS, SUPPLEMENT),
        (*TWO_VISITS, SUPPLEMENT),
        setting(supplement_least_visits=3),
        NOTHING,
    ),
    pair(
        "act_twice",
        "/lines/1/repetition",
        (toilet(), toilet(reference="A9")),
        (toilet(), toilet(reference="A9", repetition=Repetition.SECOND_OF_DAY)),
    ),
    pair(
        "act_twice: other nurse",
        "/lines/1/repetition",
        (toilet(), toilet(reference="A9")),
        (toilet(), toilet(reference="A9", provider=OTHER_NURSE)),
    ),
    pair(
        "act_already_invoiced",
        "/lines/0/code",
        toilet(),
        toilet(provider=OTHER_NURSE),
        context(invoiced=frozenset({act_key(PATIENT, toilet())})),
    ),
    pair(
        "act_already_invoiced: correction",
        "/lines/0/code",
        toilet(),
        claim(kind=ClaimKind.CORRECTION, previous=PREVIOUS),
        context(invoiced=frozenset({act_key(PATIENT, toilet())})),
    ),
]

RIGHTS = [
    pair(
        "insurability_unchecked: setting",
        "/lines/0/day",
        toilet(),
        toilet(),
        context(settings=REQUIRED),
        NOTHING,
    ),
    pair(
        "insurability_unchecked: covers",
        "/lines/0/day",
        toilet(),
        toilet(),
        context(settings=REQUIRED, covers=(UNTIL_EVE,)),
        context(settings=REQUIRED, covers=(TO_DAY,)),
    ),
    pair(
        "insurability_unchecked: not said",
        "/lines/0/day",
        toilet(),
        toilet(),
        context(settings=REQUIRED, covers=(replace(TO_DAY, is_insured=None),)),
        context(settings=REQUIRED, covers=(replace(TO_DAY, is_insured=None), NOVEMBER)),
    ),
    pair(
        "patient_not_insured",
        "/lines/0/day",
        toilet(),
        toilet(),
        context(covers=(replace(TO_DAY, is_insured=False), NOVEMBER)),
        context(covers=(NOVEMBER, replace(TO_DAY, is_insured=False))),
    ),
    pair(
        "patient_not_insured: gap",
        "/lines/0/day",
        toilet(),
        toilet(),
        context(
            covers=(
                replace(
                    NOVEMBER,
                    periods=(
                        replace(INSURED, period=Period(from_on=DAY + timedelta(1), to_on=TODAY)),
                    ),
                ),
            ),
        ),
        context(
            covers=(
                replace(
                    NOVEMBER,
                    periods=(replace(INSURED, period=Period(from_on=DAY, to_on=TODAY)),),
                ),
            ),
        ),
    ),
    pair(
        "mutuality_unlike_insurability",
        "/lines/0/day",
        claim(patient=replace(PATIENT, mutuality=Mutuality("134"))),
        claim(),
        context(covers=(NOVEMBER,)),
    ),
    pair(
        "insured_codes_unlike_insurability",
        "/lines/0/day",
        claim(ct1="111"),
        claim(),
        context(covers=(NOVEMBER,)),
    ),
    pair("act_without_agreement: none", "/lines/0/code", toilet(), injection(), knowing()),
    pair(
        "act_without_agreement: other patient",
        "/lines/0/code",
        toilet(),
        toilet(),
        knowing(agreement(patient=OTHER_PATIENT)),
        knowing(KATZ_B),
    ),
    pair(
        "act_without_agreement: withdrawn",
        "/lines/0/code",
        toilet(),
        toilet(),
        knowing(replace(KATZ_B, end_reason=EndReason.WITHDRAWN)),
        knowing(replace(KATZ_B, end_reason=EndReason.REPLACED)),
    ),
    pair(
        "act_without_agreement: palliative",
        "/lines/0/code",
        PA,
        PA,
        knowing(KATZ_B),
        knowing(replace(KATZ_B, kind=DeclarationKind.PALLIATIVE)),
    ),
    pair(
        "act_without_agreement: nobody looked",
        "/lines/0/code",
        toilet(),
        toilet(),
        knowing(),
        NOTHING,
    ),
    pair(
        "act_outside_agreement: after",
        "/lines/0/day",
        toilet(),
        toilet(),
        knowing(replace(KATZ_B, end_on=DAY - timedelta(days=1))),
        knowing(replace(KATZ_B, end_on=DAY)),
    ),
    pair(
        "act_outside_agreement: before",
        "/lines/0/day",
        toilet(),
        toilet(),
        knowing(replace(KATZ_B, start_on=DAY + timedelta(days=1))),
        knowing(replace(KATZ_B, start_on=DAY)),
    ),
    pair(
        "act_stronger_than_agreement",
        f"/lines/{LAST}/code",
        block(visit(), visit(), **C_DAY),
        block(visit(), visit(), code="425294"),
        knowing(KATZ_B),
    ),
    pair(
        "act_stronger_than_agreement: toilet",
        f"/lines/{LUMP_SUM}/code",
        ONE_VISIT,
        toilet(),
        knowing(replace(KATZ_B, care_kind=CareKind.TOILET)),
    ),
    pair(
        "act_agreement_unknown",
        "/lines/0/agreement_number",
        toilet(agreement_number="129202600000009"),
        toilet(agreement_number=KATZ_B.number),
        knowing(KATZ_B),
    ),
]

READINGS = [
    pair("identity_reading_missing", "/lines/0/reading", toilet(reading=None), toilet()),
    pair(
        "identity_reading_missing: day",
        "/lines/1/reading",
        (toilet(reading=None), injection(reading=None)),
        (toilet(), injection(reading=None)),
    ),
    pair(
        "identity_reading_missing: each act",
        "/lines/1/reading",
        (toilet(), injection(reading=None)),
        (toilet(), injection()),
        setting(reading_scope=ReadingScope.ACT),
    ),
    pair(
        "identity_reading_missing: since",
        "/lines/0/reading",
        toilet(reading=None, day=date(2017, 10, 2)),
        toilet(reading=None, day=date(2017, 9, 29)),
    ),
    pair(
        "identity_reading_missing: credit",
        "/lines/0/reading",
        toilet(reading=None),
        credit(toilet(insurer_amount=-500, copayment=-100, units=-1, reading=None)),
    ),
    pair(
        "reading_within_lump_sum",
        "/lines/0/reading",
        changed(ONE_VISIT, 0, reading=CHIP),
        ONE_VISIT,
    ),
    pair(
        "reading_kind_wrong: support",
        "/lines/0/reading/support_kind",
        reading(support_kind="3"),
        reading(support_kind="2", support_serial="B123456789"),
    ),
    pair(
        "reading_kind_wrong: reading",
        "/lines/0/reading/reading_kind",
        reading(reading_kind="2"),
        reading(reading_kind="2", support_kind="4", support_serial="1234567890"),
    ),
    pair(
        "reading_kind_wrong: app",
        "/lines/0/reading/reading_kind",
        reading(reading_kind="A"),
        reading(reading_kind="A", support_kind="A", support_serial=""),
    ),
    pair(
        "reading_reason_missing",
        "/lines/0/reading/manual_reason",
        reading(reading_kind="4"),
        toilet(reading=MANUAL),
    ),
    pair(
        "reading_reason_missing: unknown",
        "/lines/0/reading/manual_reason",
        toilet(reading=replace(MANUAL, manual_reason="9")),
        toilet(reading=replace(MANUAL, manual_reason="7")),
    ),
    pair(
        "reading_reason_not_expected",
        "/lines/0/reading/manual_reason",
        reading(manual_reason="1"),
        reading(),
    ),
    pair(
        "reading_moment_missing: day",
        "/lines/0/reading/read_on",
        toilet(reading=replace(MANUAL, read_on=None)),
        toilet(reading=DEFERRED),
    ),
    pair(
        "reading_moment_missing: hour",
        "/lines/0/reading/read_hour",
        reading(read_hour=None),
        reading(read_hour=time(0, 1)),
    ),
    pair(
        "reading_moment_not_expected",
        "/lines/0/reading/read_on",
        toilet(reading=replace(DEFERRED, read_on=DAY)),
        toilet(reading=DEFERRED),
    ),
    pair(
        "reading_on_other_day",
        "/lines/0/reading/read_on",
        reading(read_on=DAY - timedelta(days=1)),
        toilet(reading=DEFERRED),
    ),
    pair(
        "reading_in_future",
        "/lines/0/reading/read_on",
        reading(read_on=TODAY + timedelta(days=1)),
        reading(read_on=TODAY),
    ),
    pair(
        "sticker_reason_wrong: missing",
        "/lines/0/reading/sticker_reason",
        toilet(reading=replace(STICKER, sticker_reason="0")),
        toilet(reading=STICKER),
    ),
    pair(
        "sticker_reason_wrong: no sticker",
        "/lines/0/reading/sticker_reason",
        reading(sticker_reason="2"),
        reading(),
    ),
    pair(
        "sticker_without_contact",
        "/lines/0/reading/sticker_reason",
        toilet(reading=replace(STICKER, sticker_reason="1")),
        toilet(reading=STICKER),
    ),
    *(
        pair(
            f"reading_serial_wrong: {support} {wrong}",
            "/lines/0/reading/support_serial",
            reading(support_kind=support, support_serial=wrong),
            reading(support_kind=support, support_serial=right),
        )
        for support, wrong, right in [
            ("1", "59212345678", "592123456789"),
            ("1", "", "000000000000"),
            ("2", "A123456789", "B123456789"),
            ("2", "B12345678", "123456789"),
            ("4", "12345678901", "1234567890"),
            ("7", "1", ""),
            ("8", "1", ""),
        ]
    ),
]

PAIRS = [
    *CLAIMS, *ACTS, *PRESCRIPTIONS, *MONEY, *BLOCKS, *DAYS, *RIGHTS, *READINGS,
]  # fmt: skip


@pytest.mark.parametrize("each", PAIRS, ids=lambda each: each.name)
def test_a_rule_finds_what_is_wrong_and_leaves_its_neighbour(each: Pair) -> None:
    rule = RULES[each.rule]
    found = only(each.rule, each.wrong, each.known)
    assert each.pointer in {finding.pointer for finding in found}
    for finding in found:
        assert (finding.code, finding.record, finding.zone) == (rule.code, rule.record, rule.zone)
        assert finding.is_warning == rule.is_warning
    assert only(each.rule, each.right, each.known_right) == ()


def only(name: str, wrong: Claim, known: InvoiceContext) -> tuple[ClaimFinding, ...]:
    """Give the findings of one rule: those that go away when it is silent.

    A rule that no setting changes is known by code and zone.
    """
    rule = RULES[name]
    everything = check_claim(wrong, known)
    if rule.is_fixed:
        mine = (rule.code, rule.record, rule.zone)
        return tuple(each for each in everything if (each.code, each.record, each.zone) == mine)
    settings = replace(known.settings, silent_rules=frozenset({name}))
    rest = Counter(check_claim(wrong, replace(known, settings=settings)))
    return tuple((Counter(everything) - rest).elements())


def test_every_rule_has_a_pair() -> None:
    batch = {rule.name for rule in INVOICE_RULES if rule.scope is RuleScope.BATCH}
    assert {each.rule for each in PAIRS} == set(RULES) - batch
    assert set(CHECKS) == set(RULES) - batch
    assert len(RULES) == len(INVOICE_RULES)
    assert len({each.name for each in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(claim(), id="toilet"),
        pytest.param(claim(injection()), id="injection"),
        pytest.param(claim(*block()), id="lump-sum"),
        pytest.param(claim(*several()), id="several-nurses"),
        pytest.param(claim(*by_assistant()), id="assistant"),
        pytest.param(claim(*block(visit(), visit(), code="425316")), id="lump-sum-c"),
        pytest.param(claim(*TWO_VISITS, SUPPLEMENT, PTSI), id="lump-sum-with-others"),
        pytest.param(claim(toilet(code="425515", day=SATURDAY, reading=DEFERRED)), id="saturday"),
        pytest.param(credit(), id="credit"),
        pytest.param(claim(kind=ClaimKind.CORRECTION, previous=PREVIOUS), id="correction"),
    ],
)
def test_nothing_is_wrong_with_usual_invoices(good: Claim) -> None:
    assert check_claim(good, NOTHING) == ()


def test_findings_never_hold_what_was_entered() -> None:
    broken = claim(toilet(reference="geheim", code="123456", prescriber=DOCTOR), reference="é")
    said = repr(check_claim(broken, NOTHING))
    assert "geheim" not in said
    assert "123456" not in said
    assert DOCTOR.digits not in said


def test_a_lenient_rule_only_warns() -> None:
    known = setting(lenient_rules=frozenset({"weekend_code_expected"}))
    on_saturday = claim(toilet(day=SATURDAY, reading=replace(CHIP, read_on=SATURDAY)))
    (finding,) = check_claim(on_saturday, known)
    assert (finding.code, finding.is_warning) == ("act_code_of_other_day", True)


def test_a_missing_check_is_an_error_and_keeps_the_batch_from_being_sent() -> None:
    (finding,) = check_claim(claim(), context(settings=REQUIRED))
    assert (finding.code, finding.is_warning, finding.pointer) == (
        "insurability_unchecked",
        False,
        "/lines/0/day",
    )


def test_days_of_rules_are_those_of_each_act() -> None:
    old, new = date(2017, 9, 29), date(2017, 10, 2)
    both = claim(
        toilet(day=old, reading=None),
        toilet(day=new, reading=None, reference="A2"),
        is_limitation_interrupted=True,
    )
    found = check_claim(both, NOTHING)
    assert [each.pointer for each in found] == ["/lines/1/reading"]


@pytest.mark.parametrize(
    ("niss", "sex"),
    [
        pytest.param("60010100172", Sex.MALE, id="odd"),
        pytest.param("85123149853", Sex.FEMALE, id="even"),
        pytest.param("00210100148", None, id="bis-sex-unknown"),
        pytest.param("00410100191", Sex.MALE, id="bis-sex-known"),
        pytest.param("85203100223", None, id="bis-month-unknown"),
    ],
)
def test_a_person_number_tells_the_sex_unless_it_is_not_known(niss: str, sex: Sex | None) -> None:
    assert sex_of(Niss.parse(niss)) is sex


def test_acts_of_a_batch_are_told_apart_by_claim() -> None:
    check = BatchCheck(NOTHING)
    assert check.take(claim()) == ()
    assert check.take(claim(toilet(reference="B1"), patient=OTHER_PATIENT, id="clm_2")) == ()
    (finding,) = check.take(claim(toilet(reference="C1"), id="clm_3"))
    assert (finding.code, finding.pointer, finding.zone) == ("act_twice", "/lines/0/code", "4")


def test_a_credit_note_and_its_correction_are_no_doubles() -> None:
    check = BatchCheck(NOTHING)
    assert check.take(credit(toilet(reference="A1-C", insurer_amount=-500))) == ()
    again = claim(
        toilet(reference="A1-N"), id="clm_2", kind=ClaimKind.CORRECTION, previous=PREVIOUS
    )
    assert check.take(again) == ()


def test_two_acts_with_one_reference_are_found_within_and_between_claims() -> None:
    check = BatchCheck(NOTHING)
    (within,) = check.take(claim(toilet(), injection(reference="A1")))
    (between,) = check.take(claim(toilet(), patient=OTHER_PATIENT, id="clm_2"))
    assert [each.code for each in (within, between)] == ["reference_twice"] * 2
    assert (within.pointer, between.pointer) == ("/lines/1/reference", "/lines/0/reference")


@pytest.mark.parametrize(
    ("manual", "chips", "expected"),
    [
        pytest.param(1, 9, set(), id="ten-percent"),
        pytest.param(1, 8, {"manual_readings_many"}, id="more"),
        pytest.param(0, 1, set(), id="none"),
        pytest.param(0, 0, set(), id="nothing"),
    ],
)
def test_too_many_manual_readings_are_a_warning(
    manual: int, chips: int, expected: set[str]
) -> None:
    kinds: list[ClaimReading] = [MANUAL] * manual + [CHIP] * chips
    check = BatchCheck(NOTHING)
    for number, each in enumerate(kinds):
        day = date(2026, 6, 1) + timedelta(days=number)
        check.take(claim(toilet(reading=each, reference=f"A{number}", day=day), id=f"clm_{number}"))
    found = check.finish()
    assert codes(found) == expected
    assert all(each.is_warning and each.record == "52" for each in found)


def test_silent_rules_of_a_batch_are_not_looked_at() -> None:
    names = frozenset({"act_in_two_claims", "manual_readings_many"})
    check = BatchCheck(setting(silent_rules=names))
    assert check.take(claim(toilet(reading=MANUAL))) == ()
    assert check.take(claim(toilet(reference="B1", reading=MANUAL), id="clm_2")) == ()
    assert check.finish() == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"insurer_amount": 10**11 - 500}, {"amount_too_large"}, id="amount"),
        pytest.param({"insurer_amount": 10**11 - 501}, set(), id="amount-that-fits"),
        pytest.param({"copayment": 10**9 - 100}, {"amount_too_large"}, id="share"),
        pytest.param({"copayment": 10**9 - 101}, set(), id="share-that-fits"),
        pytest.param({"supplement": 10**9}, {"amount_too_large"}, id="supplement"),
    ],
)
def test_the_total_of_a_batch_fits_its_zones(changes: dict[str, int], expected: set[str]) -> None:
    check = BatchCheck(NOTHING)
    check.take(claim(toilet(reference="Z1"), id="clm_2", patient=OTHER_PATIENT))
    check.take(claim(toilet(**changes)))
    found = check.finish()
    assert codes(found) == expected
    assert all((each.record, each.zone) == ("90", "19") for each in found)


def test_a_union_takes_one_file_a_day() -> None:
    (finding,) = BatchCheck(context(has_file_today=True)).finish()
    assert (finding.code, finding.record, finding.zone) == ("second_file_of_day", "10", "7")
    assert not finding.is_warning
    assert BatchCheck(NOTHING).finish() == ()


def test_a_statistical_line_is_no_act_twice() -> None:
    check = BatchCheck(NOTHING)
    check.take(claim(*block()))
    again = block(visit(), reference="F2", code="425294")
    assert codes(check.take(claim(*again, id="clm_2"))) == set()
    assert all(line.norm is LineNorm.STATISTICAL for line in again[:-1])


def test_tariffs_hold_on_their_days_only() -> None:
    early = toilet(insurer_amount=1, day=date(2025, 12, 31), reading=None)
    found = check_claim(claim(early), replace(LOADED, month=Month(2025, 12)))
    assert "amount_unlike_tariff" not in codes(found)
    assert TOILET_TARIFF.holds_on(date(2026, 1, 1))
