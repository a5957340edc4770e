"""What the played insurers demand of record 10: payer, account, months, number of the sending.

Source: *Electronic invoicing* 2.4, 5.6, 5.7 and the table of record 10.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.sandbox.efact_asked import Asked
from bridge.sandbox.efact_message import VERSIONS
from bridge.sandbox.efact_numbers import is_bic, is_enterprise, is_iban, is_provider
from bridge.sandbox.efact_reading import Record, is_empty

_BY_MYCARENET: Final = "040"
_FICTITIOUS_ENTERPRISE: Final = "0999999922"
_QUALIFIED_FROM: Final = "202404"
"""Invoiced month from which a single provider gives her qualification (101810)."""

_SINGLE_NURSE: Final = "04"
_MONTHS: Final = 12


def check_file(asked: Asked) -> None:
    """Judge record 10, and whether this file may come at all."""
    first = asked.file.body[0]
    kinds = [
        *_about_form(first),
        *_about_payer(asked, first),
        *_about_qualification(first),
        *_about_account(first),
        *_about_month(asked, first),
        *_about_sending(asked, first),
    ]
    for kind in kinds:
        asked.findings.block(first, kind)
    if first.zone("14")[1:7] != asked.provider[:6]:
        asked.findings.add_header("200", "200", "21")


def _about_form(first: Record) -> Iterator[str]:
    if first.zone("3") != "0":
        yield "0312" if first.zone("3") == "1" else "0303"
    if first.zone("4") not in VERSIONS.values():
        yield "0403"
    if first.zone("13") != _BY_MYCARENET:
        yield "1303"


def _about_payer(asked: Asked, first: Record) -> Iterator[str]:
    payer = first.zone("14")
    if not is_provider(payer):
        yield "1402"
    elif not asked.knows_provider(payer):
        yield "1420"
    enterprise = first.zone("27")
    if is_empty(enterprise):
        yield "2710"
    elif not is_enterprise(enterprise):
        yield "2702"
    elif enterprise == _FICTITIOUS_ENTERPRISE:
        yield "2711"


def _about_qualification(first: Record) -> Iterator[str]:
    payer, qualification = first.zone("14"), first.zone("18")
    is_single = payer.startswith(_SINGLE_NURSE)
    month = first.zone("22")[1:] + first.zone("23")
    if not qualification.isdigit():
        yield "1802"
    elif is_single and is_empty(qualification) and month >= _QUALIFIED_FROM:
        yield "1810"
    elif not is_empty(qualification) and (not is_single or qualification != payer[9:]):
        yield "1821"


def _about_account(first: Record) -> Iterator[str]:
    bank, account = first.zone("31,32,33,34"), first.zone("36,37,38,39,40,41")
    if is_empty(bank):
        yield "3110"
    elif not is_bic(bank):
        yield "3103"
    if is_empty(account):
        yield "3610"
    elif not is_iban(account):
        yield "3602"
    if not is_empty(first.zone("43a")):
        yield "4312"
    if not is_empty(first.zone("49,50,51,52")):
        yield "4912"


def _about_month(asked: Asked, first: Record) -> Iterator[str]:
    year, month = first.zone("22"), first.zone("23")
    if not (year + month).isdigit():
        return
    if not 1 <= int(month) <= _MONTHS:
        yield "2303"
    if int(year) > asked.today.year:
        yield "2210"
    elif (int(year), int(month)) > (asked.today.year, asked.today.month):
        yield "2310"
    created_on = asked.created_on
    if created_on is None:
        yield "2501"
    elif created_on > asked.today:
        yield "2510"


def _about_sending(asked: Asked, first: Record) -> Iterator[str]:
    number, created = first.zone("7"), first.zone("25,26")
    if is_empty(number):
        yield "0703"
    earlier = asked.book.files(asked.insurer, first.zone("14"))
    if any(each.content == asked.content for each in earlier):
        asked.findings.add_header("300", "301", "40")
    elif any((each.year, each.number) == (created[:4], number) for each in earlier):
        yield "0721"
    elif any(each.taken_on == asked.today for each in earlier):
        yield "0724"
