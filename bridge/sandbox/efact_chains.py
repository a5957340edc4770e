"""What follows from a rejected record: its neighbours fall with it, and do not count.

Source: *Electronic invoicing* 1 (percentage), 3.2 and 5.3 number 10.
"""

from __future__ import annotations

from bridge.sandbox.efact_asked import Asked
from bridge.sandbox.efact_block_rules import Block, blocks_of
from bridge.sandbox.efact_findings import Letter
from bridge.sandbox.efact_reading import Act, Invoice, Record

BY_DAY = "0118"
BY_BLOCK = "0119"
BY_READING = "0120"
BY_ACT = "0119"


def chain(asked: Asked) -> None:
    """Let acts fall with their readings, blocks with their acts, days with their blocks."""
    for invoice in asked.file.invoices:
        for act in invoice.acts:
            if act.reading is not None and _is_rejected(asked, act.reading):
                _fall(asked, act.record, BY_READING)
        fallen = [block for block in blocks_of(invoice) if _has_fallen(asked, block)]
        for act in [act for block in fallen for act in block.acts()]:
            _fall(asked, act.record, BY_BLOCK)
        _fall_with_days(asked, invoice, fallen)
        _let_followers_fall(asked, invoice)


def _let_followers_fall(asked: Asked, invoice: Invoice) -> None:
    for act in invoice.acts:
        if _is_rejected(asked, act.record):
            for record in act.records()[1:]:
                _fall(asked, record, BY_ACT)


def _has_fallen(asked: Asked, block: Block) -> bool:
    return any(_is_rejected(asked, act.record) for act in block.acts())


def _fall_with_days(asked: Asked, invoice: Invoice, fallen: list[Block]) -> None:
    inside = {act.record.place for block in fallen for act in block.acts()}
    days = {block.lump_sum.record.zone("5") for block in fallen}
    for act in invoice.acts:
        if act.record.zone("5") in days and act.record.place not in inside:
            _fall(asked, act.record, BY_DAY)


def _fall(asked: Asked, record: Record, kind: str) -> None:
    if not _is_rejected(asked, record):
        asked.findings.add(record, kind, Letter.REJECTED_ACT, is_chained=True)


def _is_rejected(asked: Asked, record: Record) -> bool:
    return any(finding.rejects for finding in asked.findings.at(record.place))


def rejected_acts(asked: Asked, invoice: Invoice) -> list[Act]:
    """Give the acts of an invoice that are not paid: all of them when the invoice is rejected."""
    if is_rejected_whole(asked, invoice):
        return list(invoice.acts)
    return [act for act in invoice.acts if _is_rejected(asked, act.record)]


def is_rejected_whole(asked: Asked, invoice: Invoice) -> bool:
    """Tell whether a code at one of its records rejects the whole invoice."""
    return any(
        finding.letter is Letter.REJECTED_INVOICE
        for record in invoice.records()
        for finding in asked.findings.at(record.place)
    )
