"""Reports in their table (port ``reports``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter
from sqlalchemy import Index, Table, func, select

from bridge.adapters.db.madefiles import SqlMadeFiles, columns
from bridge.adapters.db.tables import METADATA
from bridge.adapters.db.values import read_document, text_of
from bridge.domain.reports import Report

if TYPE_CHECKING:
    from datetime import datetime

REPORTS: Final = Table(
    "reports", METADATA, *columns(), Index("reports_by_client", "client_id", "id")
)


class SqlReports(SqlMadeFiles[Report]):
    """Reports in their table."""

    table = REPORTS
    kind = TypeAdapter(Report)

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
        found = [read_document(self.kind, row) for row in rows]
        return found, self._connection.execute(total).scalar_one()
