"""A practice: what a front end shows and counts registrations, exchanges and lists by (D14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Practice:
    """One practice.

    Attributes:
        id: Our identifier, ``prc_…``.
        name: What people call it.
        is_default: Taken when nobody names one; the store's order decides it.
        insurability_required: Whether an act needs an answered insurability check that covers its
            day; ``None``: as the settings file says.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    is_default: bool = False
    insurability_required: bool | None = None
