"""Saved views: how somebody wants to see the history.

Source: *REST API conventions* 8 (API-66).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bridge.domain.ids import IdSource
from bridge.domain.views import BY_MEMBER, MOST_VIEWS, SavedView, ViewColumn
from bridge.errors import Conflict, Finding, InputError, NotFound
from bridge.ports.clock import Clock
from bridge.ports.store import Store, UnitOfWork
from bridge.service.events import EventBook
from bridge.service.tokens import Client


@dataclass(frozen=True, kw_only=True)
class WantedView:
    """What a view is to hold; ``sort`` and ``filters`` are checked by the edge."""

    name: str
    columns: tuple[ViewColumn, ...]
    sort: tuple[str, ...] = ()
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_default: bool = False


class ViewBook:
    """Keeps the views of every caller."""

    def __init__(self, *, store: Store, clock: Clock, ids: IdSource, events: EventBook) -> None:
        """Keep views in ``store``, and tell each change to whose they are."""
        self._events = events
        self._store = store
        self._clock = clock
        self._ids = ids

    async def all(self, *, client: Client) -> list[SavedView]:
        """Give the caller's views, oldest first."""
        return await self._store.read(lambda unit: unit.views.of_client(client.id))

    async def get(self, view_id: str, *, client: Client) -> SavedView:
        """Give one of the caller's views.

        Raises:
            NotFound: none of that identifier for this caller.
        """
        return await self._store.read(lambda unit: _found(unit, view_id, client))

    async def create(self, wanted: WantedView, *, client: Client) -> SavedView:
        """Keep a view.

        Raises:
            InputError: a column is unknown or named twice.
            Conflict: ``views_full``, the caller keeps too many.
        """
        columns_of(tuple(column.member for column in wanted.columns))
        now = self._clock.now()
        made = SavedView(
            id=self._ids.ulid("view"),
            client_id=client.id,
            created_at=now,
            updated_at=now,
            **vars(wanted),
        )

        def work(unit: UnitOfWork) -> SavedView:
            if len(unit.views.of_client(client.id)) >= MOST_VIEWS:
                raise Conflict(code="views_full")
            return _keep(unit, made)

        return self._told(await self._store.write(work))

    async def change(
        self, view_id: str, wanted: WantedView, *, expected: SavedView, client: Client
    ) -> SavedView:
        """Replace what a view holds, unless somebody changed it since it was read.

        Raises:
            InputError: a column is unknown or named twice.
            NotFound: it was removed in the meantime.
            Conflict: ``precondition_failed``, it is no longer as ``expected``.
        """
        columns_of(tuple(column.member for column in wanted.columns))
        changed = replace(expected, updated_at=self._clock.now(), **vars(wanted))

        def work(unit: UnitOfWork) -> SavedView:
            if _found(unit, view_id, client) != expected:
                raise Conflict(code="precondition_failed")
            return _keep(unit, changed)

        return self._told(await self._store.write(work))

    async def remove(self, view_id: str, *, client: Client) -> None:
        """Delete a view.

        Raises:
            NotFound: none of that identifier for this caller.
        """

        def work(unit: UnitOfWork) -> SavedView:
            found = _found(unit, view_id, client)
            unit.views.remove(found.id)
            return found

        self._told(await self._store.write(work))

    def _told(self, view: SavedView) -> SavedView:
        path = f"/v1/views/{view.id}"
        self._events.changed("view", view.id, path, client_id=view.client_id)
        return view


def columns_of(members: tuple[str, ...]) -> tuple[str, ...]:
    """Check names of columns.

    Raises:
        InputError: a column is unknown or named twice, with a finding for each.
    """
    findings = tuple(
        Finding(pointer=f"/columns/{place}", code="column_unknown")
        for place, member in enumerate(members)
        if member not in BY_MEMBER or member in members[:place]
    )
    if findings:
        raise InputError(findings=findings)
    return members


def _found(unit: UnitOfWork, view_id: str, client: Client) -> SavedView:
    view = unit.views.get(view_id, client_id=client.id)
    if view is None:
        raise NotFound
    return view


def _keep(unit: UnitOfWork, view: SavedView) -> SavedView:
    unit.views.put(view)
    if view.is_default:
        for other in unit.views.of_client(view.client_id):
            if other.is_default and other.id != view.id:
                unit.views.put(replace(other, is_default=False))
    return view
