"""Invoice files through the signed channel: played insurers receive, accept, settle, refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.periods import brussels_day
from bridge.ehealth.endpoints import GENASYNC_INVOICING_PATH
from bridge.mycarenet.services import INVOICING
from bridge.sandbox.efact_insurers import SERVICE
from bridge.sandbox.genasync_scenarios import DUPLICATE
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.efactoffice import (
    INJECTION,
    PRESCRIBED,
    SIXTY,
    act,
    invoice,
    invoice_file,
    member,
)
from tests.support.exchanging import (
    KIND,
    TrivialKind,
    fetched,
    played,
    sent,
)
from tests.support.wire import WatchedTransport

pytestmark = pytest.mark.timeout(60)
DAY_S = 24 * 3600


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[TestDaemon]:
    kind = TrivialKind()
    async with running_daemon(
        folder, transport=WatchedTransport, kinds=lambda _world: {KIND: kind}
    ) as daemon:
        await daemon.open_session()
        yield daemon


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[TestDaemon]:
    async with opened(tmp_path) as running:
        yield running


def one_invoice(daemon: TestDaemon, **zones: Any) -> bytes:
    """Write a file with one injection of yesterday, to union 100."""
    daemon.world.people.add(SIXTY)
    today = brussels_day(daemon.clock.now())
    yesterday = today - timedelta(days=1)
    prescribed: dict[str, Any] = {
        "z" + name.replace(",", "_"): value for name, value in PRESCRIBED.items()
    }
    prescribed["z20_21"] = f"{yesterday:%Y%m%d}"
    given = act(SIXTY, INJECTION, yesterday, **{**prescribed, **zones})
    month = f"{today:%Y%m}"
    return invoice_file(invoice(SIXTY, given), created_on=today, month=month).encode()


async def test_a_file_is_received_accepted_and_settled(daemon: TestDaemon) -> None:
    exchange = await sent(daemon, INVOICING, one_invoice(daemon), insurer="100")
    assert exchange.status.value == "sent"
    for ahead_s in (3600, DAY_S, 5 * DAY_S):
        await fetched(daemon, INVOICING, ahead_s=ahead_s)
    kind = daemon.parts.kinds[KIND]
    assert isinstance(kind, TrivialKind)
    assert [content[:6] for content in kind.seen] == [b"931000", b"920098", b"920900"]
    assert played(daemon, GENASYNC_INVOICING_PATH).mailboxes.count() == 0
    entries = [each for each in daemon.world.ledger.entries() if each.service == SERVICE]
    assert entries[-1].check == "records 6, wrong 0, asked 480, accepted 480, refused 0"
    assert {each.reference for each in entries} == {exchange.input_reference}


async def test_a_wrong_act_refuses_a_small_file(daemon: TestDaemon) -> None:
    await sent(daemon, INVOICING, one_invoice(daemon, z26="0"), insurer="100")
    await fetched(daemon, INVOICING, ahead_s=DAY_S)
    entries = [each for each in daemon.world.ledger.entries() if each.service == SERVICE]
    assert [each.code for each in entries] == ["931000", "920099"]


async def test_what_is_no_invoice_file_is_refused_at_the_post(daemon: TestDaemon) -> None:
    exchange = await sent(daemon, INVOICING, b"not an invoice file", insurer="100")
    assert exchange.status.value == "error"
    assert not [each for each in daemon.world.ledger.entries() if each.service == SERVICE]


async def test_answers_may_be_delivered_twice(daemon: TestDaemon) -> None:
    daemon.world.scenario.choose(DUPLICATE)
    await sent(daemon, INVOICING, one_invoice(daemon), insurer="100")
    waiting = played(daemon, GENASYNC_INVOICING_PATH).mailboxes.all()
    assert len([each for each in waiting if hasattr(each.item, "detail")]) == 6


async def test_agreements_are_those_of_the_care_insurers(daemon: TestDaemon) -> None:
    person = member("129", serial=17)
    daemon.world.people.add(person)
    today = brussels_day(daemon.clock.now())
    toilet = act(person, day=today)
    text = invoice_file(invoice(person, toilet), created_on=today, month=f"{today:%Y%m}").encode()
    await sent(daemon, INVOICING, text, insurer="100")
    waiting = played(daemon, GENASYNC_INVOICING_PATH).mailboxes.all()
    answers = [each.item.detail.content for each in waiting if hasattr(each.item, "detail")]
    (refused,) = (answer for answer in answers if answer[:6] == b"920099")
    assert b"R5004K3" in refused
