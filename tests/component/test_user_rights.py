"""User rights over the interface: nothing is done for somebody who may not (issue of 7.4, AUD-03).

One daemon for the module: nothing of the sweep may change anything.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.app import PRODUCTION_ENDPOINTS
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.rights import OWNER_ID, Actor, Grant, MessageKind, Right
from bridge.service.tokens import SCOPES, Client
from tests.support import careapi, rights
from tests.support.audit import records_of
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.pairing import GOOD, WEB

pytestmark = pytest.mark.timeout(120)
ACTORS = "/v1/actors"
NAME = "Nele Voorbeeld"
CLIENT_ID = "limited"
MERGE = "application/merge-patch+json"


@dataclass
class House:
    """A daemon, a person, and software that acts for her."""

    daemon: TestDaemon
    folder: Path
    actor: Actor
    token: str

    @property
    def registration_id(self) -> str:
        return str(self.daemon.world.nurse.registration.id)

    async def set_rights(self, *grants: Grant) -> None:
        await self.daemon.services.actors.set_rights(self.actor.id, grants)

    def attempts_recorded(self) -> list[dict[str, Any]]:
        return [each for each in records_of(self.folder) if each["action"].startswith("actor_")]

    async def kept(self) -> Any:
        """Give all rows an attempt could change, and what left."""

        def work(unit: Any) -> Any:
            tables = unit.connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('actors')"
            ).scalars()
            return {
                name: unit.connection.exec_driver_sql(f"SELECT * FROM {name}").all()  # noqa: S608  # names of the schema
                for name in list(tables)
            }

        rows = await self.daemon.parts.store.read(work)
        return rows, self.daemon.world.ledger.entries()

    async def ask(self, http: Any, attempt: rights.Attempt) -> Any:
        method = attempt.endpoint.method
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if method in {"PATCH", "PUT"}:
            headers |= {"If-Match": "*"}
        if method == "DELETE":
            return await http.delete(attempt.path)
        if method == "PATCH":
            headers["Content-Type"] = MERGE
        return await http.request(method, attempt.path, json=attempt.body, headers=headers)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[House]:
    async with running_daemon(folder) as daemon:
        # Nothing may change by itself while the sweep looks for changes.
        await daemon.services.billing_sync.close()
        actor = await daemon.services.actors.create(NAME)
        client = Client(
            id=CLIENT_ID,
            display_name="Software",
            scopes=SCOPES - {"console"},
            actor_id=actor.id,
        )
        token = daemon.services.tokens.issue(client, lifetime=timedelta(days=1))
        yield House(daemon, folder, actor, token)


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("rights")) as made:
        await made.daemon.parts.store.write(
            lambda unit: rights.keep_all(
                unit, registration_id=made.registration_id, client_id=CLIENT_ID
            )
        )
        yield made


async def test_aud_03_each_action_on_each_kind_is_refused_records_once_and_does_nothing(
    house: House,
) -> None:
    before = await house.kept()
    async with house.daemon.http(house.token) as http:
        for attempt in rights.attempts():
            refusal = Grant(rights=(attempt.right,), kind=attempt.kind, is_refusal=True)
            await house.set_rights(Grant(rights=tuple(Right)), refusal)
            house.daemon.clock.advance(seconds=1)  # else it is too many at once
            recorded = len(house.attempts_recorded())
            about = attempt.registration_id or house.registration_id
            answer = await house.ask(http, attempt)
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (403, "actor_not_allowed"), attempt
            assert problem["params"] == {
                "action": attempt.right.value,
                "registration_id": about,
                "kind": attempt.kind.value,
                "reason": "line",
            }
            assert "Voorbeeld" not in answer.text
            (record,) = house.attempts_recorded()[recorded:]
            assert (record["action"], record["actor"]) == ("actor_refused", house.actor.id)
            assert record["result"] == f"{attempt.right.value}:{attempt.kind.value}"
            assert (record["client"], record["object_id"]) == (CLIENT_ID, about)
    assert await house.kept() == before
    assert "Voorbeeld" not in (house.folder / "audit" / "audit.jsonl").read_text()


def test_the_sweep_covers_each_cell_and_each_address_that_asks_for_rights() -> None:
    made = rights.attempts()
    assert {each.operation_id for each in made} == set(rights.NEEDS_RIGHT)
    cells = {(right, kind) for right in Right for kind in MessageKind}
    assert {each.cell for each in made} == cells


def test_what_leaves_the_house_asks_for_rights() -> None:
    """API-30 says of an address that it can cause something outside the machine."""
    leaving = {each.operation_id for each in PRODUCTION_ENDPOINTS if each.idempotency == "required"}
    assert leaving <= set(rights.NEEDS_RIGHT)


async def test_what_was_released_keeps_its_actor_and_is_not_asked_about_again(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as house:
        await release_and_reassign(house)
    done = [(each["action"], each["result"]) for each in house.attempts_recorded()]
    assert done == [
        ("actor_allowed", "ask:katz"),
        ("actor_allowed", "send:katz"),
        ("actor_refused", "ask:katz"),
    ]


async def release_and_reassign(house: House) -> None:
    """Release for somebody, then take her rights and her software: what was released is sent."""
    daemon = house.daemon
    services = daemon.services
    opened = services.pairing_requests.open(
        replace(WEB, scopes=("declarations:send", "status:read", "registrations:read"))
    )
    pairing_id = opened.pairing.id
    await services.pairing_desk.approve(pairing_id, where="window", actor_id=house.actor.id)
    poll = services.pairing_requests.poll(pairing_id, opened.secret, origin=GOOD)
    given = await services.pairing_requests.collect(poll)
    await house.set_rights(Grant(rights=(Right.ASK, Right.SEND), kind=MessageKind.KATZ))
    async with daemon.http(given.token) as http:
        http.headers["Origin"] = GOOD
        draft = await careapi.create(http, careapi.KATZ, careapi.katz(daemon, "Aram"))
        held = await http.post(
            f"{draft['links']['self']}/submission",
            json={"hold_until_session": True},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        assert held.status_code == 202, held.text
        assert held.json()["actor"] == {"role": "person", "ref": house.actor.id}
        await house.set_rights()
        await services.pairing_desk.assign(pairing_id, OWNER_ID, where="command_line")
        assert (await http.get("/v1/pairings/current")).json()["actor_id"] == OWNER_ID
        assert (await daemon.open_session()).problem is None
        await services.outbox.send_due()
        now = await careapi.again(http, draft)
        assert now["status"] not in {"draft", "to_send"}
        every = [status.value for status in ExchangeStatus]
        kept = await daemon.parts.store.read(lambda unit: unit.exchanges.with_status(*every))
        assert [each.actor_id for each in kept] == [house.actor.id]
        operation = await http.get(held.headers["Location"])
        assert operation.json()["actor"]["ref"] == house.actor.id
        await services.pairing_desk.assign(pairing_id, house.actor.id, where="command_line")
        refused = await http.post(careapi.KATZ, json=careapi.katz(daemon, "Aram"))
        assert refused.json()["code"] == "actor_not_allowed"


async def test_the_console_adds_people_and_says_what_they_may(house: House) -> None:
    async with house.daemon.http() as http:
        made = await http.post(ACTORS, json={"name": "Jan Voorbeeld"})
        assert made.status_code == 201
        path = made.headers["Location"]
        shown = await http.get(path)
        assert shown.json() == made.json()
        assert (shown.json()["kind"], shown.json()["is_owner"]) == ("person", False)
        listed = (await http.get(ACTORS)).json()["items"]
        assert [each["id"] for each in listed][-1] == OWNER_ID
        rights_path = shown.json()["links"]["rights"]
        before = await http.get(rights_path)
        assert {tuple(each["actions"]) for each in before.json()["allowed"]} == {()}
        lines = [
            {"kind": "insurability", "actions": ["send", "ask"]},
            {
                "kind": "insurability",
                "registration_id": house.registration_id,
                "actions": ["send"],
                "effect": "deny",
            },
        ]
        match = {"If-Match": before.headers["ETag"]}
        changed = await http.put(rights_path, json={"grants": lines}, headers=match)
        assert changed.status_code == 200, changed.text
        allowed = {each["kind"]: each["actions"] for each in changed.json()["allowed"]}
        assert allowed.pop("insurability") == ["ask"]
        assert set(map(tuple, allowed.values())) == {()}
        assert changed.json()["grants"][0] == {
            "registration_id": None,
            "kind": "insurability",
            "actions": ["ask", "send"],
            "effect": "allow",
        }
        stale = await http.put(rights_path, json={"grants": []}, headers=match)
        assert stale.json()["code"] == "precondition_failed"
        blind = await http.put(rights_path, json={"grants": []})
        assert blind.json()["code"] == "precondition_required"
        billing = [{"registration_id": "bsv_1", "kind": "billing_invoices", "actions": ["ask"]}]
        match = {"If-Match": changed.headers.get("ETag", "*")}
        changed = await http.put(rights_path, json={"grants": billing}, headers=match)
        assert changed.json()["allowed"][-1] == {
            "registration_id": "bsv_1",
            "kind": "billing_invoices",
            "actions": ["ask"],
        }
        wrong = [{"registration_id": "reg_9", "actions": ["ask"]}]
        match = {"If-Match": changed.headers.get("ETag", "*")}
        refused = await http.put(rights_path, json={"grants": wrong}, headers=match)
        assert refused.json()["errors"][0]["pointer"] == "/grants/0/registration_id"
        off = await http.patch(
            path, json={"is_active": False}, headers={"If-Match": "*", "Content-Type": MERGE}
        )
        assert (off.json()["is_active"], off.json()["name"]) == (False, "Jan Voorbeeld")
        none = (await http.get(rights_path)).json()["allowed"]
        assert {tuple(each["actions"]) for each in none} == {()}
        owner = f"{ACTORS}/{OWNER_ID}"
        kept = await http.patch(
            owner, json={"is_active": False}, headers={"If-Match": "*", "Content-Type": MERGE}
        )
        assert kept.json()["code"] == "state_not_allowed"


async def test_software_sees_whom_it_acts_for_and_changes_nothing(house: House) -> None:
    async with house.daemon.http(house.token) as http:
        (own,) = (await http.get(ACTORS)).json()["items"]
        assert (own["id"], own["name"]) == (house.actor.id, NAME)
        assert (await http.get(f"{ACTORS}/{OWNER_ID}/rights")).status_code == 404
        assert (await http.get(own["links"]["rights"])).json()["object"] == "actor_rights"
        added = await http.post(ACTORS, json={"name": "X"})
        assert added.json()["code"] == "insufficient_scope"
