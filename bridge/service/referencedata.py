"""Reference data: importing editions, listing them, and the official sentences of today.

Files are imported together or not at all, and importing the same twice changes nothing.
Source: decision D4, ``docs/reference-data.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from bridge.codecs.referencefile import parse
from bridge.domain.periods import brussels_day
from bridge.domain.referencedata import (
    Edition,
    ImportOutcome,
    OfficialTexts,
    ReferenceKind,
    ReferenceList,
    tariffs_of,
)
from bridge.errors import Finding, InputError

if TYPE_CHECKING:
    from bridge.domain.ids import IdSource
    from bridge.ports.clock import Clock
    from bridge.ports.store import Store, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of one file."""

    edition: Edition
    outcome: ImportOutcome


class ReferenceDataService:
    """Keeps what was imported."""

    def __init__(self, *, store: Store, clock: Clock, ids: IdSource) -> None:
        """Keep the parts."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._texts: tuple[date, OfficialTexts] | None = None
        self._imports = 0

    async def import_all(self, files: Sequence[bytes]) -> list[Imported]:
        """Import files, all or none; what has not changed keeps its moment.

        Raises:
            InputError: ``reference_data_invalid``, with a finding for each wrong line; its pointer
                is ``/files/``, the place of the file from 0, ``/lines/``, and the line from 1.
            StoreError: it cannot be kept; nothing has changed.
        """
        read = _read(files)
        now = self._clock.now()

        def work(unit: UnitOfWork) -> list[Imported]:
            done = [self._take(unit, each, now) for each in read]
            if any(_changes_tariffs(each) for each in done):
                unit.tariffs.replace_all(
                    tariffs_of(unit.reference_data.lists(ReferenceKind.TARIFFS))
                )
            return done

        done = await self._store.write(work)
        self._imports += 1
        self._texts = None
        return done

    async def editions(self) -> list[Edition]:
        """Read what was imported: by kind, whose errors, and first day."""
        return await self._store.read(lambda unit: unit.reference_data.editions())

    async def texts(self) -> OfficialTexts:
        """Give the official sentences that hold today."""
        today = brussels_day(self._clock.now())
        known = self._texts
        if known is not None and known[0] == today:
            return known[1]
        imports = self._imports
        lists = await self._store.read(
            lambda unit: unit.reference_data.lists(ReferenceKind.ERROR_TEXTS)
        )
        found = OfficialTexts.of(lists, on=today)
        if imports == self._imports:  # else this was read before an import on another thread
            self._texts = (today, found)
        return found

    def _take(self, unit: UnitOfWork, content: ReferenceList, now: datetime) -> Imported:
        before = unit.reference_data.of_key(content.key)
        if before is not None and before[1] == content:
            return Imported(edition=before[0], outcome=ImportOutcome.UNCHANGED)
        edition = Edition(
            id=self._ids.ulid("ref") if before is None else before[0].id,
            kind=content.kind,
            about=content.about,
            source=content.source,
            valid_from=content.valid_from,
            valid_to=content.valid_to,
            lines=content.lines,
            imported_at=now,
            created_at=now if before is None else before[0].created_at,
        )
        unit.reference_data.put(edition, content)
        is_new = before is None
        return Imported(
            edition=edition, outcome=ImportOutcome.ADDED if is_new else ImportOutcome.REPLACED
        )


def _changes_tariffs(done: Imported) -> bool:
    is_changed = done.outcome is not ImportOutcome.UNCHANGED
    return is_changed and done.edition.kind is ReferenceKind.TARIFFS


def _read(files: Sequence[bytes]) -> list[ReferenceList]:
    read: list[ReferenceList] = []
    findings: list[Finding] = []
    for place, content in enumerate(files):
        try:
            found = parse(content)
        except InputError as error:
            findings += [_within(place, each) for each in error.findings]
            continue
        if any(each.key == found.key for each in read):
            findings.append(
                _within(place, Finding(pointer="/lines/1", code="reference_edition_twice"))
            )
        read.append(found)
    if findings:
        raise InputError(code="reference_data_invalid", findings=tuple(findings))
    return read


def _within(place: int, finding: Finding) -> Finding:
    return replace(finding, pointer=f"/files/{place}{finding.pointer}")
