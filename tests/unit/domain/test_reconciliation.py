"""Sent, accepted, refused, paid and still open, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bridge.domain.claims import ActResult, Claim, RejectionReason
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Mutuality
from bridge.domain.invoices import BatchDecision, InvoiceAnswer, InvoiceBatch, status_of_answer
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.reconciliation import (
    Balance,
    Reconciliation,
    balance_of,
    balance_of_sums,
    expected_payments,
)
from tests.support.invoicecases import NOW, PATIENT, batch, block, claim, credit, injection, toilet

S = ExchangeStatus
SETTINGS = InvoiceSettings()
NOTED = (RejectionReason(letter="R", code="500423"),)


def standing(status: S, answer: InvoiceAnswer | None = None, **changes: object) -> InvoiceBatch:
    decisions = ()
    if answer is not None:
        said = status_of_answer(answer, has_rejections=False)
        decisions = (BatchDecision(at=NOW, response_id="rsp_1", answer=answer, status=said),)
    return batch(status, **{"decisions": decisions, "sent_at": NOW, **changes})


SENT = standing(S.SENT)
ACCEPTED = standing(S.ACCEPTED, InvoiceAnswer.FILE_ACCEPTED)
SETTLED = standing(S.SETTLED, InvoiceAnswer.SETTLED)
TWO = claim(toilet(), injection())
DONE = claim(
    toilet(result=ActResult.PARTLY_PAID, paid_amount=450),
    injection(result=ActResult.REJECTED),
)


@pytest.mark.parametrize(
    ("found", "line", "expected"),
    [
        pytest.param(SENT, TWO, Balance(sent=1000, still_open=1000), id="sent"),
        pytest.param(
            ACCEPTED, TWO, Balance(sent=1000, accepted=1000, still_open=1000), id="accepted"
        ),
        pytest.param(
            ACCEPTED,
            claim(toilet(reasons=NOTED), injection()),
            Balance(sent=1000, accepted=500, still_open=1000),
            id="accepted-with-remarks",
        ),
        pytest.param(
            SETTLED, DONE, Balance(sent=1000, accepted=450, refused=550, paid=450), id="settled"
        ),
        pytest.param(
            SETTLED,
            credit(toilet(insurer_amount=-500, result=ActResult.PAID, paid_amount=-500)),
            Balance(sent=-500, accepted=-500, paid=-500),
            id="credit-note",
        ),
    ],
)
def test_sums_of_a_claim(found: InvoiceBatch, line, expected: Balance) -> None:
    assert balance_of(found, line, SETTINGS) == expected
    assert expected.is_balanced


@pytest.mark.parametrize("status", S, ids=lambda each: each.value)
def test_what_may_lie_with_the_insurer_counts_as_sent(status: S) -> None:
    is_here = status in {S.DRAFT, S.TO_SEND, S.ERROR}
    found = balance_of(batch(status, sent_at=NOW), TWO, SETTINGS)
    assert found.sent == (0 if is_here else 1000)
    ledger = Reconciliation(SETTINGS)
    ledger.add(batch(status, sent_at=NOW), TWO)
    assert len(ledger.rows) == (0 if is_here else 1)


def test_rows_are_by_day_of_sending_in_belgium_and_insurer() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    ledger = Reconciliation(SETTINGS)
    ledger.add(replace(SETTLED, insurer="300"), DONE)
    ledger.add(SENT, TWO)
    ledger.add(replace(SENT, sent_at=late), claim(*block()))
    ledger.add(replace(SENT, sent_at=None, updated_at=datetime(2026, 10, 1, tzinfo=UTC)), TWO)
    rows = [(row.on, row.insurer, row.claims, row.lines, row.balance.sent) for row in ledger.rows]
    assert rows == [
        (date(2026, 10, 1), "100", 1, 2, 1000),
        (date(2026, 11, 25), "100", 2, 2 + len(block()), 3280),
        (date(2026, 11, 25), "300", 1, 2, 1000),
    ]
    assert ledger.by_insurer["300"] == Balance(sent=1000, accepted=450, refused=550, paid=450)
    assert ledger.total.sent == 5280
    assert ledger.total.is_balanced


def test_nothing_is_balanced() -> None:
    assert Reconciliation(SETTINGS).total == Balance()
    assert not Balance(sent=1).is_balanced


def test_payments_are_expected_from_each_destination() -> None:
    other = replace(PATIENT, mutuality=Mutuality("319"))
    paid = expected_payments([DONE, replace(DONE, patient=other), DONE], SETTINGS)
    assert paid == {"129": 900, "300": 450}


@pytest.mark.parametrize(
    ("sent_batch", "claims"),
    [pytest.param(SENT, [TWO], id="sent"), pytest.param(SETTLED, [DONE], id="settled")],
)
def test_a_batch_that_is_added_up_at_once_gives_what_its_claims_give(
    sent_batch: InvoiceBatch, claims: list[Claim]
) -> None:
    slowly = Reconciliation(SETTINGS)
    for each in claims:
        slowly.add(sent_batch, each)
    found = balance_of_sums(
        sent_batch,
        sent=sum(each.insurer_amount for each in claims),
        paid=sum(each.paid_amount for each in claims),
        still_open=sum(line.open_amount for each in claims for line in each.lines),
    )
    assert found == slowly.total


def test_what_is_accepted_and_not_settled_is_known_by_its_acts_only() -> None:
    for still_open in (1000, 0):  # open credit notes can make up for open acts
        assert balance_of_sums(ACCEPTED, sent=1000, paid=0, still_open=still_open) is None
