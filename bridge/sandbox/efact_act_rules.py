"""What the played insurers demand of an act: day, rights, provider, prescription, price.

Statistical records have no price: of them only form, provider and their block are judged.
Source: *Electronic invoicing* 5.1, 5.7, its table of record 50 and the table of codes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from bridge.domain.identifiers import Nihii
from bridge.domain.periods import same_day_years_ago
from bridge.errors import InvalidIdentifier
from bridge.sandbox.care_directory import is_known_doctor
from bridge.sandbox.efact_agreements import missing_agreement
from bridge.sandbox.efact_asked import Asked
from bridge.sandbox.efact_book import PaidAct, paid_act
from bridge.sandbox.efact_findings import Letter
from bridge.sandbox.efact_nomenclature import PRESCRIBED
from bridge.sandbox.efact_numbers import is_code, is_provider
from bridge.sandbox.efact_reading import Act, Invoice, Record, is_empty
from bridge.sandbox.efact_tariff import has_tariff, tariff_on
from bridge.sandbox.people import SandboxPerson

_NORMS: Final = ("0", "6", "7", "9")
_BELOW_TARIFF: Final = "6"
_FOR_INFORMATION: Final = "7"
_PROVIDER_NORMS: Final = ("1", "2", "9")
_OUTSIDE: Final = "990"
_CONVENTION: Final = ("1", "9")
_WITHOUT_PRESCRIBER: Final = ("0", "3")
_LIMITATION_YEARS: Final = 2
_READ_FROM: Final = date(2017, 10, 1)
"""Day from which identity has to be read."""


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One act with the day, the patient and the invoice it belongs to."""

    asked: Asked
    invoice: Invoice
    act: Act
    day: date
    person: SandboxPerson | None

    @property
    def record(self) -> Record:
        return self.act.record


def check_acts(asked: Asked) -> None:
    """Judge every act of every invoice that takes nothing back.

    Credit notes come first in a file, so what they take back may be invoiced anew behind them.
    """
    seen: set[PaidAct] = set()
    taken_back = {
        paid_act(act)
        for invoice in asked.file.invoices
        if invoice.is_credit_note
        for act in invoice.acts
    }
    for invoice in asked.file.invoices:
        person = asked.person_of(invoice)
        for act in invoice.acts:
            for kind in _about_record(asked, act):
                asked.findings.reject(act.record, kind)
            if invoice.is_credit_note or act.is_statistical:
                continue
            day = act.record.day("5")
            if day is None:
                continue
            case = _Case(asked=asked, invoice=invoice, act=act, day=day, person=person)
            for kind in _about_content(case, seen, taken_back):
                asked.findings.reject(act.record, kind)
            if _has_other_codes(case):
                asked.findings.add(act.record, "0524", Letter.OTHER_RIGHTS)


def _about_record(asked: Asked, act: Act) -> Iterator[str]:
    record = act.record
    norm, provider = record.zone("3"), record.zone("15")
    amounts = [record.amount(name) for name in ("19", "27")]
    demands = (
        (is_code(act.code), "0402"),
        (norm in _NORMS, "0303"),
        (not act.is_statistical or not any(amounts), "0344"),
        (norm != _FOR_INFORMATION or not amounts[0], "0348"),
        (record.zone("6a,6b") == record.zone("5"), "0615"),
        (record.zone("13") == _OUTSIDE, "1303"),
        (not is_empty(provider), "1505"),
        (is_empty(provider) or is_provider(provider), "1502"),
        (not is_provider(provider) or asked.knows_provider(provider), "1520"),
        (record.zone("16") in _PROVIDER_NORMS, "1603"),
        (_has_sign_of_amount(record, "22"), "2212"),
        (_has_sign_of_amount(record, "27"), "2712"),
        (_has_sign_of_amount(record, "30,31"), "3012"),
        (record.zone("35") in _CONVENTION, "3503"),
    )
    yield from (kind for is_right, kind in demands if not is_right)
    if record.zone("11") != "0":
        asked.findings.block(record, "1110")


def _has_sign_of_amount(record: Record, name: str) -> bool:
    """Compare signs; zero may carry either (*4*)."""
    own, amount = record.zone(name), record.zone("19")
    is_zero = not own[1:].strip("0") or not amount[1:].strip("0")
    return is_zero or own[0] == amount[0]


def _about_content(
    case: _Case, seen: set[PaidAct], taken_back: Collection[PaidAct]
) -> Iterator[str]:
    yield from _about_day(case)
    yield from _about_rights(case)
    yield from _about_prescription(case)
    yield from _about_price(case)
    if case.person is not None and (kind := missing_agreement(case.asked, case.person, case.act)):
        yield kind
    if not _is_read(case):
        yield "0112"
    key = paid_act(case.act)
    is_paid = key not in taken_back and case.asked.book.is_paid(case.asked.insurer, key)
    if key in seen or is_paid:
        yield "0423"
    seen.add(key)


def _about_day(case: _Case) -> Iterator[str]:
    first, day, today = case.asked.file.body[0], case.day, case.asked.today
    created_on = case.asked.created_on
    if day > today:
        yield "0510"
    elif created_on is not None and day > created_on:
        yield "0555"
    month = first.zone("22") + first.zone("23")
    if (
        month.isdigit()
        and _months(day.year, day.month) > _months(int(month[:5]), int(month[5:])) + 1
    ):
        yield "0547"
    if day < same_day_years_ago(today, _LIMITATION_YEARS) and case.invoice.header.zone("16") != "1":
        yield "0546"


def _months(year: int, month: int) -> int:
    return year * 12 + month


def _about_rights(case: _Case) -> Iterator[str]:
    person, day = case.person, case.day
    if person is None:
        return
    if person.deceased_on is not None and day >= person.deceased_on:
        yield "0549"
    elif case.asked.span_of(person, day) is None:
        yield "0540"
    stay, house = person.hospital_stay, person.medical_house
    if stay is not None and stay.admitted_on is not None and stay.admitted_on <= day:
        yield "0545"
    if house is not None and house.started_on is not None and house.started_on <= day:
        yield "0450"


def _has_other_codes(case: _Case) -> bool:
    span = case.asked.span_of(case.person, case.day) if case.person else None
    return span is not None and case.invoice.header.zone("27")[4:] != span.ct1 + span.ct2


def _about_prescription(case: _Case) -> Iterator[str]:
    record = case.record
    number, prescribed_on = record.zone("24,25"), record.day("20,21")
    has_number, has_day = not is_empty(number), prescribed_on is not None
    is_prescribed = case.act.code in PRESCRIBED
    demands = (
        (has_number or not is_prescribed, "2405"),
        (has_day or not is_prescribed, "2004"),
        (has_day or is_prescribed or not has_number, "2011"),
        (has_number or is_prescribed or not has_day, "2012"),
        (prescribed_on is None or prescribed_on <= case.day, "2014"),
        (has_number != (record.zone("26") in _WITHOUT_PRESCRIBER), "2641"),
    )
    yield from (kind for is_right, kind in demands if not is_right)
    if has_number:
        yield from _about_prescriber(number)


def _about_prescriber(number: str) -> Iterator[str]:
    if not is_provider(number):
        yield "2402"
        return
    try:
        is_known = is_known_doctor(Nihii.parse(number[1:]))
    except InvalidIdentifier:
        is_known = False
    if not is_known:
        yield "2420"


def _about_price(case: _Case) -> Iterator[str]:
    tariff = tariff_on(case.act.code, case.day)
    if tariff is None:
        if has_tariff(case.act.code):
            yield "0420"
        return
    units, amount = case.record.amount("22"), case.record.amount("19")
    norm = case.record.zone("3")
    if units is None or amount is None or norm == _FOR_INFORMATION:
        return
    price = tariff.cents * units
    if amount > price:
        yield "1940"
    elif amount < price and norm != _BELOW_TARIFF:
        yield "0349"
    elif amount == price and norm == _BELOW_TARIFF:
        yield "0347"


def _is_read(case: _Case) -> bool:
    """Tell whether identity was read that day: once is enough for all acts of the day (*5.3*)."""
    if case.day < _READ_FROM:
        return True
    readings = (act.reading for act in case.invoice.acts if act.reading is not None)
    return any(reading.zone("5") == case.record.zone("5") for reading in readings)
