"""Port: repository of work lists, part of the ``UnitOfWork``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date, datetime

    from bridge.domain.identifiers import Niss
    from bridge.domain.worklists import WorkList, WorkRow


@dataclass(frozen=True, kw_only=True)
class WorkFilter:
    """Which rows of a list.

    Attributes:
        client_id: Only this caller's rows; ``None`` for all.
        cared_before: Rows that were never sent and whose last care is on this day or later are
            left out; ``None`` leaves none out.
    """

    list: WorkList
    client_id: str | None = None
    month: str | None = None
    cared_before: date | None = None


class WorkLists(Protocol):
    """Rows that are still on their list."""

    def put(self, row: WorkRow) -> None:
        """Insert a row, or replace the one with the same identifier."""
        ...

    def get(self, row_id: str) -> WorkRow | None:
        """Read one row, on its list or not."""
        ...

    def of_reference(
        self, work_list: WorkList, client_id: str, month: str | None, client_ref: str
    ) -> WorkRow | None:
        """Read the row a caller pushed under a reference."""
        ...

    def page(
        self, wanted: WorkFilter, *, limit: int, after: str | None
    ) -> tuple[list[WorkRow], int]:
        """Read rows on the list, oldest first, after a row's identifier, and count them all."""
        ...

    def remove(self, row_id: str) -> None:
        """Delete a row."""
        ...

    def billed(self, person: Niss, month: str, *, at: datetime) -> int:
        """Take a person off the list of a month; gives how many rows left."""
        ...
