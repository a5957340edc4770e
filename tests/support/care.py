"""Declarations of care, agreements and insurers' changes to work with in tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from bridge.domain.agreements import CareAgreement
from bridge.domain.careupdates import AgreementFacts, CareUpdate, UpdateNature, steps_of
from bridge.domain.declarations import (
    CareDecision,
    CarePatient,
    CarePeriod,
    DecisionResult,
    Declaration,
    DeclarationKind,
    KatzContent,
    KatzRequest,
    PalliativeContent,
    Sex,
    TechnicalActContent,
    TechnicalActKind,
)
from bridge.domain.exchanges import Exchange, ExchangeStatus
from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.domain.katz import CareKind, KatzScores

NOW: Final = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NURSE: Final = Nihii("40000028401")
DOCTOR: Final = Nihii("10000007004")
PATIENT: Final = CarePatient(niss=Niss("60010100172"), mutuality=Mutuality("319"), sex=Sex.MALE)
MEMBER: Final = CarePatient(
    membership_number=MembershipNumber("12 AB 3"), mutuality=Mutuality("501"), sex=Sex.FEMALE
)
PERIOD: Final = CarePeriod(start_on=date(2026, 11, 20), end_on=date(2027, 2, 19))
SCORES_B: Final = KatzScores.of((3, 3, 3, 3, 3, 2))
SCORES_A: Final = KatzScores.of((3, 3, 3, 2, 2, 2))
NUMBER: Final = "319202600000123"
OTHER_NUMBER: Final = "319202600000125"

KATZ: Final = KatzContent(
    request=KatzRequest.NEW, period=PERIOD, care_kind=CareKind.B, scores=SCORES_B
)
PALLIATIVE: Final = PalliativeContent(start_on=date(2026, 11, 20), usual_doctor=DOCTOR, nurse=NURSE)
TECHNICAL: Final = TechnicalActContent(
    act_kind=TechnicalActKind.PERFUSION,
    period=PERIOD,
    prescriber=DOCTOR,
    product="NACL 0,9 %",
)
_KINDS: Final = {
    KatzContent: (DeclarationKind.KATZ, "ktz"),
    PalliativeContent: (DeclarationKind.PALLIATIVE, "pal"),
    TechnicalActContent: (DeclarationKind.TECHNICAL_ACT, "tec"),
}


def declaration(number: int = 1, content: Any = KATZ, **changes: Any) -> Declaration:
    kind, prefix = _KINDS[type(content)]
    made = Declaration(
        id=f"{prefix}_{number:026d}",
        kind=kind,
        client_id="client-a",
        practice_id="prc_1",
        registration_id="reg_1",
        patient=PATIENT,
        content=content,
        requester=NURSE,
        nurse_reference=f"K{number:014d}",
        status=ExchangeStatus.DRAFT,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)


def sent(number: int = 1, content: Any = KATZ, **changes: Any) -> Declaration:
    """Give a declaration that left with the message of the same number."""
    return declaration(
        number,
        content,
        **{
            "status": ExchangeStatus.TO_SEND,
            "sender_reference": f"{number:014d}",
            "exchange_id": message(number).id,
            "submission_id": "sub_1",
            "operation_id": "op_1",
            **changes,
        },
    )


def message(number: int = 1, **changes: Any) -> Exchange:
    made = Exchange(
        id=f"exc_{number:026d}",
        client_id="client-a",
        practice_id="prc_1",
        registration_id="reg_1",
        service="medadmin",
        kind="care_request",
        insurer="300",
        input_reference=f"{number:014d}",
        content_digest=f"digest-{number}",
        subject_id="sub_1",
        status=ExchangeStatus.SENT,
        created_at=NOW,
        updated_at=NOW,
        sent_at=NOW,
        has_tack=True,
    )
    return replace(made, **changes)


def decision(**changes: Any) -> CareDecision:
    made = CareDecision(
        at=NOW,
        status=ExchangeStatus.ACCEPTED,
        result=DecisionResult.AGREEMENT,
        response_id="rsp_1",
        agreement_number=NUMBER,
        granted=PERIOD,
    )
    return replace(made, **changes)


def refusal(**changes: Any) -> CareDecision:
    return decision(
        **{
            "status": ExchangeStatus.REFUSED,
            "result": DecisionResult.REJECTION,
            "agreement_number": "319202600000124",
            "granted": None,
            "reason": "001",
            **changes,
        }
    )


def agreement(number: int = 1, **changes: Any) -> CareAgreement:
    made = CareAgreement(
        id=f"agr_{number:026d}",
        client_id="client-a",
        practice_id="prc_1",
        registration_id="reg_1",
        kind=DeclarationKind.KATZ,
        patient=PATIENT,
        created_at=NOW,
        updated_at=NOW,
        start_on=PERIOD.start_on,
        end_on=PERIOD.end_on,
        granted_end_on=PERIOD.end_on,
        number=NUMBER,
        care_kind=CareKind.B,
        scores=SCORES_B,
    )
    return replace(made, **changes)


def descoring(number: int = 1, **changes: Any) -> CareUpdate:
    """Give a control visit that lowers B to A from 1 December on."""
    made = CareUpdate(
        id=f"upd_{number:026d}",
        client_id="",
        practice_id="prc_1",
        registration_id="reg_1",
        exchange_id=message(number).id,
        response_id="rsp_1",
        nature=UpdateNature.VISIT,
        previous=AgreementFacts(
            agreement_number=NUMBER, care_kind=CareKind.B, scores=SCORES_B, period=PERIOD
        ),
        new=AgreementFacts(
            agreement_number=OTHER_NUMBER,
            care_kind=CareKind.A,
            scores=SCORES_A,
            period=CarePeriod(start_on=date(2026, 12, 1), end_on=PERIOD.end_on),
        ),
        steps=steps_of(UpdateNature.VISIT, changed_on=date(2026, 11, 30)),
        received_at=NOW,
        updated_at=NOW,
        patient_niss=PATIENT.niss,
        visit_on=date(2026, 11, 30),
    )
    return replace(made, **changes)
