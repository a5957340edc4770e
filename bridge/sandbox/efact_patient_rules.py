"""What the played insurers demand of an invoice: the patient, the sickness fund, its kind.

Source: *Electronic invoicing* 2.4, 4 and the table of record 20.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.sandbox.efact_asked import Asked
from bridge.sandbox.efact_findings import Letter
from bridge.sandbox.efact_numbers import is_person, is_provider
from bridge.sandbox.efact_reading import Invoice, Record, is_empty

_AMBULATORY: Final = "3"
_KINDS: Final = ("0", "1", "3")
_SEXES: Final = {"male": "1", "female": "2"}
_CAUSES: Final = ("0000", "0050", "0060", "0070", "0080", "0090")
_BY_PERSON_NUMBER: Final = "1"
_SOCIALIST: Final = "3"
_OWN_DESTINATION: Final = "306"
_NO_AFFILIATION_NEEDED: Final = frozenset({"200", "400", "500"})
_SIGNED: Final = ("19", "22", "27", "30,31")

Found = tuple[str, Letter]


def check_invoices(asked: Asked) -> None:
    """Judge every invoice, and their order."""
    numbers: set[str] = set()
    latest = (False, "")
    for invoice in asked.file.invoices:
        header = invoice.header
        place = (not invoice.is_credit_note, header.zone("18"))
        if place < latest:
            asked.findings.block(header, "1812")
        latest = max(latest, place)
        if header.zone("24,25") in numbers:
            asked.findings.block(header, "2420")
        numbers.add(header.zone("24,25"))
        for kind, letter in (*_about_kind(asked, invoice), *_about_fund(asked, header)):
            asked.findings.add(header, kind, letter)
        for kind in _about_patient(asked, invoice):
            asked.findings.reject_invoice(header, kind)


def _about_kind(asked: Asked, invoice: Invoice) -> Iterator[Found]:
    header = invoice.header
    payer = asked.file.body[0].zone("14")
    refused, blocked = Letter.REJECTED_INVOICE, Letter.BLOCKING
    demands = (
        (header.zone("10") == _AMBULATORY, "1003", refused),
        (header.zone("11") in _KINDS, "1103", refused),
        (not invoice.is_credit_note or _is_negative(invoice), "1140", refused),
        (is_provider(header.zone("14")), "1402", refused),
        (header.zone("14") == payer, "1412", refused),
        (header.zone("17") in _CAUSES, "1703", refused),
        (not is_empty(header.zone("24,25")), "2403", blocked),
        (header.zone("27")[:4] == "0000", "2704", blocked),
        (header.zone("32") == _BY_PERSON_NUMBER, "3210", refused),
    )
    yield from ((kind, letter) for is_right, kind, letter in demands if not is_right)


def _is_negative(invoice: Invoice) -> bool:
    records = [act.record for act in invoice.acts]
    return all(record.zone(name)[0] == "-" for record in records for name in _SIGNED)


def _about_fund(asked: Asked, header: Record) -> Iterator[Found]:
    affiliation, destination = header.zone("7"), header.zone("18")
    if destination[0] != asked.insurer[0]:
        yield "1803", Letter.BLOCKING
        return
    if affiliation == "000":
        if asked.insurer not in _NO_AFFILIATION_NEEDED:
            yield "0703", Letter.REJECTED_INVOICE
    elif affiliation[0] != destination[0]:
        yield "0710", Letter.REJECTED_INVOICE
    elif destination != destination_of(affiliation):
        yield "1810", Letter.REJECTED_INVOICE


def destination_of(affiliation: str) -> str:
    """Give where invoices for members of a sickness fund go."""
    is_gathered = affiliation[0] == _SOCIALIST and affiliation != _OWN_DESTINATION
    return _SOCIALIST + "00" if is_gathered else affiliation


def _about_patient(asked: Asked, invoice: Invoice) -> Iterator[str]:
    header = invoice.header
    person = asked.person_of(invoice)
    if not is_person(header.zone("8a,8b")):
        if header.zone("8a,8b").isdigit():
            yield "0802"
        return
    if person is None:
        yield "0820"
        return
    if _SEXES.get(person.gender) != header.zone("9"):
        yield "0921"
    affiliation = header.zone("7")
    funds = {
        span.mutuality.digits
        for act in invoice.acts
        if (day := act.record.day("5")) and (span := asked.span_of(person, day))
    }
    if affiliation == "000" or not funds or affiliation in funds:
        return
    yield "0703" if affiliation.endswith("00") else "0742"
