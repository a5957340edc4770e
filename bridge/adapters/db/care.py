"""Declarations of care in their table (port ``care``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Table, Text, case, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db.careparts import (
    common_columns,
    equals,
    is_about,
    is_among,
    is_marked,
    moment_text,
    owner_of,
)
from bridge.adapters.db.tables import EXCHANGES, METADATA
from bridge.adapters.db.values import exchange_of, read_document, text_of
from bridge.domain.declarations import CarePatient, Declaration
from bridge.domain.exchanges import ExchangeStatus

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bridge.ports.care import DeclarationFilter


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
    *common_columns(),
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

_DECLARATION: Final = TypeAdapter(Declaration)
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
        return self._last(columns.id == declaration_id, *equals(columns.client_id, client_id))

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
        found = self._all(is_about(patient, DECLARATIONS.c.niss))
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
            *equals(columns.client_id, wanted.client_id),
            *equals(columns.kind, wanted.kind.value if wanted.kind else None),
            *equals(columns.submission_id, wanted.submission_id),
            *equals(columns.niss, wanted.niss.digits if wanted.niss else None),
            *is_among(columns.practice_id, wanted.practice_id),
            *is_among(columns.registration_id, wanted.registration_id),
            *is_marked(columns.read_at, is_set=wanted.is_read),
            *is_marked(columns.processed_at, is_set=wanted.is_processed),
            *is_marked(columns.archived_at, is_set=wanted.is_archived),
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


def _declaration_row(declaration: Declaration) -> dict[str, Any]:
    niss = declaration.patient.niss
    decision = declaration.decision
    is_own = declaration.has_own_answer or declaration.exchange_id is None
    return {
        **owner_of(declaration),
        "kind": declaration.kind.value,
        "status": (declaration.status if is_own else ExchangeStatus.TO_SEND).value,
        "niss": None if niss is None else niss.digits,
        "exchange_id": declaration.exchange_id,
        "submission_id": declaration.submission_id,
        "operation_id": declaration.operation_id,
        "sender_reference": declaration.sender_reference,
        "nurse_reference": declaration.nurse_reference,
        "agreement_number": None if decision is None else decision.agreement_number,
        "read_at": moment_text(declaration.read_at),
        "processed_at": moment_text(declaration.processed_at),
        "archived_at": moment_text(declaration.archived_at),
        "document": _DECLARATION.dump_json(declaration).decode(),
    }
