"""Port: what is kept, for how long, and about whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bridge.domain.identifiers import Niss
    from bridge.domain.retention import Held, KeptKind

Rows = dict[str, list[dict[str, Any]]]
"""Documents as they are kept, by the name of their table."""


class Keeping(Protocol):
    """What is kept of each kind.

    Contract: only what is over is ever removed: what a person has processed or, where nothing is
    marked, what ended by itself.
    """

    def due(self, kind: KeptKind, *, before: datetime, limit: int) -> list[str]:
        """Give what is over and older than a moment."""
        ...

    def remove(self, kind: KeptKind, names: Sequence[str], *, before: datetime) -> list[str]:
        """Remove, with all that belongs to it, what is still due; gives which."""
        ...

    def held(self) -> list[Held]:
        """Count what is kept of each kind."""
        ...


@dataclass(frozen=True, kw_only=True)
class PatientFile:
    """Everything that is kept about one patient.

    Attributes:
        rows: Documents by table.
        evidence: Exact bytes with identifier, owner, kind, media type and moment.
    """

    rows: Rows = field(repr=False)
    evidence: list[Mapping[str, Any]] = field(repr=False)


class PatientTraces(Protocol):
    """What is kept about one patient, in every table."""

    def is_under_way(self, niss: Niss) -> bool:
        """Tell whether something about the patient is being sent or awaits its answer."""
        ...

    def last_invoiced_year(self, niss: Niss) -> int | None:
        """Give the latest year concerned of invoices of the patient that left."""
        ...

    def gather(self, niss: Niss) -> PatientFile:
        """Read everything about the patient; evidence may name other people too."""
        ...

    def erase(self, niss: Niss) -> dict[str, int]:
        """Remove everything about the patient; gives how many rows of each table.

        Evidence of messages that name other people too goes as well; their own rows stay.
        """
        ...
