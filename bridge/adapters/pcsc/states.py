"""From what the service says to what happened, without any I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.adapters.pcsc.api import STATE_EXCLUSIVE, STATE_MUTE, STATE_PRESENT, SlotStatus
from bridge.adapters.pcsc.names import reader_id, reader_kind
from bridge.domain.cards import (
    CardKind,
    InsertedCard,
    ReaderChange,
    ReaderChangeKind,
    ReaderState,
)
from bridge.eid.atr import kind_of


@dataclass(frozen=True)
class Watched:
    """A reader as last seen, with the counter of its insertions and removals."""

    state: ReaderState
    counter: int


@dataclass(frozen=True)
class Step:
    """What one look at the readers showed.

    Attributes:
        changes: What happened, in order.
    """

    readers: Mapping[str, Watched]
    changes: tuple[ReaderChange, ...]


def step(before: Mapping[str, Watched], now: list[SlotStatus], at: datetime) -> Step:
    """Compare the readers with how they were.

    A card that was taken out and put back between two looks is two changes: the counter tells.
    """
    after: dict[str, Watched] = {}
    changes = _gone(before, {status.name for status in now}, at)
    for status in now:
        known = before.get(status.name) or _fresh(status.name)
        if status.name not in before:
            changes.append(_change(ReaderChangeKind.READER_CONNECTED, known.state, at))
        watched = _followed(known, status, at)
        changes += _card_changes(known.state, watched.state, at)
        after[status.name] = watched
    return Step(after, tuple(changes))


def _fresh(name: str) -> Watched:
    return Watched(ReaderState(id=reader_id(name), name=name, kind=reader_kind(name)), counter=-1)


def _gone(before: Mapping[str, Watched], still: set[str], at: datetime) -> list[ReaderChange]:
    """Tell of readers that are no longer there, and of the cards that were in them."""
    changes = []
    for name, watched in before.items():
        if name in still:
            continue
        empty = replace(watched.state, card=None, is_card_held=False)
        changes += _card_changes(watched.state, empty, at)
        changes.append(_change(ReaderChangeKind.READER_DISCONNECTED, empty, at))
    return changes


def _followed(known: Watched, status: SlotStatus, at: datetime) -> Watched:
    counter = status.state >> 16
    card = _card(known.state, status, at, is_same=known.counter == counter)
    is_held = card is not None and bool(status.state & STATE_EXCLUSIVE)
    return Watched(replace(known.state, card=card, is_card_held=is_held), counter)


def _card_changes(old: ReaderState, new: ReaderState, at: datetime) -> list[ReaderChange]:
    changes = []
    if old.card is not None and new.card is not old.card:
        empty = replace(old, card=None, is_card_held=False)
        changes.append(_change(ReaderChangeKind.CARD_REMOVED, empty, at))
    if new.card is not None and new.card is not old.card:
        changes.append(_change(ReaderChangeKind.CARD_INSERTED, new, at))
    return changes


def _change(kind: ReaderChangeKind, state: ReaderState, at: datetime) -> ReaderChange:
    return ReaderChange(kind=kind, reader=state, noticed_at=at)


def _card(
    old: ReaderState,
    status: SlotStatus,
    at: datetime,
    *,
    is_same: bool,
) -> InsertedCard | None:
    """Give the card that is there now: the old one when nobody touched it."""
    if not status.state & STATE_PRESENT:
        return None
    if old.card is not None and is_same and status.atr in {old.card.atr, b""}:
        return old.card
    is_mute = bool(status.state & STATE_MUTE)
    kind = CardKind.MUTE if is_mute else kind_of(status.atr)
    return InsertedCard(kind=kind, atr=status.atr, inserted_at=at)
