"""What the played insurers add up and compare in a file's body.

Every sum is computed from the acts upwards; a repeated zone has to repeat.
Source: *Electronic invoicing* 2.2, 2.4 and the tables of records and codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.sandbox.efact_findings import Findings, Letter
from bridge.sandbox.efact_form import number_of
from bridge.sandbox.efact_reading import (
    Act,
    Invoice,
    InvoiceFile,
    Record,
    code_check,
)

_WITHOUT_AFFILIATION: Final = frozenset("245")
"""Unions for which the affiliation of the acts is not compared (500712)."""

_OF_HEADER: Final = {
    "50": {"8a,8b": Letter.REJECTED_INVOICE, "9": Letter.REJECTED_ACT},
    "51": {"8a,8b": Letter.REJECTED_ACT, "27": Letter.REJECTED_ACT},
    "52": {"8a,8b": Letter.REJECTED_ACT},
    "80": {
        **dict.fromkeys(
            ("4", "5", "6", "7", "8a,8b", "9", "10", "13", "14", "17", "22", "24,25", "32"),
            Letter.REJECTED_INVOICE,
        ),
        "18": Letter.BLOCKING,
    },
}
"""Zones that repeat the invoice's record 20: kind 12."""

_OF_ACT: Final = {"51": ("4", "5", "15", "19"), "52": ("4", "5", "15")}
"""Zones that repeat the act's record 50: kind 12."""

_OF_FILE: Final = ("7", "14", "22", "23", "27", "31,32,33,34", "36,37,38,39,40,41", "43a")
"""Zones of record 90 that repeat record 10: kind 12."""

_SUMS: Final = {"19": "1910", "27": "2710", "30,31": "3010"}
"""Zones of record 80 that add up its acts."""


def check_repeats(file: InvoiceFile, findings: Findings) -> None:
    """Compare what repeats the records 10, 20 and 50."""
    first = file.body[0]
    for record in file.of_kind("90"):
        for name in _OF_FILE:
            if record.zone(name) != first.zone(name):
                findings.block(record, f"{number_of(name)}12")
    for invoice in file.invoices:
        for record in invoice.records():
            _check_header_of(record, invoice, findings)
        for act in invoice.acts:
            _check_followers(act, findings)


def _check_header_of(record: Record, invoice: Invoice, findings: Findings) -> None:
    header = invoice.header
    for name, letter in _OF_HEADER.get(record.kind, {}).items():
        names = ("6a", "6b") if name == "6" else (name,)
        own = record.zone("6a,6b" if name == "6" else name)
        if own != "".join(header.zone(part) for part in names):
            findings.add(record, f"{number_of(name)}12", letter)
    has_affiliation = header.zone("7")[0] not in _WITHOUT_AFFILIATION
    if record.kind == "50" and has_affiliation and record.zone("7") != header.zone("7"):
        findings.reject(record, "0712")


def _check_followers(act: Act, findings: Findings) -> None:
    for record in act.records()[1:]:
        for name in _OF_ACT[record.kind]:
            if record.zone(name) != act.record.zone(name):
                findings.reject(record, f"{number_of(name)}12")


def check_sums(file: InvoiceFile, findings: Findings) -> None:
    """Add up invoices and file, and compute the check digits over the codes."""
    for invoice in file.invoices:
        if invoice.total is not None:
            _check_invoice(invoice, invoice.total, findings)
    for record in file.of_kind("90"):
        _check_file(file, record, findings)


def _check_invoice(invoice: Invoice, total: Record, findings: Findings) -> None:
    for name, kind in _SUMS.items():
        if total.amount(name) != _sum(invoice.acts, name):
            findings.reject_invoice(total, kind)
    if total.amount("15") != 0:
        findings.reject_invoice(total, "1510")
    if total.zone("98") != code_check(invoice.records()):
        findings.block(total, "9802")


def _check_file(file: InvoiceFile, record: Record, findings: Findings) -> None:
    acts = [act for invoice in file.invoices for act in invoice.acts]
    if record.amount("19") != amount_of(file.of_kind("80")):
        findings.block(record, "1910")
    if record.amount("19") != _sum(acts, "19"):
        findings.block(record, "1911")
    if record.amount("15") != 0:
        findings.block(record, "1510")
    if record.zone("98") != code_check(file.body):
        findings.block(record, "9802")


def _sum(acts: Iterable[Act], name: str) -> int:
    return sum(act.record.amount(name) or 0 for act in acts)


def amount_of(totals: Iterable[Record]) -> int:
    """Give what records 80 ask for together, in cents."""
    return sum(total.amount("19") or 0 for total in totals)


def invoices_for(file: InvoiceFile, mutuality: str) -> list[Invoice]:
    """Give the invoices for one mutuality of destination."""
    return [each for each in file.invoices if each.header.zone("18") == mutuality]
