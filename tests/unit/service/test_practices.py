"""Practices and registrations in a real store: order, default, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bridge.adapters.db.store import SqlStore
from bridge.domain.registrations import RegistrationKind, prerequisites
from bridge.errors import Conflict, InputError, NotFound, NotRecognised, PinWrong
from bridge.service.events import EventBook
from bridge.service.practices import PracticeBook
from bridge.service.registrations import RegistrationBook, name_prerequisites
from tests.support import stores
from tests.support.fakes import CountingIds, FixedClock
from tests.unit.domain.test_registration_kinds import COLLEAGUE, FITTING, NURSE


@dataclass
class Books:
    store: SqlStore
    practices: PracticeBook
    registrations: RegistrationBook
    events: EventBook


@asynccontextmanager
async def books(folder: Path) -> AsyncIterator[Books]:
    async with stores.opened(folder) as store:
        events = EventBook(clock=FixedClock(), ids=CountingIds())
        practices = PracticeBook(store=store, clock=FixedClock(), ids=CountingIds(), events=events)
        yield Books(store, practices, RegistrationBook(store=store, events=events), events)


async def test_the_first_start_makes_a_practice_for_what_was_there(tmp_path: Path) -> None:
    async with books(tmp_path) as has:
        await has.store.write(lambda unit: unit.registrations.put(NURSE))
        await has.practices.ensure()
        await has.practices.ensure()
        (practice,) = await has.practices.all()
        assert (practice.name, practice.is_default) == ("Fictive Voorbeeld", True)
        assert (await has.registrations.get()).practice_id == practice.id


async def test_an_empty_house_has_a_practice_too(tmp_path: Path) -> None:
    async with books(tmp_path) as has:
        await has.practices.ensure()
        assert [each.name for each in await has.practices.all()] == ["Carebridge"]


async def test_another_practice_becomes_the_default(tmp_path: Path) -> None:
    async with books(tmp_path) as has:
        first = await has.practices.create("One")
        second = await has.practices.create("Two")
        assert (first.is_default, second.is_default) == (True, False)
        renamed = await has.practices.change(
            replace(second, name="Three"), expected=second, is_default=True
        )
        assert renamed.is_default
        assert [(each.name, each.is_default) for each in await has.practices.all()] == [
            ("Three", True),
            ("One", False),
        ]


async def test_a_practice_that_changed_in_the_meantime_is_not_overwritten(tmp_path: Path) -> None:
    async with books(tmp_path) as has:
        made = await has.practices.create("One")
        await has.practices.change(replace(made, name="Two"), expected=made)
        with pytest.raises(Conflict) as caught:
            await has.practices.change(replace(made, name="Three"), expected=made)
        assert caught.value.problem_code == "precondition_failed"
        assert (await has.practices.get(made.id)).name == "Two"


async def test_a_practice_in_use_and_the_last_one_stay(tmp_path: Path) -> None:
    async with books(tmp_path) as has:
        first = await has.practices.create("One")
        with pytest.raises(Conflict) as caught:
            await has.practices.remove(first.id)
        assert caught.value.problem_code == "practice_in_use"
        second = await has.practices.create("Two")
        await has.registrations.create(replace(NURSE, practice_id=second.id))
        with pytest.raises(Conflict):
            await has.practices.remove(second.id)
        await has.practices.remove(first.id)
        with pytest.raises(NotFound):
            await has.practices.get(first.id)


@pytest.mark.parametrize("kind", RegistrationKind)
async def test_each_kind_is_kept_with_all_it_says(tmp_path: Path, kind: RegistrationKind) -> None:
    async with books(tmp_path) as has:
        practice = await has.practices.create("One")
        wanted = replace(NURSE, kind=kind, label="Mine", **FITTING[kind])
        made = await has.registrations.create(wanted)
        assert made == replace(wanted, practice_id=practice.id)
        assert await has.registrations.get(made.id) == made


async def test_what_cannot_work_is_not_kept(tmp_path: Path) -> None:
    async with books(tmp_path) as has:
        await has.practices.create("One")
        with pytest.raises(InputError) as caught:
            await has.registrations.create(replace(NURSE, kind=RegistrationKind.ENTERPRISE))
        assert [finding.code for finding in caught.value.findings] == ["cbe_missing"]
        with pytest.raises(InputError) as caught:
            await has.registrations.create(replace(NURSE, practice_id="prc_nowhere"))
        assert [finding.pointer for finding in caught.value.findings] == ["/practice_id"]
        assert await has.registrations.all() == []


async def test_default_change_and_removal_of_registrations(tmp_path: Path) -> None:
    async with books(tmp_path) as has:
        await has.practices.create("One")
        first = await has.registrations.create(NURSE)
        mandate = replace(NURSE, id="reg_2", kind=RegistrationKind.MANDATE, on_behalf_of=COLLEAGUE)
        second = await has.registrations.create(mandate, is_default=True)
        assert await has.registrations.all() == [second, first]
        changed = await has.registrations.change(
            replace(first, label="Own"), expected=first, is_default=True
        )
        assert await has.registrations.all() == [changed, second]
        with pytest.raises(Conflict):
            await has.registrations.change(first, expected=first)
        await has.registrations.remove(first.id)
        assert await has.registrations.get() == second
        with pytest.raises(NotFound):
            await has.registrations.remove(first.id)
        with pytest.raises(NotFound):
            await has.registrations.change(first, expected=first)


@pytest.mark.parametrize("kind", RegistrationKind)
def test_a_refusal_of_access_names_the_prerequisites(kind: RegistrationKind) -> None:
    error = NotRecognised()
    name_prerequisites(error, replace(NURSE, kind=kind))
    assert error.params["registration_kind"] == kind.value
    assert str(error.params["prerequisites"]).split(" ") == list(prerequisites(kind))


def test_another_error_says_nothing_of_them() -> None:
    error = PinWrong(tries_left=2)
    name_prerequisites(error, NURSE)
    assert error.params == {"tries_left": 2}


async def test_every_change_is_told_and_says_nothing_about_anybody(tmp_path: Path) -> None:
    async with books(tmp_path) as has:
        heard = has.events.subscribe("anybody", topics=frozenset({"settings"}))
        made = await has.practices.create("Thuiszorg Zuid")
        changed = await has.practices.change(replace(made, name="Thuiszorg"), expected=made)
        kept = await has.registrations.create(replace(NURSE, practice_id=changed.id))
        await has.registrations.remove(kept.id)
        told = [await heard.next(within_s=1) for _ in range(4)]
    assert [each.type for each in told] == [
        "practice.updated",
        "practice.updated",
        "registration.updated",
        "registration.updated",
    ]
    assert [each.object_id for each in told] == [made.id, made.id, kept.id, kept.id]
    assert {each.client_id for each in told} == {None}
