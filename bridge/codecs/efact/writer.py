"""From values to a file: records in their order, with sequence numbers, totals and check digits.

The file is never in memory as a whole: it is given in chunks, and the invoices may come from any
iterable.
Nothing that is wrong is written: the first wrong zone ends the writing, and ``check`` lists all.
Source: *efact-nursing* 2 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final, NamedTuple

from bridge.codecs.efact import encoding
from bridge.codecs.efact.encoding import Zones
from bridge.codecs.efact.readings import reading_faults
from bridge.codecs.efact.sums import FRAME_RECORDS, Sums
from bridge.codecs.efact.tables.act_records import RECORD_50, RECORD_51, RECORD_52
from bridge.codecs.efact.tables.file_records import RECORD_10, RECORD_90, RECORD_95, RECORD_96
from bridge.codecs.efact.tables.invoice_records import RECORD_20, RECORD_80
from bridge.codecs.efact.tables.segments import SEGMENT_200, SEGMENT_300
from bridge.codecs.efact.values import NORMAL, Act, Invoice, InvoiceFile
from bridge.codecs.fixedwidth import Layout, Place
from bridge.errors import RecordInvalid, ZoneFault, ZoneFinding

_CHUNK_RECORDS: Final = 256

Wrong = tuple[tuple[str, ZoneFault], ...]
"""Keys of a record with what is wrong beyond the form of each zone."""


@dataclass(frozen=True, kw_only=True)
class WriterSettings:
    """What the sources do not agree on.

    Attributes:
        has_minus_zeros: Zero amounts of a credit note carry the minus sign (one source).
        checks_readings: The zones of an identity reading must fit each other, as far as is public.
    """

    has_minus_zeros: bool = True
    checks_readings: bool = True


DEFAULTS: Final = WriterSettings()


@dataclass(frozen=True, kw_only=True)
class FileFinding:
    """One wrong zone of a file that is not yet written.

    Attributes:
        zone: Which one, and what is wrong.
        invoice: Place of the invoice from 0; ``None`` for records of the whole file.
        act: Place of the act in the invoice from 0; ``None`` for other records.
    """

    zone: ZoneFinding
    invoice: int | None
    act: int | None


class Line(NamedTuple):
    """One record before it is written."""

    layout: Layout
    zones: Zones
    wrong: Wrong = ()
    invoice: int | None = None
    act: int | None = None


def write(file: InvoiceFile, *, settings: WriterSettings = DEFAULTS) -> Iterator[bytes]:
    """Write a file, in chunks.

    Raises:
        RecordInvalid: with the zones of the first record that is wrong; chunks given before are
            to be thrown away.
    """
    texts: list[str] = []
    place = Place(0, 0)
    for line in lines(file, settings=settings):
        place = _next(place, line.layout)
        texts.append(line.layout.write(line.zones, place))
        if line.wrong:
            raise RecordInvalid(_beyond_form(line, place))
        if len(texts) == _CHUNK_RECORDS:
            yield "".join(texts).encode("ascii")
            texts.clear()
        place = Place(place.record, place.offset + line.layout.length)
    yield "".join(texts).encode("ascii")


def write_whole(file: InvoiceFile, *, settings: WriterSettings = DEFAULTS) -> bytes:
    """Write a file in one piece; see ``write``.

    The pieces are not kept beside the whole: files of large batches are tens of MB.
    """
    whole = BytesIO()
    for chunk in write(file, settings=settings):
        whole.write(chunk)
    return whole.getvalue()


def check(file: InvoiceFile, *, settings: WriterSettings = DEFAULTS) -> Iterator[FileFinding]:
    """Find everything that keeps a file from being written."""
    place = Place(0, 0)
    for line in lines(file, settings=settings):
        place = _next(place, line.layout)
        for found in (*line.layout.faults(line.zones, place), *_beyond_form(line, place)):
            yield FileFinding(zone=found, invoice=line.invoice, act=line.act)
        place = Place(place.record, place.offset + line.layout.length)


def ordered(invoices: list[Invoice]) -> list[Invoice]:
    """Put invoices in the order of a file, keeping the order of those that are alike."""
    return sorted(invoices, key=_rank)


def lines(file: InvoiceFile, *, settings: WriterSettings = DEFAULTS) -> Iterator[Line]:
    """Give the records of a file in order, with their zones."""
    header = file.header
    yield Line(SEGMENT_200, encoding.segment_200(header))
    yield Line(SEGMENT_300, encoding.segment_300(header))
    sequence = 1
    yield Line(RECORD_10, encoding.record_10(header, sequence))
    whole, by_mutuality, rank = Sums(), dict[str, Sums](), (False, "")
    for index, invoice in enumerate(file.invoices):
        sums = sums_of(invoice)
        wrong = _wrong_with(invoice, union=header.union, before=rank)
        rank = _rank(invoice)
        yield Line(RECORD_20, encoding.record_20(invoice, sequence + 1), wrong, index)
        yield from _acts(invoice, sequence + 2, index, settings)
        sequence += sums.records
        yield _invoice_total(invoice, sums, sequence, index, settings)
        whole.add(sums)
        by_mutuality.setdefault(invoice.destination, Sums()).add(sums)
    wrong = () if by_mutuality else (("record_type", ZoneFault.ORDER_WRONG),)
    yield Line(RECORD_90, encoding.record_90(header, whole, sequence + 1), wrong)
    for number, mutuality in enumerate(sorted(by_mutuality), start=1):
        yield Line(RECORD_95, encoding.record_95(mutuality, number, by_mutuality[mutuality]))
    yield Line(RECORD_96, encoding.record_96(header.union, whole))


def sums_of(invoice: Invoice) -> Sums:
    """Add up an invoice; a code that is no number counts nothing and is found elsewhere."""
    sums = Sums(records=FRAME_RECORDS)
    for act in invoice.acts:
        count = act.code_count
        sums.amount += act.amount
        sums.patient_share += act.patient_share
        sums.supplement += act.supplement
        sums.records += count
        sums.codes += int(act.code) * count if act.code.isdecimal() else 0
    return sums


def _acts(
    invoice: Invoice,
    sequence: int,
    index: int,
    settings: WriterSettings,
) -> Iterator[Line]:
    is_credit = invoice.is_credit_note
    adapt = is_credit and settings.has_minus_zeros
    for number, act in enumerate(invoice.acts):
        zones = encoding.record_50(invoice, act, sequence)
        wrong = _wrong_signs(act, is_credit=is_credit)
        yield Line(
            RECORD_50,
            encoding.with_minus_zeros(zones) if adapt else zones,
            wrong,
            index,
            number,
        )
        sequence += 1
        if act.commitment:
            zones = encoding.record_51(invoice, act, act.commitment, sequence)
            zones = encoding.with_minus_zeros(zones) if adapt else zones
            yield Line(RECORD_51, zones, (), index, number)
            sequence += 1
        if act.reading:
            zones = encoding.record_52(invoice, act, act.reading, sequence)
            wrong = tuple(reading_faults(act.reading)) if settings.checks_readings else ()
            yield Line(RECORD_52, zones, wrong, index, number)
            sequence += 1


def _invoice_total(
    invoice: Invoice,
    sums: Sums,
    sequence: int,
    index: int,
    settings: WriterSettings,
) -> Line:
    zones = encoding.record_80(invoice, sums, sequence)
    if invoice.is_credit_note and settings.has_minus_zeros:
        zones = encoding.with_minus_zeros(zones)
    wrong = () if invoice.acts else (("record_type", ZoneFault.ORDER_WRONG),)
    return Line(RECORD_80, zones, wrong, index)


def _rank(invoice: Invoice) -> tuple[bool, str]:
    return (not invoice.is_credit_note, invoice.destination)


def _wrong_with(invoice: Invoice, *, union: str, before: tuple[bool, str]) -> Wrong:
    wrong: list[tuple[str, ZoneFault]] = []
    if _rank(invoice) < before:
        wrong.append(("destination", ZoneFault.ORDER_WRONG))
    if invoice.destination[:1] != union[:1]:
        wrong.append(("destination", ZoneFault.DIFFERS))
    if invoice.invoicing == NORMAL and invoice.previous:
        wrong.append(("previous_invoice", ZoneFault.RESERVE_FILLED))
    if invoice.invoicing != NORMAL and not invoice.previous:
        wrong.append(("previous_invoice", ZoneFault.MISSING))
    return tuple(wrong)


def _wrong_signs(act: Act, *, is_credit: bool) -> Wrong:
    """Find amounts whose sign is not that of the invoice (errors 201140 and 502212)."""
    signed = (act.amount, act.patient_share, act.supplement, act.units)
    if max(signed) <= 0 if is_credit else min(signed) >= 0:
        return ()
    keys = ("amount", "patient_share", "supplement", "units")
    return tuple(
        (key, ZoneFault.SIGN_WRONG)
        for key, value in zip(keys, signed, strict=True)
        if (value > 0 if is_credit else value < 0)
    )


def _next(place: Place, layout: Layout) -> Place:
    """Give the place of the next record; segments do not count as records."""
    is_segment = layout is SEGMENT_200 or layout is SEGMENT_300
    return place if is_segment else Place(place.record + 1, place.offset)


def _beyond_form(line: Line, place: Place) -> tuple[ZoneFinding, ...]:
    layout = line.layout
    return tuple(layout.finding(layout.zone(key), fault, place) for key, fault in line.wrong)
