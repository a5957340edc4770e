"""Examples of settlements in the OpenAPI document, made by the models themselves."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from api.examples import LANGUAGE, NISS, NOW, shown
from api.models.settlements import invoice_resource, settlement_resource
from bridge.domain.caredays import care_days
from bridge.domain.claims import ActResult, Claim, ClaimLine, RejectionReason
from bridge.domain.declarations import CarePatient, Sex
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Mutuality, Nihii, Niss
from bridge.domain.invoicehandovers import handover_of
from bridge.domain.invoices import InvoiceAnswer, InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.keptsettlements import KeptSettlement
from bridge.domain.months import Month
from bridge.domain.settlements import MutualityVerdict, Settlement
from bridge.service.settlementbook import SettledInvoice, SettlementView
from bridge.service.settlementerrors import errors_of

_NURSE: Final = Nihii("40000028401")
_BATCH: Final = InvoiceBatch(
    id="inv_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
    client_id="cli_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
    practice_id="prc_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
    registration_id="reg_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
    month=Month(2026, 10),
    insurer="100",
    payer=_NURSE,
    status=ExchangeStatus.SETTLED,
    created_at=NOW,
    updated_at=NOW,
    sending_number=17,
    sending_year=2026,
)
_PAYMENT: Final = MutualityVerdict(
    mutuality="129", asked=1280, accepted=640, refused=640, payment_reference="017/202610/100/"
)
_KEPT: Final = KeptSettlement(
    id="set_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
    client_id=_BATCH.client_id,
    practice_id=_BATCH.practice_id,
    registration_id=_BATCH.registration_id,
    batch_id=_BATCH.id,
    insurer=_BATCH.insurer,
    settlement=Settlement(
        response_id="rsp_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
        answer=InvoiceAnswer.SETTLED,
        at=NOW,
        mutualities=(_PAYMENT,),
    ),
    created_at=NOW,
    updated_at=NOW,
    error_percentage=0,
    applied_at=NOW,
)


def _line(number: int, result: ActResult, *reasons: RejectionReason) -> ClaimLine:
    return ClaimLine(
        id=f"cln_01JD3W7V7Q0M2N4Z8K5T6R1S9{number}",
        reference=f"A{number}",
        code="425110",
        day=date(2026, 10, number),
        provider=_NURSE,
        insurer_amount=640,
        result=result,
        paid_amount=640 if result is ActResult.PAID else 0,
        reasons=reasons,
    )


_CLAIM: Final = Claim(
    id="clm_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
    batch_id=_BATCH.id,
    patient=CarePatient(niss=Niss(NISS), mutuality=Mutuality("129"), sex=Sex.FEMALE),
    ct1="110",
    ct2="110",
    lines=(
        _line(1, ActResult.PAID),
        _line(
            2,
            ActResult.REJECTED,
            RejectionReason(letter="R", code="500423", record="50", zone="4"),
        ),
    ),
    created_at=NOW,
    updated_at=NOW,
    client_ref="invoice-1",
    invoice_number="202610000001",
)

SETTLEMENT: Final[dict[str, Any]] = shown(
    settlement_resource(SettlementView(kept=_KEPT, batch=_BATCH), LANGUAGE)
)
INVOICE: Final[dict[str, Any]] = shown(
    invoice_resource(
        SettledInvoice(
            claim=_CLAIM,
            days=care_days(_CLAIM),
            errors=errors_of(_CLAIM),
            handover=handover_of(_CLAIM, _KEPT, InvoiceSettings()),
        ),
        LANGUAGE,
    )
)
