"""Care requests through the sealed channel: played insurers confirm, decide, and tell others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.ehealth.endpoints import GENASYNC_MEDADMIN_PATH
from bridge.mycarenet import medadmin
from bridge.mycarenet.medadmin_names import DecisionResult, MessageName
from bridge.mycarenet.services import MEDADMIN
from bridge.sandbox import genasync_scenarios as scenarios
from bridge.sandbox.care_insurers import SERVICE
from bridge.sandbox.people import SandboxPerson
from bridge.sandbox.world import World
from tests.support.careoffice import katz, palliative, technical
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.exchanging import (
    KIND,
    TrivialKind,
    fetched,
    played,
    responses_of,
    sent,
)
from tests.support.wire import WatchedTransport

pytestmark = pytest.mark.timeout(60)
DAY_S = 24 * 3600


@asynccontextmanager
async def opened(folder: Path, *, other_nurse_of: World | None = None) -> AsyncIterator[TestDaemon]:
    """Give a daemon with an open session."""
    kind = TrivialKind()
    async with running_daemon(
        folder,
        other_nurse_of=other_nurse_of,
        transport=WatchedTransport,
        kinds=lambda _world: {KIND: kind},
    ) as daemon:
        await daemon.open_session()
        yield daemon


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[TestDaemon]:
    async with opened(tmp_path / "first") as running:
        yield running


def named(daemon: TestDaemon, first_name: str) -> SandboxPerson:
    return next(each for each in daemon.world.people.people() if each.first_name == first_name)


def numbers(daemon: TestDaemon) -> Any:
    return daemon.world.nurse.registration.holder.nihii


def seen(daemon: TestDaemon) -> list[Any]:
    """Give the messages that were read as answers to what was sent, in their order."""
    kind = daemon.parts.kinds[KIND]
    assert isinstance(kind, TrivialKind)
    return [each for content in kind.seen for each in medadmin.decode_answers(content)]


async def everything(daemon: TestDaemon) -> list[bytes]:
    """Give what was in the seals of all responses that wait for a person."""
    rows = await daemon.parts.store.read(
        lambda unit: unit.exchanges.with_status("manual_action_required")
    )
    contents = []
    for row in rows:
        for response in await responses_of(daemon, row):
            kept = await daemon.parts.store.read(
                lambda unit, found=response: unit.evidence.of_subject(found.id)
            )
            contents += [piece.content for piece in kept if piece.kind == "opened"]
    return contents


async def ask(daemon: TestDaemon, *requests: Any) -> Any:
    insurer = requests[0].care_receiver.mutuality.insurer
    content = medadmin.encode_requests(requests)
    return await sent(daemon, MEDADMIN, content, insurer=insurer)


async def test_requests_are_confirmed_and_decided_one_after_the_other(daemon: TestDaemon) -> None:
    anna, nurse = named(daemon, "Anna"), numbers(daemon)
    asked = [
        technical(anna, requester=nurse),
        katz(anna, requester=nurse),
        palliative(anna, requester=nurse, responsible=nurse, nurse=nurse),
    ]
    exchange = await ask(daemon, *asked)
    assert exchange.status.value == "sent"
    await fetched(daemon, MEDADMIN, ahead_s=15 * 60)
    assert [each.header.message_name for each in seen(daemon)] == [
        MessageName.TECHNICAL_REQUEST,
        MessageName.CONTRACTUAL_REQUEST,
        MessageName.PALLIATIVE_REQUEST,
    ]
    await fetched(daemon, MEDADMIN, ahead_s=2 * DAY_S)
    assert [each.header.message_name for each in seen(daemon)[3:]] == [
        MessageName.TECHNICAL_RECEIPT,
        MessageName.CONTRACTUAL_POSITIVE,
        MessageName.PALLIATIVE_POSITIVE,
    ]
    assert played(daemon, GENASYNC_MEDADMIN_PATH).mailboxes.count() == 0
    entries = [each for each in daemon.world.ledger.entries() if each.service == SERVICE]
    assert [(each.operation, each.code) for each in entries] == [
        ("receipt", None),
        ("receipt", None),
        ("receipt", None),
        ("decision", "M430001"),
        ("decision", "M410900"),
        ("decision", "M420900"),
    ]
    references = [each.header.sender_reference for each in asked]
    assert [each.reference for each in entries] == references * 2


async def test_what_is_no_care_request_is_refused_at_the_door(daemon: TestDaemon) -> None:
    exchange = await sent(daemon, MEDADMIN, b"<something/>")
    assert exchange.status.value == "error"
    assert [each for each in daemon.world.ledger.entries() if each.service == SERVICE] == []


async def test_the_other_nurse_opens_her_own_session_and_is_told(
    daemon: TestDaemon, tmp_path: Path
) -> None:
    stan, nurse = named(daemon, "Stan"), numbers(daemon)
    await ask(daemon, katz(stan, requester=nurse))
    await fetched(daemon, MEDADMIN, ahead_s=DAY_S)
    assert seen(daemon)[-1].decision.result is DecisionResult.REJECTION
    await ask(daemon, katz(stan, requester=nurse, changes_reference_provider=True))
    await fetched(daemon, MEDADMIN, ahead_s=2 * DAY_S)
    assert seen(daemon)[-1].decision.result is DecisionResult.AGREEMENT
    async with opened(tmp_path / "second", other_nurse_of=daemon.world) as hers:
        assert numbers(hers) != nurse
        await fetched(hers, MEDADMIN, ahead_s=2 * DAY_S)
        (content,) = await everything(hers)
        (told,) = medadmin.decode_answers(content)
        assert told.header.message_name is MessageName.CONTRACTUAL_UPDATE
        assert told.provider == numbers(hers)
    assert await everything(daemon) == []


async def test_a_session_of_the_other_nurse_sends_in_her_own_name(
    daemon: TestDaemon, tmp_path: Path
) -> None:
    async with opened(tmp_path / "second", other_nurse_of=daemon.world) as hers:
        anna = named(hers, "Anna")
        await ask(hers, katz(anna, requester=numbers(hers)))
        await fetched(hers, MEDADMIN, ahead_s=DAY_S)
        assert seen(hers)[-1].decision.result is DecisionResult.AGREEMENT
        await ask(hers, katz(anna, requester=numbers(daemon)))
        await fetched(hers, MEDADMIN, ahead_s=2 * DAY_S)
        assert seen(hers)[-1].fault.details[0].location == "zone 305"


@pytest.mark.parametrize(
    ("scenario", "count"),
    [
        pytest.param(scenarios.DUPLICATE, 1, id="duplicate"),
        pytest.param(scenarios.FOREIGN, 1, id="foreign"),
    ],
)
async def test_scenarios_disturb_the_deliveries_of_decisions(
    daemon: TestDaemon, scenario: str, count: int
) -> None:
    anna, nurse = named(daemon, "Anna"), numbers(daemon)
    await ask(daemon, technical(anna, requester=nurse))
    await fetched(daemon, MEDADMIN, ahead_s=15 * 60)
    daemon.world.scenario.choose(scenario)
    await fetched(daemon, MEDADMIN, ahead_s=3600)
    names = [each.header.message_name for each in seen(daemon)]
    assert names.count(MessageName.TECHNICAL_RECEIPT) == count
    assert len(await everything(daemon)) == (1 if scenario == scenarios.FOREIGN else 0)


async def test_a_refused_delivery_of_the_platform_decides_nothing(daemon: TestDaemon) -> None:
    daemon.world.scenario.choose(scenarios.REJECT)
    anna, nurse = named(daemon, "Anna"), numbers(daemon)
    await ask(daemon, katz(anna, requester=nurse))
    await fetched(daemon, MEDADMIN, ahead_s=5 * DAY_S)
    assert seen(daemon) == []
    assert daemon.world.care.register.all() == []


async def test_what_insurers_find_is_told_them_over_the_api(daemon: TestDaemon) -> None:
    anna = named(daemon, "Anna")
    care = {
        "has_rights_in_order": True,
        "has_other_nurse": False,
        "sends_gp_form": False,
        "visit_after_days": 9,
        "visit_scores": [3, 3, 3, 2, 2, 2],
        "modified_after_days": 4,
    }
    body = {"niss": anna.niss.digits, "mutuality": anna.mutuality.digits, "care": care}
    async with daemon.http() as http:
        headers = {"Idempotency-Key": "11111111-1111-4111-8111-111111111111"}
        made = await http.post("/v1/simulator/people", json=body, headers=headers)
        assert made.status_code == 201
        assert care.items() <= made.json()["care"].items()
        wrong = {"niss": anna.niss.digits, "care": {"visit_scores": [5] * 6}}
        refused = await http.post("/v1/simulator/people", json=wrong)
        assert refused.status_code == 422
    changed = daemon.world.people.find(anna.niss)
    assert changed is not None
    assert changed.care.visit_scores == (3, 3, 3, 2, 2, 2)
    nurse = numbers(daemon)
    await ask(daemon, katz(changed, requester=nurse))
    await fetched(daemon, MEDADMIN, ahead_s=20 * DAY_S)
    told = [
        each for content in await everything(daemon) for each in medadmin.decode_answers(content)
    ]
    assert [each.nature.value for each in told] == ["decisionModification", "visit"]
