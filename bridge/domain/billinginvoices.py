"""Invoices that a billing service sends to patients, as they are kept.

``status`` is the sending in the one vocabulary (D17); ``position`` is where the invoice stands at
the service (``bridge.domain.billing``).
Source: decisions D17, D21 and D28.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from bridge.domain.billing import BillingPosition, BillingState
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.errors import InvalidIdentifier

SERVICE: Final = "billing"
"""Name of the service in the history."""

KIND: Final = "billing_invoice"
"""Name of the kind of exchange."""

_COMMUNICATION: Final = re.compile(r"[0-9]{12}")
_MODULUS: Final = 97

LOSS_ASKED_EVERY: Final = timedelta(days=1)
"""A loss is asked for daily: what comes of debt enforcement may come any day."""

UNKNOWN_ASKED_EVERY: Final = timedelta(minutes=10)
"""Whether something arrived of which we do not know it."""

HISTORY_STATUS: Final[dict[BillingState, ExchangeStatus]] = {
    BillingState.SENT: ExchangeStatus.RECEIVED,
    BillingState.OPEN: ExchangeStatus.ACCEPTED,
    BillingState.REMINDED: ExchangeStatus.ACCEPTED,
    BillingState.LOSS: ExchangeStatus.MANUAL_ACTION_REQUIRED,
    BillingState.PAID: ExchangeStatus.SETTLED,
    BillingState.CANCELLED: ExchangeStatus.REFUSED,
}
"""What a state is called in the history, whose vocabulary is D17's."""


@dataclass(frozen=True, kw_only=True)
class BilledPatient:
    """Who is billed.

    Attributes:
        patient_ref: The front end's own reference of the patient, no number of a person.
        niss: Where it is known.
    """

    patient_ref: str = field(repr=False)
    last_name: str = field(repr=False)
    first_name: str = field(repr=False)
    niss: Niss | None = None
    street: str = field(default="", repr=False)
    postal_code: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    country: str = field(default="BE", repr=False)
    language: str = "nl"


@dataclass(frozen=True, kw_only=True)
class BilledAmounts:
    """What is billed, in cents.

    Attributes:
        total: What the patient has to pay.
        copayment: The patient's share in it.
        supplement: Supplements in it.
    """

    total: int
    copayment: int | None = None
    supplement: int | None = None


@dataclass(frozen=True, kw_only=True)
class InvoiceReferences:
    """By what an invoice is known.

    Attributes:
        number: As printed on it.
        payment_reference: Structured communication, twelve digits.
        client_ref: The front end's own reference.
        treatment_ref: The treatment it belongs to, as the front end names it.
        estimate_ref: The estimate it follows, as the front end names it.
    """

    number: str
    payment_reference: str | None = None
    client_ref: str | None = None
    treatment_ref: str | None = None
    estimate_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class BillingInvoice:
    """One invoice at a billing service.

    Attributes:
        id: ``bin_…``; also our reference towards the service, unique for ever.
        service_id: The billing service, ``bsv_…``.
        exchange_id: Its row of the history.
        operation_id: What a front end follows while it is sent.
        service_ref: The service's own identifier, once it is known.
        is_synchronised: Whether its state is kept in step in the background.
        pdf_sha256: Of the file that was sent, hexadecimal.
        problem_code: Why it is in trouble.
        ask_at: When the service is asked about this one by itself; ``None`` for never.
    """

    id: str
    client_id: str
    practice_id: str
    service_id: str
    exchange_id: str
    operation_id: str
    status: ExchangeStatus
    issued_on: date
    patient: BilledPatient
    amounts: BilledAmounts
    references: InvoiceReferences
    created_at: datetime
    updated_at: datetime
    is_synchronised: bool
    pdf_sha256: str
    pdf_pages: int
    due_on: date | None = None
    service_ref: str | None = None
    sent_at: datetime | None = None
    problem_code: str | None = None
    ask_at: datetime | None = None
    position: BillingPosition = field(default_factory=BillingPosition)

    @property
    def state(self) -> BillingState:
        """Where it stands."""
        return self.position.state

    @property
    def is_open(self) -> bool:
        """Whether the service has it and something is still to be expected."""
        return not self.position.is_final and self.state is not BillingState.PREPARED

    def planned(self, *, at: datetime, silence: timedelta) -> BillingInvoice:
        """Give it with the moment at which the service is asked about this one by itself.

        Args:
            at: Now.
            silence: After how long without a word an invoice is asked for.
        """
        return replace(self, ask_at=self._next_question(at, silence))

    def _next_question(self, at: datetime, silence: timedelta) -> datetime | None:
        if self.position.is_final:
            return None
        if self.status is ExchangeStatus.OUTCOME_UNKNOWN:
            return at + UNKNOWN_ASKED_EVERY
        if not self.is_synchronised or self.state is BillingState.PREPARED:
            return None
        return at + (LOSS_ASKED_EVERY if self.state is BillingState.LOSS else silence)


def is_communication(text: str) -> bool:
    """Tell whether twelve digits are a structured communication: the last two check the others.

    The check is the remainder by 97, and 97 when that is 0 (Febelfin, *OGM-VCS*).
    """
    if not _COMMUNICATION.fullmatch(text):
        return False
    return int(text[10:]) == (int(text[:10]) % _MODULUS or _MODULUS)


def is_person_number(text: str) -> bool:
    """Tell whether a reference is the number of a person, which belongs into no address."""
    try:
        Niss.parse(text)
    except InvalidIdentifier:
        return False
    return True
