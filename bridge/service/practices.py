"""Practices: one at least, one of them the default."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bridge.domain.audit import Action
from bridge.domain.ids import IdSource
from bridge.domain.practices import Practice
from bridge.errors import Conflict, NotFound
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.clock import Clock
from bridge.ports.store import Store
from bridge.service.events import EventBook

if TYPE_CHECKING:
    from bridge.ports.store import UnitOfWork

_IN_USE: Final = "practice_in_use"


class PracticeBook:
    """Makes, changes and finds practices."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        ids: IdSource,
        events: EventBook,
        audit: Auditor = NO_AUDIT,
    ) -> None:
        """Keep practices in ``store``, and tell each change."""
        self._audit = audit
        self._events = events
        self._store = store
        self._clock = clock
        self._ids = ids

    async def all(self) -> list[Practice]:
        """Give all practices, the default one first."""
        return await self._store.read(lambda unit: unit.practices.all())

    async def get(self, practice_id: str) -> Practice:
        """Give one practice.

        Raises:
            NotFound: none of that identifier.
        """
        return await self._store.read(lambda unit: found_practice(unit, practice_id))

    async def create(
        self,
        name: str,
        *,
        is_default: bool = False,
        insurability_required: bool | None = None,
    ) -> Practice:
        """Add a practice; the first one is the default whatever is asked."""
        now = self._clock.now()
        made = Practice(
            id=self._ids.ulid("prc"),
            name=name,
            created_at=now,
            updated_at=now,
            insurability_required=insurability_required,
        )
        return self._told(
            await self._store.write(lambda unit: _keep(unit, made, is_default=is_default))
        )

    async def change(
        self, practice: Practice, *, expected: Practice, is_default: bool = False
    ) -> Practice:
        """Write a changed practice, unless somebody changed it since it was read.

        Raises:
            NotFound: it was removed in the meantime.
            Conflict: ``precondition_failed``, it is no longer as ``expected``.
        """
        changed = replace(practice, updated_at=self._clock.now())

        def work(unit: UnitOfWork) -> Practice:
            if found_practice(unit, practice.id) != expected:
                raise Conflict(code="precondition_failed")
            return _keep(unit, changed, is_default=is_default)

        return self._told(await self._store.write(work))

    async def remove(self, practice_id: str) -> None:
        """Delete a practice without registrations.

        Raises:
            NotFound: none of that identifier.
            Conflict: ``practice_in_use``, registrations belong to it, or it is the last one.
        """

        def work(unit: UnitOfWork) -> None:
            found_practice(unit, practice_id)
            is_used = any(kept.practice_id == practice_id for kept in unit.registrations.all())
            if is_used or len(unit.practices.all()) == 1:
                raise Conflict(code=_IN_USE)
            unit.practices.remove(practice_id)

        await self._store.write(work)
        self._tell(practice_id)

    def _told(self, practice: Practice) -> Practice:
        self._tell(practice.id)
        return practice

    def _tell(self, practice_id: str) -> None:
        self._events.changed("practice", practice_id, f"/v1/practices/{practice_id}")
        self._audit.record(Action.SETTING_CHANGED, object_id=practice_id)

    async def ensure(self) -> None:
        """Give every registration a practice: at the start, and after an older version."""
        now = self._clock.now()
        fresh = Practice(id=self._ids.ulid("prc"), name="", created_at=now, updated_at=now)

        def work(unit: UnitOfWork) -> None:
            registrations = unit.registrations.all()
            practices = unit.practices.all()
            if not practices:
                holder = registrations[0].holder if registrations else None
                name = (holder.name if holder else "") or "Carebridge"
                practices = [_keep(unit, replace(fresh, name=name), is_default=False)]
            known = {practice.id for practice in practices}
            for registration in registrations:
                if registration.practice_id not in known:
                    unit.registrations.put(replace(registration, practice_id=practices[0].id))

        await self._store.write(work)


def found_practice(unit: UnitOfWork, practice_id: str) -> Practice:
    """Give a practice within a transaction.

    Raises:
        NotFound: none of that identifier.
    """
    for practice in unit.practices.all():
        if practice.id == practice_id:
            return practice
    raise NotFound


def _keep(unit: UnitOfWork, practice: Practice, *, is_default: bool) -> Practice:
    unit.practices.put(practice)
    if is_default:
        unit.practices.make_default(practice.id)
    return found_practice(unit, practice.id)
