"""What merge patches have in common (API-17)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class MergeModel(BaseModel):
    """Base of a merge patch: every member may be left out, or ``null`` to clear it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @property
    def changes(self) -> dict[str, Any]:
        """The members that were sent, all the way down."""
        return self.model_dump(exclude_unset=True)
