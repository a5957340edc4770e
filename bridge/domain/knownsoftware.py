"""Web origins that a signed list names: how their requests are shown (7.1, 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from bridge.domain.softwarenames import shown_name

VENDORS: Final = "vendor_directory"
POLICY: Final = "pairing_policy"


@dataclass(frozen=True, kw_only=True)
class KnownOrigin:
    """What lists say of one origin.

    Attributes:
        vendor: Who it belongs to, checked by whoever signed the directory.
        scopes: What an administrator prepared; no more than this is asked for.
    """

    vendor: str | None = None
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class KnownSoftware:
    """All lists together.

    Attributes:
        refused: How many lists were ignored because they are forged, broken or too old.
        ends_at: When the first of those that count ends.
    """

    origins: Mapping[str, KnownOrigin] = field(default_factory=dict)
    refused: int = 0
    ends_at: datetime | None = field(default=None, compare=False)

    def of(self, origin: str | None) -> KnownOrigin | None:
        """Give what is known of an origin; ``None`` for strangers and native software."""
        return None if origin is None else self.origins.get(origin)

    def with_list(self, document: Mapping[str, Any]) -> KnownSoftware:
        """Add a list; entries that are none are passed over."""
        origins = dict(self.origins)
        entries = document.get("entries")
        for entry in entries if isinstance(entries, list) else ():
            origin = entry.get("origin") if isinstance(entry, dict) else None
            if isinstance(origin, str) and origin.startswith("https://"):
                known = origins.get(origin, KnownOrigin())
                origins[origin] = _joined(known, document.get("kind"), entry)
        return replace(self, origins=origins, ends_at=_first(self.ends_at, document))

    def with_refused(self) -> KnownSoftware:
        """Count a list that was ignored."""
        return replace(self, refused=self.refused + 1)


def _first(known: datetime | None, document: Mapping[str, Any]) -> datetime | None:
    """Give the earlier of two ends; that of a list was looked at when it was believed."""
    text = document.get("expires_at")
    if not isinstance(text, str):
        return known
    ends_at = datetime.fromisoformat(text)
    return ends_at if known is None else min(known, ends_at)


def _joined(known: KnownOrigin, kind: object, entry: Mapping[str, Any]) -> KnownOrigin:
    vendor, scopes = entry.get("vendor"), entry.get("scopes")
    if kind == VENDORS and isinstance(vendor, str):
        return KnownOrigin(vendor=shown_name(vendor), scopes=known.scopes)
    if kind == POLICY and isinstance(scopes, list):
        wanted = frozenset(scope for scope in scopes if isinstance(scope, str))
        return KnownOrigin(vendor=known.vendor, scopes=wanted)
    return known
