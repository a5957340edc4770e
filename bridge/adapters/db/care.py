"""Declarations, agreements and insurers' changes in their tables (port ``care``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Table, Text, case, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db.tables import EXCHANGES, METADATA
from bridge.adapters.db.values import exchange_of, read_document, text_of
from bridge.domain.agreements import CareAgreement
from bridge.domain.careupdates import CareUpdate
from bridge.domain.declarations import CarePatient, Declaration
from bridge.domain.exchanges import ExchangeStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from bridge.ports.care import AgreementFilter, DeclarationFilter, UpdateFilter


def _common() -> list[Column[str]]:
    return [
        Column("id", Text, primary_key=True),
        *(
            Column(name, Text, nullable=False)
            for name in ("client_id", "practice_id", "registration_id", "document")
        ),
    ]


DECLARATIONS: Final = Table(
    "care_declarations",
    METADATA,
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("niss", Text),
    Column("exchange_id", Text),
    Column("submission_id", Text),
    Column("operation_id", Text),
    Column("sender_reference", Text),
    Column("nurse_reference", Text),
    Column("agreement_number", Text),
    Column("read_at", Text),
    Column("processed_at", Text),
    Column("archived_at", Text),
    *_common(),
    Index("care_declarations_by_client", "client_id", "kind", "id"),
    Index("care_declarations_by_person", "niss", "registration_id"),
    Index("care_declarations_by_exchange", "exchange_id"),
    Index("care_declarations_by_submission", "submission_id"),
    Index("care_declarations_by_operation", "operation_id"),
    Index("care_declarations_by_sender_reference", "sender_reference"),
    Index("care_declarations_by_nurse_reference", "nurse_reference"),
    Index("care_declarations_by_agreement", "agreement_number"),
    Index("care_declarations_by_content", "content_digest"),
)

AGREEMENTS: Final = Table(
    "care_agreements",
    METADATA,
    Column("kind", Text, nullable=False),
    Column("niss", Text),
    Column("number", Text),
    Column("declaration_id", Text),
    Column("start_on", Text),
    Column("end_on", Text),
    *_common(),
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
    *_common(),
    Index("care_updates_by_client", "client_id", "id"),
    Index("care_updates_by_exchange", "exchange_id"),
)

_DECLARATION: Final = TypeAdapter(Declaration)
_AGREEMENT: Final = TypeAdapter(CareAgreement)
_UPDATE: Final = TypeAdapter(CareUpdate)

_SEEN: Final = case(
    (DECLARATIONS.c.status == ExchangeStatus.TO_SEND.value, EXCHANGES.c.status),
    else_=DECLARATIONS.c.status,
)
"""The state people see: that of the message, until there is an answer of its own."""

_JOINED: Final = DECLARATIONS.outerjoin(EXCHANGES, DECLARATIONS.c.exchange_id == EXCHANGES.c.id)
_UNANSWERED: Final = (ExchangeStatus.SENT.value, ExchangeStatus.RECEIVED.value)
_NOT_SIMILAR: Final = (
    ExchangeStatus.DRAFT.value,
    ExchangeStatus.ERROR.value,
    ExchangeStatus.REFUSED.value,
)


class SqlDeclarations:
    """Declarations in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, declaration: Declaration, *, content_digest: str = "") -> None:
        """Insert a declaration, or replace the one with the same identifier."""
        row = _declaration_row(declaration)
        changed = row | ({"content_digest": content_digest} if content_digest else {})
        new = {"id": declaration.id, "content_digest": "", **changed}
        statement = upsert(DECLARATIONS).values(new)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=changed)
        )

    def get(self, declaration_id: str, *, client_id: str | None) -> Declaration | None:
        """Read one declaration; with a ``client_id`` only that caller's."""
        columns = DECLARATIONS.c
        return self._last(columns.id == declaration_id, *_is(columns.client_id, client_id))

    def remove(self, declaration_id: str) -> None:
        """Delete a draft."""
        self._connection.execute(delete(DECLARATIONS).where(DECLARATIONS.c.id == declaration_id))

    def of_exchange(self, exchange_id: str) -> list[Declaration]:
        """Read the declarations of one message, oldest first."""
        return self._all(DECLARATIONS.c.exchange_id == exchange_id)

    def of_submission(self, submission_id: str) -> list[Declaration]:
        """Read what was released together, oldest first."""
        return self._all(DECLARATIONS.c.submission_id == submission_id)

    def of_operation(self, operation_id: str) -> list[Declaration]:
        """Read what an operation works on, oldest first."""
        return self._all(DECLARATIONS.c.operation_id == operation_id)

    def of_sender_reference(self, registration_id: str, reference: str) -> Declaration | None:
        """Read the declaration a header's reference stands for."""
        return self._of(registration_id, DECLARATIONS.c.sender_reference == reference)

    def of_nurse_reference(self, registration_id: str, reference: str) -> Declaration | None:
        """Read the latest declaration with a reference of the nurse."""
        return self._of(registration_id, DECLARATIONS.c.nurse_reference == reference)

    def of_agreement(self, registration_id: str, number: str) -> Declaration | None:
        """Read the latest declaration whose decision has a number."""
        return self._of(registration_id, DECLARATIONS.c.agreement_number == number)

    def of_patient(self, patient: CarePatient) -> list[Declaration]:
        """Read all declarations of a patient, oldest first."""
        found = self._all(_about(patient, DECLARATIONS.c.niss))
        return [each for each in found if each.patient.is_same_person(patient)]

    def similar(self, content_digest: str) -> Declaration | None:
        """Read the latest one with the same content that was sent and did not fail."""
        columns = DECLARATIONS.c
        return self._last(columns.content_digest == content_digest, _SEEN.not_in(_NOT_SIMILAR))

    def page(
        self, wanted: DeclarationFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[Declaration], int]:
        """Read declarations, newest first, and count them all."""
        columns = DECLARATIONS.c
        conditions = [
            *_is(columns.client_id, wanted.client_id),
            *_is(columns.kind, wanted.kind.value if wanted.kind else None),
            *_is(columns.submission_id, wanted.submission_id),
            *_is(columns.niss, wanted.niss.digits if wanted.niss else None),
            *_in(columns.practice_id, wanted.practice_id),
            *_in(columns.registration_id, wanted.registration_id),
            *_set(columns.read_at, is_set=wanted.is_read),
            *_set(columns.processed_at, is_set=wanted.is_processed),
            *_set(columns.archived_at, is_set=wanted.is_archived),
        ]
        if wanted.status:
            conditions.append(_SEEN.in_(wanted.status))
        count = select(func.count()).select_from(_JOINED).where(*conditions)
        total = self._connection.execute(count).scalar_one()
        if before_id is not None:
            conditions.append(columns.id < before_id)
        return self._all(*conditions, limit=limit, is_newest_first=True), total

    def unanswered(self, *, sent_before: datetime, limit: int) -> list[Declaration]:
        """Read what was sent before a moment and has no answer of its own."""
        return self._all(
            _SEEN.in_(_UNANSWERED), EXCHANGES.c.sent_at < text_of(sent_before), limit=limit
        )

    def _of(self, registration_id: str, condition: ColumnElement[bool]) -> Declaration | None:
        return self._last(DECLARATIONS.c.registration_id == registration_id, condition)

    def _last(self, *conditions: ColumnElement[bool]) -> Declaration | None:
        found = self._all(*conditions, limit=1, is_newest_first=True)
        return found[0] if found else None

    def _all(
        self,
        *conditions: ColumnElement[bool],
        limit: int | None = None,
        is_newest_first: bool = False,
    ) -> list[Declaration]:
        order = DECLARATIONS.c.id.desc() if is_newest_first else DECLARATIONS.c.id
        query = select(DECLARATIONS.c.document, EXCHANGES.c.document).select_from(_JOINED)
        rows = self._connection.execute(query.where(*conditions).order_by(order).limit(limit))
        return [
            read_document(_DECLARATION, own).seen_with(
                None if message is None else exchange_of(message)
            )
            for own, message in rows
        ]


class SqlAgreements:
    """The register of agreements in its table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, agreement: CareAgreement) -> None:
        """Insert an agreement, or replace the one with the same identifier."""
        niss = agreement.patient.niss
        row = {
            **_owner(agreement),
            "kind": agreement.kind.value,
            "niss": None if niss is None else niss.digits,
            "number": agreement.number,
            "declaration_id": agreement.declaration_id,
            "start_on": _day(agreement.start_on),
            "end_on": _day(agreement.end_on),
            "document": _AGREEMENT.dump_json(agreement).decode(),
        }
        _put(self._connection, AGREEMENTS, agreement.id, row)

    def get(self, agreement_id: str, *, client_id: str | None) -> CareAgreement | None:
        """Read one agreement; with a ``client_id`` only that caller's."""
        columns = AGREEMENTS.c
        return self._last(columns.id == agreement_id, *_is(columns.client_id, client_id))

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
        query = select(columns.document).where(_about(patient, columns.niss))
        rows = self._connection.execute(query.order_by(columns.id)).scalars()
        found = [read_document(_AGREEMENT, row) for row in rows]
        return [each for each in found if each.patient.is_same_person(patient)]

    def page(
        self, wanted: AgreementFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[CareAgreement], int]:
        """Read agreements, newest first, and count them all."""
        columns = AGREEMENTS.c
        conditions = [
            *_is(columns.client_id, wanted.client_id),
            *_is(columns.niss, wanted.niss.digits if wanted.niss else None),
            *_in(columns.kind, wanted.kind),
            *_in(columns.practice_id, wanted.practice_id),
            *_in(columns.registration_id, wanted.registration_id),
        ]
        if wanted.covers_on is not None:
            day = wanted.covers_on
            conditions.append(or_(columns.start_on.is_(None), columns.start_on <= day))
            conditions.append(or_(columns.end_on.is_(None), columns.end_on >= day))
        if wanted.ends_from is not None:
            conditions.append(columns.end_on >= wanted.ends_from)
        if wanted.ends_to is not None:
            conditions.append(columns.end_on <= wanted.ends_to)
        rows, total = _page(self._connection, AGREEMENTS, conditions, (limit, before_id))
        return [read_document(_AGREEMENT, row) for row in rows], total

    def _last(self, *conditions: ColumnElement[bool]) -> CareAgreement | None:
        found = _last(self._connection, AGREEMENTS, *conditions)
        return None if found is None else read_document(_AGREEMENT, found)


class SqlCareUpdates:
    """Changes that insurers made by themselves, in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, update: CareUpdate) -> None:
        """Insert a change, or replace the one with the same identifier."""
        row = {
            **_owner(update),
            "exchange_id": update.exchange_id,
            "declaration_id": update.declaration_id,
            "processed_at": _moment(update.processed_at),
            "archived_at": _moment(update.archived_at),
            "document": _UPDATE.dump_json(update).decode(),
        }
        _put(self._connection, UPDATES, update.id, row)

    def get(self, update_id: str, *, client_id: str | None) -> CareUpdate | None:
        """Read one change; with a ``client_id`` only that caller's."""
        columns = UPDATES.c
        mine = _is(columns.client_id, client_id)
        found = _last(self._connection, UPDATES, columns.id == update_id, *mine)
        return None if found is None else read_document(_UPDATE, found)

    def of_exchange(self, exchange_id: str) -> list[CareUpdate]:
        """Read the changes of one message, oldest first."""
        columns = UPDATES.c
        query = select(columns.document).where(columns.exchange_id == exchange_id)
        rows = self._connection.execute(query.order_by(columns.id)).scalars()
        return [read_document(_UPDATE, row) for row in rows]

    def page(
        self, wanted: UpdateFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[CareUpdate], int]:
        """Read changes, newest first, and count them all."""
        columns = UPDATES.c
        conditions = [
            *_is(columns.client_id, wanted.client_id),
            *_in(columns.practice_id, wanted.practice_id),
            *_in(columns.registration_id, wanted.registration_id),
            *_set(columns.processed_at, is_set=wanted.is_processed),
            *_set(columns.archived_at, is_set=wanted.is_archived),
        ]
        rows, total = _page(self._connection, UPDATES, conditions, (limit, before_id))
        return [read_document(_UPDATE, row) for row in rows], total


def _declaration_row(declaration: Declaration) -> dict[str, Any]:
    niss = declaration.patient.niss
    decision = declaration.decision
    is_own = declaration.has_own_answer or declaration.exchange_id is None
    return {
        **_owner(declaration),
        "kind": declaration.kind.value,
        "status": (declaration.status if is_own else ExchangeStatus.TO_SEND).value,
        "niss": None if niss is None else niss.digits,
        "exchange_id": declaration.exchange_id,
        "submission_id": declaration.submission_id,
        "operation_id": declaration.operation_id,
        "sender_reference": declaration.sender_reference,
        "nurse_reference": declaration.nurse_reference,
        "agreement_number": None if decision is None else decision.agreement_number,
        "read_at": _moment(declaration.read_at),
        "processed_at": _moment(declaration.processed_at),
        "archived_at": _moment(declaration.archived_at),
        "document": _DECLARATION.dump_json(declaration).decode(),
    }


def _owner(value: Declaration | CareAgreement | CareUpdate) -> dict[str, str]:
    return {
        "client_id": value.client_id,
        "practice_id": value.practice_id,
        "registration_id": value.registration_id,
    }


def _about(patient: CarePatient, column: Column[Any]) -> ColumnElement[bool]:
    """Narrow to a person; who is known by a membership alone is looked for among such rows."""
    if patient.niss is None:
        return column.is_(None)
    return column == patient.niss.digits


def _is(column: Column[Any], value: str | None) -> list[ColumnElement[bool]]:
    return [] if value is None else [column == value]


def _in(column: Column[Any], values: Sequence[str]) -> list[ColumnElement[bool]]:
    return [column.in_(values)] if values else []


def _set(column: Column[Any], *, is_set: bool | None) -> list[ColumnElement[bool]]:
    if is_set is None:
        return []
    return [column.is_not(None) if is_set else column.is_(None)]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else text_of(moment)


def _put(connection: Connection, table: Table, name: str, row: dict[str, Any]) -> None:
    statement = upsert(table).values({"id": name, **row})
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))


def _last(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> str | None:
    query = select(table.c.document).where(*conditions).order_by(table.c.id.desc()).limit(1)
    found: str | None = connection.execute(query).scalar()
    return found


def _page(
    connection: Connection,
    table: Table,
    conditions: Sequence[ColumnElement[bool]],
    window: tuple[int, str | None],
) -> tuple[list[str], int]:
    """Read documents, newest first, from a limit and an identifier on, and count them all."""
    limit, before_id = window
    count = select(func.count()).select_from(table).where(*conditions)
    total = connection.execute(count).scalar_one()
    query = select(table.c.document).where(*conditions)
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    rows = connection.execute(query.order_by(table.c.id.desc()).limit(limit)).scalars()
    return list(rows), total
