"""Credit notes, corrections, and refused acts in the next draft (eFact for nursing 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.claimchanges import (
    carry_over,
    correction,
    correction_reference,
    credit_note,
    credit_reference,
    credited,
    next_reference,
    previous_of,
    sending_order,
)
from bridge.domain.claims import ActResult, Claim, ClaimKind, ClaimLine, RejectionReason
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Mutuality
from bridge.domain.invoicerules import check_claim
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.errors import Conflict
from tests.support.fakes import CountingIds
from tests.support.invoicecases import (
    LATER,
    OTHER_PATIENT,
    PATIENT,
    PREVIOUS,
    batch,
    block,
    claim,
    context,
    credit,
    injection,
    toilet,
)

REASON = RejectionReason(letter="R", code="500423", record="50", zone="4")
REJECTED = {"result": ActResult.REJECTED, "reasons": (REASON,)}
PAID = {"result": ActResult.PAID, "paid_amount": 500}


def paid(line: ClaimLine) -> ClaimLine:
    return replace(line, result=ActResult.PAID, paid_amount=line.insurer_amount)


def rejected(line: ClaimLine) -> ClaimLine:
    return replace(line, **REJECTED)


def note(found: Claim, **changes: object) -> Claim:
    known = {"previous": PREVIOUS, "batch_id": "inv_2", "ids": CountingIds(), "at": LATER}
    return credit_note(found, **{**known, **changes})


def carried(refused: list[Claim], draft: list[Claim]):
    return carry_over(refused, draft, batch_id="inv_2", ids=CountingIds(), at=LATER)


@pytest.mark.parametrize(
    ("reference", "again"),
    [
        pytest.param("A1", "A1/2", id="first"),
        pytest.param("A1/2", "A1/3", id="second"),
        pytest.param("A1/9", "A1/10", id="tenth"),
        pytest.param("A1-C", "A1-C/2", id="credit"),
        pytest.param("A1/2-C", "A1/2-C/2", id="credit-of-repeated"),
        pytest.param("A/B", "A/B/2", id="slash-of-ours"),
    ],
)
def test_references_of_repeated_acts(reference: str, again: str) -> None:
    assert next_reference(reference) == again


def test_references_of_one_act_never_meet() -> None:
    found = {"A1", next_reference("A1"), credit_reference("A1"), correction_reference("A1")}
    assert len(found) == 4


def test_a_credit_note_takes_everything_back_with_a_minus() -> None:
    line = paid(toilet(supplement=30, base_value=7))
    found = note(claim(line))
    (back,) = found.lines
    assert (back.insurer_amount, back.copayment, back.supplement, back.units) == (
        -500,
        -100,
        -30,
        -1,
    )
    assert (back.base_value, back.result, back.paid_amount) == (-7, ActResult.OPEN, 0)
    assert (found.kind, found.credits_id, found.previous) == (
        ClaimKind.CREDIT_NOTE,
        "clm_1",
        PREVIOUS,
    )
    assert (found.batch_id, found.invoice_number, back.reference) == ("inv_2", None, "A1-C")
    assert check_claim(found, context()) == ()


def test_a_credit_note_and_what_it_takes_back_are_nothing_together() -> None:
    lines = [paid(line) for line in (*block(), toilet(reference="A2"))]
    found = claim(*lines)
    assert found.insurer_amount + note(found).insurer_amount == 0
    assert found.copayment + note(found).copayment == 0


def test_a_day_of_a_lump_sum_is_taken_back_whole_statistical_lines_too() -> None:
    lines = [paid(line) for line in (*block(), toilet(reference="A2"))]
    found = note(claim(*lines), references={"F1.1"})
    assert [line.reference for line in found.lines] == ["F1.1-C", "F1.2-C", "F1-C"]
    assert [line.units for line in found.lines] == [-1, -1, -1]


def test_what_was_partly_paid_is_taken_back_as_far_as_it_was() -> None:
    line = toilet(result=ActResult.PARTLY_PAID, paid_amount=300)
    assert note(claim(line)).insurer_amount == -300


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(claim(), id="open"),
        pytest.param(claim(toilet(**REJECTED)), id="rejected"),
        pytest.param(claim(toilet(**PAID, credited_by="A1-C")), id="taken-back"),
        pytest.param(credit(toilet(**PAID)), id="credit-note"),
    ],
)
def test_what_was_not_paid_or_is_taken_back_cannot_be_credited(found: Claim) -> None:
    with pytest.raises(Conflict) as caught:
        note(found)
    assert caught.value.problem_code == "nothing_to_credit"


def test_an_act_is_taken_back_once() -> None:
    found = claim(paid(toilet()), paid(injection()))
    first = note(found, references={"A1"})
    known = credited(found, first, at=LATER)
    assert [line.credited_by for line in known.lines] == ["A1-C", None]
    assert [line.reference for line in note(known).lines] == ["A2-C"]
    assert credited(known, first, at=LATER) is known


def test_a_correction_names_the_invoice_it_puts_right() -> None:
    found = claim(paid(toilet()))
    right = correction(
        found,
        [replace(found.lines[0], insurer_amount=450)],
        previous=PREVIOUS,
        batch_id="inv_2",
        ids=CountingIds(),
        at=LATER,
    )
    (line,) = right.lines
    assert (line.reference, line.insurer_amount, line.result) == ("A1-N", 450, ActResult.OPEN)
    assert (right.kind, right.previous, right.credits_id) == (
        ClaimKind.CORRECTION,
        PREVIOUS,
        "clm_1",
    )
    assert check_claim(right, context()) == ()


def test_a_correction_without_acts_is_refused() -> None:
    with pytest.raises(Conflict):
        correction(claim(), [], previous=PREVIOUS, batch_id="b", ids=CountingIds(), at=LATER)


def test_the_previous_invoicing_is_that_of_the_batch() -> None:
    sent = batch(ExchangeStatus.SETTLED, sending_number=12)
    found = previous_of(claim(), sent, payment_reference="129/202611/900/")
    assert (found.invoice_number, found.sending_number) == ("202611000001", 12)
    assert (found.mutuality, str(found.month)) == (Mutuality("129"), "2026-11")
    assert found.payment_reference == "129/202611/900/"


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        pytest.param(batch(), claim(), id="no-sending-number"),
        pytest.param(batch(sending_number=1), claim(invoice_number=None), id="no-invoice-number"),
    ],
)
def test_what_was_never_sent_has_no_previous_invoicing(sent, found) -> None:
    with pytest.raises(Conflict) as caught:
        previous_of(found, sent)
    assert caught.value.problem_code == "nothing_to_credit"


def test_refused_acts_go_into_a_new_claim_of_the_draft() -> None:
    found = claim(rejected(toilet()), paid(injection()))
    result = carried([found], [])
    (fresh,) = result.draft
    (line,) = fresh.lines
    assert (line.reference, line.carried_from, line.result, line.reasons) == (
        "A1/2",
        "A1",
        ActResult.OPEN,
        (),
    )
    assert (fresh.batch_id, fresh.invoice_number, fresh.kind) == ("inv_2", None, ClaimKind.NORMAL)
    assert [each.carried_to for each in result.refused[0].lines] == ["A1/2", None]
    assert result.refused[0].lines[0].reasons == (REASON,)


def test_doing_it_twice_changes_nothing() -> None:
    once = carried([claim(rejected(toilet()))], [])
    twice = carried(list(once.refused), list(once.draft))
    assert twice.draft == ()
    assert twice.refused == once.refused


def test_a_crash_between_the_two_writes_does_no_harm() -> None:
    refused = [claim(rejected(toilet()))]
    once = carried(refused, [])
    again = carried(refused, list(once.draft))
    assert again.draft == ()
    assert again.refused == once.refused


def test_an_act_that_a_person_took_out_of_the_draft_does_not_come_back() -> None:
    once = carried([claim(rejected(toilet()))], [])
    assert carried(list(once.refused), []).draft == ()


def test_acts_of_one_patient_go_into_one_claim_and_others_stay_apart() -> None:
    refused = [
        claim(rejected(toilet())),
        claim(rejected(injection()), id="clm_2"),
        claim(rejected(toilet(reference="B1")), id="clm_3", patient=OTHER_PATIENT),
    ]
    waiting = claim(toilet(reference="C1"), id="clm_9", batch_id="inv_2")
    result = carried(refused, [waiting])
    assert [[line.reference for line in each.lines] for each in result.draft] == [
        ["C1", "A1/2", "A2/2"],
        ["B1/2"],
    ]
    assert result.draft[0].id == "clm_9"


def test_a_refused_credit_note_stays_one_about_the_same_invoice() -> None:
    back = credit(rejected(toilet(reference="A1-C", insurer_amount=-500, units=-1)))
    result = carried([back, claim(rejected(injection()), id="clm_2")], [])
    assert [(each.kind, each.previous) for each in result.draft] == [
        (ClaimKind.CREDIT_NOTE, PREVIOUS),
        (ClaimKind.NORMAL, None),
    ]


def test_a_refused_day_of_a_lump_sum_is_carried_whole_and_is_still_right() -> None:
    found = claim(*[rejected(line) for line in block()])
    (fresh,) = carried([found], []).draft
    assert [line.reference for line in fresh.lines] == ["F1.1/2", "F1.2/2", "F1/2"]
    assert check_claim(fresh, context()) == ()


def test_the_third_time_counts_on() -> None:
    first = carried([claim(rejected(toilet()))], [])
    (fresh,) = first.draft
    second = carried([replace(fresh, lines=tuple(map(rejected, fresh.lines)))], [])
    assert second.draft[0].lines[0].reference == "A1/3"
    assert second.draft[0].lines[0].carried_from == "A1/2"


def test_credit_notes_come_first_then_destinations_in_order() -> None:
    mutualities = {"clm_1": "319", "clm_2": "129", "clm_3": "306", "clm_4": "304"}
    claims = [
        claim(id=name, patient=replace(PATIENT, mutuality=Mutuality(digits)), position=place)
        for place, (name, digits) in enumerate(mutualities.items())
    ]
    claims.append(credit(id="clm_5", position=9))
    ordered = sending_order(claims, InvoiceSettings())
    assert [each.id for each in ordered] == ["clm_5", "clm_2", "clm_1", "clm_4", "clm_3"]
