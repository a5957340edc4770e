"""Everything about one patient, in every table (port ``keeping``)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Table, and_, delete, func, literal_column, or_, select

from bridge.adapters.db import removal
from bridge.adapters.db.billingtables import BILLING_INVOICES
from bridge.adapters.db.care import DECLARATIONS
from bridge.adapters.db.careregister import AGREEMENTS, UPDATES
from bridge.adapters.db.history import EXPORTS, VIEWS
from bridge.adapters.db.invoicetables import BATCHES as INVOICE_BATCHES
from bridge.adapters.db.invoicetables import CLAIMS, JOINED, LINES
from bridge.adapters.db.reports import REPORTS
from bridge.adapters.db.tables import (
    BATCH_ITEMS,
    CHECKS,
    EVIDENCE,
    EXCHANGE_PEOPLE,
    EXCHANGES,
    KNOWN_INSURERS,
    READINGS,
    RESPONSES,
)
from bridge.adapters.db.worklists import WORK_ROWS
from bridge.domain.billing import BillingState
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.insurability import CheckStatus
from bridge.domain.periods import brussels_day
from bridge.ports.keeping import PatientFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bridge.domain.identifiers import Niss

_QUESTION: Final[ColumnElement[str]] = literal_column(
    "json_extract(document, '$.question.patient.digits')"
)
"""The indexes of checks and of patients of a list are on exactly this expression."""

_ON_THE_WAY: Final = (
    ExchangeStatus.TO_SEND.value,
    ExchangeStatus.SENT.value,
    ExchangeStatus.RECEIVED.value,
)
_CHECK_ON_THE_WAY: Final = (CheckStatus.TO_SEND.value, CheckStatus.SENT.value)


def _tables(niss: Niss) -> dict[Table, ColumnElement[bool]]:
    """Give where rows about a person stand, and which they are."""
    digits = niss.digits
    return {
        CHECKS: _QUESTION.in_([digits]),
        BATCH_ITEMS: _QUESTION.in_([digits]),
        DECLARATIONS: DECLARATIONS.c.niss == digits,
        AGREEMENTS: AGREEMENTS.c.niss == digits,
        UPDATES: _inside(UPDATES, "patient_niss.digits") == digits,
        CLAIMS: CLAIMS.c.niss == digits,
        BILLING_INVOICES: BILLING_INVOICES.c.niss == digits,
        READINGS: _inside(READINGS, "niss.digits") == digits,
        WORK_ROWS: or_(WORK_ROWS.c.person == digits, _inside(WORK_ROWS, "given.niss") == digits),
        VIEWS: func.instr(VIEWS.c.document, digits) > 0,
    }


def _inside(table: Table, path: str) -> ColumnElement[Any]:
    return func.json_extract(table.c.document, f"$.{path}")


class SqlPatientTraces:
    """One patient in all tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_under_way(self, niss: Niss) -> bool:
        """Tell whether something about the patient is being sent or awaits its answer.

        What failed and can still be sent again is under way too, until a person processed it.
        """
        columns = EXCHANGES.c
        can_be_repeated = and_(
            columns.status == ExchangeStatus.ERROR.value, columns.processed_at.is_(None)
        )
        messages = select(columns.id).where(
            columns.id.in_(self._messages(niss)),
            or_(columns.status.in_(_ON_THE_WAY), can_be_repeated),
        )
        checks = select(CHECKS.c.id).where(
            _QUESTION.in_([niss.digits]), CHECKS.c.status.in_(_CHECK_ON_THE_WAY)
        )
        return bool(self._names(messages.limit(1)) or self._names(checks.limit(1)))

    def last_invoiced_year(self, niss: Niss) -> int | None:
        """Give the latest year concerned of invoices of the patient that left, or were answered."""
        batch, message = INVOICE_BATCHES.c, EXCHANGES.c
        last = func.coalesce(message.answered_at, message.sent_at, message.created_at)
        query = (
            select(func.max(batch.month), func.max(last))
            .select_from(JOINED.join(CLAIMS, CLAIMS.c.batch_id == batch.id))
            .where(CLAIMS.c.niss == niss.digits, batch.status != ExchangeStatus.DRAFT.value)
        )
        month, moment = self._connection.execute(query).one()
        years = [self._last_billed_year(niss)]
        if month is not None:
            years.append(int(month[:4]))
        if moment is not None:
            years.append(brussels_day(datetime.fromisoformat(moment)).year)
        return max((year for year in years if year is not None), default=None)

    def _last_billed_year(self, niss: Niss) -> int | None:
        """Give the latest year of invoices of the patient that a billing service has."""
        issued_on = func.max(_inside(BILLING_INVOICES, "issued_on"))
        query = select(issued_on).where(
            BILLING_INVOICES.c.niss == niss.digits,
            BILLING_INVOICES.c.state != BillingState.PREPARED.value,
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else int(found[:4])

    def gather(self, niss: Niss) -> PatientFile:
        """Read everything about the patient; evidence may name other people too."""
        rows = {
            table.name: self._documents(table, condition)
            for table, condition in _tables(niss).items()
        }
        messages = self._messages(niss)
        kept = self._documents(EXCHANGES, EXCHANGES.c.id.in_(messages))
        # What tells the nurse's card is about her, and no business of the patient's.
        rows[EXCHANGES.name] = [
            {name: each[name] for name in each if name != "card"} for each in kept
        ]
        answers = RESPONSES.c.exchange_id.in_(messages)
        rows[RESPONSES.name] = self._documents(RESPONSES, answers)
        known = select(KNOWN_INSURERS).where(KNOWN_INSURERS.c.niss == niss.digits)
        found = self._connection.execute(known).mappings()
        rows[KNOWN_INSURERS.name] = [dict(each) for each in found]
        owners = [each["id"] for each in (*rows[CHECKS.name], *rows[RESPONSES.name])]
        proofs = select(EVIDENCE).where(EVIDENCE.c.subject_id.in_([*owners, *messages]))
        evidence = self._connection.execute(proofs.order_by(EVIDENCE.c.id)).mappings()
        return PatientFile(rows=rows, evidence=[dict(each) for each in evidence])

    def erase(self, niss: Niss) -> dict[str, int]:
        """Remove everything about the patient; gives how many rows of each table."""
        tables = _tables(niss)
        messages = self._messages(niss)
        lists = self._names(select(BATCH_ITEMS.c.batch_id).where(tables[BATCH_ITEMS]))
        checks = self._names(select(CHECKS.c.id).where(tables.pop(CHECKS)))
        gone = {
            EVIDENCE.name: removal.remove_evidence(self._connection, messages),
            CHECKS.name: removal.remove_checks(self._connection, checks),
            KNOWN_INSURERS.name: self._delete(KNOWN_INSURERS, KNOWN_INSURERS.c.niss == niss.digits),
            EXCHANGE_PEOPLE.name: self._delete(
                EXCHANGE_PEOPLE, EXCHANGE_PEOPLE.c.niss == niss.digits
            ),
            LINES.name: self._delete(LINES, LINES.c.niss == niss.digits),
            # They hold whole lists, nobody can tell whose, and live for a day.
            EXPORTS.name: self._delete(EXPORTS, EXPORTS.c.id.is_not(None)),
            REPORTS.name: self._delete(REPORTS, REPORTS.c.id.is_not(None)),
            **{table.name: self._delete(table, found) for table, found in tables.items()},
        }
        lonely = self._lonely(messages)
        removal.remove_exchanges(self._connection, lonely)
        self._remove_empty(lists)
        return {**gone, EXCHANGES.name: len(lonely)}

    def _messages(self, niss: Niss) -> list[str]:
        """Give the messages the patient stands in."""
        digits = niss.digits
        people = EXCHANGE_PEOPLE.c
        named = self._names(select(people.exchange_id).where(people.niss == digits))
        updates = select(UPDATES.c.exchange_id).where(_tables(niss)[UPDATES])
        columns = DECLARATIONS.c
        declared = select(columns.exchange_id).where(
            columns.niss == digits, columns.exchange_id.is_not(None)
        )
        return sorted({*named, *self._names(updates), *self._names(declared)})

    def _lonely(self, messages: Sequence[str]) -> list[str]:
        """Give the messages in which nobody is left; their other rows stay with them."""
        columns = EXCHANGES.c
        owners = (EXCHANGE_PEOPLE, BATCH_ITEMS, DECLARATIONS, UPDATES, INVOICE_BATCHES)
        query = select(columns.id).where(
            columns.id.in_(messages),
            *(
                ~select(table.c.exchange_id).where(table.c.exchange_id == columns.id).exists()
                for table in owners
            ),
        )
        return self._names(query)

    def _remove_empty(self, lists: Sequence[str]) -> None:
        left = select(BATCH_ITEMS.c.batch_id).where(BATCH_ITEMS.c.batch_id.in_(lists))
        kept = set(self._names(left))
        removal.remove_empty_lists(self._connection, [each for each in lists if each not in kept])

    def _documents(self, table: Table, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
        query = select(table.c.document).where(condition).order_by(table.c.id)
        return [json.loads(each) for each in self._connection.execute(query).scalars()]

    def _delete(self, table: Table, condition: ColumnElement[bool]) -> int:
        return self._connection.execute(delete(table).where(condition)).rowcount

    def _names(self, query: Any) -> list[str]:
        return list(self._connection.execute(query).scalars())
