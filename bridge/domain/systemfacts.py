"""What the background saw of this computer, the network and the work that waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How one service answered a call without any content.

    Attributes:
        took_ms: Milliseconds until any answer; ``None`` when there was none.
        clock_offset: Their clock minus ours; ``None`` when they do not tell.
    """

    took_ms: int | None = None
    clock_offset: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class SystemFacts:
    """The latest look.

    Attributes:
        seen_at: When it was looked, aware.
        free_bytes: Room where the database lies; ``None`` when the system does not tell.
        has_key_store: What was put into the key store came back.
        services: Answers by name: ``sts``, and a name for each service of MyCareNet.
        has_proxy: Calls leave through a proxy.
    """

    seen_at: datetime
    free_bytes: int | None = None
    has_key_store: bool = True
    services: Mapping[str, Reach] = field(default_factory=dict)
    has_proxy: bool = False


@dataclass(frozen=True, kw_only=True)
class WorkFacts:
    """What waits.

    Attributes:
        waiting: Exchanges that are to be sent.
        oldest_at: Since when the first of them waits.
        unknown: Exchanges whose outcome is unknown and that nobody has processed.
        unread: Answers nobody has read.
    """

    waiting: int = 0
    oldest_at: datetime | None = None
    unknown: int = 0
    unread: int = 0
