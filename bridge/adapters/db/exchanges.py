"""Repositories of the asynchronous engine over one connection (port ``exchanges``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db import values
from bridge.adapters.db.exchangepages import Facets, facets_id, facets_of, page_of
from bridge.adapters.db.rows import add_row, replace_row, replace_rows
from bridge.adapters.db.tables import (
    BATCH_ITEMS,
    BATCHES,
    EXCHANGE_FACETS,
    EXCHANGE_PEOPLE,
    EXCHANGES,
    KNOWN_INSURERS,
    RESPONSES,
)
from bridge.domain.batches import BatchCounts, ItemStatus
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Niss

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select, Table

    from bridge.domain.batches import BatchItem, InsurabilityBatch
    from bridge.domain.exchanges import Exchange, ReceivedResponse
    from bridge.ports.exchanges import ExchangeFilter, ExchangePage, SortKey

_OVER: Final = (ExchangeStatus.ERROR.value, ExchangeStatus.DRAFT.value)
_MOST_PARAMETERS: Final = 500
"""Values of one IN list; the database takes more, but not without end."""


def _first_by(table: Table, *names: str) -> Select[Any]:
    """Give the query for the first row with some values; it is built once (``rows``)."""
    query = select(table.c.document).where(*(table.c[name] == bindparam(name) for name in names))
    return query.order_by(table.c.id).limit(1)


_EXCHANGE: Final = _first_by(EXCHANGES, "id")
_OF_REFERENCE: Final = _first_by(EXCHANGES, "service", "input_reference")
_RESPONSE: Final = _first_by(RESPONSES, "id")
_OF_IDENTITY: Final = _first_by(RESPONSES, "service", "registration_id", "identity")
_OF_CONTENT: Final = _first_by(RESPONSES, "exchange_id", "content_digest")

_AT_ONCE: Final = 500
"""Values of one IN list."""


class SqlExchanges:
    """Exchanges in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._facets: dict[Facets, int] = {}

    def add(self, exchange: Exchange, *, people: tuple[Niss, ...] = ()) -> None:
        """Insert a new exchange with the people it is about."""
        add_row(self._connection, EXCHANGES, self._row(exchange))
        numbers = sorted({person.digits for person in people})
        if numbers:
            rows = [{"niss": number, "exchange_id": exchange.id} for number in numbers]
            self._connection.execute(insert(EXCHANGE_PEOPLE), rows)

    def people(self, exchange_id: str) -> list[Niss]:
        """Give the people an exchange is about."""
        columns = EXCHANGE_PEOPLE.c
        query = select(columns.niss).where(columns.exchange_id == exchange_id)
        found = self._connection.execute(query.order_by(columns.niss)).scalars()
        return [Niss(digits) for digits in found]

    def get(self, exchange_id: str) -> Exchange | None:
        """Read one exchange."""
        return self._read(_EXCHANGE, {"id": exchange_id})

    def replace(self, exchange: Exchange) -> None:
        """Write an exchange's new state; the caller checked the move."""
        replace_row(self._connection, EXCHANGES, self._row(exchange))

    def some(self, exchange_ids: Sequence[str]) -> list[Exchange]:
        """Read those of some exchanges that are there."""
        found: list[Exchange] = []
        for start in range(0, len(exchange_ids), _AT_ONCE):
            part = exchange_ids[start : start + _AT_ONCE]
            found += self._all(select(EXCHANGES.c.document).where(EXCHANGES.c.id.in_(part)))
        return found

    def replace_all(self, exchanges: Sequence[Exchange]) -> None:
        """Write the new states of exchanges, each of them once."""
        replace_rows(self._connection, EXCHANGES, [self._row(each) for each in exchanges])

    def of_reference(self, service: str, input_reference: str) -> Exchange | None:
        """Read the exchange a reference stands for."""
        asked = {"service": service, "input_reference": input_reference}
        return self._read(_OF_REFERENCE, asked)

    def of_subject(self, subject_id: str) -> list[Exchange]:
        """Read the exchanges of one batch, oldest first."""
        query = select(EXCHANGES.c.document).where(EXCHANGES.c.subject_id == subject_id)
        return self._all(query.order_by(EXCHANGES.c.id))

    def with_status(
        self, *statuses: str, limit: int = 1000, services: Collection[str] = ()
    ) -> list[Exchange]:
        """Read exchanges in some states, of some services or of all, oldest first."""
        query = select(EXCHANGES.c.document).where(EXCHANGES.c.status.in_(statuses))
        if services:
            query = query.where(EXCHANGES.c.service.in_(list(services)))
        return self._all(query.order_by(EXCHANGES.c.created_at, EXCHANGES.c.id).limit(limit))

    def services_of(self, registration_id: str) -> set[str]:
        """Give the services that a registration has ever exchanged with."""
        columns = EXCHANGE_FACETS.c
        query = select(columns.service).where(columns.registration_id == registration_id)
        return set(self._connection.execute(query.distinct()).scalars())

    def similar(self, content_digest: str) -> Exchange | None:
        """Read the latest exchange with the same business content that is not over in error."""
        query = (
            select(EXCHANGES.c.document)
            .where(
                EXCHANGES.c.content_digest == content_digest,
                EXCHANGES.c.status.not_in(_OVER),
            )
            .order_by(EXCHANGES.c.id.desc())
            .limit(1)
        )
        found = self._all(query)
        return found[0] if found else None

    def page(
        self,
        wanted: ExchangeFilter,
        *,
        sort: tuple[SortKey, ...],
        limit: int,
        after: tuple[str, ...] | None,
    ) -> ExchangePage:
        """Read a page of the history after the row with the sort values ``after``."""
        return page_of(self._connection, wanted, sort=sort, limit=limit, after=after)

    def _row(self, exchange: Exchange) -> dict[str, Any]:
        facets = facets_of(exchange)
        number = self._facets.get(facets)
        if number is None:
            number = self._facets[facets] = facets_id(self._connection, facets)
        return values.exchange_row(exchange) | {"facets_id": number}

    def _read(self, query: Select[Any], asked: dict[str, str]) -> Exchange | None:
        found = self._connection.execute(query, asked).scalar()
        return None if found is None else values.exchange_of(found)

    def _all(self, query: Select[Any]) -> list[Exchange]:
        return [values.exchange_of(row) for row in self._connection.execute(query).scalars()]


class SqlResponses:
    """What came in, in its table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, response: ReceivedResponse) -> None:
        """Insert a new response."""
        add_row(self._connection, RESPONSES, values.response_row(response))

    def get(self, response_id: str) -> ReceivedResponse | None:
        """Read one response."""
        return self._read(_RESPONSE, {"id": response_id})

    def replace(self, response: ReceivedResponse) -> None:
        """Write a response's new state."""
        replace_row(self._connection, RESPONSES, values.response_row(response))

    def of_identity(
        self, service: str, registration_id: str, identity: str
    ) -> ReceivedResponse | None:
        """Read what was stored under the platform's identity of a delivery."""
        asked = {"service": service, "registration_id": registration_id, "identity": identity}
        return self._read(_OF_IDENTITY, asked)

    def of_content(self, exchange_id: str, content_digest: str) -> ReceivedResponse | None:
        """Read a response of an exchange with the same content."""
        asked = {"exchange_id": exchange_id, "content_digest": content_digest}
        return self._read(_OF_CONTENT, asked)

    def of_exchange(self, exchange_id: str) -> list[ReceivedResponse]:
        """Read all responses of an exchange, oldest first."""
        return self._all(RESPONSES.c.exchange_id == exchange_id)

    def page(
        self,
        *,
        client_id: str | None,
        service: tuple[str, ...],
        limit: int,
        before_id: str | None,
    ) -> tuple[list[ReceivedResponse], int]:
        """Read responses to a client's exchanges, or to all, newest first, and count them."""
        columns = RESPONSES.c
        conditions: list[ColumnElement[bool]] = []
        if service:
            conditions.append(columns.service.in_(service))
        if client_id is not None:
            mine = and_(EXCHANGES.c.id == columns.exchange_id, EXCHANGES.c.client_id == client_id)
            conditions.append(exists().where(mine))
        count = select(func.count()).select_from(RESPONSES).where(*conditions)
        total = self._connection.execute(count).scalar_one()
        if before_id is not None:
            conditions.append(columns.id < before_id)
        query = select(columns.document).where(*conditions).order_by(columns.id.desc())
        rows = self._connection.execute(query.limit(limit)).scalars()
        return [values.response_of(row) for row in rows], total

    def unconfirmed(self, service: str, registration_id: str) -> list[ReceivedResponse]:
        """Read what is stored and not yet confirmed."""
        columns = RESPONSES.c
        return self._all(
            columns.service == service,
            columns.registration_id == registration_id,
            columns.confirmed_at.is_(None),
        )

    def _read(self, query: Select[Any], asked: dict[str, str]) -> ReceivedResponse | None:
        found = self._connection.execute(query, asked).scalar()
        return None if found is None else values.response_of(found)

    def _all(self, *conditions: ColumnElement[bool]) -> list[ReceivedResponse]:
        query = select(RESPONSES.c.document).where(*conditions).order_by(RESPONSES.c.id)
        return [values.response_of(row) for row in self._connection.execute(query).scalars()]


class SqlBatches:
    """Insurability batches and their patients in their tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, batch: InsurabilityBatch, items: list[BatchItem]) -> None:
        """Insert a batch with its patients."""
        add_row(self._connection, BATCHES, values.batch_row(batch))
        if items:
            self._connection.execute(insert(BATCH_ITEMS), [values.item_row(item) for item in items])

    def get(self, batch_id: str, *, client_id: str | None) -> InsurabilityBatch | None:
        """Read one batch; with a ``client_id`` only that client's."""
        conditions = [BATCHES.c.id == batch_id]
        if client_id is not None:
            conditions.append(BATCHES.c.client_id == client_id)
        return self._one(*conditions)

    def of_operation(self, operation_id: str) -> InsurabilityBatch | None:
        """Read the batch an operation works on."""
        return self._one(BATCHES.c.operation_id == operation_id)

    def page(
        self, *, client_id: str | None, limit: int, before_id: str | None
    ) -> tuple[list[InsurabilityBatch], int]:
        """Read batches, newest first, and count them all."""
        conditions = [] if client_id is None else [BATCHES.c.client_id == client_id]
        count = select(func.count()).select_from(BATCHES).where(*conditions)
        total = self._connection.execute(count).scalar_one()
        if before_id is not None:
            conditions.append(BATCHES.c.id < before_id)
        query = select(BATCHES.c.document).where(*conditions)
        rows = self._connection.execute(query.order_by(BATCHES.c.id.desc()).limit(limit)).scalars()
        return [values.batch_of(row) for row in rows], total

    def counts(self, batch_id: str) -> BatchCounts:
        """Count the patients of a batch by state."""
        columns = BATCH_ITEMS.c
        # Until it has an answer of its own, a patient stands where the message stands.
        status = case(
            (columns.status == ItemStatus.TO_SEND.value, EXCHANGES.c.status),
            else_=columns.status,
        )
        joined = BATCH_ITEMS.outerjoin(EXCHANGES, columns.exchange_id == EXCHANGES.c.id)
        query = (
            select(status, func.count())
            .select_from(joined)
            .where(columns.batch_id == batch_id)
            .group_by(status)
        )
        rows = self._connection.execute(query).all()
        return BatchCounts(by_status={ItemStatus(status): count for status, count in rows})

    def items(self, batch_id: str, *, after: int = -1, limit: int = 10_000) -> list[BatchItem]:
        """Read patients of a batch in their order, those after a position."""
        columns = BATCH_ITEMS.c
        query = select(columns.document).where(
            columns.batch_id == batch_id, columns.position > after
        )
        return self._items(query.order_by(columns.position).limit(limit))

    def item(self, batch_id: str, item_id: str) -> BatchItem | None:
        """Read one patient of a batch."""
        columns = BATCH_ITEMS.c
        found = self._items(
            select(columns.document).where(columns.batch_id == batch_id, columns.id == item_id)
        )
        return found[0] if found else None

    def items_of_exchange(self, exchange_id: str) -> list[BatchItem]:
        """Read the patients of one exchange, in their order."""
        columns = BATCH_ITEMS.c
        query = select(columns.document).where(columns.exchange_id == exchange_id)
        return self._items(query.order_by(columns.position))

    def replace_items(self, items: list[BatchItem]) -> None:
        """Write the new state of patients."""
        if not items:
            return
        change = (
            update(BATCH_ITEMS)
            .where(BATCH_ITEMS.c.id == bindparam("key"))
            .values(
                exchange_id=bindparam("exchange_id"),
                status=bindparam("status"),
                document=bindparam("document"),
            )
        )
        rows = [values.item_row(item) for item in items]
        names = ("exchange_id", "status", "document")
        self._connection.execute(
            change, [{"key": row["id"], **{name: row[name] for name in names}} for row in rows]
        )

    def _one(self, *conditions: ColumnElement[bool]) -> InsurabilityBatch | None:
        found = self._connection.execute(select(BATCHES.c.document).where(*conditions)).scalar()
        return None if found is None else values.batch_of(found)

    def _items(self, query: Select[Any]) -> list[BatchItem]:
        return [values.item_of(row) for row in self._connection.execute(query).scalars()]


class SqlKnownInsurers:
    """Who was last insured where."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def learn(self, niss: Niss, insurer: str, *, at: datetime) -> None:
        """Remember the insurer of a person."""
        row = {"insurer": insurer, "learned_at": values.text_of(at)}
        statement = upsert(KNOWN_INSURERS).values({"niss": niss.digits, **row})
        self._connection.execute(statement.on_conflict_do_update(index_elements=["niss"], set_=row))

    def of(self, people: list[Niss]) -> dict[Niss, str]:
        """Give the insurers of the people that are known."""
        found: dict[Niss, str] = {}
        for start in range(0, len(people), _MOST_PARAMETERS):
            numbers = [person.digits for person in people[start : start + _MOST_PARAMETERS]]
            columns = KNOWN_INSURERS.c
            query = select(columns.niss, columns.insurer).where(columns.niss.in_(numbers))
            rows = self._connection.execute(query).all()
            found.update({Niss.parse(niss): insurer for niss, insurer in rows})
        return found
