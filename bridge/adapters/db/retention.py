"""Removing what was kept long enough: exchanges with their evidence, responses and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, not_, select

from bridge.adapters.db.tables import (
    BATCH_ITEMS,
    BATCHES,
    EVIDENCE,
    EXCHANGE_PEOPLE,
    EXCHANGES,
    RESPONSES,
)
from bridge.adapters.db.values import text_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def remove_processed(
    connection: Connection, *, kind: str, before: datetime, limit: int
) -> list[str]:
    """Remove processed exchanges of a kind whose last message is older, oldest first.

    Answers to the patients of a batch go with the message they came by; a batch goes with its
    last answer.

    Args:
        connection: Of the writing transaction.
        kind: Kind of exchange.
        before: Aware moment; what was sent or answered later stays.
        limit: Most exchanges at once.
    """
    columns = EXCHANGES.c
    last = func.coalesce(columns.answered_at, columns.sent_at, columns.created_at)
    query = (
        select(columns.id, columns.subject_id)
        .where(
            columns.kind == kind,
            columns.processed_at.is_not(None),
            last < text_of(before),
        )
        .order_by(columns.created_at)
        .limit(limit)
    )
    found = connection.execute(query).all()
    ids = [row.id for row in found]
    if not ids:
        return []
    answers = select(RESPONSES.c.id).where(RESPONSES.c.exchange_id.in_(ids))
    for statement in (
        delete(EVIDENCE).where(EVIDENCE.c.subject_id.in_(answers)),
        delete(EVIDENCE).where(EVIDENCE.c.subject_id.in_(ids)),
        delete(RESPONSES).where(RESPONSES.c.exchange_id.in_(ids)),
        delete(EXCHANGE_PEOPLE).where(EXCHANGE_PEOPLE.c.exchange_id.in_(ids)),
        delete(BATCH_ITEMS).where(BATCH_ITEMS.c.exchange_id.in_(ids)),
        delete(EXCHANGES).where(columns.id.in_(ids)),
    ):
        connection.execute(statement)
    subjects = {row.subject_id for row in found if row.subject_id is not None}
    left = select(EXCHANGES.c.id).where(columns.subject_id == BATCHES.c.id).exists()
    connection.execute(delete(BATCHES).where(and_(BATCHES.c.id.in_(subjects), not_(left))))
    connection.execute(
        delete(BATCH_ITEMS).where(BATCH_ITEMS.c.batch_id.not_in(select(BATCHES.c.id)))
    )
    return ids
