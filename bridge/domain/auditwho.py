"""Which patients, which client, which period: what a breach procedure asks (SEC-168)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.domain.audit import SHORT_MARK

NOBODY = "nobody"
"""Client of what Carebridge did by itself."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of an audit log.

    Attributes:
        first: First moment; ``None`` from the beginning.
        last: Last moment; ``None`` to the end.
        client: Only of this client.
        patient: Only about the patient of this pseudonym.
    """

    first: datetime | None = None
    last: datetime | None = None
    client: str | None = None
    patient: str | None = None

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a record is within the period and of the client."""
        at = datetime.fromisoformat(record["at"])
        if (self.first is not None and at < self.first) or (
            self.last is not None and at > self.last
        ):
            return False
        return self.client is None or self.client == (record.get("client") or NOBODY)


@dataclass(kw_only=True)
class Access:
    """What one client had to do with patients within the period.

    Attributes:
        patients: Pseudonyms, shortened; the same patient has the same one until she is erased.
        actions: How many records of each kind.
    """

    client: str
    first_at: str
    last_at: str
    patients: set[str] = field(default_factory=set)
    actions: dict[str, int] = field(default_factory=dict)

    def add(self, record: Mapping[str, Any], patients: Iterable[str]) -> None:
        """Take one record in."""
        self.first_at = min(self.first_at, record["at"])
        self.last_at = max(self.last_at, record["at"])
        self.patients.update(patients)
        self.actions[record["action"]] = self.actions.get(record["action"], 0) + 1


def patients_of(record: Mapping[str, Any]) -> list[str]:
    """Give the pseudonyms of the patients a record is about, all of one length."""
    single = record.get("patient")
    marks = [*([single] if single else []), *record.get("patients", ())]
    return [str(mark)[:SHORT_MARK] for mark in marks]


def answer(records: Iterable[Mapping[str, Any]], question: Question) -> list[Access]:
    """Say which client had to do with which patients, and when; records without one are left out.

    Repeated questions about one patient count once; clients come in the order of their names.
    """
    wanted = None if question.patient is None else question.patient[:SHORT_MARK]
    found: dict[str, Access] = {}
    for record in records:
        if not question.fits(record):
            continue
        patients = [each for each in patients_of(record) if wanted in {None, each}]
        if patients:
            client, at = record.get("client") or NOBODY, record["at"]
            access = found.setdefault(client, Access(client=client, first_at=at, last_at=at))
            access.add(record, patients)
    return [found[client] for client in sorted(found)]
