"""What an answer makes of acts, days and invoices, to the cent (eFact for nursing 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.caredays import DayResult, care_days, day_result
from bridge.domain.claims import ActResult, Claim, ClaimLine, RejectionReason
from bridge.domain.identifiers import Mutuality
from bridge.domain.invoicecases import act_key
from bridge.domain.invoices import InvoiceAnswer
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.settlements import (
    ActVerdict,
    InvoiceVerdict,
    MutualityVerdict,
    Settlement,
    SettlementFinding,
)
from bridge.domain.settling import Settler, settle
from tests.support.invoicecases import (
    DAY,
    LATER,
    OTHER_PATIENT,
    PATIENT,
    block,
    claim,
    credit,
    injection,
    toilet,
    visit,
)

SETTINGS = InvoiceSettings()
NUMBER = "202611000001"
R, S = ActResult, InvoiceAnswer


def reason(letter: str = "R", code: str = "500423", record: str = "50") -> RejectionReason:
    return RejectionReason(letter=letter, code=code, record=record, zone=code[2:4])


def act(reference: str, *letters: str, amount: int | None = None) -> ActVerdict:
    reasons = tuple(reason(letter) for letter in letters)
    return ActVerdict(reference=reference, reasons=reasons, accepted_amount=amount)


def invoice(*letters: str, amount: int | None = None) -> InvoiceVerdict:
    reasons = tuple(reason(letter, "200823", "20") for letter in letters)
    return InvoiceVerdict(invoice_number=NUMBER, reasons=reasons, accepted_amount=amount)


def answer(*acts: ActVerdict, name: InvoiceAnswer = S.SETTLED, **changes: object) -> Settlement:
    return Settlement(response_id="rsp_1", answer=name, at=LATER, acts=acts, **changes)


def settled(
    found: Claim, said: Settlement, settings: InvoiceSettings = SETTINGS
) -> tuple[Claim, tuple[SettlementFinding, ...]]:
    (done,), findings = settle([found], said, settings)
    return done, findings


def results(found: Claim) -> list[tuple[ActResult, int]]:
    return [(line.result, line.paid_amount) for line in found.lines]


TWO = claim(toilet(), injection())


def test_an_act_that_is_not_named_is_paid() -> None:
    done, findings = settled(TWO, answer())
    assert results(done) == [(R.PAID, 500), (R.PAID, 500)]
    assert (done.paid_amount, done.is_settled, findings) == (1000, True, ())
    assert not TWO.is_settled


@pytest.mark.parametrize(
    ("letter", "result", "paid"),
    [
        pytest.param("R", R.REJECTED, 0, id="rejected"),
        pytest.param("B", R.REJECTED, 0, id="blocking"),
        pytest.param("F", R.REJECTED, 0, id="invoice"),
        pytest.param("", R.REJECTED, 0, id="no-letter"),
        pytest.param(" ", R.REJECTED, 0, id="blank"),
        pytest.param("E", R.PAID, 500, id="other-rights"),
        pytest.param("S", R.PAID, 500, id="signal"),
    ],
)
def test_the_letter_decides(letter: str, result: ActResult, paid: int) -> None:
    done, _ = settled(TWO, answer(act("A1", letter)))
    assert results(done) == [(result, paid), (R.PAID, 500)]
    assert done.lines[0].reasons == (reason(letter),)


def test_which_letters_reject_is_a_setting() -> None:
    settings = InvoiceSettings(rejecting_letters=frozenset({"S"}))
    done, _ = settled(TWO, answer(act("A1", "R"), act("A2", "S")), settings)
    assert [line.result for line in done.lines] == [R.PAID, R.REJECTED]


def test_one_letter_that_rejects_is_enough() -> None:
    done, _ = settled(TWO, answer(act("A1", "S", "R")))
    assert done.lines[0].result is R.REJECTED
    assert len(done.lines[0].reasons) == 2


def test_an_act_may_be_paid_in_part() -> None:
    done, _ = settled(TWO, answer(act("A1", "E", amount=450)))
    assert results(done)[0] == (R.PARTLY_PAID, 450)
    assert done.lines[0].refused_amount == 50


def test_an_accepted_amount_of_nothing_is_a_rejection() -> None:
    done, _ = settled(TWO, answer(act("A1", "E", amount=0)))
    assert results(done)[0] == (R.REJECTED, 0)


def test_an_error_of_the_invoice_rejects_all_its_acts() -> None:
    done, _ = settled(TWO, answer(invoices=(invoice("F"),)))
    assert results(done) == [(R.REJECTED, 0), (R.REJECTED, 0)]
    assert [each.code for each in done.reasons] == ["200823"]


def test_a_signal_about_the_invoice_rejects_nothing() -> None:
    done, _ = settled(TWO, answer(invoices=(invoice("S"),)))
    assert done.paid_amount == 1000
    assert [each.letter for each in done.reasons] == ["S"]


@pytest.mark.parametrize("reference", ["F1.1", "F1.2", "F1.4", "F1"])
def test_one_error_in_a_lump_sum_rejects_its_whole_day(reference: str) -> None:
    found = claim(*block(visit(), visit()), toilet(reference="A2", day=DAY - timedelta(days=1)))
    done, _ = settled(found, answer(act(reference, "R")))
    assert [line.result for line in done.lines] == [R.REJECTED] * 5 + [R.PAID]
    assert done.paid_amount == 500
    assert sum(bool(line.reasons) for line in done.lines) == 1


def test_statistical_lines_share_the_result_of_their_lump_sum() -> None:
    done, _ = settled(claim(*block()), answer(act("F1", "E", amount=2000)))
    assert [line.result for line in done.lines] == [R.PARTLY_PAID] * 3


def test_an_error_of_a_reading_is_matched_by_patient_code_day_and_provider() -> None:
    key = act_key(PATIENT, toilet())
    about = ActVerdict(key=key, reasons=(reason("R", "521610", "52"),))
    done, findings = settled(TWO, answer(about))
    assert [line.result for line in done.lines] == [R.REJECTED, R.PAID]
    assert findings == ()


def test_of_two_acts_that_are_alike_the_one_that_was_read_is_meant() -> None:
    both = claim(toilet(reading=None), toilet(reference="A9"))
    about = ActVerdict(key=act_key(PATIENT, toilet()), reasons=(reason("R", "521610", "52"),))
    done, _ = settled(both, answer(about))
    assert [line.result for line in done.lines] == [R.PAID, R.REJECTED]


def test_without_references_the_key_finds_the_act() -> None:
    about = ActVerdict(key=act_key(PATIENT, injection()), reasons=(reason(),))
    done, _ = settled(TWO, answer(about))
    assert [line.result for line in done.lines] == [R.PAID, R.REJECTED]


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param(act("Z9", "R"), id="reference"),
        pytest.param(
            ActVerdict(key=act_key(OTHER_PATIENT, toilet()), reasons=(reason(),)), id="key"
        ),
        pytest.param(ActVerdict(reasons=(reason(),)), id="nothing"),
    ],
)
def test_an_act_that_was_not_sent_is_a_finding(stray: ActVerdict) -> None:
    done, findings = settled(TWO, answer(stray))
    assert [each.code for each in findings] == ["settlement_act_unknown"]
    assert done.paid_amount == 1000


def test_an_invoice_that_was_not_sent_is_a_finding() -> None:
    stray = InvoiceVerdict(invoice_number="999999999999")
    _, findings = settled(TWO, answer(invoices=(stray,)))
    assert [each.code for each in findings] == ["settlement_invoice_unknown"]


def test_the_amount_of_an_invoice_is_what_is_paid_of_it() -> None:
    done, findings = settled(TWO, answer(act("A2", "E"), invoices=(invoice(amount=950),)))
    assert results(done) == [(R.PAID, 500), (R.PARTLY_PAID, 450)]
    assert findings == ()


def test_an_amount_that_no_remark_explains_is_a_finding_and_still_right() -> None:
    done, (finding,) = settled(TWO, answer(invoices=(invoice(amount=400),)))
    assert done.paid_amount == 400
    assert results(done) == [(R.REJECTED, 0), (R.PARTLY_PAID, 400)]
    assert (finding.code, finding.claim_id) == ("settlement_amount_unexplained", "clm_1")
    assert (finding.expected, finding.stated) == (1000, 400)


def test_more_than_a_remark_explains_is_a_finding() -> None:
    said = answer(act("A2", "E"), invoices=(invoice(amount=300),))
    done, findings = settled(TWO, said)
    assert results(done) == [(R.PARTLY_PAID, 300), (R.REJECTED, 0)]
    assert [each.code for each in findings] == ["settlement_amount_unexplained"]


def test_a_rejected_act_that_is_paid_after_all_is_paid_and_told() -> None:
    said = answer(act("A1", "R"), invoices=(invoice(amount=1000),))
    done, findings = settled(TWO, said)
    assert done.paid_amount == 1000
    assert [each.code for each in findings] == ["settlement_amount_unexplained"]


def test_more_than_was_asked_is_paid_and_told() -> None:
    done, findings = settled(TWO, answer(invoices=(invoice(amount=1001),)))
    assert done.paid_amount == 1001
    assert [each.code for each in findings] == ["settlement_amount_unexplained"]


def test_amounts_of_invoices_may_be_ignored() -> None:
    settings = InvoiceSettings(reads_invoice_amounts=False)
    done, findings = settled(TWO, answer(invoices=(invoice(amount=400),)), settings)
    assert (done.paid_amount, findings) == (1000, ())


def test_a_credit_note_is_settled_with_its_sign() -> None:
    done, _ = settled(credit(), answer(invoices=(invoice(amount=-500),)))
    assert results(done) == [(R.PAID, -500)]
    done, _ = settled(credit(), answer(act("A1", "E"), invoices=(invoice(amount=-200),)))
    assert results(done) == [(R.PARTLY_PAID, -200)]


@pytest.mark.parametrize("name", [S.FILE_REFUSED, S.MESSAGE_REFUSED])
def test_a_refused_file_rejects_everything(name: InvoiceAnswer) -> None:
    done, _ = settled(TWO, answer(act("A1", "S"), name=name, invoices=(invoice(amount=1000),)))
    assert results(done) == [(R.REJECTED, 0), (R.REJECTED, 0)]
    assert [len(line.reasons) for line in done.lines] == [1, 0]


def test_an_acceptance_only_notes_its_remarks() -> None:
    noted, _ = settled(TWO, answer(act("A1", "R"), name=S.FILE_ACCEPTED))
    assert results(noted) == [(R.OPEN, 0), (R.OPEN, 0)]
    assert noted.lines[0].reasons == (reason("R"),)
    done, _ = settled(noted, answer(act("A1", "R")))
    assert results(done) == [(R.REJECTED, 0), (R.PAID, 500)]


def test_settling_twice_changes_nothing() -> None:
    said = answer(act("A1", "R"), act("A2", "E", amount=450), invoices=(invoice("S"),))
    once, first = settled(TWO, said)
    twice, second = settled(once, replace(said, at=LATER + timedelta(days=9)))
    assert twice is once
    assert second == first


def test_a_later_settlement_replaces_the_earlier_one() -> None:
    once, _ = settled(TWO, answer(act("A1", "R")))
    later, findings = settled(once, answer())
    assert later.paid_amount == 1000
    assert later.lines[0].reasons == ()
    assert findings == ()


def test_an_act_that_was_invoiced_again_and_is_paid_after_all_is_told() -> None:
    once, _ = settled(TWO, answer(act("A1", "R")))
    again = replace(once, lines=(replace(once.lines[0], carried_to="A1/2"), once.lines[1]))
    _, findings = settled(again, answer())
    assert [each.code for each in findings] == ["carried_act_paid"]
    _, findings = settled(again, answer(act("A1", "R")))
    assert findings == ()


def mutuality(accepted: int, asked: int = 1000, code: str = "129") -> MutualityVerdict:
    return MutualityVerdict(
        mutuality=code,
        asked=asked,
        accepted=accepted,
        refused=asked - accepted,
        payment_reference=f"{code}/202611/900/",
    )


def test_totals_of_a_mutuality_are_compared_with_ours() -> None:
    said = answer(act("A1", "R"), mutualities=(mutuality(500),))
    assert settled(TWO, said)[1] == ()
    assert said.accepted == 500
    (finding,) = settled(TWO, answer(mutualities=(mutuality(999),)))[1]
    assert (finding.code, finding.mutuality) == ("settlement_total_differs", "129")
    assert (finding.expected, finding.stated) == (1000, 999)


def test_totals_are_those_of_the_destination() -> None:
    patient = replace(PATIENT, mutuality=Mutuality("319"))
    found = replace(TWO, patient=patient)
    assert settled(found, answer(mutualities=(mutuality(1000, code="300"),)))[1] == ()
    findings = settled(found, answer(mutualities=(mutuality(1000, code="319"),)))[1]
    assert [each.code for each in findings] == ["settlement_total_differs"] * 2


def test_claims_may_be_taken_in_pages() -> None:
    others = [
        claim(toilet(reference=f"P{number}"), id=f"clm_{number}", invoice_number=f"{number:012d}")
        for number in range(20)
    ]
    said = answer(act("P3", "R"), act("P19", "R"), mutualities=(mutuality(9000, 10_000),))
    settler = Settler(said, SETTINGS)
    done = [settler.take(each) for each in others]
    assert settler.finish() == ()
    assert [each.id for each in done if not each.paid_amount] == ["clm_3", "clm_19"]


def days_of(*lines: ClaimLine) -> list[tuple[str, str, int, int]]:
    return [
        (each.day.isoformat(), each.result.value, each.asked, each.paid)
        for each in care_days(claim(*lines))
    ]


def test_every_day_of_care_is_paid_partly_paid_or_refused() -> None:
    eve = DAY - timedelta(days=1)
    found = claim(
        toilet(reference="A1"),
        injection(reference="A2"),
        toilet(reference="B1", day=eve),
        *block(day=eve - timedelta(days=1)),
    )
    done, _ = settled(found, answer(act("A1", "R"), act("F1.1", "R")))
    assert days_of(*done.lines) == [
        ("2026-11-16", "refused", 2280, 0),
        ("2026-11-17", "paid", 500, 500),
        ("2026-11-18", "partly_paid", 1000, 500),
    ]
    assert [each.references for each in care_days(done)] == [("F1",), ("B1",), ("A1", "A2")]


def test_days_that_are_not_settled_are_open() -> None:
    assert [each.result for each in care_days(TWO)] == [DayResult.OPEN]


@pytest.mark.parametrize(
    ("acts", "day"),
    [
        pytest.param({R.PAID}, DayResult.PAID, id="paid"),
        pytest.param({R.REJECTED}, DayResult.REFUSED, id="refused"),
        pytest.param({R.PAID, R.REJECTED}, DayResult.PARTLY_PAID, id="both"),
        pytest.param({R.PARTLY_PAID}, DayResult.PARTLY_PAID, id="partly"),
        pytest.param({R.PAID, R.OPEN}, DayResult.OPEN, id="open"),
    ],
)
def test_a_day_is_what_its_acts_are(acts: set[ActResult], day: DayResult) -> None:
    assert day_result(acts) is day
