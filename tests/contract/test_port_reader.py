"""The in-process reader follows the port ``CardReader``, for a thousand cards and more."""

from __future__ import annotations

import gc

import pytest

from bridge.domain.cards import CardKind, ReaderChangeKind, ServiceState
from bridge.eid.files import CHAIN_FILES, EidFile
from bridge.errors import (
    CardMissing,
    CardServiceStopped,
    CardUnsupported,
    ReaderMissing,
)
from bridge.sandbox.reader import FIRST_READER, SECOND_READER, SoftwareReader
from tests.support import virtualreader as vr
from tests.support.fakes import FixedClock

CYCLES = 1000


@pytest.fixture
def reader() -> SoftwareReader:
    return SoftwareReader(clock=FixedClock())


def place(reader: SoftwareReader, name: str = FIRST_READER) -> str:
    return next(each.id for each in reader.snapshot().readers if each.name == name)


def test_changes_are_told_in_order_until_nobody_listens(reader):
    told = []
    end = reader.subscribe(lambda change: told.append(change.kind))
    reader.insert(vr.document("ec"))
    reader.remove()
    reader.unplug(SECOND_READER)
    reader.plug(SECOND_READER)
    end()
    end()
    reader.insert(vr.document("ec"))
    assert told == [
        ReaderChangeKind.CARD_INSERTED,
        ReaderChangeKind.CARD_REMOVED,
        ReaderChangeKind.READER_DISCONNECTED,
        ReaderChangeKind.READER_CONNECTED,
    ]


async def test_files_that_were_asked_are_read(reader):
    reader.insert(vr.document("ec"))
    files = await reader.read(place(reader), CHAIN_FILES)
    assert set(files.contents) == CHAIN_FILES
    assert EidFile.IDENTITY not in files.contents
    assert await reader.tries_left(place(reader)) is None


async def test_what_cannot_be_read_says_why(reader):
    first = place(reader)
    with pytest.raises(CardMissing):
        await reader.read(first, CHAIN_FILES)
    reader.insert_foreign()
    assert reader.snapshot().reader(first).card.kind is CardKind.FOREIGN
    with pytest.raises(CardUnsupported):
        await reader.read(first, CHAIN_FILES)
    with pytest.raises(ReaderMissing):
        await reader.read("rdr_nobody", CHAIN_FILES)
    reader.stop_service()
    assert reader.snapshot().service is ServiceState.STOPPED
    with pytest.raises(CardServiceStopped):
        await reader.read(first, CHAIN_FILES)
    reader.start_service()
    assert reader.snapshot().reader(first) is not None


async def test_a_thousand_cards_leave_nothing_behind(reader):
    document = vr.document("ec")
    await reader.start()
    seen = {"inserted": 0, "removed": 0}

    def count(change) -> None:
        seen[change.kind.value.removeprefix("card.")] += 1

    end = reader.subscribe(count)
    reader.insert(document)
    reader.remove()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(CYCLES):
        reader.insert(document)
        reader.remove()
    gc.collect()
    assert len(gc.get_objects()) - before < CYCLES / 10
    assert seen == {"inserted": CYCLES + 1, "removed": CYCLES + 1}
    end()
    await reader.close()
    assert reader.snapshot().reader(place(reader)).card is None
