"""Which face the icon shows: a pure function of the facts, and its table.

The first row that holds decides, so the table reads from what needs a person at once to what is
only good to know.
Source: *Desktop packaging* 5; D8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

from bridge.domain.overview import Overview

SOON: Final = timedelta(minutes=15)
"""A session that ends within this time ends soon: time for one more visit."""
RING_STEPS: Final = 24
"""The ring of a session of twelve hours moves each half hour."""


class TrayState(Enum):
    """What the icon can say; the values are keys of the section ``tray``."""

    PROBLEM = "problem"
    MANUAL_ACTION = "manual_action"
    ENDS_SOON = "ends_soon"
    WORKING = "working"
    ANSWERS = "answers"
    SESSION = "session"
    NO_READER = "no_reader"
    NO_CARD = "no_card"
    SIMULATOR = "simulator"
    READY = "ready"


def _ends_soon(facts: Overview) -> bool:
    return facts.is_open and facts.left is not None and facts.left <= SOON


RULES: Final[tuple[tuple[TrayState, Callable[[Overview], bool]], ...]] = (
    (TrayState.PROBLEM, lambda facts: facts.failure is not None),
    (TrayState.MANUAL_ACTION, lambda facts: facts.manual > 0),
    (TrayState.ENDS_SOON, _ends_soon),
    (TrayState.WORKING, lambda facts: facts.is_working),
    (TrayState.ANSWERS, lambda facts: facts.unread > 0),
    (TrayState.SESSION, lambda facts: facts.is_open),
    (TrayState.NO_READER, lambda facts: not facts.has_reader),
    (TrayState.NO_CARD, lambda facts: not facts.has_card),
    (TrayState.SIMULATOR, lambda facts: facts.is_simulator),
)


@dataclass(frozen=True, kw_only=True)
class Face:
    """What the icon looks like; equal faces are drawn once.

    Attributes:
        ring: Parts of ``RING_STEPS`` of the session that are left; ``None`` without a session.
        is_simulator: Marked as played, whatever the state.
        has_badge: Software waits to be connected.
    """

    state: TrayState
    ring: int | None = None
    is_simulator: bool = False
    has_badge: bool = False


def state_of(facts: Overview) -> TrayState:
    """Give the state that the facts lead to."""
    return next((state for state, holds in RULES if holds(facts)), TrayState.READY)


def face_of(facts: Overview) -> Face:
    """Give the face that the facts lead to."""
    # Rounded up: the ring is empty only when the session is over.
    ring = -int(-facts.share_left * RING_STEPS // 1) if facts.is_open else None
    return Face(
        state=state_of(facts),
        ring=ring,
        is_simulator=facts.is_simulator,
        has_badge=facts.pairings > 0,
    )
