"""Taking over what a billing service says: invoice, history and events in one step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.billing import BillingPosition, BillingState, entered, follow
from bridge.domain.billinginvoices import HISTORY_STATUS, BillingInvoice
from bridge.domain.billingservices import BillingSettings
from bridge.domain.exchanges import NO_MARKS, Exchange, ExchangeStatus
from bridge.ports.billing import ReportedInvoice
from bridge.ports.store import UnitOfWork
from bridge.service.engineparts import EngineParts
from bridge.service.events import EventBook

PATH: Final = "/v1/billing-invoices"

_UNCONFIRMED: Final = frozenset(
    {
        ExchangeStatus.TO_SEND,
        ExchangeStatus.SENT,
        ExchangeStatus.ERROR,
        ExchangeStatus.OUTCOME_UNKNOWN,
    }
)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """An invoice after a report.

    Attributes:
        exchange: Its row of the history; ``None`` when that was removed.
        is_changed: Whether there is anything new for people.
        is_confirmed: Whether this is the first word of the service about it.
    """

    invoice: BillingInvoice
    exchange: Exchange | None
    is_changed: bool
    is_confirmed: bool


def silence_of(settings: BillingSettings) -> timedelta:
    """Give after how long without a word an invoice is asked for."""
    return timedelta(days=settings.silent_days)


def take(
    unit: UnitOfWork,
    invoice: BillingInvoice,
    said: ReportedInvoice,
    *,
    at: datetime,
    silence: timedelta,
) -> Taken:
    """Take over a report, within a transaction."""
    (taken,) = write_taken(unit, [judge(invoice, said, at=at, silence=silence)], at=at)
    return taken


def judge(
    invoice: BillingInvoice, said: ReportedInvoice, *, at: datetime, silence: timedelta
) -> Taken:
    """Say what becomes of an invoice by a report; nothing is written.

    Whatever a service says of an invoice, it has it.
    """
    before = invoice.position
    position = follow(before, said.report, at=at, amount=invoice.amounts.total)
    if position.state is BillingState.PREPARED:
        position = entered(position, BillingState.SENT, at=at)
    is_changed = _seen(position) != _seen(before)
    after = replace(
        invoice,
        position=position,
        status=HISTORY_STATUS[position.state],
        service_ref=said.report.service_ref,
        problem_code=None,
        updated_at=at if is_changed else invoice.updated_at,
    ).planned(at=at, silence=silence)
    if said.lacks_plan and after.ask_at is not None:
        after = replace(after, ask_at=at)
    return Taken(
        invoice=after,
        exchange=None,
        is_changed=is_changed,
        is_confirmed=invoice.status in _UNCONFIRMED,
    )


def write_taken(unit: UnitOfWork, taken: Sequence[Taken], *, at: datetime) -> list[Taken]:
    """Write what became of invoices, and their rows of the history, in few statements.

    Of an invoice that is named twice the last one stays.

    Returns:
        The same, each with its row of the history.
    """
    changed = [each.invoice.exchange_id for each in taken if each.is_changed]
    rows = {each.id: each for each in unit.exchanges.some(list(dict.fromkeys(changed)))}
    written = []
    for each in taken:
        row = rows.get(each.invoice.exchange_id) if each.is_changed else None
        if row is not None:
            row = rows[row.id] = _mirrored(row, each.invoice, at=at)
        written.append(replace(each, exchange=row))
    unit.exchanges.replace_all(list(rows.values()))
    last = {each.invoice.id: each.invoice for each in taken}
    unit.billing_invoices.replace_all(list(last.values()))
    return written


def _seen(position: BillingPosition) -> tuple[object, ...]:
    """Give what people look at; a word that says nothing new is none of it."""
    return (position.state, position.raw_state, position.changes, position.findings)


def _mirrored(exchange: Exchange, invoice: BillingInvoice, *, at: datetime) -> Exchange:
    """Show where an invoice stands in its row of the history; marks are cleared (D17)."""
    is_answer = invoice.status is not ExchangeStatus.RECEIVED
    return replace(
        exchange,
        status=invoice.status,
        updated_at=at,
        answered_at=at if is_answer else exchange.answered_at,
        has_tack=True,
        problem_code=None,
        next_attempt_at=None,
        **NO_MARKS,
    )


def tell_invoice(events: EventBook, invoice: BillingInvoice) -> None:
    """Tell that an invoice changed: its state, and never about whom."""
    events.publish(
        "billing_invoice.updated",
        object="billing_invoice",
        object_id=invoice.id,
        status=invoice.state.value,
        path=f"{PATH}/{invoice.id}",
        client_id=invoice.client_id or None,
    )


async def tell_taken(parts: EngineParts, taken: Iterable[Taken]) -> None:
    """After a commit: tell what changed, and let operations follow what was confirmed."""
    for each in taken:
        if not each.is_changed:
            continue
        if each.exchange is not None and each.is_confirmed:
            await parts.settle(each.exchange)
        elif each.exchange is not None:
            parts.tell(each.exchange)
        tell_invoice(parts.events, each.invoice)
