"""What a front end takes over of a settled invoice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.caredays import DayResult
from bridge.domain.claims import ActResult, ClaimLine, LineNorm
from bridge.domain.invoicehandovers import InvoiceHandover, handover_of
from bridge.domain.invoices import InvoiceAnswer
from bridge.domain.invoicesettings import InvoiceSettings
from tests.support import invoices

SETTINGS = InvoiceSettings()
DESTINATION = SETTINGS.destination(invoices.claim().patient.mutuality)
SETTLED = replace(invoices.settlement(), applied_at=invoices.NOW)


def paid_to(mutuality: str, reference: str = "P1"):
    verdict = replace(
        SETTLED.settlement.mutualities[0], mutuality=mutuality, payment_reference=reference
    )
    return replace(SETTLED, settlement=replace(SETTLED.settlement, mutualities=(verdict,)))


def act(number: int, paid: int, **changes) -> ClaimLine:
    result = ActResult.PAID if paid else ActResult.REJECTED
    return invoices.line(number, result=result, paid_amount=paid, **changes)


STATISTICAL = invoices.line(3, norm=LineNorm.STATISTICAL, insurer_amount=0)


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        pytest.param((act(1, 580), act(2, 580)), (DayResult.PAID, 1160, 0), id="paid"),
        pytest.param((act(1, 580), act(2, 0)), (DayResult.PARTLY_PAID, 580, 580), id="partly"),
        pytest.param((act(1, 0),), (DayResult.REFUSED, 0, 580), id="refused"),
        pytest.param((act(1, 580), STATISTICAL), (DayResult.PAID, 580, 0), id="statistical"),
    ],
)
def test_it_says_result_amounts_and_who_pays_under_which_reference(acts, expected) -> None:
    result, paid, refused = expected
    assert handover_of(invoices.claim(1, *acts), paid_to(DESTINATION), SETTINGS) == InvoiceHandover(
        result=result,
        paid=paid,
        refused=refused,
        mutuality=DESTINATION,
        payment_reference="P1",
    )


@pytest.mark.parametrize(
    ("mutuality", "reference"),
    [
        pytest.param("999", "P1", id="of-another-mutuality"),
        pytest.param(DESTINATION, "   ", id="blank"),
    ],
)
def test_a_payment_reference_that_is_not_there_is_empty(mutuality: str, reference: str) -> None:
    found = handover_of(invoices.claim(1, act(1, 580)), paid_to(mutuality, reference), SETTINGS)
    assert found is not None
    assert found.payment_reference == ""


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(invoices.settlement(), id="waits-for-a-person"),
        *(
            pytest.param(
                replace(SETTLED, settlement=replace(SETTLED.settlement, answer=answer)),
                id=answer.name.lower(),
            )
            for answer in InvoiceAnswer
            if answer is not InvoiceAnswer.SETTLED
        ),
    ],
)
def test_nothing_is_taken_over_that_is_not_final(kept) -> None:
    assert handover_of(invoices.claim(1, act(1, 580)), kept, SETTINGS) is None
