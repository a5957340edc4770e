"""Declarations, agreements and contexts of invented patients, to be changed by a test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from bridge.domain.agreements import CareAgreement
from bridge.domain.carecases import CareContext
from bridge.domain.declarations import (
    AgreementKind,
    CareDecision,
    CareFrequency,
    CarePatient,
    CarePeriod,
    Content,
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
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Mutuality, Nihii, Niss
from bridge.domain.katz import CareKind, KatzScores

TODAY: Final = date(2026, 11, 25)
NOW: Final = datetime(2026, 11, 25, 9, tzinfo=UTC)
NURSE: Final = Nihii.parse("40000028401")
GROUP: Final = Nihii.parse("94000126")
DOCTOR: Final = Nihii.parse("10000007004")
PHARMACIST: Final = Nihii.parse("20000014")
DENTIST: Final = Nihii.parse("30000021")
PATIENT: Final = CarePatient(
    niss=Niss.parse("60010100172"), mutuality=Mutuality.parse("319"), sex=Sex.MALE
)
OTHER_PATIENT: Final = replace(PATIENT, niss=Niss.parse("85123149853"), sex=Sex.FEMALE)
NUMBER: Final = "319202600000123"
OTHER_NUMBER: Final = "319202600000999"
SCORES_A: Final = KatzScores.of((3, 3, 3, 1, 1, 1))
SCORES_B: Final = KatzScores.of((3, 3, 3, 3, 3, 1))
SCORES_TOILET: Final = KatzScores.of((2, 1, 1, 1, 1, 1))
SCORES_DAILY: Final = KatzScores.of((4, 4, 1, 1, 1, 1))
SCORES_NONE: Final = KatzScores.of((1, 1, 1, 1, 1, 1))

_KINDS: Final = {
    KatzContent: DeclarationKind.KATZ,
    PalliativeContent: DeclarationKind.PALLIATIVE,
    TechnicalActContent: DeclarationKind.TECHNICAL_ACT,
}
_DAY_BY_DAY: Final = CareFrequency(days_per_week=7, visits_per_day=1)


def days(start: str | None = None, end: str | None = None) -> CarePeriod:
    """Give a period from two days such as ``2026-11-20``."""
    start_on, end_on = (each and date.fromisoformat(each) for each in (start, end))
    return CarePeriod(start_on=start_on or None, end_on=end_on or None)


def katz(request: KatzRequest = KatzRequest.NEW, **changes: Any) -> KatzContent:
    """Give a new lump sum B that nothing is wrong with."""
    content = KatzContent(
        request=request,
        period=days("2026-11-20", "2027-02-19"),
        care_kind=CareKind.B,
        scores=SCORES_B,
        frequency=_DAY_BY_DAY,
    )
    return replace(content, **changes)


def extension(**changes: Any) -> KatzContent:
    """Give a renewal of ``agreement()`` that nothing is wrong with."""
    asked = {"agreement_number": NUMBER, "period": days("2026-12-10", "2027-03-09")}
    return katz(KatzRequest.EXTENSION, **{**asked, **changes})


def change(**changes: Any) -> KatzContent:
    """Give a change of ``agreement()`` to lump sum A from today on."""
    asked = {
        "agreement_number": NUMBER,
        "scores": SCORES_A,
        "care_kind": CareKind.A,
        "period": days("2026-11-25", "2027-02-24"),
    }
    return katz(KatzRequest.CHANGE, **{**asked, **changes})


def closure(**changes: Any) -> KatzContent:
    """Give the closure of ``agreement()``."""
    content = KatzContent(
        request=KatzRequest.CLOSE,
        period=days(None, "2026-11-25"),
        agreement_number=NUMBER,
    )
    return replace(content, **changes)


def toilet(scores: KatzScores = SCORES_TOILET, **changes: Any) -> KatzContent:
    """Give a request of toilets."""
    return katz(care_kind=CareKind.TOILET, scores=scores, **changes)


def palliative(**changes: Any) -> PalliativeContent:
    """Give a palliative request that nothing is wrong with."""
    content = PalliativeContent(start_on=date(2026, 11, 20), usual_doctor=DOCTOR, nurse=NURSE)
    return replace(content, **changes)


def technical(**changes: Any) -> TechnicalActContent:
    """Give a notification that nothing is wrong with."""
    content = TechnicalActContent(
        act_kind=TechnicalActKind.PERFUSION,
        period=days("2026-11-20", "2026-12-04"),
        prescriber=DOCTOR,
        product="NACL 0.9% 500 ML",
    )
    return replace(content, **changes)


def declaration(content: Content, **changes: Any) -> Declaration:
    """Give a draft with a content."""
    draft = Declaration(
        id="ktz_1",
        kind=_KINDS[type(content)],
        client_id="cli_1",
        practice_id="prc_1",
        registration_id="reg_1",
        patient=PATIENT,
        content=content,
        requester=NURSE,
        nurse_reference="KZ2026000001",
        status=ExchangeStatus.DRAFT,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(draft, **changes)


def agreement(**changes: Any) -> CareAgreement:
    """Give an agreement of lump sum B until 10 December 2026."""
    found = CareAgreement(
        id="agr_1",
        client_id="cli_1",
        practice_id="prc_1",
        registration_id="reg_1",
        kind=DeclarationKind.KATZ,
        patient=PATIENT,
        created_at=NOW,
        updated_at=NOW,
        start_on=date(2026, 9, 11),
        end_on=date(2026, 12, 10),
        number=NUMBER,
        extent=AgreementKind.FULL,
        care_kind=CareKind.B,
        scores=SCORES_B,
    )
    return replace(found, **changes)


def context(*agreements: CareAgreement, **changes: Any) -> CareContext:
    """Give what is known today."""
    return replace(CareContext(today=TODAY, agreements=agreements), **changes)


def decision(
    status: ExchangeStatus,
    result: DecisionResult = DecisionResult.AGREEMENT,
    *,
    at: datetime = NOW,
    **changes: Any,
) -> CareDecision:
    """Give a decision."""
    found = CareDecision(at=at, status=status, result=result, response_id="rsp_1")
    return replace(found, **changes)
