"""Insurability checks as callers see them (D15)."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from api.models.common import AnswerModel, Day, ListQuery, Moment, Page
from api.models.problem import OfficialText, ProblemDocument, describe
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import (
    HospitalStay,
    InsurabilityCheck,
    InsurabilityFacts,
    InsurabilityQuestion,
    InsuredPeriod,
    MedicalHouse,
    PatientIdentity,
    Refusal,
)
from bridge.i18n import text

PATH: Final = "/v1/insurability-checks"


class ShownPatientReference(AnswerModel):
    """How the patient was named in the question."""

    niss: str | None
    mutuality: str | None
    membership_number: str | None


class ShownPeriod(AnswerModel):
    """Days, both included."""

    from_on: Day
    to_on: Day


class ShownQuestion(AnswerModel):
    """What was asked."""

    patient: ShownPatientReference
    period: ShownPeriod
    purpose: str
    contact_type: str
    facets: list[str]


class InsuredPatient(AnswerModel):
    """Who the insurer says the patient is."""

    niss: str | None
    last_name: str | None
    first_name: str | None
    born_on: Day | None
    deceased_on: Day | None
    gender: str | None


class InsuredPeriodFacts(AnswerModel):
    """One insured period within the asked one."""

    from_on: Day
    to_on: Day
    insurer: str = Field(description="Insurer (union), three digits.")
    mutuality: str = Field(description="Sickness fund, three digits.")
    membership_number: str | None
    ct1: str | None = Field(description="First insurability code, three digits, as received.")
    ct2: str | None = Field(description="Second insurability code, three digits, as received.")
    has_preferential_rate: bool | None
    communicated_on: Day | None
    payment_approval: str | None = Field(description="Only for purpose `invoicing`.")


class HospitalStayFacts(AnswerModel):
    """A stay in hospital within the asked period."""

    hospital_nihii: str | None
    service: str | None
    admitted_on: Day | None


class MedicalHouseFacts(AnswerModel):
    """A practice at flat rate the patient is registered with."""

    nihii: str | None
    kind: str | None
    started_on: Day | None


class InsurabilityRefusal(AnswerModel):
    """One reason the platform or an insurer gave, with our reading of it (API-74)."""

    code: str = Field(description="Our code; see /v1/problem-types.")
    remote_code: str = Field(description="The party's own code.")
    source: str = Field(description="`mycarenet`, or the insurer.")
    who_can_fix: str
    user_action: str
    title: str
    detail: str
    official_text: OfficialText | None


class FacetAnswer(AnswerModel):
    """What the insurer says about one facet other than insurability."""

    facet: str
    has_data: bool = Field(description="False: the facet does not apply to the patient.")
    members: dict[str, str] = Field(description="The insurer's own facts, raw.")


class InsurabilityCheckLinks(AnswerModel):
    """Paths that belong to a check."""

    self: str
    operation: str


class InsurabilityCheckResource(AnswerModel):
    """One question and its answer; the single facts are those of the latest insured period."""

    id: str
    object: Literal["insurability_check"]
    status: str = Field(
        description=(
            "`to_send`, `sent`, `accepted`, `partially_accepted`, `refused`, `error` or "
            "`outcome_unknown` (D17)."
        ),
    )
    practice_id: str | None
    registration_id: str
    operation_id: str
    question: ShownQuestion
    is_insured: bool | None = Field(description="Insured on the last asked day.")
    insurer: str | None
    mutuality: str | None
    membership_number: str | None
    ct1: str | None
    ct2: str | None
    has_preferential_rate: bool | None
    insurer_pays_provider: bool | None = Field(
        description="What PaymentByIO says; it is no right to third-party payment (D15).",
    )
    has_special_social_category: bool | None
    payment_approval: str | None
    communicated_on: Day | None
    event: str | None = Field(
        description=(
            "`closed_before`, `starts_later`, `changed_during`, `multiple` or `other`: what "
            "happened to the insurance in the period."
        ),
    )
    event_on: Day | None
    periods: list[InsuredPeriodFacts]
    patient: InsuredPatient | None
    hospital_stay: HospitalStayFacts | None
    medical_house: MedicalHouseFacts | None
    facets: list[FacetAnswer] = Field(description="Answers to the other facets that were asked.")
    refusals: list[InsurabilityRefusal]
    warnings: list[InsurabilityRefusal]
    problem: ProblemDocument | None = Field(description="Why the status is `error` or unknown.")
    sent_at: Moment | None
    answered_at: Moment | None
    created_at: Moment
    updated_at: Moment
    links: InsurabilityCheckLinks


class InsurabilityCheckList(AnswerModel):
    """Checks of the caller, newest first."""

    items: list[InsurabilityCheckResource]
    page: Page
    query: ListQuery


def check_path(check_id: str) -> str:
    """Give the path of a check."""
    return f"{PATH}/{check_id}"


def facet_answers(facts: InsurabilityFacts) -> list[FacetAnswer]:
    """Show the answers to facets other than insurability."""
    return [
        FacetAnswer(facet=each.facet.value, has_data=each.has_data, members=dict(each.members))
        for each in facts.facets
    ]


def check_resource(check: InsurabilityCheck, language: str) -> InsurabilityCheckResource:
    """Show a check with its facts."""
    facts = check.facts
    current = None if facts.current is None else _period(facts.current)
    return InsurabilityCheckResource(
        id=check.id,
        object="insurability_check",
        status=check.status.value,
        practice_id=check.practice_id or None,
        registration_id=check.registration_id,
        operation_id=check.operation_id,
        question=_question(check.question),
        is_insured=facts.is_insured,
        insurer=current and current.insurer,
        mutuality=current and current.mutuality,
        membership_number=current and current.membership_number,
        ct1=current and current.ct1,
        ct2=current and current.ct2,
        has_preferential_rate=current and current.has_preferential_rate,
        insurer_pays_provider=facts.insurer_pays_provider,
        has_special_social_category=facts.has_special_social_category,
        payment_approval=current and current.payment_approval,
        communicated_on=current and current.communicated_on,
        event=facts.event and facts.event.value,
        event_on=facts.event_on,
        periods=[_period(period) for period in facts.periods],
        patient=facts.patient and _patient(facts.patient),
        facets=facet_answers(facts),
        hospital_stay=facts.hospital_stay and _stay(facts.hospital_stay),
        medical_house=facts.medical_house and _house(facts.medical_house),
        refusals=[_refusal(refusal, language) for refusal in facts.refusals],
        warnings=[_refusal(warning, language) for warning in facts.warnings],
        problem=_problem(check.problem_code, language),
        sent_at=check.sent_at,
        answered_at=check.answered_at,
        created_at=check.created_at,
        updated_at=check.updated_at,
        links=_links(check),
    )


def _links(check: InsurabilityCheck) -> InsurabilityCheckLinks:
    return InsurabilityCheckLinks(
        self=check_path(check.id), operation=f"/v1/operations/{check.operation_id}"
    )


class FactModels(AnswerModel):
    """The shared parts of an answer about one patient."""

    question: ShownQuestion | None
    periods: list[InsuredPeriodFacts]
    refusals: list[InsurabilityRefusal]
    warnings: list[InsurabilityRefusal]


def fact_models(
    facts: InsurabilityFacts, question: InsurabilityQuestion | None, language: str
) -> FactModels:
    """Show question and answer of a patient of a batch."""
    return FactModels(
        question=None if question is None else _question(question),
        periods=[_period(period) for period in facts.periods],
        refusals=[_refusal(refusal, language) for refusal in facts.refusals],
        warnings=[_refusal(warning, language) for warning in facts.warnings],
    )


def _question(question: InsurabilityQuestion) -> ShownQuestion:
    named = question.patient
    if isinstance(named, Niss):
        patient = ShownPatientReference(niss=named.digits, mutuality=None, membership_number=None)
    else:
        patient = ShownPatientReference(
            niss=None,
            mutuality=named.mutuality.digits,
            membership_number=named.membership_number.text,
        )
    return ShownQuestion(
        patient=patient,
        period=ShownPeriod(from_on=question.period.from_on, to_on=question.period.to_on),
        purpose=question.purpose.value,
        contact_type=question.contact_type.value,
        facets=[facet.value for facet in question.facets],
    )


def _period(period: InsuredPeriod) -> InsuredPeriodFacts:
    return InsuredPeriodFacts(
        from_on=period.period.from_on,
        to_on=period.period.to_on,
        insurer=period.insurer,
        mutuality=period.mutuality,
        membership_number=period.membership_number,
        ct1=period.ct1,
        ct2=period.ct2,
        has_preferential_rate=period.has_preferential_rate,
        communicated_on=period.communicated_on,
        payment_approval=period.payment_approval,
    )


def _patient(patient: PatientIdentity) -> InsuredPatient:
    return InsuredPatient(
        niss=None if patient.niss is None else patient.niss.digits,
        last_name=patient.last_name,
        first_name=patient.first_name,
        born_on=patient.born_on,
        deceased_on=patient.deceased_on,
        gender=patient.gender,
    )


def _stay(stay: HospitalStay) -> HospitalStayFacts:
    return HospitalStayFacts(
        hospital_nihii=stay.hospital_nihii,
        service=stay.service,
        admitted_on=stay.admitted_on,
    )


def _house(house: MedicalHouse) -> MedicalHouseFacts:
    return MedicalHouseFacts(nihii=house.nihii, kind=house.kind, started_on=house.started_on)


def _refusal(refusal: Refusal, language: str) -> InsurabilityRefusal:
    return InsurabilityRefusal(
        code=refusal.code,
        remote_code=refusal.remote_code,
        source=refusal.source,
        who_can_fix=refusal.who_can_fix,
        user_action=refusal.user_action,
        title=text(refusal.code, "title", language),
        detail=text(refusal.code, "detail", language),
        official_text=None,
    )


def _problem(code: str | None, language: str) -> ProblemDocument | None:
    return None if code is None else describe(code, language=language)
