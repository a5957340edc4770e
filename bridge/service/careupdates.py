"""Changes insurers made by themselves: shown, linked, worked off step by step.

Source: *Nursing messages* 4.3, 5.5 and 8; decisions D17 and D20.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bridge.domain.careupdates import CareUpdate, DoneBy, StepKind
from bridge.domain.declarations import Declaration, DeclarationKind
from bridge.domain.exchanges import Mark
from bridge.errors import Conflict, Finding, InputError, NotFound
from bridge.ports.care import UpdateFilter
from bridge.ports.store import UnitOfWork
from bridge.service.careevents import tell_update
from bridge.service.carematching import sole_owner
from bridge.service.caresteps import link
from bridge.service.engineparts import EngineParts
from bridge.service.history import owner_of
from bridge.service.rights import changes_of, require_mark
from bridge.service.tokens import Client

_Change = Callable[[UnitOfWork, CareUpdate, datetime], CareUpdate]


class CareUpdateService:
    """Lists changes and lets people work them off."""

    def __init__(self, parts: EngineParts) -> None:
        """Keep the parts."""
        self._parts = parts

    async def page(
        self,
        wanted: UpdateFilter,
        *,
        client: Client,
        limit: int,
        before_id: str | None = None,
    ) -> tuple[list[CareUpdate], int]:
        """Read changes the caller may see, newest first, and count them."""
        visible = replace(wanted, client_id=owner_of(client))
        return await self._parts.store.read(
            lambda unit: unit.care_updates.page(visible, limit=limit, before_id=before_id)
        )

    async def get(self, update_id: str, *, client: Client) -> CareUpdate:
        """Read one change.

        Raises:
            NotFound: none of that identifier that the caller may see.
        """
        return await self._parts.store.read(lambda unit: _visible(unit, update_id, client))

    async def link(self, update_id: str, declaration_id: str, *, client: Client) -> CareUpdate:
        """Say which declaration's agreement changed; the daemon then does its steps.

        Raises:
            NotFound: no such change or declaration for the caller.
            Conflict: it is linked to another declaration already (``already_linked``).
            InputError: the declaration is no Katz, or about somebody else.
            ActorNotAllowed: the caller's actor may not process such changes.
        """

        def change(unit: UnitOfWork, update: CareUpdate, now: datetime) -> CareUpdate:
            found = unit.declarations.get(declaration_id, client_id=owner_of(client))
            if found is None or found.registration_id != update.registration_id:
                raise NotFound
            if update.declaration_id is None:
                _check_link(update, found)
            return link(unit, update, found, ids=self._parts.ids, now=now)

        return await self._change(update_id, change, client=client, mark=Mark.PROCESSED)

    async def tick(
        self, update_id: str, kinds: Sequence[StepKind], *, client: Client
    ) -> CareUpdate:
        """Tick steps as done by a person; with the last one the change is processed.

        Raises:
            NotFound: no such change for the caller, or it has no such step.
            ActorNotAllowed: the caller's actor may not process such changes.
        """

        def change(_unit: UnitOfWork, update: CareUpdate, now: datetime) -> CareUpdate:
            for kind in kinds:
                update = update.done(kind, by=DoneBy.PERSON, at=now)
            return update

        return await self._change(update_id, change, client=client, mark=Mark.PROCESSED)

    async def mark(self, update_id: str, mark: Mark, *, client: Client) -> CareUpdate:
        """Mark a change as read, processed or archived, or take the mark back.

        Raises:
            NotFound: none of that identifier that the caller may see.
            Conflict: it is not processed (``not_processed``, D20), or has steps that are not done
                (``steps_open``).
            ActorNotAllowed: the caller's actor may not mark it so.
        """

        def change(_unit: UnitOfWork, update: CareUpdate, now: datetime) -> CareUpdate:
            return _marked(update, mark, now)

        return await self._change(update_id, change, client=client, mark=mark)

    async def mark_all(
        self, update_ids: Sequence[str], mark: Mark, *, client: Client
    ) -> list[CareUpdate]:
        """Mark changes, all or none.

        Raises:
            NotFound: one is not there for the caller.
            Conflict: one is not processed (``not_processed``, D20), or has steps that are not
                done (``steps_open``).
            ActorNotAllowed: the caller's actor may not mark one of them so.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> list[tuple[CareUpdate, str | None]]:
            changed = []
            found = [_visible(unit, each, client) for each in dict.fromkeys(update_ids)]
            self._require(client, mark, found)
            for before in found:
                after = _marked(before, mark, now)
                unit.care_updates.put(after)
                changed.append((after, _follow_message(unit, after, now)))
            return changed

        changed = await self._parts.store.write(work)
        for after, exchange_id in changed:
            await self._tell_of(after, exchange_id)
        return [after for after, _ in changed]

    def _require(self, client: Client, mark: Mark, updates: Sequence[CareUpdate]) -> None:
        matters = [changes_of(each.registration_id) for each in updates]
        require_mark(self._parts.rights, client, mark, *matters)

    async def _change(
        self, update_id: str, change: _Change, *, client: Client, mark: Mark
    ) -> CareUpdate:
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> tuple[CareUpdate, str | None]:
            before = _visible(unit, update_id, client)
            self._require(client, mark, [before])
            after = change(unit, before, now)
            unit.care_updates.put(after)
            return after, _follow_message(unit, after, now)

        after, exchange_id = await self._parts.store.write(work)
        await self._tell_of(after, exchange_id)
        return after

    async def _tell_of(self, after: CareUpdate, exchange_id: str | None) -> None:
        tell_update(self._parts.events, after)
        if exchange_id is not None:
            exchange = await self._parts.store.read(lambda unit: unit.exchanges.get(exchange_id))
            if exchange is not None:
                self._parts.tell(exchange)


def _visible(unit: UnitOfWork, update_id: str, client: Client) -> CareUpdate:
    found = unit.care_updates.get(update_id, client_id=owner_of(client))
    if found is None:
        raise NotFound
    return found


def _check_link(update: CareUpdate, declaration: Declaration) -> None:
    """Let a change be linked to what it can be about only: it ends an agreement.

    Raises:
        InputError: the declaration is no Katz, or about somebody else (``value_invalid``).
    """
    niss = declaration.patient.niss
    is_somebody_else = None not in (niss, update.patient_niss) and niss != update.patient_niss
    if declaration.kind is not DeclarationKind.KATZ or is_somebody_else:
        raise InputError(findings=(Finding(pointer="/declaration_id", code="value_invalid"),))


def _marked(update: CareUpdate, mark: Mark, now: datetime) -> CareUpdate:
    if mark is Mark.PROCESSED and update.open_steps():
        raise Conflict(code="steps_open")
    if mark is Mark.ARCHIVED and update.processed_at is None:
        raise Conflict(code="not_processed")
    member = {"read": "read_at", "processed": "processed_at", "archived": "archived_at"}
    is_set = not mark.value.startswith("un")
    name = member[mark.value.removeprefix("un")]
    value = (getattr(update, name) or now) if is_set else None
    return replace(update, updated_at=now, **{name: value})  # type: ignore[arg-type]  # each is a moment or None


def _follow_message(unit: UnitOfWork, update: CareUpdate, now: datetime) -> str | None:
    """Mark the message as processed once all its changes are; give it when it changed."""
    exchange = unit.exchanges.get(update.exchange_id)
    if exchange is None:
        return None
    owned, updates = exchange, unit.care_updates.of_exchange(exchange.id)
    owner = sole_owner(updates)
    if not exchange.client_id and owner is not None and exchange.problem_code is None:
        owned = replace(exchange, client_id=owner, updated_at=now)
    if all(each.processed_at is not None for each in updates):
        owned = owned.marked(Mark.PROCESSED, at=now)
    if owned is exchange:
        return None
    unit.exchanges.replace(owned)
    return exchange.id
