"""How long each kind of thing is kept, and until when the law wants it kept.

Months count back from today in Brussels; invoices are kept for whole calendar years after the
year concerned.
Source: decision D23; *Local API security* SEC-162.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from bridge.domain.worklists import months_before

LEGAL_INVOICE_YEARS: Final = 10
"""Years after the year concerned; nobody may keep invoices for less (SEC-162)."""


class KeptKind(Enum):
    """What is kept, in the order in which it is removed: what refers goes before its message."""

    INSURABILITY_CHECKS = "insurability_checks"
    INSURABILITY_MESSAGES = "insurability_messages"
    CARE_REQUESTS = "care_requests"
    CARE_UPDATES = "care_updates"
    CARE_AGREEMENTS = "care_agreements"
    CARE_MESSAGES = "care_messages"
    INVOICE_BATCHES = "invoice_batches"
    INVOICE_MESSAGES = "invoice_messages"
    BILLING_INVOICES = "billing_invoices"
    CARD_READINGS = "card_readings"
    WORK_LIST_ROWS = "work_list_rows"
    KNOWN_INSURERS = "known_insurers"
    OPERATIONS = "operations"


@dataclass(frozen=True, kw_only=True)
class RetentionSettings:
    """How long is kept.

    Attributes:
        requests_months: Questions about insurability, with answers and evidence.
        care_months: Care requests, agreements that ended, and insurers' changes.
        readings_months: What is kept of readings of patients' cards.
        work_lists_months: Rows of work lists that were answered or billed.
        operations_months: Operations that are over and belong to nothing else.
        invoices_years: Invoices, their settlements and messages, and those of billing services:
            years after the year concerned.
    """

    requests_months: int = 13
    care_months: int = 13
    readings_months: int = 13
    work_lists_months: int = 13
    operations_months: int = 13
    invoices_years: int = LEGAL_INVOICE_YEARS

    def kept_from(self, kind: KeptKind, today: date) -> date:
        """Give the first day that is still kept.

        Args:
            kind: What is kept.
            today: In Brussels.
        """
        if kind in _INVOICES:
            return date(today.year - self.invoices_years, 1, 1)
        return months_before(today, getattr(self, _MONTHS[kind]))


_INVOICES: Final = frozenset(
    {KeptKind.INVOICE_BATCHES, KeptKind.INVOICE_MESSAGES, KeptKind.BILLING_INVOICES}
)
_MONTHS: Final = {
    KeptKind.INSURABILITY_CHECKS: "requests_months",
    KeptKind.INSURABILITY_MESSAGES: "requests_months",
    KeptKind.KNOWN_INSURERS: "requests_months",
    KeptKind.CARE_REQUESTS: "care_months",
    KeptKind.CARE_UPDATES: "care_months",
    KeptKind.CARE_AGREEMENTS: "care_months",
    KeptKind.CARE_MESSAGES: "care_months",
    KeptKind.CARD_READINGS: "readings_months",
    KeptKind.WORK_LIST_ROWS: "work_lists_months",
    KeptKind.OPERATIONS: "operations_months",
}


@dataclass(frozen=True, kw_only=True)
class Held:
    """How much of a kind is kept.

    Attributes:
        oldest_at: When the oldest one was made; ``None`` when there is none.
    """

    kind: KeptKind
    count: int
    oldest_at: datetime | None


def duty_until(year: int) -> date:
    """Give the last day of the legal duty to keep invoices of a year."""
    return date(year + LEGAL_INVOICE_YEARS, 12, 31)
