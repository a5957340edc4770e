"""Billing services a practice is registered with, and how far each is kept in step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

OWN_ADAPTER: Final = "carebridge"
"""The adapter for our own HTTP contract; others come by entry point."""

ENTRY_POINTS: Final = "carebridge.billing_services"
"""Group of entry points under which a vendor's adapter is found."""


class Authentication(Enum):
    """How we show who we are."""

    CLIENT_CREDENTIALS = "client_credentials"
    """OAuth 2.0 (RFC 6749, 4.4)."""
    MUTUAL_TLS = "mutual_tls"
    """A certificate of ours in the TLS handshake."""


@dataclass(frozen=True, kw_only=True)
class BillingAccount:
    """The registration of a practice with a billing service.

    What is secret (client secret, key) is in the key store, under the account's identifier.

    Attributes:
        id: ``bsv_…``.
        name: What people call it.
        adapter: Who speaks with it: ``carebridge``, or the name of an entry point.
        base_url: Address under which the contract's paths lie.
        token_url: Where an access token is had, for ``client_credentials``.
        client_id: Who we are there.
        certificate: Ours for TLS, PEM with its chain; it is no secret.
        practice_id: Practice its invoices belong to; empty when there is none.
        is_synchronised: Whether states are kept in step in the background; also what later sends
            take when they do not say it.
    """

    id: str
    name: str
    base_url: str
    authentication: Authentication
    created_at: datetime
    updated_at: datetime
    adapter: str = OWN_ADAPTER
    token_url: str | None = None
    client_id: str = ""
    certificate: str = field(default="", repr=False)
    practice_id: str = ""
    is_synchronised: bool = False


@dataclass(frozen=True, kw_only=True)
class SyncProgress:
    """How far a service is kept in step; written with the states it speaks of.

    Attributes:
        cursor: Where the list of changes goes on; ``None`` begins with everything unsettled.
        has_more: Whether the last page said that more waits.
        last_run_at: When the list of changes was last read to its end.
        failures: Troubles in a row.
        problem_code: The trouble of the last try; ``None`` when it went well.
        requests: How many requests were made since the beginning.
    """

    cursor: str | None = None
    has_more: bool = False
    last_run_at: datetime | None = None
    failures: int = 0
    problem_code: str | None = None
    requests: int = 0


@dataclass(frozen=True, kw_only=True)
class StrayInvoice:
    """An invoice a service speaks of that is none of ours; kept as it came.

    Attributes:
        service_id: The billing service.
        service_ref: The service's own identifier.
        raw: The members the contract knows, as text of JSON; never a patient.
    """

    service_id: str
    service_ref: str
    raw_state: str
    raw: str = field(repr=False)
    seen_at: datetime
    changed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class BillingSettings:
    """How a billing service is asked.

    Attributes:
        interval_s: Between two looks at the list of changes.
        longest_pause_s: After repeated trouble.
        requests_per_minute: At most so many to one service.
        page_items: Changes asked for at once.
        silent_days: An unsettled invoice the service did not mention for so long is asked for.
        most_pdf_bytes: Largest file that is sent.
        most_pdf_pages: Most pages of a file.
        most_pdf_seconds: A file that takes longer to look into is refused.
    """

    interval_s: int = 900
    longest_pause_s: int = 1800
    requests_per_minute: int = 60
    page_items: int = 500
    silent_days: int = 30
    most_pdf_bytes: int = 5_000_000
    most_pdf_pages: int = 20
    most_pdf_seconds: int = 20
