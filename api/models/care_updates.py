"""Changes that insurers made by themselves, side by side with what was before.

Source: *Nursing messages* 4.3 and 5.5.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Final, Literal

from pydantic import Field

from api.models.care import CarePeriodFacts, DeclarationId, period_facts
from api.models.common import AnswerModel, Day, ListQuery, Moment, Page, RequestModel
from api.models.katz import (
    CareFrequencyFacts,
    DementiaFacts,
    KatzScoresFacts,
    dementia_facts,
    frequency_facts,
    scores_facts,
)
from bridge.domain.careupdates import AgreementFacts, CareUpdate
from bridge.service.declarationdrafts import path_of_id

PATH: Final = "/v1/care-updates"
StepText = Literal[
    "end_previous_agreement",
    "record_new_agreement",
    "credit_and_reinvoice",
    "inform_nurse",
    "look_at_it",
]


class CareUpdateLinkRequest(RequestModel):
    """The declaration whose agreement changed."""

    declaration_id: DeclarationId


class CareUpdateStepsRequest(RequestModel):
    """Steps that a person did."""

    kinds: list[StepText] = Field(min_length=1, max_length=5)


class CareUpdateMarksRequest(RequestModel):
    """A mark for one or many changes; all or none."""

    update_ids: list[DeclarationId] = Field(min_length=1, max_length=1000)
    mark: Literal["read", "unread", "processed", "unprocessed", "archived", "unarchived"]


class AgreementSide(AnswerModel):
    """One side of a change, as the insurer states it; null is not stated."""

    agreement_number: str | None
    care_kind: str | None
    has_no_lump_sum: bool = Field(description="Back to separate acts.")
    period: CarePeriodFacts
    frequency: CareFrequencyFacts
    scores: KatzScoresFacts | None
    dementia: DementiaFacts | None


class CareUpdateStep(AnswerModel):
    """One thing to do after a change."""

    kind: str
    is_done: bool
    due_on: Day | None = Field(description="Last day to do it in time.")
    done_at: Moment | None
    done_by: str | None = Field(description="`daemon` or `person`.")


class CareUpdateLinks(AnswerModel):
    """Paths that belong to a change."""

    self: str
    exchange: str
    declaration: str | None


class CareUpdateResource(AnswerModel):
    """One change of an agreement that the insurer made by itself."""

    id: str
    object: Literal["care_update"]
    status: str = Field(
        description="Always `manual_action_required`; `processed_at` says when it is done."
    )
    nature: str
    practice_id: str | None
    registration_id: str
    patient_niss: str | None
    provider: str | None = Field(description="NIHII number the change is about, as stated.")
    consulting_doctor: str | None
    visit_on: Day | None
    is_palliative: bool | None
    previous: AgreementSide
    new: AgreementSide
    changes: list[str] = Field(description="Members that differ between the two sides.")
    steps: list[CareUpdateStep] = Field(description="In order; with the last it is processed.")
    declaration_id: str | None
    exchange_id: str
    response_id: str
    received_at: Moment
    read_at: Moment | None
    processed_at: Moment | None
    archived_at: Moment | None
    created_at: Moment
    updated_at: Moment
    links: CareUpdateLinks


class CareUpdateList(AnswerModel):
    """Changes by insurers, newest first."""

    items: list[CareUpdateResource]
    page: Page
    query: ListQuery


class CareUpdatesMarked(AnswerModel):
    """The changes as they are now."""

    items: list[CareUpdateResource]


def update_resource(update: CareUpdate) -> CareUpdateResource:
    """Show a change."""
    niss = update.patient_niss
    return CareUpdateResource(
        id=update.id,
        object="care_update",
        status="manual_action_required",
        nature=update.nature.value,
        practice_id=update.practice_id or None,
        registration_id=update.registration_id,
        patient_niss=None if niss is None else niss.digits,
        provider=update.provider,
        consulting_doctor=update.consulting_doctor,
        visit_on=update.visit_on,
        is_palliative=update.is_palliative,
        previous=_side(update.previous),
        new=_side(update.new),
        changes=_changes(update),
        steps=[
            CareUpdateStep(
                kind=each.kind.value,
                is_done=each.done_at is not None,
                due_on=each.due_on,
                done_at=each.done_at,
                done_by=None if each.done_by is None else each.done_by.value,
            )
            for each in update.steps
        ],
        declaration_id=update.declaration_id,
        exchange_id=update.exchange_id,
        response_id=update.response_id,
        received_at=update.received_at,
        read_at=update.read_at,
        processed_at=update.processed_at,
        archived_at=update.archived_at,
        created_at=update.received_at,
        updated_at=update.updated_at,
        links=_links(update),
    )


def _side(facts: AgreementFacts) -> AgreementSide:
    return AgreementSide(
        agreement_number=facts.agreement_number,
        care_kind=None if facts.care_kind is None else facts.care_kind.value,
        has_no_lump_sum=facts.has_no_lump_sum,
        period=period_facts(facts.period),
        frequency=frequency_facts(facts.frequency),
        scores=scores_facts(facts.scores),
        dementia=dementia_facts(facts.dementia),
    )


def _changes(update: CareUpdate) -> list[str]:
    names = (each.name for each in fields(AgreementFacts))
    return [name for name in names if getattr(update.previous, name) != getattr(update.new, name)]


def _links(update: CareUpdate) -> CareUpdateLinks:
    declaration = update.declaration_id
    return CareUpdateLinks(
        self=f"{PATH}/{update.id}",
        exchange=f"/v1/exchanges/{update.exchange_id}",
        declaration=None if declaration is None else path_of_id(declaration),
    )
