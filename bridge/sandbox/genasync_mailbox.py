"""Mailboxes of the played GenAsync: what waits for whom, until it is confirmed.

Source: *MyCareNet transport* 2.5, 2.6 and 2.9.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bridge.mycarenet.genasync_values import (
    Confirmation,
    Query,
    UnreadableBlob,
    Waiting,
    WaitingMessage,
    WaitingTack,
)

DEFAULT_MOST: Final = 100


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Something that waits.

    Attributes:
        provider: Care provider number it is for.
        insurer: Who sends it.
        ready_at: From when on it is delivered, by the insurers' time.
    """

    provider: str
    insurer: str
    ready_at: datetime
    item: WaitingMessage | WaitingTack


@dataclass(frozen=True, kw_only=True)
class Known:
    """A post that was taken before, under the same reference."""

    content: bytes
    insurer: str


class Mailboxes:
    """All mailboxes; safe to use from several threads."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lock = threading.Lock()
        self._waiting: list[Delivery] = []
        self._known: dict[tuple[str, str], Known] = {}
        self._last_query: dict[str, datetime] = {}

    def admit(self, provider: str, reference: str, content: bytes, insurer: str) -> bool | None:
        """Remember a post: ``True`` new, ``False`` a repeat, ``None`` another one's reference."""
        fresh = Known(content=content, insurer=insurer)
        with self._lock:
            earlier = self._known.setdefault((provider, reference), fresh)
        if earlier is fresh:
            return True
        return False if earlier == fresh else None

    def put(self, deliveries: list[Delivery]) -> None:
        """Let deliveries wait."""
        with self._lock:
            self._waiting.extend(deliveries)

    def is_too_soon(self, provider: str, now: datetime, least_s: float) -> bool:
        """Tell whether a query follows the last one too closely; remembers it when not."""
        with self._lock:
            last = self._last_query.get(provider)
            # Someone may set the platform's clock back: that is not a query that came too soon.
            if last is not None and 0 <= (now - last).total_seconds() < least_s:
                return True
            self._last_query[provider] = now
            return False

    def waiting(self, provider: str, query: Query, now: datetime) -> Waiting:
        """Give what is ready for a care provider, and how much there is."""
        with self._lock:
            mine = [
                each
                for each in self._waiting
                if each.provider == provider and each.ready_at <= now and _is_asked(each, query)
            ]
        messages = [each.item for each in mine if isinstance(each.item, WaitingMessage)]
        tacks = [each.item for each in mine if isinstance(each.item, WaitingTack)]
        return Waiting(
            messages=tuple(messages[: query.most_messages or DEFAULT_MOST]),
            tacks=tuple(tacks[: query.most_tacks or DEFAULT_MOST]),
            message_count=len(messages),
            tack_count=len(tacks),
        )

    def confirm(self, provider: str, confirmation: Confirmation) -> int:
        """Forget what was confirmed; gives how many deliveries; unknown names are ignored."""
        with self._lock:
            kept = [
                each
                for each in self._waiting
                if each.provider != provider or not _is_confirmed(each, confirmation)
            ]
            count = len(self._waiting) - len(kept)
            self._waiting = kept
        return count

    def all(self) -> list[Delivery]:
        """Give everything that is not confirmed, ready or not."""
        with self._lock:
            return list(self._waiting)

    def count(self) -> int:
        """Count everything that is not confirmed, ready or not."""
        with self._lock:
            return len(self._waiting)


def renamed(message: WaitingMessage, reference: str) -> WaitingMessage:
    """Give the same message under another reference of the platform."""
    if isinstance(message.detail, UnreadableBlob):
        return message
    return replace(message, detail=replace(message.detail, reference=reference))


def _is_asked(delivery: Delivery, query: Query) -> bool:
    if query.include_ios and delivery.insurer not in query.include_ios:
        return False
    if delivery.insurer in query.exclude_ios:
        return False
    if isinstance(delivery.item, WaitingTack):
        return query.include_tacks
    is_named = not query.message_names or delivery.item.detail.message_name in query.message_names
    return query.include_messages and is_named


def _is_confirmed(delivery: Delivery, confirmation: Confirmation) -> bool:
    if isinstance(delivery.item, WaitingTack):
        tack = delivery.item.tack
        return tack.value in confirmation.tack_contents or (
            tack.reference in confirmation.tack_references
        )
    detail = delivery.item.detail
    return detail.reference in confirmation.message_references or (
        detail.hash_value in confirmation.message_hashes
    )
