"""What the played insurers demand of segments 200 and 300 and of records 95 and 96.

What is wrong here refuses the message, with a code of two digits behind the zone.
Counts are compared too, though real insurers seem not to (*2.3*).
Source: *Electronic invoicing* 2.2 to 2.4, 3.1 and the table of header codes.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from bridge.sandbox.efact_findings import Findings
from bridge.sandbox.efact_reading import InvoiceFile, Record, code_check, day_of, signed
from bridge.sandbox.efact_slices import zone
from bridge.sandbox.efact_totals import amount_of, invoices_for

INVOICED_MESSAGE: Final = "920000"
VERSIONS: Final = {"12": "0001999", "92": "9991999"}
"""Production and test: zone 202 with zone 304."""

_FORMATS: Final = ("01", "02")
_OLDEST: Final = date(2002, 1, 1)
_ONLY: Final = {"308": "03", "309": "01"}
"""Ambulatory care; one file with one account."""

_IN_FILE: Final = (
    ("301", slice(None), "7", "0720"),
    ("302", slice(None), "25,26", "2503"),
    ("304", slice(None), "4", "0420"),
    ("300", slice(4, 6), "23", "2320"),
)


def check_message(file: InvoiceFile, findings: Findings, *, insurer: str, today: date) -> None:
    """Look at the segments and at the records 95 and 96.

    Args:
        file: The file.
        findings: Gets what is wrong.
        insurer: The union that was sent to.
        today: By the insurers' time.
    """
    _check_head(file, findings)
    _check_sent(file, findings, today)
    for record in file.mutualities:
        _check_mutuality(file, record, findings)
    _check_grand(file, findings, insurer)


def _check_head(file: InvoiceFile, findings: Findings) -> None:
    def get(name: str) -> str:
        return zone(file.head, "200", name)

    if get("200") != INVOICED_MESSAGE:
        findings.add_header("200", "200", "22" if get("200").isdigit() else "20")
    if get("201") not in _FORMATS:
        findings.add_header("200", "201", "30")
    if get("202") not in VERSIONS:
        findings.add_header("200", "202", "20")
    if not get("204").isdigit():
        findings.add_header("200", "204", "11")
    elif not get("204").strip("0"):
        findings.add_header("200", "204", "10")


def _check_sent(file: InvoiceFile, findings: Findings, today: date) -> None:
    def get(name: str) -> str:
        return zone(file.sent, "300", name)

    wrong = _wrong_creation(day_of(get("302")), today)
    if wrong is not None:
        findings.add_header("300", "302", wrong)
    if get("304") != VERSIONS.get(zone(file.head, "200", "202"), get("304")):
        findings.add_header("300", "304", "21")
    for name in ("305", "306"):
        if not get(name).strip():
            findings.add_header("300", name, "10")
    for name, only in _ONLY.items():
        if get(name) != only:
            findings.add_header("300", name, "20")
    _compare_with_file(file, findings)


def _wrong_creation(created_on: date | None, today: date) -> str | None:
    if created_on is None:
        return "11"
    if created_on > today:
        return "20"
    return "21" if created_on < _OLDEST else None


def _compare_with_file(file: InvoiceFile, findings: Findings) -> None:
    """Compare with record 10, where a difference is a code of that record."""
    first = file.body[0]
    for name, part, of_file, kind in _IN_FILE:
        if zone(file.sent, "300", name)[part] != first.zone(of_file):
            findings.block(first, kind)
    if "0" + zone(file.sent, "300", "300")[:4] != first.zone("22"):
        findings.block(first, "2220")


def _check_mutuality(file: InvoiceFile, record: Record, findings: Findings) -> None:
    invoices = invoices_for(file, record.zone("401"))
    records = [each for invoice in invoices for each in invoice.records()]
    wrong = _wrong_amounts(
        record, "40", amount_of(each for each in records if each.kind == "80"), differs="41"
    )
    if not invoices:
        wrong["401"] = "21"
    if record.zone("409") != f"{len(records):08}":
        wrong["409"] = "20"
    if record.zone("410") != code_check(records):
        wrong["410"] = "20"
    for name, code in wrong.items():
        findings.add_header("95", name, code, place=record.place)


def _check_grand(file: InvoiceFile, findings: Findings, insurer: str) -> None:
    grand = file.grand
    asked = [signed(each.zone("403") + each.zone("404")) or 0 for each in file.mutualities]
    counts = [each.zone("409") for each in file.mutualities]
    count = 2 + sum(int(text) for text in counts if text.isdigit())
    wrong = _wrong_amounts(grand, "50", sum(asked), differs="20")
    if grand.zone("501") != f"{insurer[0]}99":
        wrong["501"] = "20"
    if grand.zone("509") != f"{count:08}":
        wrong["509"] = "20"
    if grand.zone("510") != code_check(file.body):
        wrong["510"] = "20"
    for name, code in wrong.items():
        findings.add_header("96", name, code)


def _wrong_amounts(record: Record, series: str, asked: int, *, differs: str) -> dict[str, str]:
    """Compare the amounts of a record 95 or 96 with what the file asks for; zone to code."""
    wrong: dict[str, str] = {}
    for offset, right, code in ((3, asked, differs), (5, 0, "15"), (7, asked, "20")):
        sign = record.zone(f"{series}{offset}")
        name = f"{series}{offset + 1}"
        amount = signed(sign + record.zone(name))
        if sign not in "+-":
            wrong[name] = "40"
        elif amount is None:
            wrong[name] = "11"
        elif amount != right:
            wrong[name] = code
    return wrong
