"""Importing reference data into a real store: all or nothing, once, newest wins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bridge.adapters.db.store import SqlStore
from bridge.domain.referencedata import ErrorSource, ErrorText, ImportOutcome, ReferenceKind
from bridge.domain.tariffs import Tariffs
from bridge.errors import InputError
from bridge.service.referencedata import ReferenceDataService
from tests.support import stores
from tests.support.fakes import CountingIds, FixedClock
from tests.support.referencefiles import tariffs, texts

ADDED, REPLACED, UNCHANGED = ImportOutcome.ADDED, ImportOutcome.REPLACED, ImportOutcome.UNCHANGED
TOILET = "425110"
OLD = tariffs(f"{TOILET},500,0,500,0", valid_from="2026-01-01")
NEW = tariffs(f"{TOILET},600,0,600,0", valid_from="2026-07-01")
SAID = texts("500423,Montant faux,Bedrag fout", valid_from="2026-01-01")


class House:
    """A store, a clock, and the service."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.clock = FixedClock()
        self.service = ReferenceDataService(store=store, clock=self.clock, ids=CountingIds())

    async def take(self, *files: bytes) -> list[ImportOutcome]:
        return [each.outcome for each in await self.service.import_all(files)]

    async def pays(self, day: date) -> int | None:
        loaded = await self.store.read(lambda unit: unit.tariffs.all())
        found = Tariffs.of(loaded).find(TOILET, on=day)
        return found and found.insurer_amount


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    stores.new_database(tmp_path)
    async with stores.opened(tmp_path) as store:
        yield House(store)


async def test_editions_are_listed_and_the_same_file_changes_nothing(house: House) -> None:
    assert await house.take(SAID, NEW, OLD) == [ADDED] * 3
    first = await house.service.editions()
    assert [(each.kind, each.valid_from) for each in first] == [
        (ReferenceKind.ERROR_TEXTS, date(2026, 1, 1)),
        (ReferenceKind.TARIFFS, date(2026, 1, 1)),
        (ReferenceKind.TARIFFS, date(2026, 7, 1)),
    ]
    house.clock.advance(days=1)
    assert await house.take(OLD, SAID) == [UNCHANGED] * 2
    assert await house.service.editions() == first


async def test_a_newer_edition_pays_from_its_first_day_and_a_repaired_one_replaces(
    house: House,
) -> None:
    await house.take(NEW, OLD)
    days = (date(2026, 6, 30), date(2026, 7, 1))
    assert [await house.pays(day) for day in days] == [500, 600]
    house.clock.advance(days=1)
    repaired = tariffs(f"{TOILET},610,0,610,0", "425014,1,1,1,1", valid_from="2026-07-01")
    assert await house.take(repaired) == [REPLACED]
    assert [await house.pays(day) for day in days] == [500, 610]
    edition = (await house.service.editions())[-1]
    assert edition.lines == 2
    assert edition.imported_at - edition.created_at == timedelta(days=1)


async def test_one_wrong_line_keeps_everything_out(house: House) -> None:
    with pytest.raises(InputError) as caught:
        await house.take(SAID, tariffs("425110,x,0,0,0"), b"nothing of ours")
    assert [(each.pointer, each.code) for each in caught.value.findings] == [
        ("/files/1/lines/7", "reference_amount_invalid"),
        ("/files/2/lines/1", "reference_head_invalid"),
    ]
    assert await house.service.editions() == []
    with pytest.raises(InputError) as caught:
        await house.take(NEW, NEW)
    assert [each.code for each in caught.value.findings] == ["reference_edition_twice"]
    assert await house.pays(date(2026, 7, 1)) is None


async def test_sentences_follow_imports_and_days(house: House) -> None:
    async def said() -> ErrorText | None:
        return (await house.service.texts()).find(ErrorSource.EFACT, "500423")

    assert await said() is None
    await house.take(SAID)
    found = await said()
    assert found == ErrorText(code="500423", fr="Montant faux", nl="Bedrag fout")
    tomorrow = (house.clock.now() + timedelta(days=1)).date().isoformat()
    await house.take(texts("500423,Montant inexact,", valid_from=tomorrow))
    assert await said() == found
    house.clock.advance(days=1)
    assert await said() == ErrorText(code="500423", fr="Montant inexact")
