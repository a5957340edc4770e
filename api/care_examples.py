"""Examples of care requests in the OpenAPI document, made by the models themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from api.examples import LANGUAGE, NISS, NOW, listed, shown
from api.models.assessments import assessment_answer
from api.models.care_agreements import agreement_resource
from api.models.care_updates import update_resource
from api.models.katz_declarations import (
    KatzDeclarationRequest,
    katz_draft,
    katz_resource,
)
from api.models.operations import operation_resource
from api.models.palliative_declarations import (
    PalliativeDeclarationRequest,
    palliative_draft,
    palliative_resource,
)
from api.models.submissions import submission_resource
from api.models.technical_act_declarations import (
    TechnicalActDeclarationRequest,
    technical_act_draft,
    technical_act_resource,
)
from bridge.domain.agreements import AgreementState, CareAgreement
from bridge.domain.careupdates import AgreementFacts, CareUpdate, UpdateNature, steps_of
from bridge.domain.declarations import (
    AgreementKind,
    CareDecision,
    CarePeriod,
    DecisionResult,
    Declaration,
    DeclarationKind,
    KatzContent,
)
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Nihii, Niss
from bridge.domain.katz import CareKind, judge
from bridge.domain.katzexplained import explained
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.service.agreements import AgreementView
from bridge.service.assessments import Assessment
from bridge.service.declarationdrafts import KIND_OF, PREFIXES, DeclarationDraft
from bridge.service.declarations import DeclarationView

__all__ = [
    "AGREEMENT",
    "ASSESSMENT",
    "ASSESSMENT_REQUEST",
    "KATZ",
    "KATZ_ACCEPTED",
    "KATZ_REQUEST",
    "NISS",
    "OPERATION",
    "PALLIATIVE",
    "PALLIATIVE_REQUEST",
    "SUBMISSION",
    "TECHNICAL_ACT",
    "TECHNICAL_ACT_REQUEST",
    "UPDATE",
    "listed",
]

_ULID: Final = "01JD3W7V7Q0M2N4Z8K5T6R1S9A"
_REGISTRATION: Final = f"reg_{_ULID}"
_SUBMISSION: Final = f"sub_{_ULID}"
_OPERATION: Final = f"op_{_ULID}"
_EXCHANGE: Final = f"exc_{_ULID}"
_NUMBER: Final = "319202600000123"
_PATIENT: Final = {"niss": NISS, "mutuality": "319", "sex": "female"}
_DOCTOR: Final = "10000007"
_SCORES: Final = {
    "washing": 3,
    "dressing": 3,
    "transfer": 3,
    "toileting": 3,
    "continence": 3,
    "eating": 1,
}

KATZ_REQUEST: Final[dict[str, Any]] = {
    "patient": _PATIENT,
    "request": "new",
    "care_kind": "B",
    "scores": _SCORES,
    "frequency": {"days_per_week": 7, "visits_per_day": 1},
    "period": {"start_on": "2026-11-20", "end_on": "2027-02-19"},
    "prescriber": _DOCTOR,
    "client_ref": "patient-1",
}
PALLIATIVE_REQUEST: Final[dict[str, Any]] = {
    "patient": _PATIENT,
    "start_on": "2026-11-20",
    "usual_doctor": _DOCTOR,
    "nurse": "40000028401",
}
TECHNICAL_ACT_REQUEST: Final[dict[str, Any]] = {
    "patient": _PATIENT,
    "act_kind": "perfusion",
    "period": {"start_on": "2026-11-20", "end_on": "2026-12-04"},
    "prescriber": _DOCTOR,
    "product": "NACL 0.9% 500 ML",
}
ASSESSMENT_REQUEST: Final[dict[str, Any]] = {"scores": _SCORES, "care_kind": "B"}


def _declaration(draft: DeclarationDraft) -> Declaration:
    kind = KIND_OF[type(draft.content)]
    return Declaration(
        id=f"{PREFIXES[kind]}_{_ULID}",
        kind=kind,
        client_id="example",
        practice_id=f"prc_{_ULID}",
        registration_id=_REGISTRATION,
        patient=draft.patient,
        content=draft.content,
        requester=Nihii.parse("40000028401"),
        nurse_reference="K00000000000097",
        status=ExchangeStatus.DRAFT,
        created_at=NOW,
        updated_at=NOW,
        client_ref=draft.client_ref,
    )


def _released(declaration: Declaration, status: ExchangeStatus) -> Declaration:
    return replace(
        declaration,
        status=status,
        submission_id=_SUBMISSION,
        operation_id=_OPERATION,
        exchange_id=_EXCHANGE,
        sent_at=NOW,
    )


_KATZ: Final = _declaration(katz_draft(KatzDeclarationRequest.model_validate(KATZ_REQUEST)))
_PALLIATIVE: Final = _declaration(
    palliative_draft(PalliativeDeclarationRequest.model_validate(PALLIATIVE_REQUEST))
)
_TECHNICAL: Final = _declaration(
    technical_act_draft(TechnicalActDeclarationRequest.model_validate(TECHNICAL_ACT_REQUEST))
)
_SENT: Final = _released(_KATZ, ExchangeStatus.SENT)
_ACCEPTED: Final = replace(
    _SENT,
    status=ExchangeStatus.ACCEPTED,
    answered_at=NOW + timedelta(hours=1),
    has_own_answer=True,
    decisions=(
        CareDecision(
            at=NOW + timedelta(hours=1),
            status=ExchangeStatus.ACCEPTED,
            result=DecisionResult.AGREEMENT,
            response_id=f"rsp_{_ULID}",
            agreement_number=_NUMBER,
            granted=CarePeriod(start_on=date(2026, 11, 20), end_on=date(2027, 2, 19)),
        ),
    ),
)


def _assessment() -> Assessment:
    content = _KATZ.content
    if not isinstance(content, KatzContent) or content.scores is None:
        raise TypeError("the example has scores")
    day = date(2026, 11, 20)
    verdict = judge(content.scores, on=day)
    return Assessment(
        verdict=verdict,
        requested=CareKind.B,
        start_on=day,
        rules=explained(verdict, CareKind.B),
    )


_ASSESSED: Final = _assessment()

ASSESSMENT: Final = shown(assessment_answer(_ASSESSED, LANGUAGE))
KATZ: Final = shown(katz_resource(DeclarationView(declaration=_KATZ), _ASSESSED, LANGUAGE))
KATZ_ACCEPTED: Final = shown(
    katz_resource(DeclarationView(declaration=_ACCEPTED), _ASSESSED, LANGUAGE)
)
PALLIATIVE: Final = shown(
    palliative_resource(DeclarationView(declaration=_PALLIATIVE), None, LANGUAGE)
)
TECHNICAL_ACT: Final = shown(
    technical_act_resource(DeclarationView(declaration=_TECHNICAL), None, LANGUAGE)
)
SUBMISSION: Final = shown(submission_resource(_SUBMISSION, [DeclarationView(declaration=_SENT)]))
OPERATION: Final = shown(
    operation_resource(
        Operation(
            id=_OPERATION,
            kind=OperationKind.DECLARATION_SUBMISSION,
            client_id="example",
            status=OperationStatus.QUEUED,
            created_at=NOW,
            updated_at=NOW,
            steps=2,
        ),
        LANGUAGE,
    )
)
AGREEMENT: Final = shown(
    agreement_resource(
        AgreementView(
            agreement=CareAgreement(
                id=f"agr_{_ULID}",
                client_id="example",
                practice_id=f"prc_{_ULID}",
                registration_id=_REGISTRATION,
                kind=DeclarationKind.KATZ,
                patient=_KATZ.patient,
                created_at=NOW,
                updated_at=NOW,
                start_on=date(2026, 11, 20),
                end_on=date(2027, 2, 19),
                granted_end_on=date(2027, 2, 19),
                number=_NUMBER,
                extent=AgreementKind.FULL,
                care_kind=CareKind.B,
                declaration_id=_KATZ.id,
            ),
            state=AgreementState.CURRENT,
        )
    )
)
_VISIT: Final = date(2026, 11, 22)
UPDATE: Final = shown(
    update_resource(
        CareUpdate(
            id=f"upd_{_ULID}",
            client_id="example",
            practice_id=f"prc_{_ULID}",
            registration_id=_REGISTRATION,
            exchange_id=_EXCHANGE,
            response_id=f"rsp_{_ULID}",
            nature=UpdateNature.VISIT,
            previous=AgreementFacts(agreement_number=_NUMBER, care_kind=CareKind.B),
            new=AgreementFacts(
                agreement_number="319202600000124",
                care_kind=CareKind.A,
                period=CarePeriod(start_on=_VISIT),
            ),
            steps=steps_of(UpdateNature.VISIT, changed_on=_VISIT),
            received_at=NOW,
            updated_at=NOW,
            patient_niss=Niss(NISS),
            visit_on=_VISIT,
            declaration_id=_KATZ.id,
        )
    )
)
