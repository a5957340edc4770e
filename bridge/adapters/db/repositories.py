"""Repositories of the ``Store`` port over one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Table, func, insert, select, update

from bridge.adapters.db import values
from bridge.adapters.db.rows import add_row, replace_row
from bridge.adapters.db.tables import (
    CHECKS,
    EVIDENCE,
    IDEMPOTENCY_KEYS,
    OPERATIONS,
    READINGS,
    REGISTRATIONS,
)
from bridge.domain.operations import FINAL, MOST_QUEUED, OperationStatus
from bridge.errors import QueueFull

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from bridge.domain.cards import PatientReading
    from bridge.domain.insurability import InsurabilityCheck
    from bridge.domain.operations import Operation
    from bridge.domain.registrations import Registration
    from bridge.ports.store import Evidence, RememberedKey


_UNDER_WAY: Final = tuple(status.value for status in OperationStatus if status not in FINAL)


class SqlOperations:
    """Operations in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, operation: Operation) -> None:
        """Insert a new operation, while not too many of its client are under way."""
        waiting = (
            select(OPERATIONS.c.id)
            .where(OPERATIONS.c.status.in_(_UNDER_WAY))
            .where(OPERATIONS.c.client_id == operation.client_id)
            .limit(MOST_QUEUED)
            .subquery()
        )
        if self._connection.execute(select(func.count()).select_from(waiting)).scalar_one() >= (
            MOST_QUEUED
        ):
            raise QueueFull
        add_row(self._connection, OPERATIONS, values.operation_row(operation))

    def get(self, operation_id: str) -> Operation | None:
        """Read one operation."""
        document = _document(self._connection, OPERATIONS, OPERATIONS.c.id == operation_id)
        return None if document is None else values.operation_of(document)

    def replace(self, operation: Operation) -> None:
        """Write an operation's new state; the caller checked the move."""
        replace_row(self._connection, OPERATIONS, values.operation_row(operation))

    def page(self, *, client_id: str, limit: int, before_id: str | None) -> list[Operation]:
        """Read a client's operations, newest first, those with an id below ``before_id``."""
        rows = _page(self._connection, OPERATIONS, client_id, limit=limit, before_id=before_id)
        return [values.operation_of(row) for row in rows]

    def count(self, *, client_id: str) -> int:
        """Count a client's operations."""
        return _count(self._connection, OPERATIONS, client_id)

    def unfinished(self) -> list[Operation]:
        """Read all operations whose status is not final, oldest first."""
        final = [status.value for status in FINAL]
        query = (
            select(OPERATIONS.c.document)
            .where(OPERATIONS.c.status.not_in(final))
            .order_by(OPERATIONS.c.id)
        )
        return [values.operation_of(row) for row in self._connection.execute(query).scalars()]


class SqlChecks:
    """Insurability checks in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, check: InsurabilityCheck, *, client_id: str) -> None:
        """Insert a new check."""
        row = values.check_row(check) | {"client_id": client_id}
        add_row(self._connection, CHECKS, row)

    def get(self, check_id: str, *, client_id: str | None) -> InsurabilityCheck | None:
        """Read one check; with a ``client_id`` only if that client asked it."""
        conditions = [CHECKS.c.id == check_id, *_of_client(CHECKS, client_id)]
        found = _document(self._connection, CHECKS, *conditions)
        return None if found is None else values.check_of(found)

    def of_operation(self, operation_id: str) -> InsurabilityCheck | None:
        """Read the check an operation works on."""
        found = _document(self._connection, CHECKS, CHECKS.c.operation_id == operation_id)
        return None if found is None else values.check_of(found)

    def replace(self, check: InsurabilityCheck) -> None:
        """Write a check's new state; the caller checked the move."""
        replace_row(self._connection, CHECKS, values.check_row(check))

    def page(
        self,
        *,
        client_id: str | None,
        limit: int,
        before_id: str | None,
    ) -> list[InsurabilityCheck]:
        """Read checks, newest first, those with an id below ``before_id``."""
        rows = _page(self._connection, CHECKS, client_id, limit=limit, before_id=before_id)
        return [values.check_of(row) for row in rows]

    def count(self, *, client_id: str | None) -> int:
        """Count checks."""
        return _count(self._connection, CHECKS, client_id)


class SqlIdempotencyKeys:
    """Remembered idempotency keys in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, *, client_id: str, key: str, route: str) -> RememberedKey | None:
        """Read a remembered key."""
        columns = IDEMPOTENCY_KEYS.c
        query = select(IDEMPOTENCY_KEYS).where(
            columns.client_id == client_id, columns.key == key, columns.route == route
        )
        row = self._connection.execute(query).mappings().first()
        return None if row is None else values.key_of(dict(row))

    def add(self, key: RememberedKey) -> None:
        """Remember a key."""
        add_row(self._connection, IDEMPOTENCY_KEYS, values.key_row(key))


class SqlRegistrations:
    """Registrations in their table; the first one added is the default."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Registration]:
        """Read all registrations, the default one first."""
        query = select(REGISTRATIONS.c.document).order_by(REGISTRATIONS.c.position)
        return [values.registration_of(row) for row in self._connection.execute(query).scalars()]

    def put(self, registration: Registration) -> None:
        """Insert a registration, or replace the one with the same identifier."""
        row = values.registration_row(registration)
        change = update(REGISTRATIONS).where(REGISTRATIONS.c.id == registration.id).values(row)
        if self._connection.execute(change).rowcount == 0:
            last = func.coalesce(func.max(REGISTRATIONS.c.position), 0)
            position = select(last + 1).scalar_subquery()
            self._connection.execute(insert(REGISTRATIONS).values(row | {"position": position}))


class SqlReadings:
    """Kept readings of patients' cards in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, reading: PatientReading) -> None:
        """Insert a reading without its holder."""
        add_row(self._connection, READINGS, values.reading_row(reading))

    def get(self, reading_id: str, *, client_id: str) -> PatientReading | None:
        """Read one reading, if it is that client's."""
        conditions = [READINGS.c.id == reading_id, *_of_client(READINGS, client_id)]
        found = _document(self._connection, READINGS, *conditions)
        return None if found is None else values.reading_of(found)


class SqlEvidenceBox:
    """Evidence in its table; rows are added and never changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, evidence: Evidence) -> None:
        """Insert one message."""
        add_row(self._connection, EVIDENCE, values.evidence_row(evidence))

    def of_subject(self, subject_id: str) -> list[Evidence]:
        """Read all messages of one subject, oldest first."""
        query = (
            select(EVIDENCE)
            .where(EVIDENCE.c.subject_id == subject_id)
            .order_by(EVIDENCE.c.created_at, EVIDENCE.c.id)
        )
        return [values.evidence_of(dict(row)) for row in self._connection.execute(query).mappings()]


def _document(
    connection: Connection,
    table: Table,
    *conditions: ColumnElement[bool],
) -> str | None:
    return connection.execute(select(table.c.document).where(*conditions)).scalar()


def _of_client(table: Table, client_id: str | None) -> list[ColumnElement[bool]]:
    return [] if client_id is None else [table.c.client_id == client_id]


def _page(
    connection: Connection,
    table: Table,
    client_id: str | None,
    *,
    limit: int,
    before_id: str | None,
) -> list[str]:
    conditions = _of_client(table, client_id)
    if before_id is not None:
        conditions.append(table.c.id < before_id)
    query = select(table.c.document).where(*conditions).order_by(table.c.id.desc()).limit(limit)
    return list(connection.execute(query).scalars())


def _count(connection: Connection, table: Table, client_id: str | None) -> int:
    query = select(func.count()).select_from(table).where(*_of_client(table, client_id))
    return connection.execute(query).scalar_one()
