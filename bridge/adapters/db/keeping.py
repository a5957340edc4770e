"""What is due, what is removed and what is held, kind by kind (port ``keeping``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, Table, and_, delete, func, or_, select

from bridge.adapters.db import removal
from bridge.adapters.db.billingtables import BILLING_INVOICES
from bridge.adapters.db.care import DECLARATIONS
from bridge.adapters.db.careregister import AGREEMENTS, UPDATES
from bridge.adapters.db.invoicetables import BATCHES, JOINED, SETTLEMENTS
from bridge.adapters.db.tables import BATCH_ITEMS, CHECKS, EXCHANGES, KNOWN_INSURERS, OPERATIONS
from bridge.adapters.db.tables import BATCHES as LISTS
from bridge.adapters.db.tables import READINGS as CARD_READINGS
from bridge.adapters.db.values import text_of
from bridge.adapters.db.worklists import WORK_ROWS
from bridge.domain.batches import ItemStatus
from bridge.domain.billing import FINAL as SETTLED
from bridge.domain.insurability import CheckStatus
from bridge.domain.operations import FINAL
from bridge.domain.periods import brussels_day
from bridge.domain.retention import Held, KeptKind
from bridge.mycarenet.services import INVOICING

if TYPE_CHECKING:
    from sqlalchemy import Connection


_CHECKS_OVER: Final = (
    CheckStatus.ACCEPTED.value,
    CheckStatus.PARTIALLY_ACCEPTED.value,
    CheckStatus.REFUSED.value,
    CheckStatus.ERROR.value,
)
"""A check has no marks: who asked was answered. What may have left is looked into first."""

_LIST_KIND: Final = "insurability_batch"
_BILLING: Final = "billing"
_NOT_ANSWERED: Final = (ItemStatus.TO_SEND.value, ItemStatus.DRAFT.value)

_Query = Select[Any]


def _checks(before: datetime) -> _Query:
    columns = CHECKS.c
    return select(columns.id).where(
        columns.status.in_(_CHECKS_OVER), columns.updated_at < text_of(before)
    )


def _messages(before: datetime, *conditions: ColumnElement[bool]) -> _Query:
    is_processed = EXCHANGES.c.processed_at.is_not(None)
    return select(EXCHANGES.c.id).where(is_processed, _last() < text_of(before), *conditions)


def _last() -> ColumnElement[Any]:
    """Give when something last happened to a message."""
    columns = EXCHANGES.c
    return func.coalesce(columns.answered_at, columns.sent_at, columns.created_at)


def _list_messages(before: datetime) -> _Query:
    return _messages(before, EXCHANGES.c.kind == _LIST_KIND)


def _care_messages(before: datetime) -> _Query:
    return _messages(
        before,
        EXCHANGES.c.kind != _LIST_KIND,
        EXCHANGES.c.service != INVOICING.name,
        EXCHANGES.c.service != _BILLING,
        ~_has(DECLARATIONS),
        ~_has(UPDATES),
    )


def _invoice_messages(before: datetime) -> _Query:
    return _messages(before, EXCHANGES.c.service == INVOICING.name, ~_has(BATCHES))


def _billing_invoices(before: datetime) -> _Query:
    """Give settled or cancelled invoices of an early enough year that a person processed."""
    columns = BILLING_INVOICES.c
    issued_on = func.json_extract(columns.document, "$.issued_on")
    return (
        select(columns.id)
        .select_from(BILLING_INVOICES.join(EXCHANGES, EXCHANGES.c.id == columns.exchange_id))
        .where(
            columns.state.in_([state.value for state in SETTLED]),
            EXCHANGES.c.processed_at.is_not(None),
            issued_on < brussels_day(before).isoformat(),
            _last() < text_of(before),
        )
    )


def _has(table: Table) -> ColumnElement[bool]:
    return select(table.c.id).where(table.c.exchange_id == EXCHANGES.c.id).exists()


def _declarations(before: datetime) -> _Query:
    """Give processed requests; as long as an agreement stands on the register, so does its own."""
    columns = DECLARATIONS.c
    message = EXCHANGES.c.id == columns.exchange_id
    is_recent = select(EXCHANGES.c.id).where(message, _last() >= text_of(before)).exists()
    has_agreement = select(AGREEMENTS.c.id).where(AGREEMENTS.c.declaration_id == columns.id)
    return select(columns.id).where(
        columns.processed_at < text_of(before), ~is_recent, ~has_agreement.exists()
    )


def _agreements(before: datetime) -> _Query:
    """Give agreements that ended and whose declaration, if any, was processed."""
    columns = AGREEMENTS.c
    declaration = DECLARATIONS.c.id == columns.declaration_id
    is_open = select(DECLARATIONS.c.id).where(declaration, DECLARATIONS.c.processed_at.is_(None))
    is_over = columns.end_on < brussels_day(before).isoformat()
    return select(columns.id).where(is_over, ~is_open.exists())


def _updates(before: datetime) -> _Query:
    columns = UPDATES.c
    is_old = _moment(UPDATES, "received_at") < func.julianday(text_of(before))
    return select(columns.id).where(columns.processed_at.is_not(None), is_old)


def _invoices(before: datetime) -> _Query:
    """Give processed batches of an early enough month whose answers were all worked off."""
    columns = BATCHES.c
    answers = select(SETTLEMENTS.c.id).where(SETTLEMENTS.c.batch_id == columns.id)
    is_open = answers.where(SETTLEMENTS.c.processed_at.is_(None)).exists()
    return (
        select(columns.id)
        .select_from(JOINED)
        .where(
            columns.processed_at.is_not(None),
            columns.month < brussels_day(before).isoformat()[:7],
            or_(EXCHANGES.c.id.is_(None), _last() < text_of(before)),
            ~is_open,
        )
    )


def _readings(before: datetime) -> _Query:
    return select(CARD_READINGS.c.id).where(CARD_READINGS.c.read_at < text_of(before))


def _work_rows(before: datetime) -> _Query:
    """Give rows that left their list: billed, or asked and answered."""
    columns = WORK_ROWS.c
    status = BATCH_ITEMS.c.status
    is_answered = and_(columns.item_id.is_not(None), status.not_in(_NOT_ANSWERED))
    is_gone = and_(columns.item_id.is_not(None), status.is_(None))
    is_old = _moment(WORK_ROWS, "updated_at") < func.julianday(text_of(before))
    joined = WORK_ROWS.outerjoin(BATCH_ITEMS, columns.item_id == BATCH_ITEMS.c.id)
    return (
        select(columns.id)
        .select_from(joined)
        .where(or_(columns.billed_at.is_not(None), is_answered, is_gone), is_old)
    )


def _insurers(before: datetime) -> _Query:
    columns = KNOWN_INSURERS.c
    return select(columns.niss).where(columns.learned_at < text_of(before))


def _operations(before: datetime) -> _Query:
    columns = OPERATIONS.c
    owners = (CHECKS, LISTS, DECLARATIONS, BATCHES, BILLING_INVOICES)
    return select(columns.id).where(
        columns.status.in_([each.value for each in FINAL]),
        columns.updated_at < text_of(before),
        *(
            ~select(table.c.id).where(table.c.operation_id == columns.id).exists()
            for table in owners
        ),
    )


def _moment(table: Table, member: str) -> ColumnElement[Any]:
    return func.julianday(func.json_extract(table.c.document, f"$.{member}"))


_DUE: Final[dict[KeptKind, Callable[[datetime], _Query]]] = {
    KeptKind.INSURABILITY_CHECKS: _checks,
    KeptKind.INSURABILITY_MESSAGES: _list_messages,
    KeptKind.CARE_REQUESTS: _declarations,
    KeptKind.CARE_UPDATES: _updates,
    KeptKind.CARE_AGREEMENTS: _agreements,
    KeptKind.CARE_MESSAGES: _care_messages,
    KeptKind.INVOICE_BATCHES: _invoices,
    KeptKind.INVOICE_MESSAGES: _invoice_messages,
    KeptKind.BILLING_INVOICES: _billing_invoices,
    KeptKind.CARD_READINGS: _readings,
    KeptKind.WORK_LIST_ROWS: _work_rows,
    KeptKind.KNOWN_INSURERS: _insurers,
    KeptKind.OPERATIONS: _operations,
}
_TABLES: Final = {
    KeptKind.CARE_REQUESTS: DECLARATIONS,
    KeptKind.CARE_UPDATES: UPDATES,
    KeptKind.CARE_AGREEMENTS: AGREEMENTS,
    KeptKind.CARD_READINGS: CARD_READINGS,
    KeptKind.WORK_LIST_ROWS: WORK_ROWS,
}
"""Kinds whose rows have nothing of their own besides themselves."""

_EXCHANGE_KINDS: Final = frozenset(
    {KeptKind.INSURABILITY_MESSAGES, KeptKind.CARE_MESSAGES, KeptKind.INVOICE_MESSAGES}
)
_CREATED: Final[dict[KeptKind, tuple[Table, ColumnElement[Any]]]] = {
    KeptKind.INSURABILITY_CHECKS: (CHECKS, CHECKS.c.created_at),
    KeptKind.CARE_REQUESTS: (DECLARATIONS, _moment(DECLARATIONS, "created_at")),
    KeptKind.CARE_UPDATES: (UPDATES, _moment(UPDATES, "received_at")),
    KeptKind.CARE_AGREEMENTS: (AGREEMENTS, _moment(AGREEMENTS, "created_at")),
    KeptKind.INVOICE_BATCHES: (BATCHES, _moment(BATCHES, "created_at")),
    KeptKind.BILLING_INVOICES: (BILLING_INVOICES, _moment(BILLING_INVOICES, "created_at")),
    KeptKind.CARD_READINGS: (CARD_READINGS, CARD_READINGS.c.read_at),
    KeptKind.WORK_LIST_ROWS: (WORK_ROWS, _moment(WORK_ROWS, "created_at")),
    KeptKind.KNOWN_INSURERS: (KNOWN_INSURERS, KNOWN_INSURERS.c.learned_at),
    KeptKind.OPERATIONS: (OPERATIONS, OPERATIONS.c.created_at),
}
_OF_KIND: Final[dict[KeptKind, ColumnElement[bool]]] = {
    KeptKind.INSURABILITY_MESSAGES: EXCHANGES.c.kind == _LIST_KIND,
    KeptKind.CARE_MESSAGES: and_(
        EXCHANGES.c.kind != _LIST_KIND,
        EXCHANGES.c.service != INVOICING.name,
        EXCHANGES.c.service != _BILLING,
    ),
    KeptKind.INVOICE_MESSAGES: EXCHANGES.c.service == INVOICING.name,
}


class SqlKeeping:
    """Retention in the tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, kind: KeptKind, *, before: datetime, limit: int) -> list[str]:
        """Give what is over and older than a moment."""
        return list(self._connection.execute(_DUE[kind](before).limit(limit)).scalars())

    def remove(self, kind: KeptKind, names: Sequence[str], *, before: datetime) -> list[str]:
        """Remove what is still due; a mark may have been taken back since it was found."""
        query = _DUE[kind](before)
        (name,) = query.selected_columns
        still = list(self._connection.execute(query.where(name.in_(names))).scalars())
        self._remove(kind, still)
        return still

    def held(self) -> list[Held]:
        """Count what is kept of each kind."""
        return [self._held(kind) for kind in KeptKind]

    def _remove(self, kind: KeptKind, names: Sequence[str]) -> None:
        if kind in _EXCHANGE_KINDS:
            removal.remove_exchanges(self._connection, names)
        elif kind is KeptKind.INSURABILITY_CHECKS:
            removal.remove_checks(self._connection, names)
        elif kind is KeptKind.BILLING_INVOICES:
            removal.remove_billing_invoices(self._connection, names)
        elif kind is KeptKind.INVOICE_BATCHES:
            removal.remove_invoice_batches(self._connection, names)
        elif kind is KeptKind.OPERATIONS:
            removal.remove_operations(self._connection, names)
        elif kind is KeptKind.KNOWN_INSURERS:
            gone = delete(KNOWN_INSURERS).where(KNOWN_INSURERS.c.niss.in_(names))
            self._connection.execute(gone)
        else:
            removal.remove_rows(self._connection, _TABLES[kind], names)

    def _held(self, kind: KeptKind) -> Held:
        table, created = _CREATED.get(kind, (EXCHANGES, EXCHANGES.c.created_at))
        oldest = func.strftime("%Y-%m-%dT%H:%M:%f+00:00", func.min(created))
        query = select(func.count(), oldest).select_from(table)
        if kind in _OF_KIND:
            query = query.where(_OF_KIND[kind])
        count, first = self._connection.execute(query).one()
        at = None if first is None else datetime.fromisoformat(first)
        return Held(kind=kind, count=count, oldest_at=at)
