"""Katz declarations: lump sums and toilets (*Nursing messages* 4.1)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.models.assessments import KatzVerdictFacts, verdict_facts
from api.models.care import (
    CareNihiiText,
    CarePeriodFacts,
    CarePeriodRequest,
    care_patient_of,
    care_period_of,
    check_numbers,
    digits_of,
    nihii_of,
    patient_body,
    patient_numbers,
    period_facts,
)
from api.models.common import AnswerModel, ListQuery, Page
from api.models.declarations import (
    DeclarationChangeRequest,
    DeclarationRequest,
    DeclarationResource,
    common_members,
)
from api.models.katz import (
    AgreementNumberText,
    CareFrequencyFacts,
    CareFrequencyRequest,
    CareKindText,
    CarePlaceFacts,
    CarePlaceRequest,
    DementiaFacts,
    DementiaRequest,
    KatzScoresFacts,
    KatzScoresRequest,
    dementia_facts,
    dementia_numbers,
    dementia_of,
    frequency_facts,
    frequency_of,
    place_facts,
    place_of,
    scores_facts,
    scores_of,
    without_nulls,
)
from bridge.domain.declarations import Declaration, KatzContent, KatzRequest
from bridge.domain.identifiers import Nihii
from bridge.domain.katz import CareKind
from bridge.service.assessments import Assessment
from bridge.service.declarationdrafts import DeclarationDraft
from bridge.service.declarations import DeclarationView

RequestText = Literal["new", "extension", "change", "close"]


class KatzDeclarationRequest(DeclarationRequest):
    """A Katz declaration: what is asked, and the six scores it rests on."""

    request: RequestText = "new"
    care_kind: CareKindText | SkipJsonSchema[None] = None
    scores: KatzScoresRequest | SkipJsonSchema[None] = None
    has_continence_details: bool = Field(default=False, description="Zone 319, sent as it is.")
    dementia: DementiaRequest | SkipJsonSchema[None] = None
    frequency: CareFrequencyRequest | SkipJsonSchema[None] = None
    place: CarePlaceRequest | SkipJsonSchema[None] = Field(
        default=None, description="Left out when care is given at home."
    )
    period: CarePeriodRequest | SkipJsonSchema[None] = None
    prescriber: CareNihiiText | SkipJsonSchema[None] = None
    agreement_number: AgreementNumberText | SkipJsonSchema[None] = Field(
        default=None, description="The agreement that is extended, changed or closed."
    )
    as_reference_provider: bool = Field(
        default=False, description="Ask to become the patient's reference nurse (zone 309)."
    )


class KatzDeclarationChangeRequest(DeclarationChangeRequest):
    """What changes of a Katz draft (JSON Merge Patch)."""

    request: RequestText | None = None
    care_kind: CareKindText | None = None
    scores: dict[str, int | None] | None = None
    has_continence_details: bool | None = None
    dementia: dict[str, str | None] | None = None
    frequency: dict[str, int | str | None] | None = None
    place: dict[str, str | None] | None = None
    period: dict[str, str | None] | None = None
    prescriber: str | None = None
    agreement_number: str | None = None
    as_reference_provider: bool | None = None


class KatzDeclarationResource(DeclarationResource):
    """A Katz declaration with all that became of it."""

    object: Literal["katz_declaration"]
    request: str
    care_kind: str | None
    scores: KatzScoresFacts | None
    has_continence_details: bool
    dementia: DementiaFacts | None
    frequency: CareFrequencyFacts
    place: CarePlaceFacts | None
    period: CarePeriodFacts
    prescriber: str | None
    agreement_number: str | None = Field(
        description="As it is asked; the number of its own agreement stands in `handover`."
    )
    as_reference_provider: bool
    verdict: KatzVerdictFacts | None = Field(description="What the scores allow.")


class KatzDeclarationList(AnswerModel):
    """Katz declarations, newest first."""

    items: list[KatzDeclarationResource]
    page: Page
    query: ListQuery


class KatzDeclarationsMarked(AnswerModel):
    """The declarations that changed, as they are now."""

    items: list[KatzDeclarationResource]


def katz_draft(body: KatzDeclarationRequest) -> DeclarationDraft:
    """Read a Katz declaration.

    Raises:
        InputError: a number has wrong check digits, with a finding for each.
    """
    check_numbers(
        [
            *patient_numbers(body.patient),
            *dementia_numbers(body.dementia),
            ("/prescriber", Nihii.parse, body.prescriber),
        ]
    )
    kind, scores = body.care_kind, body.scores
    content = KatzContent(
        request=KatzRequest(body.request),
        period=care_period_of(body.period),
        care_kind=None if kind is None else CareKind(kind),
        scores=None if scores is None else scores_of(scores),
        has_continence_details=body.has_continence_details,
        dementia=dementia_of(body.dementia),
        frequency=frequency_of(body.frequency),
        place=place_of(body.place),
        prescriber=nihii_of(body.prescriber),
        agreement_number=body.agreement_number,
        changes_reference_provider=body.as_reference_provider,
    )
    return DeclarationDraft(
        patient=care_patient_of(body.patient),
        content=content,
        client_ref=body.client_ref,
        registration_id=body.registration_id,
        nurse_reference=body.nurse_reference,
    )


def katz_body(declaration: Declaration) -> dict[str, Any]:
    """Give a Katz declaration as it would have been sent, for a merge patch."""
    content = _content(declaration)
    shown = _content_members(content)
    members = {
        **{name: value for name, value in shown.items() if not isinstance(value, AnswerModel)},
        **{
            name: without_nulls(value)
            for name, value in shown.items()
            if isinstance(value, AnswerModel)
        },
        "patient": patient_body(declaration.patient),
        "client_ref": declaration.client_ref,
        "nurse_reference": declaration.nurse_reference,
    }
    return {name: value for name, value in members.items() if value is not None}


def katz_resource(
    view: DeclarationView, assessment: Assessment | None, language: str
) -> KatzDeclarationResource:
    """Show a Katz declaration."""
    return KatzDeclarationResource(
        object="katz_declaration",
        verdict=None if assessment is None else verdict_facts(assessment, language),
        **_content_members(_content(view.declaration)),
        **common_members(view, language),
    )


def _content(declaration: Declaration) -> KatzContent:
    if not isinstance(declaration.content, KatzContent):
        raise TypeError(declaration.kind.value)
    return declaration.content


def _content_members(content: KatzContent) -> dict[str, Any]:
    return {
        "request": content.request.value,
        "care_kind": None if content.care_kind is None else content.care_kind.value,
        "scores": scores_facts(content.scores),
        "has_continence_details": content.has_continence_details,
        "dementia": dementia_facts(content.dementia),
        "frequency": frequency_facts(content.frequency),
        "place": place_facts(content.place),
        "period": period_facts(content.period),
        "prescriber": digits_of(content.prescriber),
        "agreement_number": content.agreement_number,
        "as_reference_provider": content.changes_reference_provider,
    }
