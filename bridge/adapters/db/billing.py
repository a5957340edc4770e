"""Billing services and their invoices in their tables (port ``billing``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db import careparts
from bridge.adapters.db.billingtables import BILLING_INVOICES, BILLING_SERVICES, BILLING_STRAYS
from bridge.adapters.db.rows import add_row, replace_row, replace_rows
from bridge.adapters.db.values import read_document, text_of
from bridge.domain.billing import FINAL, BillingState
from bridge.domain.billinginvoices import BillingInvoice
from bridge.domain.billingservices import BillingAccount, StrayInvoice, SyncProgress
from bridge.ports.billing import StateTotal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Connection, Select

    from bridge.domain.billing import StateReport
    from bridge.ports.billing import BillingFilter

_ACCOUNT: Final = TypeAdapter(BillingAccount)
_PROGRESS: Final = TypeAdapter(SyncProgress)
_STRAY: Final = TypeAdapter(StrayInvoice)
_INVOICE: Final = TypeAdapter(BillingInvoice)
_OVER: Final = tuple(state.value for state in FINAL)
_AT_ONCE: Final = 500
"""Values of one IN list."""


class SqlBillingAccounts:
    """Accounts in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[BillingAccount]:
        """Read all accounts, oldest first."""
        columns = BILLING_SERVICES.c
        rows = self._connection.execute(select(columns.document).order_by(columns.id)).scalars()
        return [read_document(_ACCOUNT, row) for row in rows]

    def get(self, service_id: str) -> BillingAccount | None:
        """Read one account."""
        found = careparts.last(
            self._connection, BILLING_SERVICES, BILLING_SERVICES.c.id == service_id
        )
        return None if found is None else read_document(_ACCOUNT, found)

    def put(self, account: BillingAccount) -> None:
        """Insert an account, or replace the one with the same identifier."""
        row = {"document": _ACCOUNT.dump_json(account).decode()}
        begin = _PROGRESS.dump_json(SyncProgress()).decode()
        statement = upsert(BILLING_SERVICES).values({"id": account.id, "progress": begin, **row})
        self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))

    def remove(self, service_id: str) -> None:
        """Delete an account with its progress and what the service said of others."""
        strays = delete(BILLING_STRAYS).where(BILLING_STRAYS.c.service_id == service_id)
        self._connection.execute(strays)
        self._connection.execute(
            delete(BILLING_SERVICES).where(BILLING_SERVICES.c.id == service_id)
        )

    def progress(self, service_id: str) -> SyncProgress:
        """Read how far an account is kept in step."""
        query = select(BILLING_SERVICES.c.progress).where(BILLING_SERVICES.c.id == service_id)
        found = self._connection.execute(query).scalar()
        return SyncProgress() if found is None else read_document(_PROGRESS, found)

    def advance(self, service_id: str, progress: SyncProgress) -> None:
        """Write how far an account is kept in step."""
        written = _PROGRESS.dump_json(progress).decode()
        change = update(BILLING_SERVICES).where(BILLING_SERVICES.c.id == service_id)
        self._connection.execute(change.values(progress=written))

    def stray(self, stray: StrayInvoice) -> None:
        """Keep an invoice that is none of ours, or what is new about it."""
        row = {"document": _STRAY.dump_json(stray).decode()}
        key = {"service_id": stray.service_id, "service_ref": stray.service_ref}
        statement = upsert(BILLING_STRAYS).values({**key, **row})
        self._connection.execute(statement.on_conflict_do_update(index_elements=[*key], set_=row))

    def strays(
        self, service_id: str, *, limit: int, after: str | None
    ) -> tuple[list[StrayInvoice], int]:
        """Read invoices that are none of ours, by the service's identifier, and count them."""
        columns = BILLING_STRAYS.c
        mine = columns.service_id == service_id
        total = select(func.count()).select_from(BILLING_STRAYS).where(mine)
        query = select(columns.document).where(mine, columns.service_ref > (after or ""))
        rows = self._connection.execute(query.order_by(columns.service_ref).limit(limit))
        found = [read_document(_STRAY, row) for row in rows.scalars()]
        return found, self._connection.execute(total).scalar_one()


class SqlBillingInvoices:
    """Invoices in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, invoice: BillingInvoice) -> None:
        """Insert an invoice, or replace the one with the same identifier."""
        columns = BILLING_INVOICES.c
        known = select(columns.id).where(columns.id == invoice.id)
        is_known = self._connection.execute(known).scalar() is not None
        (replace_row if is_known else add_row)(self._connection, BILLING_INVOICES, _row(invoice))

    def replace_all(self, invoices: Sequence[BillingInvoice]) -> None:
        """Write invoices that are there, each of them once."""
        replace_rows(self._connection, BILLING_INVOICES, [_row(each) for each in invoices])

    def get(self, invoice_id: str, *, client_id: str | None) -> BillingInvoice | None:
        """Read one invoice; with a ``client_id`` only that caller's."""
        columns = BILLING_INVOICES.c
        return self._one(columns.id == invoice_id, *careparts.equals(columns.client_id, client_id))

    def of_operation(self, operation_id: str) -> BillingInvoice | None:
        """Read the invoice an operation sends."""
        return self._one(BILLING_INVOICES.c.operation_id == operation_id)

    def reported(
        self, service_id: str, reports: Sequence[StateReport]
    ) -> dict[str, BillingInvoice]:
        """Find the invoices of reports by our reference, else the service's."""
        columns = BILLING_INVOICES.c
        ours = [each.reference for each in reports if each.reference]
        # By our reference alone: with the service, every invoice of it would be read.
        by_reference = {
            each.id: each for each in self._among(columns.id, ours) if each.service_id == service_id
        }
        theirs = [each.service_ref for each in reports if each.reference not in by_reference]
        mine = columns.service_id == service_id
        by_ref = {each.service_ref: each for each in self._among(columns.service_ref, theirs, mine)}
        found = {
            each.service_ref: by_reference.get(each.reference or "") or by_ref.get(each.service_ref)
            for each in reports
        }
        return {ref: invoice for ref, invoice in found.items() if invoice is not None}

    def to_ask(self, service_id: str, *, now: datetime, limit: int) -> list[BillingInvoice]:
        """Read invoices the service is to be asked about now, the longest due first."""
        columns = BILLING_INVOICES.c
        query = select(columns.document).where(
            columns.service_id == service_id, columns.ask_at <= text_of(now)
        )
        return self._read(query.order_by(columns.ask_at, columns.id).limit(limit))

    def is_any_synchronised(self, service_id: str) -> bool:
        """Tell whether any invoice of a service is kept in step; settled ones count too."""
        columns = BILLING_INVOICES.c
        mine = select(columns.id).where(
            columns.service_id == service_id, columns.is_synchronised == 1
        )
        return self._connection.execute(mine.limit(1)).scalar() is not None

    def switch(self, service_id: str, *, is_synchronised: bool, at: datetime) -> None:
        """Keep all invoices of a service that are not final in step from now on, or no more."""
        columns = BILLING_INVOICES.c
        flag = func.json("true" if is_synchronised else "false")
        document = func.json_set(
            columns.document, "$.is_synchronised", flag, "$.updated_at", at.isoformat()
        )
        mine = (columns.service_id == service_id, columns.state.not_in(_OVER))
        changed = update(BILLING_INVOICES).where(*mine)
        self._connection.execute(
            changed.values(document=document, is_synchronised=int(is_synchronised))
        )
        if not is_synchronised:
            # What may have arrived is asked for all the same: nobody knows of it yet.
            silent = changed.where(columns.state != BillingState.PREPARED.value)
            document = func.json_set(columns.document, "$.ask_at", None)
            self._connection.execute(silent.values(document=document, ask_at=None))

    def ask_all(self, service_id: str, *, at: datetime) -> None:
        """Let a service be asked about all invoices it has and that are kept in step."""
        columns = BILLING_INVOICES.c
        document = func.json_set(columns.document, "$.ask_at", at.isoformat())
        mine = (
            columns.service_id == service_id,
            columns.is_synchronised == 1,
            columns.state.not_in((*_OVER, BillingState.PREPARED.value)),
        )
        changed = update(BILLING_INVOICES).where(*mine)
        self._connection.execute(changed.values(document=document, ask_at=text_of(at)))

    def count(self, service_id: str) -> int:
        """Count the invoices of a service."""
        mine = BILLING_INVOICES.c.service_id == service_id
        query = select(func.count()).select_from(BILLING_INVOICES).where(mine)
        return self._connection.execute(query).scalar_one()

    def page(
        self, wanted: BillingFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[BillingInvoice], int]:
        """Read invoices, newest first, and count them all."""
        window = (limit, before_id)
        rows, total = careparts.page_of(
            self._connection, BILLING_INVOICES, _conditions(wanted), window
        )
        return [read_document(_INVOICE, row) for row in rows], total

    def totals(self, wanted: BillingFilter) -> list[StateTotal]:
        """Sum up invoices per state."""
        columns = BILLING_INVOICES.c
        query = (
            select(columns.state, func.count(), func.sum(columns.amount), func.sum(columns.paid))
            .where(*_conditions(wanted))
            .group_by(columns.state)
        )
        rows = self._connection.execute(query).all()
        found = {
            state: StateTotal(state=BillingState(state), count=count, amount=amount, paid=paid)
            for state, count, amount, paid in rows
        }
        nothing = {"count": 0, "amount": 0, "paid": 0}
        return [
            found.get(state.value) or StateTotal(state=state, **nothing) for state in BillingState
        ]

    def patients(
        self, wanted: BillingFilter, *, limit: int, after: str | None
    ) -> tuple[list[str], int]:
        """Read the references of patients with invoices, in their order, and count them."""
        columns = BILLING_INVOICES.c
        conditions = _conditions(wanted)
        total = select(func.count(columns.patient_ref.distinct())).where(*conditions)
        query = select(columns.patient_ref).where(*conditions, columns.patient_ref > (after or ""))
        rows = self._connection.execute(query.distinct().order_by(columns.patient_ref).limit(limit))
        return list(rows.scalars()), self._connection.execute(total).scalar_one()

    def of_patients(
        self, wanted: BillingFilter, patient_refs: Sequence[str]
    ) -> list[BillingInvoice]:
        """Read the invoices of some patients, oldest first."""
        columns = BILLING_INVOICES.c
        query = select(columns.document).where(
            *_conditions(wanted), columns.patient_ref.in_(patient_refs)
        )
        return self._read(query.order_by(columns.id))

    def _among(
        self, column: Column[str], values: Sequence[str], *conditions: ColumnElement[bool]
    ) -> list[BillingInvoice]:
        found: list[BillingInvoice] = []
        for start in range(0, len(values), _AT_ONCE):
            some = column.in_(values[start : start + _AT_ONCE])
            found += self._read(select(BILLING_INVOICES.c.document).where(some, *conditions))
        return found

    def _one(self, *conditions: ColumnElement[bool]) -> BillingInvoice | None:
        found = careparts.last(self._connection, BILLING_INVOICES, *conditions)
        return None if found is None else read_document(_INVOICE, found)

    def _read(self, query: Select[Any]) -> list[BillingInvoice]:
        rows = self._connection.execute(query).scalars()
        return [read_document(_INVOICE, row) for row in rows]


def _row(invoice: BillingInvoice) -> dict[str, Any]:
    position, references, patient = invoice.position, invoice.references, invoice.patient
    return {
        "id": invoice.id,
        "client_id": invoice.client_id,
        "practice_id": invoice.practice_id,
        "service_id": invoice.service_id,
        "service_ref": invoice.service_ref,
        "operation_id": invoice.operation_id,
        "exchange_id": invoice.exchange_id,
        "niss": None if patient.niss is None else patient.niss.digits,
        "patient_ref": patient.patient_ref,
        "treatment_ref": references.treatment_ref,
        "estimate_ref": references.estimate_ref,
        "state": position.state.value,
        "status": invoice.status.value,
        "amount": invoice.amounts.total,
        "paid": position.paid or 0,
        "is_synchronised": int(invoice.is_synchronised),
        "has_findings": int(bool(position.findings)),
        "ask_at": careparts.moment_text(invoice.ask_at),
        "document": _INVOICE.dump_json(invoice).decode(),
    }


def _conditions(wanted: BillingFilter) -> list[ColumnElement[bool]]:
    columns = BILLING_INVOICES.c
    return [
        *careparts.equals(columns.client_id, wanted.client_id),
        *careparts.is_among(columns.service_id, wanted.service_id),
        *careparts.is_among(columns.state, wanted.state),
        *careparts.is_among(columns.status, wanted.status),
        *careparts.is_among(columns.practice_id, wanted.practice_id),
        *careparts.equals(columns.treatment_ref, wanted.treatment_ref),
        *careparts.equals(columns.estimate_ref, wanted.estimate_ref),
        *careparts.equals(columns.patient_ref, wanted.patient_ref),
        *_flag(columns.is_synchronised, is_set=wanted.is_synchronised),
        *_flag(columns.has_findings, is_set=wanted.has_findings),
    ]


def _flag(column: Column[int], *, is_set: bool | None) -> list[ColumnElement[bool]]:
    return [] if is_set is None else [column == int(is_set)]
