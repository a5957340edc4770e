"""Actors on a real store: the owner, people, their rights, and who sees them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from bridge.daemon.storage import ClosedStore
from bridge.domain.operations import Operation
from bridge.domain.rights import OWNER_ID, ActorKind, Grant, Matter, MessageKind, Right, allowed
from bridge.errors import Conflict, InputError, NotFound, StoreError
from bridge.service.actors import ActorBook
from bridge.service.events import EventBook
from bridge.service.tokens import Client
from tests.support import stores
from tests.support.audit import AuditBench
from tests.support.fakes import CountingIds

CONSOLE = Client(id="console", display_name="Carebridge", scopes=frozenset({"console"}))
SEND = Grant(rights=(Right.SEND,), kind=MessageKind.KATZ)
NAME = "Nele Voorbeeld"


@asynccontextmanager
async def house(folder, *, store=None):
    """Open the book of one run of the daemon in a folder."""
    if not (folder / "carebridge.db").exists():
        stores.new_database(folder)
    bench = AuditBench(folder / "audit")
    async with stores.opened(folder) as opened:
        await opened.write(lambda unit: unit.registrations.put(stores.REGISTRATION))
        ids = CountingIds()
        events = EventBook(clock=bench.clock, ids=ids)
        book = ActorBook(
            store=store or opened, clock=bench.clock, ids=ids, events=events, audit=bench.trail
        )
        if store is None:
            await book.load()
        yield SimpleNamespace(book=book, store=opened, bench=bench, clock=bench.clock)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "audit").mkdir()
    return tmp_path


async def test_the_first_start_puts_the_owner_there_and_later_ones_keep_her(folder):
    async with house(folder) as has:
        (owner,) = has.book.all()
        assert (owner.id, owner.kind, owner.is_owner) == (OWNER_ID, ActorKind.OS_USER, True)
        named = await has.book.change(OWNER_ID, name=NAME, is_active=True)
        assert has.bench.records()[-1]["object_id"] == OWNER_ID
    async with house(folder) as later:
        assert later.book.all() == [named]


async def test_before_anything_was_read_there_is_the_owner(folder):
    async with house(folder, store=ClosedStore("storage_damaged")) as has:
        assert [actor.id for actor in has.book.all()] == [OWNER_ID]
        with pytest.raises(StoreError):
            await has.book.load()


async def test_a_person_is_added_renamed_disabled_and_enabled(folder):
    async with house(folder) as has:
        made = await has.book.create(NAME)
        has.clock.advance(seconds=1)
        renamed = await has.book.change(made.id, name="N. Voorbeeld", is_active=True)
        off = await has.book.change(made.id, name=renamed.name, is_active=False, expected=renamed)
        assert (made.kind, made.grants) == (ActorKind.PERSON, ())
        assert (off.name, off.is_active, off.created_at) == ("N. Voorbeeld", False, made.created_at)
        assert off.updated_at > made.updated_at
        assert has.book.find(made.id) == off
        changes = [(each["action"], each["object_id"]) for each in has.bench.records()]
        assert changes == [("setting_changed", made.id)] * 3
        assert "Voorbeeld" not in has.bench.path.read_text()
    async with house(folder) as later:
        assert later.book.require(made.id) == off


async def test_the_owner_is_always_active(folder):
    async with house(folder) as has:
        with pytest.raises(Conflict) as caught:
            await has.book.change(OWNER_ID, name="", is_active=False)
        assert caught.value.problem_code == "state_not_allowed"


async def test_a_card_proves_somebody_until_it_is_forgotten(folder):
    async with house(folder) as has:
        made = await has.book.create(NAME)
        number = stores.REGISTRATION.holder.niss
        bound = await has.book.set_card(made.id, number)
        assert bound.is_proven([number])
        assert not bound.is_proven([])
        assert number.digits not in f"{bound}{bound.card}"
        with pytest.raises(Conflict):
            await has.book.set_card(OWNER_ID, number)
        free = await has.book.set_card(made.id, None)
        assert free.is_proven([])
        assert [each["action"] for each in has.bench.records()[-2:]] == ["rights_changed"] * 2


async def test_rights_are_replaced_recorded_and_kept(folder):
    async with house(folder) as has:
        made = await has.book.create(NAME)
        await has.book.set_rights(made.id, [Grant(rights=tuple(Right)), SEND])
        changed = await has.book.set_rights(made.id, [SEND, SEND])
        assert changed.grants == (SEND,)
        assert has.bench.records()[-1]["action"] == "rights_changed"
    async with house(folder) as later:
        about = Matter(registration_id=stores.REGISTRATION.id, kind=MessageKind.KATZ)
        assert allowed(later.book.require(made.id), about) == (Right.SEND,)


async def test_a_line_names_a_registration_that_is_there(folder):
    async with house(folder) as has:
        made = await has.book.create(NAME)
        gone = Grant(rights=(Right.ASK,), registration_id="reg_9")
        with pytest.raises(InputError) as caught:
            await has.book.set_rights(made.id, [SEND, gone])
        (finding,) = caught.value.findings
        assert finding.pointer == "/grants/1/registration_id"
        known = Grant(rights=(Right.ASK,), registration_id=stores.REGISTRATION.id)
        await has.book.set_rights(made.id, [known])
        await has.store.write(lambda unit: unit.registrations.remove(stores.REGISTRATION.id))
        kept = await has.book.set_rights(made.id, [SEND, known])
        assert known in kept.grants


async def test_a_change_needs_the_version_that_was_read(folder):
    async with house(folder) as has:
        made = await has.book.create(NAME)
        has.clock.advance(seconds=1)
        await has.book.set_rights(made.id, [SEND])
        with pytest.raises(Conflict):
            await has.book.change(made.id, name="X", is_active=True, expected=made)
        with pytest.raises(Conflict):
            await has.book.set_rights(made.id, [], expected=made)


async def test_nobody_of_that_identifier(folder):
    async with house(folder) as has:
        assert has.book.find("act_9") is None
        with pytest.raises(NotFound):
            has.book.require("act_9")
        with pytest.raises(NotFound):
            await has.book.change("act_9", name="X", is_active=True)


async def test_software_sees_whom_it_acts_for_and_the_console_sees_all(folder):
    async with house(folder) as has:
        made = await has.book.create(NAME)
        hers = Client(id="pair_1", display_name="Zorg", scopes=frozenset(), actor_id=made.id)
        owners = Client(id="pair_2", display_name="Zorg", scopes=frozenset())
        assert [each.id for each in has.book.visible(CONSOLE)] == [OWNER_ID, made.id]
        assert [each.id for each in has.book.visible(hers)] == [made.id]
        assert has.book.get(OWNER_ID, client=owners).is_owner
        with pytest.raises(NotFound):
            has.book.get(made.id, client=owners)


async def test_what_is_older_than_rights_is_the_owners(folder):
    """Rows of pairings and operations that an older version wrote name no actor."""

    def work(unit):
        unit.pairings.put(stores.pairing("pair_1"))
        unit.operations.add(stores.operation())
        for change in (
            "UPDATE pairings SET document = json_remove(document, '$.actor_id')",
            "UPDATE operations SET document = json_remove(document, '$.actor_id')",
        ):
            unit.connection.exec_driver_sql(change)
        (pairing,) = unit.pairings.all()
        operation = unit.operations.get(stores.operation().id)
        assert isinstance(operation, Operation)
        return pairing.actor_id, operation.actor_id

    async with house(folder) as has:
        assert await has.store.write(work) == (OWNER_ID, OWNER_ID)
