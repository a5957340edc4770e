"""Reference data that is imported: lists of others, each edition with its dates and its source.

Carebridge holds no tariffs and no sentences of official lists of its own; a person imports them.
An edition is whole: from the day it holds, nothing of the one before holds any more.
The one before is kept, because care of its time is still invoiced by it.
Source: decision D4, *REST API conventions* API-25.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum

from bridge.domain.tariffs import Tariff


class ReferenceKind(Enum):
    """What a list is about."""

    TARIFFS = "tariffs"
    ERROR_TEXTS = "error_texts"


class ErrorSource(Enum):
    """Whose errors a list of sentences explains."""

    EFACT = "efact"
    """Answers about invoices: codes of six characters, or zone and code such as ``200-20``."""
    CARE_REQUESTS = "care_requests"
    """Reasons and faults of answers about declarations."""
    INSURABILITY = "insurability"
    """Refusals of questions about insurability."""


@dataclass(frozen=True, kw_only=True)
class ErrorText:
    """The official sentence of one code; at least one language is there."""

    code: str
    fr: str | None = None
    nl: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReferenceList:
    """The content of one file.

    Attributes:
        about: Whose errors; only for sentences.
        source: Who published it, and where.
        valid_from: First day it holds.
        valid_to: Last day it holds; ``None`` until there is a newer edition.
        tariffs: Its lines, when it is about tariffs.
        texts: Its lines, when it is about errors.
    """

    kind: ReferenceKind
    source: str
    valid_from: date
    valid_to: date | None = None
    about: ErrorSource | None = None
    tariffs: tuple[Tariff, ...] = ()
    texts: tuple[ErrorText, ...] = ()

    @property
    def key(self) -> EditionKey:
        """What a later file with the same replaces."""
        return (self.kind, self.about, self.valid_from)

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.tariffs) + len(self.texts)

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on a day, as far as it knows itself."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


EditionKey = tuple[ReferenceKind, ErrorSource | None, date]
"""Kind, whose errors, and first day: what makes an edition."""


@dataclass(frozen=True, kw_only=True)
class Edition:
    """A list that was imported, without its lines.

    Attributes:
        id: ``ref_…``.
        lines: How many it has.
        imported_at: When its present content was imported.
        created_at: When it was first imported.
    """

    id: str
    kind: ReferenceKind
    about: ErrorSource | None
    source: str
    valid_from: date
    valid_to: date | None
    lines: int
    imported_at: datetime
    created_at: datetime


class ImportOutcome(Enum):
    """What became of a file."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


def tariffs_of(lists: Iterable[ReferenceList]) -> tuple[Tariff, ...]:
    """Give the tariffs of all editions; each edition ends where the next one begins."""
    found: list[Tariff] = []
    next_begins: date | None = None
    for each in sorted(lists, key=lambda one: one.valid_from, reverse=True):
        last_day = _earlier(each.valid_to, next_begins)
        found = [*(replace(line, valid_to=last_day) for line in each.tariffs), *found]
        next_begins = each.valid_from
    return tuple(found)


def _earlier(valid_to: date | None, next_begins: date | None) -> date | None:
    if next_begins is None:
        return valid_to
    day_before = next_begins - timedelta(days=1)
    return day_before if valid_to is None else min(valid_to, day_before)


@dataclass(frozen=True, kw_only=True)
class OfficialTexts:
    """The official sentences that hold on a day.

    Attributes:
        texts: Sentence of each code, by whose errors it is.
    """

    texts: Mapping[ErrorSource, Mapping[str, ErrorText]] = field(default_factory=dict)

    @classmethod
    def of(cls, lists: Iterable[ReferenceList], *, on: date) -> OfficialTexts:
        """Give the sentences of the newest editions that hold on a day."""
        newest: dict[ErrorSource, ReferenceList] = {}
        for each in sorted(lists, key=lambda one: one.valid_from):
            if each.about is not None and each.valid_from <= on:
                newest[each.about] = each
        return cls(
            texts={
                about: {line.code: line for line in each.texts}
                for about, each in newest.items()
                if each.holds_on(on)
            }
        )

    def find(self, about: ErrorSource, *codes: str | None) -> ErrorText | None:
        """Give the sentence of the first code that has one; ``None`` when none was imported."""
        known = self.texts.get(about, {})
        return next((known[code] for code in codes if code is not None and code in known), None)


NO_TEXTS = OfficialTexts()
"""Nothing was imported."""
