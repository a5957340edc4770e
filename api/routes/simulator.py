"""Steering the simulator: people, scenario, clock and ledger (D2, D3).

Mounted only when a ``SimulatorControl`` is given.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from starlette.responses import Response

from api import examples
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.models.simulator import (
    PATH,
    SimulatorClock,
    SimulatorClockRequest,
    SimulatorLedger,
    SimulatorPatientCard,
    SimulatorPerson,
    SimulatorPersonList,
    SimulatorPersonRequest,
    SimulatorScenario,
    SimulatorScenarioRequest,
    person_members,
    simulator_clock,
    simulator_ledger_entry,
    simulator_patient_card,
    simulator_person,
    simulator_scenario,
)
from api.pages import MOST_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame
from bridge.errors import NotFound
from bridge.ports.simulator import SimulatorControl


async def list_simulator_people(
    context: ContextDep,
    limit: Limit = MOST_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List everybody the played insurers know."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    people = list(enumerate(_control(context).people()))
    kept = cut(people, lambda numbered: str(numbered[0]), wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(people), sort="created_at")
    items = [simulator_person(person) for _, person in kept.items]
    model = SimulatorPersonList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def add_simulator_person(body: SimulatorPersonRequest, context: ContextDep) -> Response:
    """Add a person, or replace the one with the same number."""
    with context.keys.reserve(context.call.caller.id, context.call.claim) as reservation:
        headers = {"Idempotency-Replayed": "true"} if reservation.earlier else {}
        person = _control(context).add_person(person_members(body))
        reservation.made = "person"
    headers["Location"] = f"{PATH}/people"
    return context.answer(simulator_person(person), status=201, headers=headers)


async def get_simulator_scenario(context: ContextDep) -> Response:
    """Show the scenario in force."""
    return context.answer(simulator_scenario(_control(context).scenario()))


async def get_simulator_patient_card(context: ContextDep) -> Response:
    """Show the card in the second reader."""
    return context.answer(simulator_patient_card(_control(context).patient_card()))


async def set_simulator_patient_card(
    body: SimulatorScenarioRequest,
    context: ContextDep,
) -> Response:
    """Put a patient's card into the second reader."""
    return context.answer(simulator_patient_card(_control(context).set_patient_card(body.name)))


async def set_simulator_scenario(
    body: SimulatorScenarioRequest,
    context: ContextDep,
) -> Response:
    """Choose a scenario."""
    return context.answer(simulator_scenario(_control(context).set_scenario(body.name)))


async def get_simulator_clock(context: ContextDep) -> Response:
    """Show the platform's clock."""
    return _clock(context, _control(context).now())


async def set_simulator_clock(body: SimulatorClockRequest, context: ContextDep) -> Response:
    """Let the platform's clock differ from ours."""
    control = _control(context)
    control.set_insurers_ahead(body.insurers_ahead_s)
    return _clock(context, control.set_clock_offset(body.offset_s))


def _clock(context: Context, theirs: datetime) -> Response:
    model = simulator_clock(
        theirs,
        ours=context.services.clock.now(),
        insurers_ahead_s=_control(context).insurers_ahead(),
    )
    return context.answer(model)


async def list_simulator_ledger(
    context: ContextDep,
    limit: Limit = MOST_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List what the played platform received, oldest first."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    entries = _control(context).ledger()
    kept = cut(entries, lambda entry: str(entry.sequence), wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(entries), sort="sequence")
    items = [simulator_ledger_entry(entry) for entry in kept.items]
    model = SimulatorLedger(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


def _control(context: Context) -> SimulatorControl:
    control = context.services.simulator
    if control is None:
        raise NotFound
    return control


_PERSON: Final = {
    "id": examples.NISS,
    "object": "simulator_person",
    "niss": examples.NISS,
    "last_name": "Voorbeeld",
    "first_name": "Persona",
    "born_on": "1950-01-01",
    "gender": "female",
    "mutuality": "319",
    "membership_number": "0000000000001",
    "purpose": "insured",
    "is_known": True,
    "deceased_on": None,
    "palliative_since": None,
    "insurer_pays_provider": True,
    "periods": [
        {
            "from_on": "2004-01-01",
            "to_on": None,
            "mutuality": "319",
            "membership_number": "0000000000001",
            "ct1": "110",
            "ct2": "110",
        },
    ],
    "medical_house": None,
    "hospital_stay": None,
    "care": {
        "has_rights_in_order": True,
        "has_other_nurse": False,
        "sends_gp_form": True,
        "gp_form_after_days": 6,
        "visit_after_days": 21,
        "visit_scores": [3, 3, 3, 2, 2, 2],
        "closed_after_days": None,
        "modified_after_days": None,
        "other_nurse_after_days": None,
    },
    "created_at": None,
    "updated_at": None,
    "links": {"self": f"{PATH}/people"},
}
_SCENARIO: Final = {
    "id": "simulator_scenario",
    "object": "simulator_scenario",
    "name": "normal",
    "available": [{"name": "normal", "description": "Everything works."}],
    "created_at": None,
    "updated_at": None,
    "links": {"self": f"{PATH}/scenario"},
}
_PATIENT_CARD: Final = {
    "id": "simulator_patient_card",
    "object": "simulator_patient_card",
    "name": "none",
    "available": [{"name": "none", "description": "The second reader is empty."}],
    "created_at": None,
    "updated_at": None,
    "links": {"self": f"{PATH}/patient-card"},
}
_CLOCK: Final = {
    "id": "simulator_clock",
    "object": "simulator_clock",
    "offset_s": 3600,
    "insurers_ahead_s": 0,
    "now_at": "2026-11-22T08:15:00.000Z",
    "created_at": None,
    "updated_at": None,
    "links": {"self": f"{PATH}/clock"},
}
_ENTRY: Final = {
    "id": "led_1",
    "object": "simulator_ledger_entry",
    "sequence": 1,
    "received_at": "2026-11-22T07:15:00.000Z",
    "service": "memberdata",
    "operation": "consult",
    "reference": "example",
    "is_accepted": True,
    "code": None,
    "check": None,
    "created_at": "2026-11-22T07:15:00.000Z",
    "updated_at": "2026-11-22T07:15:00.000Z",
    "links": {"self": f"{PATH}/ledger"},
}


def _row(method: str, path: str, **members: object) -> Endpoint:
    return Endpoint(
        method=method,
        path=PATH + path,
        tag="simulator",
        scopes=("console",),
        build="simulator",
        **members,  # type: ignore[arg-type]  # the rows below name them all
    )


ENDPOINTS: Final = (
    _row(
        "GET",
        "/people",
        operation_id="list_simulator_people",
        summary="List the simulator's people",
        description="Everybody the played insurers know, and what each is for.",
        handler=list_simulator_people,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of people.",
                model=SimulatorPersonList,
                example=examples.listed(_PERSON, sort="created_at"),
                headers=("Link",),
            ),
        },
    ),
    _row(
        "POST",
        "/people",
        operation_id="add_simulator_person",
        summary="Add a person to the simulator",
        description="Adds a person, or replaces the one with the same number; at once.",
        handler=add_simulator_person,
        idempotency="accepted",
        request_examples={"only_the_number": {"niss": examples.NISS}},
        answers={
            201: Answer(
                description="The person, complete.",
                model=SimulatorPerson,
                example=_PERSON,
                headers=("Location", "Idempotency-Replayed"),
            ),
        },
    ),
    _row(
        "GET",
        "/scenario",
        operation_id="get_simulator_scenario",
        summary="Show the scenario in force",
        description="The scenario in force and all there are.",
        handler=get_simulator_scenario,
        answers={
            200: Answer(description="The scenario.", model=SimulatorScenario, example=_SCENARIO),
        },
    ),
    _row(
        "PUT",
        "/scenario",
        operation_id="set_simulator_scenario",
        summary="Choose a scenario",
        description="Comes into force with the next message; no restart is needed.",
        handler=set_simulator_scenario,
        request_examples={"normal": {"name": "normal"}},
        answers={
            200: Answer(description="The scenario.", model=SimulatorScenario, example=_SCENARIO),
        },
        problems=("scenario_unknown",),
    ),
    _row(
        "GET",
        "/patient-card",
        operation_id="get_simulator_patient_card",
        summary="Show the patient's card",
        description="The card in the second reader and all there are.",
        handler=get_simulator_patient_card,
        answers={
            200: Answer(description="The card.", model=SimulatorPatientCard, example=_PATIENT_CARD),
        },
    ),
    _row(
        "PUT",
        "/patient-card",
        operation_id="set_simulator_patient_card",
        summary="Put in a patient's card",
        description="Puts a card into the second reader, or takes out what is in it.",
        handler=set_simulator_patient_card,
        request_examples={"insured_citizen": {"name": "patient"}},
        answers={
            200: Answer(description="The card.", model=SimulatorPatientCard, example=_PATIENT_CARD),
        },
        problems=("scenario_unknown",),
    ),
    _row(
        "GET",
        "/clock",
        operation_id="get_simulator_clock",
        summary="Show the platform's clock",
        description="The time of the played platform and its difference from ours.",
        handler=get_simulator_clock,
        answers={200: Answer(description="The clock.", model=SimulatorClock, example=_CLOCK)},
    ),
    _row(
        "PUT",
        "/clock",
        operation_id="set_simulator_clock",
        summary="Set the platform's clock",
        description="Lets the played platform's clock differ from ours by some seconds.",
        handler=set_simulator_clock,
        request_examples={
            "an_hour_ahead": {"offset_s": 3600},
            "answers_ready": {"insurers_ahead_s": 3600},
        },
        answers={200: Answer(description="The clock.", model=SimulatorClock, example=_CLOCK)},
    ),
    _row(
        "GET",
        "/ledger",
        operation_id="list_simulator_ledger",
        summary="List what the platform received",
        description="Every message the played platform got, and what it made of it.",
        handler=list_simulator_ledger,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of the ledger.",
                model=SimulatorLedger,
                example=examples.listed(_ENTRY, sort="sequence"),
                headers=("Link",),
            ),
        },
    ),
)
"""Rows of the endpoint table."""
