"""The register of agreements, and insurers' changes, in their tables (port ``care``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Table, Text, or_, select

from bridge.adapters.db.careparts import (
    common_columns,
    day_text,
    equals,
    is_about,
    is_among,
    is_marked,
    last,
    moment_text,
    owner_of,
    page_of,
    put,
)
from bridge.adapters.db.tables import METADATA
from bridge.adapters.db.values import read_document
from bridge.domain.agreements import CareAgreement
from bridge.domain.careupdates import CareUpdate

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from bridge.domain.declarations import CarePatient
    from bridge.ports.care import AgreementFilter, UpdateFilter

AGREEMENTS: Final = Table(
    "care_agreements",
    METADATA,
    Column("kind", Text, nullable=False),
    Column("niss", Text),
    Column("number", Text),
    Column("declaration_id", Text),
    Column("start_on", Text),
    Column("end_on", Text),
    *common_columns(),
    Index("care_agreements_by_client", "client_id", "kind", "id"),
    Index("care_agreements_by_person", "niss", "registration_id"),
    Index("care_agreements_by_number", "number"),
    Index("care_agreements_by_declaration", "declaration_id"),
    Index("care_agreements_by_end", "end_on", "id"),
)

UPDATES: Final = Table(
    "care_updates",
    METADATA,
    Column("exchange_id", Text, nullable=False),
    Column("declaration_id", Text),
    Column("processed_at", Text),
    Column("archived_at", Text),
    *common_columns(),
    Index("care_updates_by_client", "client_id", "id"),
    Index("care_updates_by_exchange", "exchange_id"),
)

_AGREEMENT: Final = TypeAdapter(CareAgreement)
_UPDATE: Final = TypeAdapter(CareUpdate)


class SqlAgreements:
    """The register of agreements in its table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, agreement: CareAgreement) -> None:
        """Insert an agreement, or replace the one with the same identifier."""
        niss = agreement.patient.niss
        row = {
            **owner_of(agreement),
            "kind": agreement.kind.value,
            "niss": None if niss is None else niss.digits,
            "number": agreement.number,
            "declaration_id": agreement.declaration_id,
            "start_on": day_text(agreement.start_on),
            "end_on": day_text(agreement.end_on),
            "document": _AGREEMENT.dump_json(agreement).decode(),
        }
        put(self._connection, AGREEMENTS, agreement.id, row)

    def get(self, agreement_id: str, *, client_id: str | None) -> CareAgreement | None:
        """Read one agreement; with a ``client_id`` only that caller's."""
        columns = AGREEMENTS.c
        return self._last(columns.id == agreement_id, *equals(columns.client_id, client_id))

    def of_declaration(self, declaration_id: str) -> CareAgreement | None:
        """Read the agreement a declaration led to."""
        return self._last(AGREEMENTS.c.declaration_id == declaration_id)

    def of_number(self, registration_id: str, number: str) -> CareAgreement | None:
        """Read the latest agreement with a number."""
        columns = AGREEMENTS.c
        return self._last(columns.registration_id == registration_id, columns.number == number)

    def of_patient(self, patient: CarePatient) -> list[CareAgreement]:
        """Read all agreements of a patient, oldest first."""
        columns = AGREEMENTS.c
        query = select(columns.document).where(is_about(patient, columns.niss))
        rows = self._connection.execute(query.order_by(columns.id)).scalars()
        found = [read_document(_AGREEMENT, row) for row in rows]
        return [each for each in found if each.patient.is_same_person(patient)]

    def page(
        self, wanted: AgreementFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[CareAgreement], int]:
        """Read agreements, newest first, and count them all."""
        columns = AGREEMENTS.c
        conditions = [
            *equals(columns.client_id, wanted.client_id),
            *equals(columns.niss, wanted.niss.digits if wanted.niss else None),
            *is_among(columns.kind, wanted.kind),
            *is_among(columns.practice_id, wanted.practice_id),
            *is_among(columns.registration_id, wanted.registration_id),
        ]
        if wanted.covers_on is not None:
            day = wanted.covers_on
            conditions.append(or_(columns.start_on.is_(None), columns.start_on <= day))
            conditions.append(or_(columns.end_on.is_(None), columns.end_on >= day))
        if wanted.ends_from is not None:
            conditions.append(columns.end_on >= wanted.ends_from)
        if wanted.ends_to is not None:
            conditions.append(columns.end_on <= wanted.ends_to)
        rows, total = page_of(self._connection, AGREEMENTS, conditions, (limit, before_id))
        return [read_document(_AGREEMENT, row) for row in rows], total

    def _last(self, *conditions: ColumnElement[bool]) -> CareAgreement | None:
        found = last(self._connection, AGREEMENTS, *conditions)
        return None if found is None else read_document(_AGREEMENT, found)


class SqlCareUpdates:
    """Changes that insurers made by themselves, in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, update: CareUpdate) -> None:
        """Insert a change, or replace the one with the same identifier."""
        row = {
            **owner_of(update),
            "exchange_id": update.exchange_id,
            "declaration_id": update.declaration_id,
            "processed_at": moment_text(update.processed_at),
            "archived_at": moment_text(update.archived_at),
            "document": _UPDATE.dump_json(update).decode(),
        }
        put(self._connection, UPDATES, update.id, row)

    def get(self, update_id: str, *, client_id: str | None) -> CareUpdate | None:
        """Read one change; with a ``client_id`` only that caller's."""
        columns = UPDATES.c
        mine = equals(columns.client_id, client_id)
        found = last(self._connection, UPDATES, columns.id == update_id, *mine)
        return None if found is None else read_document(_UPDATE, found)

    def of_exchange(self, exchange_id: str) -> list[CareUpdate]:
        """Read the changes of one message, oldest first."""
        return self._all(UPDATES.c.exchange_id == exchange_id)

    def unlinked(self, registration_id: str) -> list[CareUpdate]:
        """Read the changes that belong to no known declaration yet, oldest first."""
        columns = UPDATES.c
        is_open = columns.processed_at.is_(None)
        mine = columns.registration_id == registration_id
        return self._all(columns.declaration_id.is_(None), is_open, mine)

    def _all(self, *conditions: ColumnElement[bool]) -> list[CareUpdate]:
        query = select(UPDATES.c.document).where(*conditions).order_by(UPDATES.c.id)
        rows = self._connection.execute(query).scalars()
        return [read_document(_UPDATE, row) for row in rows]

    def page(
        self, wanted: UpdateFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[CareUpdate], int]:
        """Read changes, newest first, and count them all."""
        columns = UPDATES.c
        conditions = [
            *equals(columns.client_id, wanted.client_id),
            *is_among(columns.practice_id, wanted.practice_id),
            *is_among(columns.registration_id, wanted.registration_id),
            *is_marked(columns.processed_at, is_set=wanted.is_processed),
            *is_marked(columns.archived_at, is_set=wanted.is_archived),
        ]
        rows, total = page_of(self._connection, UPDATES, conditions, (limit, before_id))
        return [read_document(_UPDATE, row) for row in rows], total
