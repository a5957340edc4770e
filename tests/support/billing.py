"""Invoices for a billing service, their files, and a registration with the played one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.pdfgen.canvas import Canvas

from bridge.domain.billing import BillingPosition, BillingState, StateReport
from bridge.domain.billinginvoices import (
    BilledAmounts,
    BilledPatient,
    BillingInvoice,
    InvoiceReferences,
)
from bridge.domain.billingservices import Authentication, BillingAccount
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.domain.operations import OperationKind, OperationStatus
from bridge.sandbox.billing import CLIENT_ID, PlayedBilling
from bridge.service.billingdesk import WantedAccount
from bridge.service.billinginvoices import WantedInvoice
from bridge.service.keys import KeyClaim
from tests.support import care, stores

NOW: Final = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NISS: Final = "85073003328"
BASE_URL: Final = "http://127.0.0.1:1/billing"
DAY_S: Final = 86_400
MILLIMETRE: Final = 72 / 25.4


def communication(number: int) -> str:
    """Give a structured communication with right check digits."""
    return f"{number:010d}{number % 97 or 97:02d}"


def printed(digits: str) -> str:
    """Write a structured communication as invoices print it."""
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"


def payment_code(number: int, amount: str, *remittance: str) -> str:
    """Write out a payment code as its standard says, line by line."""
    head = ["BCD", "002", "1", "SCT", "GKCCBEBB", "Praktijk Voorbeeld", "BE62510007547061"]
    return "\n".join([*head, amount, *(remittance or ("", communication(number)))])


@cache
def pdf(
    number: int = 1,
    *,
    pages: int = 1,
    text: str | None = None,
    codes: tuple[str, ...] = (),
    blot_mm: float = 0,
) -> bytes:
    """Make an invoice as a PDF file; with no text of its own it prints its communication.

    Args:
        codes: Drawn on the last page, each as a QR code of 25 mm.
        blot_mm: Side of a blot of ink in the middle of each code.
    """
    file = io.BytesIO()
    canvas = Canvas(file, invariant=True)
    for page in range(pages):
        canvas.drawString(72, 720, f"Invoice {number}, page {page + 1}")
        lines = printed(communication(number)) if text is None else text
        for place, line in enumerate(lines.splitlines()):
            canvas.drawString(72, 700 - 14 * place, line)
        if page == pages - 1:
            for place, code in enumerate(codes):
                _draw(canvas, code, x=72 + 120 * place, blot=blot_mm * MILLIMETRE)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw(canvas: Canvas, code: str, *, x: float, blot: float) -> None:
    side = 25 * MILLIMETRE
    drawn = QrCodeWidget(code, barLevel="M")
    left, _, right, _ = drawn.getBounds()
    scale = side / (right - left)
    drawing = Drawing(side, side, transform=[scale, 0, 0, scale, 0, 0])
    drawing.add(drawn)
    renderPDF.draw(drawing, canvas, x, 500)
    middle = (side - blot) / 2
    canvas.rect(x + middle, 500 + middle, blot, blot, stroke=0, fill=1)


def patient(number: int = 1, **changes: Any) -> BilledPatient:
    made = BilledPatient(
        patient_ref=f"patient-{number}",
        last_name="Pruikenmaker",
        first_name="Zoë",
        niss=Niss(NISS) if number == 1 else None,
        street="Dorpsstraat 1",
        postal_code="1000",
        city="Brussel",
    )
    return replace(made, **changes)


def wanted(service_id: str, number: int = 1, **changes: Any) -> WantedInvoice:
    made = WantedInvoice(
        service_id=service_id,
        issued_on=date(2026, 11, 20),
        due_on=date(2026, 12, 20),
        patient=patient(number),
        amounts=BilledAmounts(total=12_000 + number, copayment=2_000),
        references=InvoiceReferences(
            number=f"2026-{number:04d}",
            payment_reference=communication(number),
            client_ref=f"invoice-{number}",
            treatment_ref=f"treatment-{(number + 1) // 2}",
        ),
        pdf=pdf(number),
    )
    return replace(made, **changes)


def claim(number: int = 1) -> KeyClaim:
    return KeyClaim(
        key=f"billing-key-{number:06d}", route="POST /v1/billing-invoices", fingerprint="f"
    )


def account(**changes: Any) -> BillingAccount:
    made = BillingAccount(
        id="bsv_1",
        name="CMD",
        base_url=BASE_URL,
        token_url=f"{BASE_URL}/token",
        client_id=CLIENT_ID,
        authentication=Authentication.CLIENT_CREDENTIALS,
        created_at=NOW,
        updated_at=NOW,
        is_synchronised=True,
    )
    return replace(made, **changes)


def wanted_account(service: PlayedBilling, **changes: Any) -> WantedAccount:
    made = WantedAccount(
        name="CMD",
        base_url=BASE_URL,
        token_url=f"{BASE_URL}/token",
        client_id=CLIENT_ID,
        client_secret=service.client_secret,
        authentication=Authentication.CLIENT_CREDENTIALS,
        is_synchronised=True,
    )
    return replace(made, **changes)


def invoice(number: int = 1, **changes: Any) -> BillingInvoice:
    """Give an invoice as it is kept; by default the service has confirmed it."""
    made = BillingInvoice(
        id=f"bin_{number:026d}",
        client_id="test",
        practice_id="",
        service_id="bsv_1",
        exchange_id=f"exc_{number:026d}",
        operation_id=f"op_{number:026d}",
        status=ExchangeStatus.RECEIVED,
        issued_on=date(2026, 11, 20),
        due_on=date(2026, 12, 20),
        patient=patient(number),
        amounts=BilledAmounts(total=12_000 + number),
        references=InvoiceReferences(
            number=f"2026-{number:04d}",
            treatment_ref=f"treatment-{(number + 1) // 2}",
        ),
        created_at=NOW,
        updated_at=NOW,
        is_synchronised=True,
        pdf_sha256="0" * 64,
        pdf_pages=1,
        service_ref=f"S-{number:07d}",
    )
    return replace(made, **changes)


def keep(unit: Any, number: int, state: BillingState, **changes: Any) -> BillingInvoice:
    """Put an invoice with its message, operation and evidence."""
    kept = invoice(number, position=BillingPosition(state=state))
    unit.operations.add(
        stores.operation(
            number, kind=OperationKind.BILLING_INVOICE, status=OperationStatus.SUCCEEDED,
            created_at=NOW, updated_at=NOW,
        )
    )  # fmt: skip
    message = care.message(
        number, id=kept.exchange_id, service="billing", kind="billing_invoice",
        subject_id=kept.id, created_at=NOW, updated_at=NOW, sent_at=NOW, **changes,
    )  # fmt: skip
    niss = kept.patient.niss
    unit.exchanges.add(message, people=() if niss is None else (niss,))
    unit.evidence.add(stores.evidence(number, subject_id=message.id, content=NISS.encode()))
    unit.billing_invoices.put(kept)
    return kept


def report(state: BillingState | str | None, day: float = 1, **changes: Any) -> StateReport:
    """Give what a service says, some days after ``NOW``."""
    known = state if isinstance(state, BillingState) else None
    raw = state.value if isinstance(state, BillingState) else state or ""
    made = StateReport(
        service_ref="S-0000001",
        raw_state=raw,
        state=known,
        changed_at=datetime.fromtimestamp(NOW.timestamp() + day * DAY_S, tz=UTC),
    )
    return replace(made, **changes)


def states_of(changes: Sequence[Any]) -> list[str]:
    """Give the states of a history in their order."""
    return [each.state.value for each in changes]


def vendors_own(place: Any) -> tuple[str, Any]:
    """Stand for the connector of an installed package."""
    return ("vendor", place)
