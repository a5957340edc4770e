"""Domain values to put into a store, and a store to put them into."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bridge.adapters.db.store import SqlStore
from bridge.adapters.ownfiles import create_private_file
from bridge.domain.cards import IdentityReading, PatientReading
from bridge.domain.identifiers import Cbe, MembershipNumber, Mutuality, Nihii, Niss
from bridge.domain.insurability import (
    CheckStatus,
    HospitalStay,
    InsurabilityCheck,
    InsurabilityFacts,
    InsurabilityQuestion,
    InsuredPeriod,
    MedicalHouse,
    Membership,
    PatientIdentity,
    Refusal,
    SituationEvent,
)
from bridge.domain.operations import (
    Operation,
    OperationKind,
    OperationProblem,
    OperationStatus,
    WaitingFor,
)
from bridge.domain.pairings import ClientKind, PairedToken, Pairing, PairingState
from bridge.domain.periods import Period
from bridge.domain.registrations import Holder, Registration, RegistrationKind
from bridge.errors import RemoteFault
from bridge.ports.store import Evidence, RememberedKey

KEY: Final = bytes(range(32))
NOW: Final = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
NISS: Final = "85073003328"
PERIOD: Final = Period(from_on=date(2026, 11, 1), to_on=date(2026, 11, 30))

REGISTRATION: Final = Registration(
    id="reg_1",
    kind=RegistrationKind.NURSE,
    holder=Holder(
        niss=Niss(NISS), nihii=Nihii("54000126401"), first_name="Fien", last_name="Testens"
    ),
    cbe=Cbe("0123456749"),
)

FULL_FACTS: Final = InsurabilityFacts(
    patient=PatientIdentity(
        niss=Niss(NISS),
        last_name="Pruikenmaker",
        first_name="Zoë",
        born_on=date(1985, 7, 30),
        deceased_on=date(2026, 11, 20),
        gender="female",
    ),
    is_insured=True,
    periods=(
        InsuredPeriod(
            period=PERIOD,
            insurer="300",
            mutuality="319",
            membership_number="12 AB 3",
            ct1="131",
            ct2="131",
            communicated_on=date(2026, 11, 2),
            payment_approval="00012345",
        ),
        InsuredPeriod(period=PERIOD, insurer="500", mutuality="526"),
    ),
    insurer_pays_provider=False,
    has_special_social_category=True,
    event=SituationEvent.CHANGED_DURING,
    event_on=date(2026, 11, 15),
    hospital_stay=HospitalStay(hospital_nihii="71000436", admitted_on=date(2026, 11, 3)),
    medical_house=MedicalHouse(nihii="80000001", kind="MedicalHouse"),
    refusals=(
        Refusal(
            code="patient_unknown",
            remote_code="UNKNOWN_NISS",
            source="300",
            who_can_fix="caller",
            user_action="check_patient",
        ),
    ),
    warnings=(),
)


def operation(number: int = 1, **changes: Any) -> Operation:
    made = Operation(
        id=f"op_{number:026d}",
        kind=OperationKind.INSURABILITY_CHECK,
        client_id="client-a",
        status=OperationStatus.QUEUED,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)


FULL_OPERATION: Final = operation(
    77,
    status=OperationStatus.FAILED,
    step=2,
    steps=3,
    attempts=1,
    waiting_for=WaitingFor(what="pin", where="window", expires_at=NOW + timedelta(seconds=120)),
    result_path="/v1/insurability-checks/ins_1",
    problem=OperationProblem(
        code="pin_wrong",
        params={"tries_left": 2, "service": "2", "other": None},
        remote=RemoteFault(system="mycarenet", code="SOA-01002", reference="abc"),
        support_ref="CB-1",
    ),
)


def check(number: int = 1, **changes: Any) -> InsurabilityCheck:
    made = InsurabilityCheck(
        id=f"ins_{number:026d}",
        registration_id="reg_1",
        operation_id=operation(number).id,
        question=InsurabilityQuestion(patient=Niss(NISS), period=PERIOD),
        status=CheckStatus.TO_SEND,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)


MEMBER_QUESTION: Final = InsurabilityQuestion(
    patient=Membership(mutuality=Mutuality("319"), membership_number=MembershipNumber("12 AB 3")),
    period=PERIOD,
)


def remembered(**changes: Any) -> RememberedKey:
    made = RememberedKey(
        client_id="client-a",
        key="0123456789abcdef",
        route="POST /v1/insurability-checks",
        fingerprint="f" * 64,
        operation_id=operation().id,
        created_at=NOW.replace(microsecond=123000),
    )
    return replace(made, **changes)


def evidence(number: int = 1, **changes: Any) -> Evidence:
    made = Evidence(
        id=f"ev_{number:026d}",
        subject_id="ins_1",
        kind="request",
        media_type="text/xml",
        content=b"<?xml version='1.0'?><q>\xc3\xa9\x00</q>",
        created_at=NOW.replace(microsecond=123000),
    )
    return replace(made, **changes)


def reading(**changes: Any) -> PatientReading:
    made = PatientReading(
        id="pcr_1",
        client_id="client-a",
        niss=Niss(NISS),
        identity_reading=IdentityReading(
            reading_kind="1", support_kind="2", support_serial="B123456789", read_at=NOW
        ),
        read_at=NOW,
        is_kept=True,
    )
    return replace(made, **changes)


def pairing(pairing_id: str, **changes: Any) -> Pairing:
    made = Pairing(
        id=pairing_id,
        client_kind=ClientKind.WEB,
        origin="https://app.vendor.example",
        display_name="Zorg",
        scopes=("status:read", "history:read-all"),
        granted=("status:read",),
        state=PairingState.COLLECTED,
        created_at=NOW,
        updated_at=NOW,
        expires_at=NOW + timedelta(seconds=120),
        instance_id="inst_1",
        secret_digest="5" * 64,
        key_thumbprint="t" * 43,
        decided_at=NOW,
        decided_where="window",
        token=PairedToken(
            digest="d" * 64,
            issued_at=NOW,
            expires_at=NOW + timedelta(days=180),
            last_used_at=NOW,
            former=("f" * 64,),
            calls_on=NOW.date(),
            calls=3,
        ),
    )
    return replace(made, **changes)


def new_database(folder: Path) -> Path:
    """Put an empty database of the newest schema, under ``KEY``, into a folder.

    It is a copy: running the steps of the schema once per process is enough, and
    ``tests/integration/test_store_file.py`` proves them.
    """
    path = folder / "carebridge.db"
    create_private_file(path)
    path.write_bytes(_empty_database())
    return path


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        SqlStore.open(path, KEY).close_now()
        return path.read_bytes()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[SqlStore]:
    store = SqlStore.open(folder / "carebridge.db", KEY)
    try:
        yield store
    finally:
        await store.close()
