"""The register of agreements as people read it (D14; *Nursing messages* 4.2)."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.models.care import CarePatientFacts, patient_facts
from api.models.common import AnswerModel, Day, ListQuery, Moment, Page, RequestModel
from api.models.katz import (
    CareFrequencyFacts,
    KatzScoresFacts,
    frequency_facts,
    scores_facts,
)
from api.models.questions import NissText
from bridge.domain.declarations import DeclarationKind
from bridge.service.agreements import AgreementView
from bridge.service.declarationdrafts import path_of_id

PATH: Final = "/v1/care-agreements"
AgreementStateText = Literal["current", "expiring", "ended"]
AgreementKindText = Literal["katz", "palliative", "technical_act"]


class AgreementPatientRequest(RequestModel):
    """Whose agreements are looked for."""

    niss: NissText


class CareAgreementSearchRequest(RequestModel):
    """Sensitive filters, in a body instead of an address (API-63)."""

    patient: AgreementPatientRequest
    kind: AgreementKindText | SkipJsonSchema[None] = None
    state: AgreementStateText | SkipJsonSchema[None] = None
    covers_on: Day | SkipJsonSchema[None] = None
    limit: int = Field(default=50, ge=1, le=200)


class CareAgreementLinks(AnswerModel):
    """Paths that belong to an agreement."""

    self: str
    declaration: str | None
    update: str | None = Field(description="The insurer's own message that made or changed it.")
    closure: str | None = Field(description="Where to close it, while it holds.")


class CareAgreementResource(AnswerModel):
    """One right to give care, with the days it holds."""

    id: str
    object: Literal["care_agreement"]
    kind: str
    state: str = Field(description="Today: future, current, expiring within 30 days, ended.")
    practice_id: str | None
    registration_id: str
    patient: CarePatientFacts
    agreement_number: str | None = Field(description="Null for technical acts, which have none.")
    extent: str | None
    care_kind: str | None
    act_kind: str | None
    scores: KatzScoresFacts | None
    frequency: CareFrequencyFacts
    start_on: Day | None
    end_on: Day | None
    granted_end_on: Day | None = Field(description="As it was granted, when it ended earlier.")
    end_reason: str | None
    declaration_id: str | None
    update_id: str | None
    created_at: Moment
    updated_at: Moment
    links: CareAgreementLinks


class CareAgreementList(AnswerModel):
    """Agreements, newest first."""

    items: list[CareAgreementResource]
    page: Page
    query: ListQuery


def agreement_resource(view: AgreementView) -> CareAgreementResource:
    """Show an agreement."""
    agreement = view.agreement
    return CareAgreementResource(
        id=agreement.id,
        object="care_agreement",
        kind=agreement.kind.value,
        state=view.state.value,
        practice_id=agreement.practice_id or None,
        registration_id=agreement.registration_id,
        patient=patient_facts(agreement.patient),
        agreement_number=agreement.number,
        extent=None if agreement.extent is None else agreement.extent.value,
        care_kind=None if agreement.care_kind is None else agreement.care_kind.value,
        act_kind=None if agreement.act_kind is None else agreement.act_kind.value,
        scores=scores_facts(agreement.scores),
        frequency=frequency_facts(agreement.frequency),
        start_on=agreement.start_on,
        end_on=agreement.end_on,
        granted_end_on=agreement.granted_end_on,
        end_reason=None if agreement.end_reason is None else agreement.end_reason.value,
        declaration_id=agreement.declaration_id,
        update_id=agreement.update_id,
        created_at=agreement.created_at,
        updated_at=agreement.updated_at,
        links=_links(view),
    )


def _links(view: AgreementView) -> CareAgreementLinks:
    agreement = view.agreement
    update = agreement.update_id
    declaration = None
    if agreement.declaration_id is not None:
        declaration = path_of_id(agreement.declaration_id)
    is_closable = agreement.kind is DeclarationKind.KATZ and agreement.end_reason is None
    return CareAgreementLinks(
        self=f"{PATH}/{agreement.id}",
        declaration=declaration,
        update=None if update is None else f"/v1/care-updates/{update}",
        closure=f"{declaration}/closure" if declaration and is_closable else None,
    )
