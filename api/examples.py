"""Examples of the document, made from domain values so that they always fit their models.

The people are fictitious; the person number is the reserved one (API-15, API-105).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel

from api.models.checks import check_resource
from api.models.events import server_sent_event
from api.models.operations import operation_resource
from api.models.patient_cards import holder_resource, reading_resource
from api.models.readers import reader_resource
from api.models.sessions import session_resource
from bridge.domain.cards import (
    CardHolder,
    CardKind,
    DocumentKind,
    InsertedCard,
    PatientReading,
    ReaderState,
    identity_reading,
)
from bridge.domain.events import Event
from bridge.domain.identifiers import Nihii, Niss
from bridge.domain.insurability import (
    CheckStatus,
    InsurabilityCheck,
    InsurabilityFacts,
    InsurabilityQuestion,
    InsuredPeriod,
    PatientIdentity,
    Purpose,
)
from bridge.domain.operations import Operation, OperationKind, OperationStatus, WaitingFor
from bridge.domain.periods import Period
from bridge.domain.registrations import Holder, RegistrationKind
from bridge.domain.sessions import EhealthSession

NISS: Final = "00000000097"
NOW: Final = datetime(2026, 11, 22, 7, 15, tzinfo=UTC)
LANGUAGE: Final = "en"

_PERIOD: Final = Period(from_on=date(2026, 11, 1), to_on=date(2026, 11, 30))
_REGISTRATION: Final = "reg_01JD3W7V7Q0M2N4Z8K5T6R1S9A"
_OPERATION: Final = "op_01JD3W7V7Q0M2N4Z8K5T6R1S9B"
_CHECK: Final = "ins_01JD3W7V7Q0M2N4Z8K5T6R1S9C"
_SESSION: Final = "ses_01JD3W7V7Q0M2N4Z8K5T6R1S9D"

PAGE: Final = {
    "limit": 50,
    "next_cursor": None,
    "prev_cursor": None,
    "total": 1,
    "total_is_exact": True,
}


def shown(model: BaseModel) -> dict[str, Any]:
    """Give a model as JSON."""
    members: dict[str, Any] = model.model_dump(mode="json")
    return members


def listed(item: Any, *, sort: str) -> dict[str, Any]:
    """Give a list of one item as JSON."""
    return {
        "items": [item],
        "page": PAGE,
        "query": {"sort": [sort], "filters": {}, "columns": []},
    }


WAITING: Final = Operation(
    id=_OPERATION,
    kind=OperationKind.SESSION_CREATE,
    client_id="example",
    status=OperationStatus.WAITING_FOR_USER,
    created_at=NOW,
    updated_at=NOW + timedelta(seconds=2),
    step=2,
    steps=4,
    attempts=1,
    waiting_for=WaitingFor(
        what="pin",
        where="reader_keypad",
        expires_at=NOW + timedelta(seconds=120),
    ),
)
_ASKED: Final = Operation(
    id=_OPERATION,
    kind=OperationKind.INSURABILITY_CHECK,
    client_id="example",
    status=OperationStatus.WAITING_FOR_REMOTE,
    created_at=NOW,
    updated_at=NOW + timedelta(seconds=1),
    step=1,
    steps=2,
    attempts=1,
)
_CANCELLED: Final = Operation(
    id=_OPERATION,
    kind=OperationKind.SESSION_CREATE,
    client_id="example",
    status=OperationStatus.CANCELLED,
    created_at=NOW,
    updated_at=NOW + timedelta(seconds=9),
    step=2,
    steps=4,
    attempts=1,
)
_ANSWERED: Final = InsurabilityCheck(
    id=_CHECK,
    registration_id=_REGISTRATION,
    operation_id=_OPERATION,
    question=InsurabilityQuestion(
        patient=Niss(NISS),
        period=_PERIOD,
        purpose=Purpose.INVOICING,
    ),
    status=CheckStatus.ACCEPTED,
    created_at=NOW,
    updated_at=NOW + timedelta(seconds=3),
    sent_at=NOW + timedelta(seconds=1),
    answered_at=NOW + timedelta(seconds=3),
    facts=InsurabilityFacts(
        is_insured=True,
        insurer_pays_provider=True,
        patient=PatientIdentity(
            niss=Niss(NISS),
            last_name="Voorbeeld",
            first_name="Persona",
            born_on=date(1950, 1, 1),
            gender="female",
        ),
        periods=(
            InsuredPeriod(
                period=_PERIOD,
                insurer="300",
                mutuality="319",
                membership_number="0000000000001",
                ct1="110",
                ct2="110",
                communicated_on=date(2026, 11, 22),
                payment_approval="00000000000000000001",
            ),
        ),
    ),
)
_OPEN: Final = EhealthSession(
    id=_SESSION,
    registration_id=_REGISTRATION,
    registration_kind=RegistrationKind.NURSE,
    holder=Holder(
        niss=Niss(NISS),
        nihii=Nihii("40000000001"),
        first_name="Persona",
        last_name="Voorbeeld",
    ),
    quality="nurse",
    opened_at=NOW,
    expires_at=NOW + timedelta(hours=12),
    updated_at=NOW,
)

OPERATION_WAITING: Final = shown(operation_resource(WAITING, LANGUAGE))
OPERATION_ASKED: Final = shown(operation_resource(_ASKED, LANGUAGE))
OPERATION_CANCELLED: Final = shown(operation_resource(_CANCELLED, LANGUAGE))
CHECK: Final = shown(check_resource(_ANSWERED, LANGUAGE))
SESSION: Final = shown(session_resource(_OPEN, NOW))
CHECK_REQUEST: Final = {
    "patient": {"niss": NISS},
    "period": {"from_on": "2026-11-01", "to_on": "2026-11-30"},
    "purpose": "invoicing",
}
CHECK_REQUEST_BY_MEMBERSHIP: Final = {
    "patient": {"mutuality": "319", "membership_number": "0000000000001"},
}
_READER: Final = ReaderState(
    id="rdr_33bda14ceb3e2596",
    name="Virtual PCD 00 00",
    has_keypad=False,
    card=InsertedCard(kind=CardKind.EID, atr=b"", inserted_at=NOW, applet="1.8"),
)
READER: Final = shown(reader_resource(_READER))
EVENT: Final = shown(
    server_sent_event(
        Event(
            id="evt_01JD3W7V7Q0M2N4Z8K5T6R1S9E",
            type="card.inserted",
            at=NOW,
            object="reader",
            object_id=_READER.id,
            status="eid",
            path=f"/v1/readers/{_READER.id}",
        ),
    ),
)
_HOLDER: Final = CardHolder(
    niss=Niss(NISS),
    last_name="Voorbeeld",
    first_names="Persona",
    initial="",
    born_on=date(1960, 1, 1),
    born_text="01 JAN 1960",
    sex="female",
    nationality="Belg",
    card_number="592000000097",
    valid_from=date(2022, 1, 1),
    valid_until=date(2032, 1, 1),
    document_type=1,
    document=DocumentKind.CITIZEN,
)
_READ_AT: Final = NOW + timedelta(hours=3)
_READING: Final = PatientReading(
    id="pcr_01JD3W7V7Q0M2N4Z8K5T6R1S9F",
    client_id="example",
    niss=Niss(NISS),
    identity_reading=identity_reading(_HOLDER, read_at=_READ_AT),
    read_at=_READ_AT,
    is_kept=False,
    holder=_HOLDER,
)
HOLDER: Final = shown(holder_resource(_HOLDER, _READER.id, today=NOW.date()))
READING: Final = shown(reading_resource(_READING, today=NOW.date(), language="en"))
OPERATION_READING: Final = shown(
    operation_resource(
        replace(
            WAITING,
            kind=OperationKind.PATIENT_CARD_READING,
            status=OperationStatus.QUEUED,
            steps=1,
            step=0,
            waiting_for=None,
        ),
        LANGUAGE,
    ),
)
