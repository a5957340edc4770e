"""A daemon that lived through a month, and what it answered and left on the disk."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from api.endpoints import Endpoint
from api.minimising import PERSONS, takes_fields
from api.simulated import ALL_ENDPOINTS
from bridge.domain.periods import brussels_day
from tests.support.canaries import found_below
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.invoicingpractice import InvoicingPractice
from tests.support.logfiles import logging_to
from tests.support.practicemonth import PracticeMonth

LISTS = [
    endpoint
    for endpoint in ALL_ENDPOINTS
    if endpoint.method == "GET" and "cursor" in endpoint.query and endpoint.build is None
]
"""Every list of the interface (GDPR-03)."""

CARE_TEXT = "NACL 0,9 %"
"""What stands in the month's notifications about the care itself."""


@dataclass
class LivedMonth:
    """What a month left.

    Attributes:
        canaries: What must not be found, by what it is.
        answers: What each list answered without being asked for persons, by operation.
        asked: The same with every member that ``fields`` can name.
        open_finds: Canaries in files while the daemon ran; ``closed_finds`` afterwards.
    """

    folder: Path
    states: dict[str, str] = field(default_factory=dict)
    manual_actions: int = -1
    canaries: dict[str, str] = field(default_factory=dict)
    persons: set[str] = field(default_factory=set)
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    asked: dict[str, httpx.Response] = field(default_factory=dict)
    open_finds: set[str] = field(default_factory=set)
    closed_finds: set[str] = field(default_factory=set)


def live(folder: Path) -> LivedMonth:
    """Live through the month in a folder of its own."""
    lived = LivedMonth(folder=folder)
    (folder / "log").mkdir()
    with logging_to(folder / "log"):
        asyncio.run(_live(lived))
    lived.closed_finds = found_below(folder, lived.canaries)
    return lived


async def _live(lived: LivedMonth) -> None:
    async with running_daemon(lived.folder) as daemon:
        await daemon.open_session()
        token = daemon.token()

        async def pause(seconds: int) -> None:
            daemon.clock.advance(seconds=seconds)

        async with daemon.http(token) as http:
            today = brussels_day(daemon.clock.now())
            month = PracticeMonth(http=http, today=today, pause=pause)
            await month.run()
            lived.states = await month.states()
            lived.manual_actions = await month.manual_actions()
            lived.canaries = _canaries(daemon, token)
            lived.persons = {each["niss"] for each in month.people}
            lived.persons |= {f'"{each["first_name"]}"' for each in month.people}
            batch = await _fill(daemon, month)
            practice = InvoicingPractice(http=http, today=today, pause=pause)
            claims = await _bill(practice, today, month.people[0])
            await _ask_lists(lived, month, {"insurability": batch, "invoice": claims})
        lived.open_finds = await asyncio.to_thread(found_below, lived.folder, lived.canaries)


def _canaries(daemon: TestDaemon, token: str) -> dict[str, str]:
    nurse = daemon.world.nurse.registration
    assertion = daemon.services.sessions.require(nurse.id).assertion.xml
    text = assertion if isinstance(assertion, str) else assertion.decode()
    person = daemon.world.people.people()[0]
    return {
        "NISS": person.niss.digits,
        "NISS of the nurse": nurse.holder.niss.digits,
        "name": person.last_name,
        "care": CARE_TEXT,
        "token": token,
        "assertion": text[len(text) // 2 :][:60],
        "PIN of the nurse": f'"{daemon.world.nurse.pin.decode()}"',
    }


async def _fill(daemon: TestDaemon, month: PracticeMonth) -> str:
    """Ask about people in every way, so that no list is empty; gives the batch."""
    reference = {"niss": daemon.world.people.people()[0].niss.digits}
    question = {"patient": reference, "purpose": "information", "contact_type": "other"}
    await month.call("POST", "/v1/insurability-checks", question, **_key())
    insurer = daemon.world.people.people()[0].mutuality.insurer
    row = {"client_ref": "p", "patient": reference, "insurer": insurer}
    await month.call("POST", "/v1/work-lists/new_patients/rows", {"rows": [row]})
    body = {"purpose": "new_patients", "patients": [row]}
    started = await month.call("POST", "/v1/insurability-batches", body, **_key())
    batches = await month.call("GET", "/v1/insurability-batches")
    assert started, batches
    return str(batches["items"][0]["links"]["self"])


async def _bill(practice: InvoicingPractice, today: date, person: dict[str, Any]) -> str:
    await practice.begin()
    claim = practice.claim(person, practice.injection(today))
    insurer = person["periods"][-1]["mutuality"][0] + "00"
    draft = await practice.draft(insurer, f"{today:%Y-%m}", [claim])
    return str(draft["links"]["self"])


async def _ask_lists(lived: LivedMonth, month: PracticeMonth, parents: dict[str, str]) -> None:
    for endpoint in LISTS:
        path = _path(endpoint, parents)
        lived.answers[endpoint.operation_id] = await _get(month.http, path, month.pause)
        if takes_fields(endpoint):
            wanted = ",".join(["*", *sorted(PERSONS)])
            lived.asked[endpoint.operation_id] = await _get(
                month.http, f"{path}?fields={wanted}", month.pause
            )


def _path(endpoint: Endpoint, parents: dict[str, str]) -> str:
    if endpoint.path.startswith("/v1/insurability-batches/{"):
        return f"{parents['insurability']}/items"
    if endpoint.path.startswith("/v1/invoice-batches/{"):
        return f"{parents['invoice']}/claims"
    return endpoint.path.replace("{work_list}", "new_patients").replace(
        "{settlement_id}", "stl_none"
    )


async def _get(
    http: httpx.AsyncClient, path: str, pause: Callable[[int], Awaitable[None]]
) -> httpx.Response:
    while True:
        answer = await http.get(path)
        if answer.status_code != 429:
            return answer
        await pause(int(answer.headers["Retry-After"]))


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=30"}
