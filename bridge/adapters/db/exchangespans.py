"""Spans of days in the history: which rows were sent in them, and where those are in an order.

A message is made and sent within days, save when a clock jumped or a draft lay about.
Such rows, out of step, have an index of their own, so that the span of sending gives a span of
creation that surely holds all rows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bridge.adapters.db import values
from bridge.adapters.db.exchangeorder import ANY, Bounds, Condition, Order, both, expression

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bridge.ports.exchanges import ExchangeFilter

STEP_DAYS: Final = 40
"""Sent so many days after it was made, a message is out of step; the index says so too."""

OUT_OF_STEP: Final = (
    f"sent_at < created_at OR julianday(sent_at) > julianday(created_at) + {STEP_DAYS}"
)
_FIRST: Final = ""
_LAST: Final = "9999"
_SENT: Final = expression("sent_at")


def span_of(wanted: ExchangeFilter) -> Condition:
    """Give what the span of days asks of a row."""
    return both(_low(wanted), _high(wanted))


def bounds_of(connection: Connection, wanted: ExchangeFilter, order: Order) -> Bounds:
    """Give the span as bounds of the order within a group, where it can be one."""
    member = order.within.member
    if member == "sent_at":
        return Bounds(low=_low(wanted), high=_high(wanted))
    if member == "created_at" and (wanted.sent_from or wanted.sent_to):
        return _of_creation(connection, wanted)
    return Bounds(rows=span_of(wanted))


def _low(wanted: ExchangeFilter) -> Condition:
    if wanted.sent_from is not None:
        return Condition(f"{_SENT} >= ?", (values.text_of(wanted.sent_from),))
    # What is not sent yet is empty there, and belongs to no span.
    return ANY if wanted.sent_to is None else Condition(f"{_SENT} > ?", ("",))


def _high(wanted: ExchangeFilter) -> Condition:
    if wanted.sent_to is None:
        return ANY
    return Condition(f"{_SENT} < ?", (values.text_of(wanted.sent_to),))


def _of_creation(connection: Connection, wanted: ExchangeFilter) -> Bounds:
    begin, end = wanted.sent_from, wanted.sent_to
    query = (
        "SELECT min(created_at), max(created_at) "  # noqa: S608  a condition of ours
        f"FROM exchanges INDEXED BY exchanges_out_of_step WHERE ({OUT_OF_STEP}) "
        "AND sent_at >= ? AND sent_at < ?"
    )
    span = (
        _FIRST if begin is None else values.text_of(begin),
        _LAST if end is None else values.text_of(end),
    )
    first, last = connection.exec_driver_sql(query, span).one()
    low = high = ANY
    if begin is not None:
        earliest = values.text_of(begin - timedelta(days=STEP_DAYS))
        low = Condition("e.created_at >= ?", (min(earliest, first or earliest),))
    if end is not None:
        latest = values.text_of(end)
        high = Condition("e.created_at <= ?", (max(latest, last or latest),))
    return Bounds(low=low, high=high, rows=span_of(wanted))
