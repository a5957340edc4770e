"""Actors in their table; a person's name stands here, encrypted as everything in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Column, Table, Text, insert, select, update

from bridge.adapters.db.tables import METADATA
from bridge.domain.rights import Actor
from bridge.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

ACTORS: Final = Table(
    "actors",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("document", Text, nullable=False),
)

_ACTOR: Final = TypeAdapter(Actor)


class SqlActors:
    """The actors; there are few, so all are read at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Actor]:
        """Read all actors, oldest first."""
        query = select(ACTORS.c.document).order_by(ACTORS.c.id)
        return [_actor_of(row) for row in self._connection.execute(query).scalars()]

    def put(self, actor: Actor) -> None:
        """Insert an actor, or replace the one with the same identifier."""
        document = _ACTOR.dump_json(actor).decode()
        change = update(ACTORS).where(ACTORS.c.id == actor.id).values(document=document)
        if self._connection.execute(change).rowcount == 0:
            row = {"id": actor.id, "document": document}
            self._connection.execute(insert(ACTORS).values(row))


def _actor_of(document: str) -> Actor:
    try:
        return _ACTOR.validate_json(document)
    except ValidationError:
        raise StoreError("a row does not hold what it should") from None
