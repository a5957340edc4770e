"""The record of decisions about access, as long as there is no audit log behind the port."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from bridge.errors import ParamValue

log = structlog.get_logger()


class LoggedJournal:
    """Port ``SecurityJournal`` in the program's own log."""

    def record(self, kind: str, **facts: ParamValue) -> None:
        """Write a line."""
        log.info("security.recorded", kind=kind, **facts)
