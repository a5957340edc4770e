"""Actors and their rights: in memory for every decision, on disk once changed.

Administration is for our own console and the command line only (D12, *Local API security* 7.4).
A pairing acts for one actor, whom the user chose when she approved it or on the command line
later; software states its actor by its token and by nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bridge.domain.audit import Action
from bridge.domain.rights import OWNER_ID, Actor, ActorKind, card_mark, matters_among, settled
from bridge.errors import Conflict, Finding, InputError, NotFound
from bridge.ports.audit import NO_AUDIT, Auditor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bridge.domain.identifiers import Niss
    from bridge.domain.ids import IdSource
    from bridge.domain.rights import Grant, Matter
    from bridge.ports.clock import Clock
    from bridge.ports.store import Store, UnitOfWork
    from bridge.service.events import EventBook
    from bridge.service.tokens import Client

_CONSOLE: Final = "console"


class ActorBook:
    """Makes, changes and finds actors."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        ids: IdSource,
        events: EventBook,
        audit: Auditor = NO_AUDIT,
    ) -> None:
        """Start with the owner alone; ``load`` reads what was decided in earlier runs."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._events = events
        self._audit = audit
        # Replaced as a whole: decisions are also taken in the threads of the store.
        self._actors: dict[str, Actor] = {OWNER_ID: self._owner()}

    async def load(self) -> None:
        """Read the actors, and put the owner there at the first start.

        Raises:
            StoreError: they cannot be read.
        """
        owner = self._actors[OWNER_ID]

        def work(unit: UnitOfWork) -> list[Actor]:
            found = unit.actors.all()
            if all(actor.id != OWNER_ID for actor in found):
                unit.actors.put(owner)
                return [owner, *found]
            return found

        found = await self._store.write(work)
        self._actors = {actor.id: actor for actor in found}

    def find(self, actor_id: str) -> Actor | None:
        """Give an actor; from any thread."""
        return self._actors.get(actor_id)

    def all(self) -> list[Actor]:
        """Give all actors, the owner first, then oldest first."""
        return sorted(self._actors.values(), key=lambda actor: actor.id)

    def visible(self, client: Client) -> list[Actor]:
        """Give the actors a caller may see, oldest first: software sees whom it acts for."""
        is_console = _CONSOLE in client.scopes
        return [each for each in self.all() if is_console or each.id == client.actor_id]

    def get(self, actor_id: str, *, client: Client) -> Actor:
        """Give one actor the caller may see.

        Raises:
            NotFound: there is none.
        """
        for actor in self.visible(client):
            if actor.id == actor_id:
                return actor
        raise NotFound

    def require(self, actor_id: str) -> Actor:
        """Give one actor, whoever asks.

        Raises:
            NotFound: there is none.
        """
        found = self._actors.get(actor_id)
        if found is None:
            raise NotFound
        return found

    async def matters(self) -> tuple[Matter, ...]:
        """Give all that rights can be about at the moment."""

        def work(unit: UnitOfWork) -> tuple[Matter, ...]:
            registrations = (each.id for each in unit.registrations.all())
            return matters_among(registrations, (each.id for each in unit.billing_accounts.all()))

        return await self._store.read(work)

    async def create(self, name: str) -> Actor:
        """Add a person; without rights at first."""
        now = self._clock.now()
        made = Actor(
            id=self._ids.ulid("act"),
            kind=ActorKind.PERSON,
            name=name,
            created_at=now,
            updated_at=now,
        )

        def work(unit: UnitOfWork) -> Actor:
            unit.actors.put(made)
            return made

        return await self._written(work, Action.SETTING_CHANGED)

    async def change(
        self, actor_id: str, *, name: str, is_active: bool, expected: Actor | None = None
    ) -> Actor:
        """Rename somebody, or take all rights for as long as nobody gives them back.

        Raises:
            NotFound: there is no such actor.
            Conflict: the owner is always active (``state_not_allowed``), or it is no longer as
                ``expected`` (``precondition_failed``).
        """
        if actor_id == OWNER_ID and not is_active:
            raise Conflict(code="state_not_allowed")

        def change(_unit: UnitOfWork, before: Actor) -> Actor:
            return replace(before, name=name, is_active=is_active)

        return await self._changed(actor_id, expected, change)

    async def set_card(self, actor_id: str, niss: Niss | None) -> Actor:
        """Say whose card proves somebody: she then acts only while its session is open.

        ``None`` takes that back.

        Raises:
            NotFound: there is no such actor.
            Conflict: the owner needs no card (``state_not_allowed``): her software also works
                without a session.
        """
        if actor_id == OWNER_ID:
            raise Conflict(code="state_not_allowed")
        card = None if niss is None else card_mark(niss, actor_id)

        def change(_unit: UnitOfWork, before: Actor) -> Actor:
            return replace(before, card=card)

        return await self._changed(actor_id, None, change, action=Action.RIGHTS_CHANGED)

    async def set_rights(
        self, actor_id: str, grants: Sequence[Grant], *, expected: Actor | None = None
    ) -> Actor:
        """Replace the lines of the matrix that are about somebody.

        Raises:
            NotFound: there is no such actor.
            InputError: a line names a registration that is not there.
            Conflict: it is no longer as ``expected`` (``precondition_failed``).
        """

        def change(unit: UnitOfWork, before: Actor) -> Actor:
            known = {None, *(each.id for each in unit.registrations.all())}
            known |= {each.id for each in unit.billing_accounts.all()}
            # A line about a registration that was removed may stay, but not be made.
            known |= {grant.registration_id for grant in before.grants}
            findings = tuple(
                Finding(pointer=f"/grants/{place}/registration_id", code="value_not_allowed")
                for place, grant in enumerate(grants)
                if grant.registration_id not in known
            )
            if findings:
                raise InputError(findings=findings)
            return replace(before, grants=settled(grants))

        return await self._changed(actor_id, expected, change, action=Action.RIGHTS_CHANGED)

    async def _changed(
        self,
        actor_id: str,
        expected: Actor | None,
        change: Callable[[UnitOfWork, Actor], Actor],
        *,
        action: Action = Action.SETTING_CHANGED,
    ) -> Actor:
        now = self._clock.now()

        def work(unit: UnitOfWork) -> Actor:
            before = next((each for each in unit.actors.all() if each.id == actor_id), None)
            if before is None:
                raise NotFound
            if expected is not None and before != expected:
                raise Conflict(code="precondition_failed")
            after = replace(change(unit, before), updated_at=now)
            unit.actors.put(after)
            return after

        return await self._written(work, action)

    async def _written(self, work: Callable[[UnitOfWork], Actor], action: Action) -> Actor:
        actor = await self._store.write(work)
        self._actors = {**self._actors, actor.id: actor}
        self._events.changed("actor", actor.id, f"/v1/actors/{actor.id}")
        self._audit.record(action, object_id=actor.id)
        return actor

    def _owner(self) -> Actor:
        now = self._clock.now()
        return Actor(id=OWNER_ID, kind=ActorKind.OS_USER, created_at=now, updated_at=now)
