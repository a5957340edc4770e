"""What stands in a report: read from a store, before anybody lays it out."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.domain.claims import ActResult, LineNorm, RejectionReason
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.invoices import BatchDecision, InvoiceAnswer
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.reports import ReportFormat
from bridge.domain.settlements import (
    ActVerdict,
    InvoiceVerdict,
    MutualityVerdict,
    Settlement,
)
from bridge.errors import InputError
from bridge.ports.invoices import InvoiceFilter
from bridge.ports.reports import ColumnPlace
from bridge.service.invoicesettling import take_over
from bridge.service.refusalreport import RefusalReporter, WantedRefusals
from bridge.service.reportparts import ReportWords
from bridge.service.reports import MOST_ROWS, check_size
from bridge.service.settlementreport import SettlementReporter
from tests.support import care, invoices, stores

WRONG = RejectionReason(letter="R", code="501923", record="50", zone="19")
WHOLE = RejectionReason(letter="F", code="200601", record="20", zone="6a")
HEADER = RejectionReason(letter="", code="10", record="95", zone="412")


@pytest.fixture
async def store(tmp_path):
    stores.new_database(tmp_path)
    async with stores.opened(tmp_path) as opened:
        yield opened


def answered(**changes):
    return invoices.sent(
        1,
        **{
            "status": ExchangeStatus.SETTLED,
            "has_own_answer": True,
            "sent_at": invoices.NOW,
            "answered_at": invoices.NOW,
            **changes,
        },
    )


def answer(**said):
    settlement = Settlement(
        **{"response_id": "rsp_1", "answer": InvoiceAnswer.SETTLED, "at": invoices.NOW, **said}
    )
    return invoices.settlement(1, settlement=settlement)


async def settle(store, batch, claims, kept):
    """Keep a batch, and let its acts take over what an answer says."""

    def work(unit):
        unit.invoice_batches.put(batch)
        unit.claims.put(claims)
        applied = take_over(unit, kept, InvoiceSettings(), at=invoices.NOW)
        unit.settlements.put(applied)
        return applied

    return await store.write(work)


async def refusals(store, **wanted):
    asked = WantedRefusals(batches=InvoiceFilter(), **wanted)
    return await store.read(
        lambda unit: RefusalReporter(unit, ReportWords("en"), at=invoices.NOW).report(asked)
    )


async def settlement(store, kept, batch):
    def work(unit):
        reporter = SettlementReporter(unit, InvoiceSettings(), ReportWords("en"), at=invoices.NOW)
        return reporter.report(kept, batch)

    return await store.read(work)


def cells(table, *labels):
    """Give some columns of a table, row by row."""
    places = [[each.label for each in table.columns].index(label) for label in labels]
    return [tuple(row[place] for place in places) for row in table.rows]


async def test_acts_of_a_refused_file_say_so_and_what_to_do(store):
    kept = answer(answer=InvoiceAnswer.FILE_REFUSED, file_reasons=(HEADER,))
    claims = [invoices.claim(1, invoices.line(1), invoices.line(2))]
    decision = BatchDecision(
        at=invoices.NOW,
        response_id="rsp_1",
        answer=InvoiceAnswer.FILE_REFUSED,
        status=ExchangeStatus.REFUSED,
    )
    batch = answered(status=ExchangeStatus.REFUSED, decisions=(decision,))
    await settle(store, batch, claims, kept)
    report = await settlement(store, kept, batch)
    assert report.title == "Answer of insurer 300, sending 1/2026"
    found = (await refusals(store)).main
    said = cells(found, "Own reference", "Refused", "Error", "Explanation")
    whole = "The whole file was refused; no error names this act."
    assert said == [("A1", 580, "", whole), ("A2", 580, "", whole)]
    (advice,) = set(cells(found, "What to do"))
    assert "as a whole" in advice[0]


async def test_a_day_at_a_lump_sum_is_refused_for_the_error_of_its_parts(store):
    part = invoices.line(1, norm=LineNorm.STATISTICAL, insurer_amount=0, copayment=0)
    kept = answer(acts=(ActVerdict(reference="A1", reasons=(WRONG,)),))
    await settle(store, answered(), [invoices.claim(1, part, invoices.line(2))], kept)
    found = (await refusals(store)).main
    assert cells(found, "Own reference", "Error") == [("A2", "R 501923")]


async def test_an_error_of_the_invoice_refuses_every_act_and_stands_once_in_the_settlement(store):
    number = "202610000001"
    claims = [invoices.claim(1, invoices.line(1), invoices.line(2), invoice_number=number)]
    kept = answer(invoices=(InvoiceVerdict(invoice_number=number, reasons=(WHOLE,)),))
    batch = answered()
    kept = await settle(store, batch, claims, kept)
    assert cells((await refusals(store)).main, "Error") == [("F 200601",)] * 2
    acts = (await settlement(store, kept, batch)).main
    assert cells(acts, "Own reference", "Asked", "Result", "Error") == [
        ("Whole invoice", None, None, "F 200601"),
        ("A1", 580, "Refused", ""),
        ("A2", 580, "Refused", ""),
    ]


async def test_a_settlement_leaves_statistical_acts_out_unless_they_are_wrong(store):
    parts = [
        invoices.line(n, norm=LineNorm.STATISTICAL, insurer_amount=0, copayment=0) for n in (1, 2)
    ]
    kept = answer(acts=(ActVerdict(reference="A2", reasons=(WRONG,)),))
    batch = answered()
    kept = await settle(store, batch, [invoices.claim(1, *parts, invoices.line(3))], kept)
    acts = (await settlement(store, kept, batch)).main
    assert [each for (each,) in cells(acts, "Own reference")] == ["A2", "A3"]


async def test_partly_paid_acts_stand_in_the_list_with_what_is_missing(store):
    line = invoices.line(1, result=ActResult.PARTLY_PAID, paid_amount=500)
    await store.write(lambda unit: unit.invoice_batches.put(answered()))
    await store.write(lambda unit: unit.claims.put([invoices.claim(1, line)]))
    assert cells((await refusals(store)).main, "Refused", "Explanation") == [
        (80, "The insurer does not pay all of it and names no error.")
    ]


async def test_a_patient_without_a_person_number_is_shown_by_the_membership(store):
    line = invoices.line(1, result=ActResult.REJECTED, reasons=(WRONG,))
    claim = invoices.claim(1, line, patient=care.MEMBER)
    await store.write(lambda unit: unit.invoice_batches.put(answered()))
    await store.write(lambda unit: unit.claims.put([claim]))
    assert cells((await refusals(store)).main, "Patient") == [("501 12 AB 3",)]


async def test_a_settlement_says_what_is_wrong_with_the_file_and_what_does_not_fit(store):
    payment = MutualityVerdict(mutuality="319", asked=580, accepted=600, refused=0)
    batch = answered()
    kept = answer(file_reasons=(HEADER,), mutualities=(payment,))
    kept = await settle(store, batch, [invoices.claim(1)], kept)
    found = await settlement(store, kept, batch)
    titles = [table.title for table in found.summaries]
    assert titles == [
        "Totals",
        "Payments as the insurer states them",
        "Errors of the file",
        "What does not fit what was sent",
    ]
    assert cells(found.summaries[2], "Error") == [("10",)]
    assert kept.findings
    assert cells(found.summaries[3], "Expected", "Stated") == [
        (each.expected, each.stated) for each in kept.findings
    ]


async def test_batches_without_an_answer_in_those_days_are_left_out(store):
    line = invoices.line(1, result=ActResult.REJECTED, reasons=(WRONG,))
    unanswered = invoices.sent(2, answered_at=None)
    await store.write(lambda unit: unit.invoice_batches.put(answered()))
    await store.write(lambda unit: unit.invoice_batches.put(unanswered))
    claims = [invoices.claim(1, line), invoices.claim(2, line, batch_id=unanswered.id)]
    await store.write(lambda unit: unit.claims.put(claims))
    assert len((await refusals(store)).main.rows) == 1
    on = invoices.NOW.date()
    assert len((await refusals(store, answered_from=on, answered_to=on)).main.rows) == 1
    assert (await refusals(store, answered_to=date(2026, 1, 1))).main.rows == ()


async def test_no_title_and_no_fact_names_a_patient(store):
    line = invoices.line(1, result=ActResult.REJECTED, reasons=(WRONG,))
    claim = invoices.claim(1, line, client_ref="Anna Voorbeeld")
    batch = answered()
    kept = await settle(store, batch, [claim], answer())
    for document in (await refusals(store), await settlement(store, kept, batch)):
        outside = f"{document.title} {document.facts} {document!r}"
        assert "Anna" not in outside
        assert "60.01.01" not in outside
        assert any(each.place is ColumnPlace.GROUP for each in document.main.columns)


@pytest.mark.parametrize("form", ReportFormat, ids=lambda form: form.value)
def test_there_is_an_end_to_what_is_printed(form):
    words = ReportWords("en")

    def document(rows):
        table = words.table("acts", [words.column("code")], [("425110",)] * rows)
        return words.document("Acts", [], [table], at=invoices.NOW)

    check_size(document(MOST_ROWS[form]), form)
    with pytest.raises(InputError) as caught:
        check_size(document(MOST_ROWS[form] + 1), form)
    assert caught.value.problem_code == "export_too_large"
