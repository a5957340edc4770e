"""What the played insurers say about record 10 and about invoices."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.efactoffice import (
    COLLEAGUE,
    CONSTRUCTED,
    EIGHTY,
    SIXTY,
    STRANGER,
    EfactOffice,
    act,
    changed,
    codes,
    invoice,
    invoice_file,
    lump_sum,
    member,
    names,
    only,
    retotalled,
)


def file_codes(text: str, office: EfactOffice | None = None) -> set[str]:
    found = codes((office or EfactOffice()).send(text))
    return {code for each in found.values() for code in each}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        pytest.param("3", "1", "B100312", id="hospital-account"),
        pytest.param("3", "2", "B100303", id="account-index"),
        pytest.param("4", "0000001", "B100403", id="version"),
        pytest.param("13", "030", "B101303", id="medical-house"),
        pytest.param("14", "040000029401", "B101402", id="payer-check-digits"),
        pytest.param("18", "000", "B101810", id="qualification-missing"),
        pytest.param("18", "402", "B101821", id="other-qualification"),
        pytest.param("18", "4 1", "B101802", id="qualification-not-numeric"),
        pytest.param("22", "02027", "B102210", id="next-year"),
        pytest.param("23", "05", "B102310", id="next-month"),
        pytest.param("23", "13", "B102303", id="month-thirteen"),
        pytest.param("25,26", "20260404", "B102510", id="made-tomorrow"),
        pytest.param("27", "0" * 10, "B102710", id="no-enterprise"),
        pytest.param("27", "0200000044", "B102702", id="enterprise-check-digits"),
        pytest.param("27", "0999999922", "B102711", id="fictitious-enterprise"),
        pytest.param("31,32,33,34", " " * 11, "B103110", id="no-bank"),
        pytest.param("31,32,33,34", "KREDBEB    ", "B103103", id="bank-of-seven"),
        pytest.param("36,37,38,39,40,41", " " * 34, "B103610", id="no-account"),
        pytest.param("36,37,38,39,40,41", "BE69539007547034".ljust(34), "B103602", id="account"),
        pytest.param("43a", "KREDBEBB   ", "B104312", id="second-bank"),
        pytest.param("7", "000", "B100703", id="no-sending-number"),
    ],
)
def test_record_10(name: str, value: str, code: str) -> None:
    assert code in file_codes(changed(CONSTRUCTED, 0, name, value))


def test_a_payer_the_insurer_does_not_know() -> None:
    text = changed(CONSTRUCTED, 0, "14", "0" + STRANGER.long)
    office = EfactOffice()
    assert "B101420" in {
        code for each in codes(office.send(text, provider=STRANGER.long)).values() for code in each
    }


def test_a_payer_other_than_who_sends() -> None:
    refused = only(EfactOffice().send(CONSTRUCTED, provider=COLLEAGUE.long), "920999")
    assert refused[6:8] == "21"


@pytest.mark.parametrize(
    ("zones", "code"),
    [
        pytest.param({"z10": "1"}, "F201003", id="hospital"),
        pytest.param({"z11": "2"}, "F201103", id="kind-of-invoicing"),
        pytest.param({"z14": "040000029401"}, "F201402", id="payer-check-digits"),
        pytest.param({"z14": "0" + COLLEAGUE.long}, "F201412", id="other-payer"),
        pytest.param({"z17": "0040"}, "F201703", id="cause"),
        pytest.param({"z24_25": "0" * 12}, "B202403", id="no-number"),
        pytest.param({"z27": "1000131131"}, "B202704", id="codes-begin-with-zeros"),
        pytest.param({"z32": "0"}, "F203210", id="no-person-number"),
        pytest.param({"z7": "509"}, "F200710", id="fund-of-another-union"),
        pytest.param({"z7": "100"}, "F201810", id="union-as-fund"),
        pytest.param({"z7": "000"}, "F200703", id="no-fund"),
        pytest.param({"z8a_8b": "0060010100173"}, "F200802", id="person-check-digits"),
        pytest.param({"z8a_8b": "0600101001720"}, "F200802", id="person-shifted"),
        pytest.param({"z8a_8b": "0005061500215"}, "F200820", id="person-unknown"),
        pytest.param({"z9": "2"}, "F200921", id="sex"),
    ],
)
def test_invoices(zones: dict[str, str], code: str) -> None:
    given: dict[str, Any] = zones
    assert code in file_codes(invoice_file(invoice(SIXTY, act(SIXTY), **given)))


@pytest.mark.parametrize(
    ("fund", "zones", "code"),
    [
        pytest.param("319", {}, None, id="319-goes-to-300"),
        pytest.param("306", {}, None, id="306-keeps-its-own"),
        pytest.param("319", {"z18": "319"}, "F201810", id="319-to-itself"),
        pytest.param("306", {"z18": "300"}, "F201810", id="306-to-300"),
        pytest.param("319", {"z7": "300"}, "F200703", id="union-as-fund"),
        pytest.param("509", {"z7": "000"}, None, id="none-needed-at-500"),
        pytest.param("910", {"z7": "000"}, "F200703", id="needed-at-900"),
    ],
)
def test_destinations(fund: str, zones: dict[str, str], code: str | None) -> None:
    office = EfactOffice()
    person = office.add(member(fund))
    given: dict[str, Any] = zones
    found = file_codes(invoice_file(invoice(person, act(person), **given)), office)
    assert {each for each in found if each[0] == "F"} == ({code} - {None})


def test_invoices_come_by_destination() -> None:
    first, second = invoice(SIXTY, act(SIXTY)), invoice(EIGHTY, lump_sum(EIGHTY))
    assert file_codes(invoice_file(first, second)) == set()
    assert file_codes(invoice_file(second, first)) == {"B201812"}


def test_numbers_of_invoices_are_unique() -> None:
    first = invoice(SIXTY, act(SIXTY), z24_25="000000000009")
    second = invoice(EIGHTY, lump_sum(EIGHTY), z24_25="000000000009")
    assert file_codes(invoice_file(first, second)) == {"B202420"}


def test_a_destination_of_another_union() -> None:
    text = retotalled(changed(changed(CONSTRUCTED, 1, "18", "509"), 6, "18", "509"))
    text = changed(text, -1, "501", "199")
    assert {"B201803", "B201812"} <= file_codes(text)


def test_an_invoice_rejected_whole_is_not_paid_at_all() -> None:
    office = EfactOffice()
    text = invoice_file(invoice(SIXTY, act(SIXTY), z9="2"), invoice(EIGHTY, lump_sum(EIGHTY)))
    answers = office.send(text, scenario="efact_lenient")
    assert names(answers) == ["931000", "920098", "920900"]
    grand = only(answers, "920900")[-800:]
    assert (grand[79:91], grand[93:105]) == ("+00000002000", "+00000000640")


def test_the_day_before_is_no_next_month() -> None:
    office = EfactOffice()
    text = invoice_file(invoice(SIXTY, act(SIXTY, day=date(2026, 4, 1))), month="202604")
    assert file_codes(text, office) == set()
