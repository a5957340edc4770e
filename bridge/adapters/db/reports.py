"""Reports in their table (port ``reports``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, LargeBinary, Table, Text, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db.tables import METADATA
from bridge.adapters.db.values import read_document, text_of
from bridge.domain.reports import Report

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("reports_by_client", "client_id", "id"),
)

_REPORT: Final = TypeAdapter(Report)


class SqlReports:
    """Reports in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, report: Report, content: bytes) -> None:
        """Insert a report."""
        row = {
            "id": report.id,
            "client_id": report.client_id,
            "expires_at": text_of(report.expires_at),
            "document": _REPORT.dump_json(report).decode(),
            "content": content,
        }
        self._connection.execute(upsert(REPORTS).values(row))

    def get(self, report_id: str, *, client_id: str) -> Report | None:
        """Read what is known about a report, if it is that caller's."""
        query = select(REPORTS.c.document).where(
            REPORTS.c.id == report_id, REPORTS.c.client_id == client_id
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else read_document(_REPORT, found)

    def page(
        self, *, client_id: str, now: datetime, limit: int, before_id: str | None
    ) -> tuple[list[Report], int]:
        """Read a caller's reports that have not expired, newest first, and count them all."""
        own = (REPORTS.c.client_id == client_id) & (REPORTS.c.expires_at > text_of(now))
        total = select(func.count()).select_from(REPORTS).where(own)
        query = select(REPORTS.c.document).where(own).order_by(REPORTS.c.id.desc()).limit(limit)
        if before_id is not None:
            query = query.where(REPORTS.c.id < before_id)
        rows = self._connection.execute(query).scalars()
        found = [read_document(_REPORT, row) for row in rows]
        return found, self._connection.execute(total).scalar_one()

    def content(self, report_id: str) -> bytes:
        """Read the content of a report that is there."""
        query = select(REPORTS.c.content).where(REPORTS.c.id == report_id)
        return bytes(self._connection.execute(query).scalar_one())

    def remove(self, report_id: str) -> None:
        """Delete a report."""
        self._connection.execute(delete(REPORTS).where(REPORTS.c.id == report_id))

    def expire(self, *, now: datetime) -> int:
        """Delete what has expired; gives how many."""
        gone = delete(REPORTS).where(REPORTS.c.expires_at <= text_of(now))
        return self._connection.execute(gone).rowcount
