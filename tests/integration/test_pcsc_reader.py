"""Port ``CardReader`` with a real smart-card service and cards that speak.

Events come 0.1 to 0.5 s late here: the virtual reader's driver looks every 400 ms.
What is ours of that, from the service's word to the listener, is measured.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psutil
import pytest

from bridge.adapters.cardthread import CardThread
from bridge.adapters.clock import SystemClock
from bridge.adapters.pcsc.api import EXCLUSIVE, Pcsc, load_scard
from bridge.adapters.pcsc.connection import opened
from bridge.adapters.pcsc.doctor import examine_readers
from bridge.adapters.pcsc.reader import PcscReader
from bridge.domain.cards import CardKind, ReaderChange, ReaderChangeKind, ReaderState, ServiceState
from bridge.eid.files import EidFile
from bridge.errors import (
    CardInUse,
    CardMissing,
    CardNotActivated,
    CardRemoved,
    CardServiceStopped,
    CardUnsupported,
)
from bridge.sandbox.documents import EidDocument
from bridge.sandbox.eidcard.applet import CardContent
from bridge.sandbox.virtualcard import VirtualCard
from tests.support import virtualreader as vr

pytestmark = [vr.needs_reader, pytest.mark.timeout(90)]

INSERTED = ReaderChangeKind.CARD_INSERTED
REMOVED = ReaderChangeKind.CARD_REMOVED
FOREIGN_ATR = bytes.fromhex("3B6500002063CB6600")
CYCLES = 30


class Watched:
    """A reader that runs, with what it told and when."""

    def __init__(self, reader: PcscReader) -> None:
        self.reader = reader
        self.changes: list[tuple[float, ReaderChange]] = []
        reader.subscribe(lambda change: self.changes.append((time.time(), change)))

    def kinds(self) -> list[ReaderChangeKind]:
        return [change.kind for _, change in self.changes]

    def until(self, *kinds: ReaderChangeKind, seconds: float = 5) -> ReaderChange:
        vr.until(lambda: self.kinds()[-len(kinds) :] == list(kinds), seconds)
        return self.changes[-1][1]

    def slot(self, number: int = 0) -> ReaderState:
        return self.reader.snapshot().readers[number]


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    vr.service()
    thread = CardThread()
    reader = PcscReader(load_scard(), thread=thread, clock=SystemClock())
    seen = Watched(reader)
    await reader.start()
    seen.changes.clear()
    yield seen
    await reader.close()
    await thread.close()


@contextmanager
def playing(content: CardContent, slot: int = 0) -> Iterator[VirtualCard]:
    """Play a card that no document describes."""
    card = VirtualCard(content, port=vr.service().ports[slot])
    try:
        vr.insert(card, slot=slot)
        yield card
    finally:
        card.close()
        vr.until_out(slot)


def card_of(watched: Watched, slot: int = 0) -> tuple[CardKind, str | None]:
    card = watched.slot(slot).card
    assert card is not None
    return card.kind, card.applet


async def test_both_slots_are_seen_empty(watched):
    snapshot = watched.reader.snapshot()
    assert snapshot.service is ServiceState.RUNNING
    assert [each.name for each in snapshot.readers] == ["Virtual PCD 00 00", "Virtual PCD 00 01"]
    assert [each.card for each in snapshot.readers] == [None, None]


@pytest.mark.parametrize(
    ("kind", "issuers", "applet"),
    [("rsa", "rsa", "1.7"), ("rsa", "ec", "1.7"), ("ec", "ec", "1.8")],
)
async def test_each_generation_is_recognised_and_read_whole(watched, kind, issuers, applet):
    issued: EidDocument = vr.document(kind, issuers=issuers)
    with vr.card(issued) as card:
        watched.until(INSERTED)
        vr.until(lambda: card_of(watched) == (CardKind.EID, applet))
        files = await watched.reader.read(watched.slot().id, frozenset(EidFile))
        assert dict(files.contents) == issued.contents
        assert await watched.reader.tries_left(watched.slot().id) == 3
        assert card.state().verifications == 0
        card.remove()
        watched.until(REMOVED)
    with pytest.raises(CardMissing):
        await watched.reader.read(watched.slot().id, frozenset({EidFile.IDENTITY}))


async def test_the_event_is_out_within_a_quarter_of_a_second_of_the_services_word(watched):
    with vr.card(vr.document()):
        watched.until(INSERTED)
        told_at, change = watched.changes[-1]
    assert told_at - change.noticed_at.timestamp() < 0.25


@pytest.mark.parametrize("is_like_an_eid", [False, True])
async def test_a_foreign_card_is_recognised_as_one(watched, is_like_an_eid):
    content = replace(vr.document("ec").content(), files={}, keys={})
    with playing(content if is_like_an_eid else replace(content, atr=FOREIGN_ATR)):
        watched.until(INSERTED)
        vr.until(lambda: card_of(watched) == (CardKind.FOREIGN, None))
        with pytest.raises(CardUnsupported):
            await watched.reader.read(watched.slot().id, frozenset({EidFile.IDENTITY}))


async def test_an_eid_is_known_by_its_applet_whatever_its_answer_to_reset(watched):
    with playing(replace(vr.document("ec").content(), atr=FOREIGN_ATR)):
        watched.until(INSERTED)
        vr.until(lambda: card_of(watched) == (CardKind.EID, "1.8"))


async def test_a_card_not_in_use_is_an_eid_that_cannot_be_read(watched):
    content = vr.document("ec").content()
    sleeping = replace(content, card_data=replace(content.card_data, life_cycle=0x07))
    with playing(sleeping):
        watched.until(INSERTED)
        assert card_of(watched)[0] is CardKind.EID
        with pytest.raises(CardNotActivated):
            await watched.reader.read(watched.slot().id, frozenset({EidFile.IDENTITY}))


async def test_two_cards_in_two_readers_are_told_apart(watched):
    nurse, patient = vr.document("rsa"), vr.document("ec", vr.PATIENT)
    with vr.card(nurse), vr.card(patient, slot=1):
        vr.until(lambda: watched.kinds().count(INSERTED) == 2)
        for slot, issued in enumerate((nurse, patient)):
            reader_id = watched.slot(slot).id
            files = await watched.reader.read(reader_id, frozenset({EidFile.IDENTITY}))
            assert files.contents[EidFile.IDENTITY] == issued.contents[EidFile.IDENTITY]


async def test_a_card_pulled_out_while_it_is_read_is_told(watched):
    with vr.card(vr.document("ec")) as card:
        watched.until(INSERTED)
        vr.until(lambda: card_of(watched) == (CardKind.EID, "1.8"))
        card.pull_at(6)
        with pytest.raises(CardRemoved):
            await watched.reader.read(watched.slot().id, frozenset(EidFile))
        watched.until(REMOVED)


async def test_a_card_others_hold_is_told_and_read_when_they_let_it_go(watched):
    with vr.card(vr.document("ec")):
        watched.until(INSERTED)
        vr.until(lambda: card_of(watched) == (CardKind.EID, "1.8"))
        other = Pcsc(load_scard())
        wanted = frozenset({EidFile.AUTHENTICATION_CERTIFICATE})
        with opened(other, watched.slot().name, mode=EXCLUSIVE):
            vr.until(lambda: watched.slot().is_card_held)
            with pytest.raises(CardInUse):
                await watched.reader.read(watched.slot().id, wanted)
        other.release()
        vr.until(lambda: not watched.slot().is_card_held)
        assert (await watched.reader.read(watched.slot().id, wanted)).contents


async def test_a_card_held_when_it_was_seen_first_is_recognised_later():
    thread = CardThread()
    reader = PcscReader(load_scard(), thread=thread, clock=SystemClock())
    seen = Watched(reader)
    with vr.card(vr.document("ec")):
        other = Pcsc(load_scard())
        name = vr.until(other.readers)[0]
        with opened(other, name, mode=EXCLUSIVE):
            await reader.start()
            vr.until(lambda: card_of(seen) == (CardKind.UNREAD, None))
        other.release()
        vr.until(lambda: card_of(seen) == (CardKind.EID, "1.8"))
        await reader.close()
        await thread.close()


async def test_our_reading_leaves_the_card_powered_and_as_it_was(watched):
    with vr.card(vr.document("ec")) as card:
        watched.until(INSERTED)
        vr.until(lambda: card_of(watched) == (CardKind.EID, "1.8"))
        resets = card.state().resets
        for _ in range(3):
            await watched.reader.tries_left(watched.slot().id)
        assert card.state().resets == resets


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_the_watch_and_the_readings_survive_the_services_death(watched, end):
    service = vr.service()
    with vr.card(vr.document("ec")) as card:
        watched.until(INSERTED)
        reader_id = watched.slot().id
        getattr(service, end)()
        try:
            gone = ReaderChangeKind.READER_DISCONNECTED
            watched.until(REMOVED, gone, gone, ReaderChangeKind.SERVICE_CHANGED)
            assert watched.reader.snapshot().service is ServiceState.STOPPED
            with pytest.raises(CardServiceStopped):
                await watched.reader.tries_left(reader_id)
        finally:
            service.start()
        vr.until(lambda: watched.reader.snapshot().service is ServiceState.RUNNING)
        vr.until(lambda: not card.state().is_inserted)
        vr.insert(card, slot=0)
        vr.until(lambda: watched.slot().card is not None)
        assert await watched.reader.tries_left(reader_id) == 3


async def test_the_doctor_names_the_driver_of_a_real_service(watched):
    thread = CardThread()
    found = await examine_readers(load_scard(), watched.reader.snapshot(), thread=thread)
    await thread.close()
    assert set(found) <= {each.id for each in watched.reader.snapshot().readers}
    assert all(found.values())


@pytest.mark.slow
async def test_thirty_cards_leave_nothing_behind(watched):
    with vr.card(vr.document("ec"), is_inserted=False) as card:
        before = None
        for _ in range(CYCLES):
            vr.insert(card, slot=0)
            watched.until(INSERTED)
            await watched.reader.tries_left(watched.slot().id)
            card.remove()
            watched.until(REMOVED)
            now = (psutil.Process().num_fds(), threading.active_count())
            before = before or now
        assert now == before
    assert watched.kinds() == [INSERTED, REMOVED] * CYCLES
