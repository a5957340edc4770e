"""Removing rows together with what belongs to them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select

from bridge.adapters.db.billingtables import BILLING_INVOICES
from bridge.adapters.db.invoicetables import BATCHES as INVOICE_BATCHES
from bridge.adapters.db.invoicetables import CLAIMS, LINES, SETTLEMENTS
from bridge.adapters.db.tables import (
    BATCH_ITEMS,
    BATCHES,
    CHECKS,
    EVIDENCE,
    EXCHANGE_PEOPLE,
    EXCHANGES,
    IDEMPOTENCY_KEYS,
    OPERATIONS,
    RESPONSES,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table


def remove_rows(connection: Connection, table: Table, names: Sequence[str]) -> int:
    """Delete rows by their identifiers; gives how many."""
    return connection.execute(delete(table).where(table.c.id.in_(names))).rowcount


def remove_evidence(connection: Connection, exchange_ids: Sequence[str]) -> int:
    """Delete the exact bytes of messages and of their responses; gives how many."""
    answers = select(RESPONSES.c.id).where(RESPONSES.c.exchange_id.in_(exchange_ids))
    owner = EVIDENCE.c.subject_id
    gone = delete(EVIDENCE).where(or_(owner.in_(exchange_ids), owner.in_(answers)))
    return connection.execute(gone).rowcount


def remove_exchanges(connection: Connection, exchange_ids: Sequence[str]) -> None:
    """Delete messages with evidence, responses, people, and answers about patients of a list."""
    columns = EXCHANGES.c
    query = select(columns.subject_id).where(columns.id.in_(exchange_ids))
    subjects = [each for each in connection.execute(query).scalars() if each is not None]
    remove_evidence(connection, exchange_ids)
    for statement in (
        delete(RESPONSES).where(RESPONSES.c.exchange_id.in_(exchange_ids)),
        delete(EXCHANGE_PEOPLE).where(EXCHANGE_PEOPLE.c.exchange_id.in_(exchange_ids)),
        delete(BATCH_ITEMS).where(BATCH_ITEMS.c.exchange_id.in_(exchange_ids)),
        delete(EXCHANGES).where(columns.id.in_(exchange_ids)),
    ):
        connection.execute(statement)
    remove_empty_lists(connection, subjects)


def remove_empty_lists(connection: Connection, batch_ids: Sequence[str]) -> None:
    """Delete lists of questions about insurability whose last message went, with what is left."""
    left = select(EXCHANGES.c.id).where(EXCHANGES.c.subject_id == BATCHES.c.id).exists()
    query = select(BATCHES.c.id).where(BATCHES.c.id.in_(batch_ids), ~left)
    gone = list(connection.execute(query).scalars())
    connection.execute(delete(BATCH_ITEMS).where(BATCH_ITEMS.c.batch_id.in_(gone)))
    remove_rows(connection, BATCHES, gone)


def remove_checks(connection: Connection, names: Sequence[str]) -> int:
    """Delete checks with their evidence and operations."""
    query = select(CHECKS.c.operation_id).where(CHECKS.c.id.in_(names))
    operations = list(connection.execute(query).scalars())
    connection.execute(delete(EVIDENCE).where(EVIDENCE.c.subject_id.in_(names)))
    count = remove_rows(connection, CHECKS, names)
    remove_operations(connection, operations)
    return count


def remove_operations(connection: Connection, names: Sequence[str]) -> int:
    """Delete operations with the keys that were remembered for them."""
    keys = IDEMPOTENCY_KEYS.c.operation_id
    connection.execute(delete(IDEMPOTENCY_KEYS).where(keys.in_(names)))
    return remove_rows(connection, OPERATIONS, names)


def remove_billing_invoices(connection: Connection, names: Sequence[str]) -> int:
    """Delete invoices at billing services with message, evidence and operation."""
    columns = BILLING_INVOICES.c
    query = select(columns.exchange_id, columns.operation_id).where(columns.id.in_(names))
    rows = connection.execute(query).all()
    remove_exchanges(connection, [exchange for exchange, _ in rows])
    count = remove_rows(connection, BILLING_INVOICES, names)
    remove_operations(connection, [operation for _, operation in rows])
    return count


def remove_invoice_batches(connection: Connection, names: Sequence[str]) -> int:
    """Delete batches of invoices with claims, acts, settlements, message and evidence."""
    columns = INVOICE_BATCHES.c
    query = select(columns.exchange_id).where(columns.id.in_(names))
    exchanges = [each for each in connection.execute(query).scalars() if each is not None]
    for table in (LINES, CLAIMS, SETTLEMENTS):
        connection.execute(delete(table).where(table.c.batch_id.in_(names)))
    connection.execute(delete(EVIDENCE).where(EVIDENCE.c.subject_id.in_(names)))
    remove_exchanges(connection, exchanges)
    return remove_rows(connection, INVOICE_BATCHES, names)
