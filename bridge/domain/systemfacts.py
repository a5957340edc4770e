"""What the background saw of this computer, the network and the work that waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How one service answered a call without any content.

    Attributes:
        took_ms: Milliseconds until any answer; ``None`` when there was none.
        clock_offset: Their clock minus ours; ``None`` when they do not tell.
        code: Why there was no answer, where that is more than silence, such as
            ``tls_intercepted``.
    """

    took_ms: int | None = None
    clock_offset: timedelta | None = None
    code: str | None = None


class StartAtLogin(Enum):
    """How the entry for start at login stands."""

    OFF = "off"
    ON = "on"
    BROKEN = "broken"
    """It is there, and leads to another program than this one."""
    TWICE = "twice"
    """An entry and a unit, or the entries of user and machine, would both start the program."""


@dataclass(frozen=True, kw_only=True)
class UpkeepFacts:
    """What people let slide, and what happened while nobody looked.

    Attributes:
        copied_at: When the last backup was made; before the first one, when data were first kept
            here; ``None`` when that is not known.
        start_at_login: How the entry stands.
        crashes: Runs within the last day that did not end in order.
    """

    copied_at: datetime | None = None
    start_at_login: StartAtLogin = StartAtLogin.OFF
    crashes: int = 0


@dataclass(frozen=True, kw_only=True)
class SystemFacts:
    """The latest look.

    Attributes:
        seen_at: When it was looked, aware.
        free_bytes: Room where the database lies; ``None`` when the system does not tell.
        has_key_store: What was put into the key store came back.
        services: Answers by name: ``sts``, and a name for each service of MyCareNet.
        has_proxy: Calls leave through a proxy.
        upkeep: ``None`` where nobody looks after it, as in the simulator build.
    """

    seen_at: datetime
    free_bytes: int | None = None
    has_key_store: bool = True
    services: Mapping[str, Reach] = field(default_factory=dict)
    has_proxy: bool = False
    upkeep: UpkeepFacts | None = None


@dataclass(frozen=True, kw_only=True)
class WorkFacts:
    """What waits.

    Attributes:
        waiting: Exchanges that are to be sent.
        oldest_at: Since when the first of them waits.
        unknown: Exchanges whose outcome is unknown and that nobody has processed.
        unread: Answers nobody has read.
        reference_data_at: When reference data were last imported; ``None`` when none were.
    """

    waiting: int = 0
    oldest_at: datetime | None = None
    unknown: int = 0
    unread: int = 0
    reference_data_at: datetime | None = None
