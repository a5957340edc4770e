"""Parts of answers: error zones, echoed records with their trailer, totals.

Source: *efact-nursing* 3.1 to 3.3, tables ``efact/answer-trailer.csv`` and ``efact/record-91.csv``.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from bridge.codecs.efact.answers import (
    ActKey,
    Amounts,
    EchoedRecord,
    InvoiceKey,
    Invoicing,
    Totals,
    ZoneError,
)
from bridge.codecs.efact.errorcodes import RecordError, header_error, is_code, record_error
from bridge.codecs.efact.tables.errors import CHAINED_CODE, NO_CODE
from bridge.codecs.fixedwidth import Layout, Record
from bridge.codecs.zonenumbers import ERROR
from bridge.errors import ZoneFault, ZoneFinding

_LETTERS: Final = slice(457 - 351, 477 - 350)
_NO_ERROR: Final = f" {NO_CODE}"
_NO_ERRORS: Final = _NO_ERROR * 3
_GROUP: Final = len(_NO_ERROR)

Findings = list[ZoneFinding]


def invoicing(segment: Record, findings: Findings) -> Invoicing:
    """Read segment 300 of an answer, in either length."""
    get = segment.get
    is_long = "refusal_kind" in segment.layout.cuts
    return Invoicing(
        month=get("invoiced_month", findings),
        sending_number=get("sending_number", findings),
        created_on=get("created_on", findings),
        file_reference=get("file_reference", findings),
        instructions=get("instructions", findings),
        contact_last_name=get("contact_last_name", findings),
        contact_first_name=get("contact_first_name", findings),
        contact_phone=get("contact_phone", findings),
        error_percentage=get("error_percentage", findings) if is_long else None,
        refusal_kind=get("refusal_kind", findings) if is_long else None,
    )


def zone_errors(record: Record) -> tuple[ZoneError, ...]:
    """Read the error codes behind the zones of a segment or of a total."""
    return tuple(
        ZoneError(
            record=record.layout.record,
            zone=about,
            title=title,
            start=start,
            length=length,
            code=code,
            meaning=header_error(about, code),
        )
        for key, about, title, start, length in _error_zones(record.layout)
        if (code := record.raw(key)).strip("0 ")
    )


@cache
def _error_zones(layout: Layout) -> list[tuple[str, str, str, int, int]]:
    """List the error zones of a layout with the zone each is about."""
    found = []
    by_number = {zone.number: zone for zone in layout.zones}
    for zone in layout.zones:
        if zone.kind is ERROR:
            about = by_number[zone.key.removeprefix("error_")]
            found.append((zone.key, about.number, about.title, about.start, about.length))
    return found


def echoed_record(record: Record, trailer: Record, findings: Findings) -> EchoedRecord:
    """Read a record that came back, with its errors and the keys that find it again."""
    kind = record.layout.record
    is_check_valid = record.layout.has_valid_check(record)
    if not is_check_valid:
        findings.append(record.finding("check_digits", ZoneFault.CHECK_DIGITS_WRONG))
    return EchoedRecord(
        record=record,
        trailer=trailer,
        errors=_errors(trailer, findings),
        is_check_valid=is_check_valid,
        act=_act_key(record, findings) if kind in ("50", "51", "52") else None,
        invoice=_invoice_key(record, findings) if kind in ("20", "80") else None,
    )


def _errors(trailer: Record, findings: Findings) -> tuple[RecordError, ...]:
    letters = trailer.text[_LETTERS]
    if letters == _NO_ERRORS:
        return ()
    found = []
    for number, begin in enumerate(range(0, len(letters), _GROUP), start=1):
        group = letters[begin : begin + _GROUP]
        if group == _NO_ERROR:
            continue
        letter, code = group[:1].strip(), group[1:]
        if not letter and not is_code(code):
            continue
        error = record_error(letter, code)
        if error.effect is None:
            findings.append(trailer.finding(f"letter_{number}", ZoneFault.LETTER_UNKNOWN))
        if error.zone is None and code != CHAINED_CODE:
            findings.append(trailer.finding(f"code_{number}", ZoneFault.ERROR_CODE_UNKNOWN))
        found.append(error)
    return tuple(found)


def _act_key(record: Record, findings: Findings) -> ActKey:
    get = record.get
    has_reference = "own_reference" in record.layout.cuts
    return ActKey(
        patient=get("patient", findings),
        code=get("code", findings),
        day=get("first_day", findings),
        provider=get("provider", findings),
        own_reference=get("own_reference", findings) if has_reference else None,
    )


def _invoice_key(record: Record, findings: Findings) -> InvoiceKey:
    return InvoiceKey(
        patient=record.get("patient", findings),
        invoice_number=record.get("invoice_number", findings),
        own_reference=record.get("own_reference", findings),
    )


def totals(record: Record, findings: Findings) -> Totals:
    """Read a record 91, 92, 95 or 96."""
    get = record.get
    is_settled = "accepted_a" in record.layout.cuts
    references = [_reference(record, f"payment_{account}", findings) for account in "abc"]
    return Totals(
        record=record,
        mutuality=get("mutuality", findings),
        collective_invoice=get("collective_invoice", findings),
        asked=_three(record, "asked", findings),
        record_count=get("record_count", findings),
        control=get("control", findings),
        errors=zone_errors(record),
        accepted=_three(record, "accepted", findings) if is_settled else None,
        refused=_three(record, "refused", findings) if is_settled else None,
        payment_references=(references[0], references[1], references[2]),
    )


def _reference(record: Record, key: str, findings: Findings) -> str:
    """Read a payment reference; zeros, and the absence of its zone, are none."""
    text = record.get(key, findings) if key in record.layout.cuts else None
    return text if text and text.strip("0") else ""


def _three(record: Record, what: str, findings: Findings) -> Amounts:
    return Amounts(
        a=_signed(record, f"{what}_a", findings),
        b=_signed(record, f"{what}_b", findings),
        c=_signed(record, f"{what}_c", findings),
        total=_signed(record, f"{what}_total", findings),
    )


def _signed(record: Record, key: str, findings: Findings) -> int | None:
    """Put a sign and an amount together that stand in two zones."""
    cents: int | None = record.get(key, findings)
    if cents is None:
        return None
    sign = record.raw(f"{key}_sign")
    if sign not in "+-":
        findings.append(record.finding(f"{key}_sign", ZoneFault.SIGN_MISSING))
        return None
    return -cents if sign == "-" else cents
