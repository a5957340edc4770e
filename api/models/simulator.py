"""The simulator's people, scenario, clock and ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Day, Links, ListQuery, Moment, Page, RequestModel
from api.models.questions import MembershipNumberText, MutualityText, NissText
from bridge.ports.simulator import LedgerEntry, ScenarioFacts

PATH: Final = "/v1/simulator"
LARGEST_OFFSET_S: Final = 10 * 366 * 86400

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
Days = Annotated[int, Field(ge=0, le=366)]
Score = Annotated[int, Field(ge=1, le=4)]


class SimulatorPeriodRequest(RequestModel):
    """Some time at one sickness fund."""

    from_on: Day
    to_on: Day | SkipJsonSchema[None] = Field(default=None, description="Without it: still.")
    mutuality: MutualityText | SkipJsonSchema[None] = None
    membership_number: MembershipNumberText | SkipJsonSchema[None] = None
    ct1: Code | SkipJsonSchema[None] = None
    ct2: Code | SkipJsonSchema[None] = None


class SimulatorMedicalHouseRequest(RequestModel):
    """A practice at flat rate."""

    nihii: Name | SkipJsonSchema[None] = None
    kind: Name | SkipJsonSchema[None] = None
    started_on: Day | SkipJsonSchema[None] = None


class SimulatorHospitalStayRequest(RequestModel):
    """A stay in hospital."""

    hospital_nihii: Name | SkipJsonSchema[None] = None
    service: Name | SkipJsonSchema[None] = None
    admitted_on: Day | SkipJsonSchema[None] = None


class SimulatorCareRequest(RequestModel):
    """What insurers find when care of a person is asked for; days of the insurers' clock."""

    has_rights_in_order: bool | SkipJsonSchema[None] = Field(
        default=None, description="Without, an agreement is on medical grounds only."
    )
    has_other_nurse: bool | SkipJsonSchema[None] = Field(
        default=None, description="Another nurse is the reference provider already."
    )
    sends_gp_form: bool | SkipJsonSchema[None] = Field(
        default=None, description="The practitioner sends a form for palliative care at all."
    )
    gp_form_after_days: Days | SkipJsonSchema[None] = Field(
        default=None, description="That form arrives so many days after the nurse's."
    )
    visit_after_days: Days | SkipJsonSchema[None] = Field(
        default=None, description="A control visit, so many days after a decision."
    )
    visit_scores: (
        Annotated[list[Score], Field(min_length=6, max_length=6)] | SkipJsonSchema[None]
    ) = Field(default=None, description="The six scores that visit finds.")
    closed_after_days: Days | SkipJsonSchema[None] = Field(
        default=None, description="The insurer closes the agreement."
    )
    modified_after_days: Days | SkipJsonSchema[None] = Field(
        default=None, description="The insurer shortens the agreement."
    )
    other_nurse_after_days: Days | SkipJsonSchema[None] = Field(
        default=None, description="Another nurse takes over."
    )


class SimulatorPersonRequest(RequestModel):
    """A fictitious person; only the number is needed, the rest has defaults."""

    niss: NissText
    last_name: Name | SkipJsonSchema[None] = None
    first_name: Name | SkipJsonSchema[None] = None
    born_on: Day | SkipJsonSchema[None] = None
    gender: Literal["female", "male"] | SkipJsonSchema[None] = None
    mutuality: MutualityText | SkipJsonSchema[None] = None
    membership_number: MembershipNumberText | SkipJsonSchema[None] = None
    purpose: Name | SkipJsonSchema[None] = None
    is_known: bool | SkipJsonSchema[None] = None
    deceased_on: Day | SkipJsonSchema[None] = None
    palliative_since: Day | SkipJsonSchema[None] = None
    insurer_pays_provider: bool | SkipJsonSchema[None] = None
    periods: list[SimulatorPeriodRequest] | SkipJsonSchema[None] = Field(
        default=None,
        description="Without it: insured for a long time; an empty list means never.",
    )
    medical_house: SimulatorMedicalHouseRequest | SkipJsonSchema[None] = None
    hospital_stay: SimulatorHospitalStayRequest | SkipJsonSchema[None] = None
    care: SimulatorCareRequest | SkipJsonSchema[None] = None


class SimulatorPeriod(AnswerModel):
    """Some time at one sickness fund."""

    from_on: str
    to_on: str | None
    mutuality: str
    membership_number: str
    ct1: str
    ct2: str


class SimulatorMedicalHouse(AnswerModel):
    """A practice at flat rate."""

    nihii: str | None
    kind: str | None
    started_on: str | None


class SimulatorHospitalStay(AnswerModel):
    """A stay in hospital."""

    hospital_nihii: str | None
    service: str | None
    admitted_on: str | None


class SimulatorCare(AnswerModel):
    """What insurers find when care of a person is asked for; days of the insurers' clock."""

    has_rights_in_order: bool
    has_other_nurse: bool
    sends_gp_form: bool
    gp_form_after_days: int
    visit_after_days: int | None
    visit_scores: list[int]
    closed_after_days: int | None
    modified_after_days: int | None
    other_nurse_after_days: int | None


class SimulatorPerson(AnswerModel):
    """A fictitious person the played insurers know."""

    id: str = Field(description="The person number; nobody real is behind it.")
    object: Literal["simulator_person"]
    niss: str
    last_name: str
    first_name: str
    born_on: str
    gender: str
    mutuality: str
    membership_number: str
    purpose: str = Field(description="What the person is for.")
    is_known: bool
    deceased_on: str | None
    palliative_since: str | None
    insurer_pays_provider: bool
    periods: list[SimulatorPeriod]
    medical_house: SimulatorMedicalHouse | None
    hospital_stay: SimulatorHospitalStay | None
    care: SimulatorCare
    created_at: Moment | None
    updated_at: Moment | None
    links: Links


class SimulatorPersonList(AnswerModel):
    """All people, in the order of entry."""

    items: list[SimulatorPerson]
    page: Page
    query: ListQuery


class SimulatorScenarioRequest(RequestModel):
    """Which scenario comes into force."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9_]+$")]


class SimulatorScenarioChoice(AnswerModel):
    """A scenario there is."""

    name: str
    description: str


class SimulatorScenario(AnswerModel):
    """The scenario in force, and those there are."""

    id: str
    object: Literal["simulator_scenario"]
    name: str
    available: list[SimulatorScenarioChoice]
    created_at: Moment | None
    updated_at: Moment | None
    links: Links


class SimulatorClockRequest(RequestModel):
    """How far the platform's clock is from ours."""

    offset_s: int = Field(default=0, ge=-LARGEST_OFFSET_S, le=LARGEST_OFFSET_S)
    insurers_ahead_s: int = Field(
        default=0,
        ge=0,
        le=LARGEST_OFFSET_S,
        description=(
            "How much later it is for the insurers: what they answer later becomes ready, while "
            "signed messages keep their time."
        ),
    )


class SimulatorClock(AnswerModel):
    """The platform's clock."""

    id: str
    object: Literal["simulator_clock"]
    offset_s: int
    insurers_ahead_s: int
    now_at: Moment
    created_at: Moment | None
    updated_at: Moment | None
    links: Links


class SimulatorLedgerEntry(AnswerModel):
    """One message the played platform received, and what it made of it."""

    id: str
    object: Literal["simulator_ledger_entry"]
    sequence: int
    received_at: Moment
    service: str
    operation: str
    reference: str | None
    is_accepted: bool
    code: str | None = Field(description="Code of the refusal.")
    check: str | None = Field(description="Which check failed.")
    created_at: Moment
    updated_at: Moment
    links: Links


class SimulatorLedger(AnswerModel):
    """Everything received, oldest first."""

    items: list[SimulatorLedgerEntry]
    page: Page
    query: ListQuery


def person_members(request: SimulatorPersonRequest) -> dict[str, Any]:
    """Give the members the caller named, as plain JSON."""
    members: dict[str, Any] = request.model_dump(mode="json", exclude_unset=True)
    return members


def simulator_person(person: dict[str, Any]) -> SimulatorPerson:
    """Show a person."""
    return SimulatorPerson.model_validate(
        {
            **person,
            "id": person["niss"],
            "object": "simulator_person",
            "created_at": None,
            "updated_at": None,
            "links": {"self": f"{PATH}/people"},
        },
    )


class SimulatorPatientCard(AnswerModel):
    """The card in the second reader, and those there are."""

    id: str
    object: Literal["simulator_patient_card"]
    name: str
    available: list[SimulatorScenarioChoice]
    created_at: Moment | None
    updated_at: Moment | None
    links: Links


def simulator_patient_card(facts: ScenarioFacts) -> SimulatorPatientCard:
    """Show the card in the second reader."""
    return SimulatorPatientCard(
        id="simulator_patient_card",
        object="simulator_patient_card",
        name=facts.name,
        available=[
            SimulatorScenarioChoice(name=name, description=description)
            for name, description in facts.available.items()
        ],
        created_at=None,
        updated_at=None,
        links=Links(self=f"{PATH}/patient-card"),
    )


def simulator_scenario(facts: ScenarioFacts) -> SimulatorScenario:
    """Show the scenario in force."""
    return SimulatorScenario(
        id="simulator_scenario",
        object="simulator_scenario",
        name=facts.name,
        available=[
            SimulatorScenarioChoice(name=name, description=description)
            for name, description in facts.available.items()
        ],
        created_at=None,
        updated_at=None,
        links=Links(self=f"{PATH}/scenario"),
    )


def simulator_clock(theirs: datetime, *, ours: datetime, insurers_ahead_s: int) -> SimulatorClock:
    """Show the platform's clock."""
    return SimulatorClock(
        id="simulator_clock",
        object="simulator_clock",
        offset_s=round((theirs - ours).total_seconds()),
        insurers_ahead_s=insurers_ahead_s,
        now_at=theirs,
        created_at=None,
        updated_at=None,
        links=Links(self=f"{PATH}/clock"),
    )


def simulator_ledger_entry(entry: LedgerEntry) -> SimulatorLedgerEntry:
    """Show an entry of the ledger."""
    return SimulatorLedgerEntry(
        id=f"led_{entry.sequence}",
        object="simulator_ledger_entry",
        sequence=entry.sequence,
        received_at=entry.received_at,
        service=entry.service,
        operation=entry.operation,
        reference=entry.reference,
        is_accepted=entry.accepted,
        code=entry.code,
        check=entry.check,
        created_at=entry.received_at,
        updated_at=entry.received_at,
        links=Links(self=f"{PATH}/ledger"),
    )
