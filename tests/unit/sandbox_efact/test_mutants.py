"""One wrong total, count, check digit, number or repeated zone in a file: the right code each."""

from __future__ import annotations

import random

import pytest

from bridge.errors import TheirAnswerInvalid
from bridge.sandbox.efact_findings import Findings
from bridge.sandbox.efact_form import check_form
from bridge.sandbox.efact_reading import read_file
from bridge.sandbox.efact_slices import SLICES, zone
from tests.support.efactoffice import (
    CONSTRUCTED,
    EIGHTY,
    SIXTY,
    EfactOffice,
    act,
    changed,
    changed_head,
    codes,
    invoice,
    invoice_file,
    lump_sum,
    names,
    only,
    retotalled,
)

# Places in the constructed file.
R10, R20, R50, R52, R80, SECOND_R20, COUNTED, LUMP, R90 = 0, 1, 2, 3, 6, 7, 8, 10, 13
FIRST_95, R96 = 14, 16


def file_codes(text: str) -> set[str]:
    found = codes(EfactOffice().send(text))
    return {code for each in found.values() for code in each}


class TestCheckDigits:
    @pytest.mark.parametrize("place", range(14))
    def test_of_every_record(self, place: int) -> None:
        kind = CONSTRUCTED[227 + 350 * place :][:2]
        old = int(zone(CONSTRUCTED[227 + 350 * place :][:350], kind, "99"))
        wrong = changed(CONSTRUCTED, place, "99", f"{old % 97 + 1:02}", is_resealed=False)
        assert file_codes(wrong) == {f"B{kind}9902"}

    @pytest.mark.parametrize(
        ("place", "code"),
        [
            pytest.param(R80, "B809802", id="invoice"),
            pytest.param(12, "B809802", id="second-invoice"),
            pytest.param(R90, "B909802", id="file"),
        ],
    )
    def test_over_codes_in_the_body(self, place: int, code: str) -> None:
        assert file_codes(changed(CONSTRUCTED, place, "98", "31")) == {code}

    def test_over_codes_may_not_leave_readings_out(self) -> None:
        only_acts = (425110 + 425110) % 97
        assert file_codes(changed(CONSTRUCTED, R80, "98", f"{only_acts:02}")) == {"B809802"}


@pytest.mark.parametrize(
    ("place", "name", "value", "codes_"),
    [
        pytest.param(R80, "19", "+00000001281", {"F801910", "B901910"}, id="invoice-amount"),
        pytest.param(R80, "27", "+000000001", {"F802710"}, id="invoice-share"),
        pytest.param(R80, "30,31", "+000000001", {"F803010"}, id="invoice-supplements"),
        pytest.param(R80, "15", "+00000000001", {"F801510"}, id="invoice-account-b"),
        pytest.param(R90, "19", "+00000003281", {"B901910", "B901911"}, id="file-amount"),
        pytest.param(R90, "19", "-00000003280", {"B901910", "B901911"}, id="file-sign"),
        pytest.param(R90, "15", "+00000000001", {"B901510"}, id="file-account-b"),
    ],
)
def test_totals_of_the_body(place: int, name: str, value: str, codes_: set[str]) -> None:
    found = file_codes(retotalled(changed(CONSTRUCTED, place, name, value)))
    # an invoice rejected as a whole is wrong in one record of fourteen: over 5 percent
    assert found == codes_


@pytest.mark.parametrize(
    ("place", "name", "value", "code"),
    [
        pytest.param(FIRST_95, "401", "131", "21", id="95-mutuality-not-in-the-file"),
        pytest.param(FIRST_95, "404", "00000001281", "41", id="95-amount"),
        pytest.param(FIRST_95, "406", "00000000001", "15", id="95-account-b"),
        pytest.param(FIRST_95, "408", "00000001281", "20", id="95-total"),
        pytest.param(FIRST_95, "409", "00000007", "20", id="95-count"),
        pytest.param(FIRST_95, "410", "31", "20", id="95-check-digits"),
        pytest.param(R96, "501", "100", "20", id="96-union"),
        pytest.param(R96, "504", "00000003281", "20", id="96-amount"),
        pytest.param(R96, "506", "00000000001", "15", id="96-account-b"),
        pytest.param(R96, "508", "00000003281", "20", id="96-total"),
        pytest.param(R96, "509", "00000015", "20", id="96-count"),
        pytest.param(R96, "510", "39", "20", id="96-check-digits"),
    ],
)
def test_records_95_and_96(place: int, name: str, value: str, code: str) -> None:
    answers = EfactOffice().send(changed(CONSTRUCTED, place, name, value))
    refused = only(answers, "920999")
    kind = "96" if place == R96 else "95"
    marked = [refused[at : at + 350] for at in range(227, len(refused), 350)]
    mine = next(line for line in marked if line[:2] == kind)
    assert zone(mine, kind, f"{name}1") == code


def test_a_wrong_sign_in_a_total_is_40() -> None:
    refused = only(EfactOffice().send(changed(CONSTRUCTED, FIRST_95, "403", "0")), "920999")
    assert zone(refused[227:577], "95", "4041") == "40"


def test_only_what_is_wrong_of_95_and_96_comes_back() -> None:
    refused = only(EfactOffice().send(changed(CONSTRUCTED, R96, "510", "39")), "920999")
    assert [refused[at : at + 2] for at in range(227, len(refused), 350)] == ["96"]
    assert refused[16:18] == "40"


@pytest.mark.parametrize(
    ("kind", "name", "value", "code"),
    [
        pytest.param("200", "200", "920900", "22", id="other-message"),
        pytest.param("200", "201", "09", "30", id="unknown-version"),
        pytest.param("200", "202", "55", "20", id="neither-test-nor-production"),
        pytest.param("200", "204", "0" * 14, "10", id="no-reference"),
        pytest.param("200", "204", "A" * 14, "11", id="strange-reference"),
        pytest.param("300", "302", "20260404", "20", id="made-tomorrow"),
        pytest.param("300", "302", "20011231", "21", id="made-long-ago"),
        pytest.param("300", "302", "20260231", "11", id="no-such-day"),
        pytest.param("300", "304", "0001999", "21", id="production-version-in-a-test"),
        pytest.param("300", "305", " " * 45, "10", id="no-name"),
        pytest.param("300", "308", "01", "20", id="hospital"),
        pytest.param("300", "309", "02", "20", id="two-accounts"),
    ],
)
def test_segments(kind: str, name: str, value: str, code: str) -> None:
    refused = only(EfactOffice().send(changed_head(CONSTRUCTED, kind, name, value)), "920999")
    segment = refused[:67] if kind == "200" else refused[67:227]
    assert zone(segment, kind, f"{name}1") == code


@pytest.mark.parametrize(
    ("kind", "name", "value", "code"),
    [
        pytest.param("300", "300", "202602", "B102320", id="month"),
        pytest.param("300", "300", "202503", "B102220", id="year"),
        pytest.param("300", "301", "018", "B100720", id="sending-number"),
        pytest.param("300", "302", "20260401", "B102503", id="creation-date"),
    ],
)
def test_segment_300_fits_record_10(kind: str, name: str, value: str, code: str) -> None:
    assert file_codes(changed_head(CONSTRUCTED, kind, name, value)) == {code}


class TestNumbering:
    @pytest.mark.parametrize("place", range(1, 14))
    def test_a_gap(self, place: int) -> None:
        kind = CONSTRUCTED[227 + 350 * place :][:2]
        assert file_codes(changed(CONSTRUCTED, place, "2", "000099")) == {f"B{kind}0210"}

    def test_the_first_record_is_number_one(self) -> None:
        assert file_codes(changed(CONSTRUCTED, R10, "2", "000002")) == {"B100110"}

    def test_letters_are_no_number(self) -> None:
        assert file_codes(changed(CONSTRUCTED, R50, "2", "00000X")) == {"B500201"}


@pytest.mark.parametrize(
    ("place", "kind", "expected"),
    [
        pytest.param(R52, "20", {"B200110", "B500111"}, id="20-after-50"),
        pytest.param(R20, "80", {"B800110", "B800111", "B100111", "B500110"}, id="80-after-10"),
        pytest.param(
            R52, "90", {"B900110", "B900111", "B500110", "B500111"}, id="90-in-the-middle"
        ),
        pytest.param(R50, "52", {"B520110", "B520111", "B200111"}, id="52-after-20"),
        pytest.param(R52, "30", {"B500110", "B500111"}, id="type-not-for-nurses"),
    ],
)
def test_neighbours(place: int, kind: str, expected: set[str]) -> None:
    line = CONSTRUCTED[227 + 350 * place :][:350]
    start = 227 + 350 * place
    text = CONSTRUCTED[:start] + kind + line[2:] + CONSTRUCTED[start + 350 :]
    findings = Findings()
    check_form(read_file(text.encode()), findings)
    found = {finding.letter.value + finding.code for finding in findings.of_records}
    assert {code for code in found if code[3:] in ("0110", "0111")} == expected


@pytest.mark.parametrize(
    ("place", "name", "value", "code"),
    [
        pytest.param(R50, "8a,8b", "0085123149853", "F500812", id="50-patient"),
        pytest.param(R50, "9", "2", "R500912", id="50-sex"),
        pytest.param(R50, "7", "131", "R500712", id="50-affiliation"),
        pytest.param(R52, "8a,8b", "0085123149853", "R520812", id="52-patient"),
        pytest.param(R52, "4", "0425272", "R520412", id="52-code"),
        pytest.param(R52, "5", "20260303", "R520512", id="52-day"),
        pytest.param(R52, "15", "040001112401", "R521512", id="52-provider"),
        pytest.param(R80, "7", "131", "F800712", id="80-affiliation"),
        pytest.param(R80, "8a,8b", "0085123149853", "F800812", id="80-patient"),
        pytest.param(R80, "9", "2", "F800912", id="80-sex"),
        pytest.param(R80, "10", "1", "F801012", id="80-kind"),
        pytest.param(R80, "14", "040001112401", "F801412", id="80-payer"),
        pytest.param(R80, "17", "0080", "F801712", id="80-cause"),
        pytest.param(R80, "18", "131", "B801812", id="80-destination"),
        pytest.param(R80, "24,25", "000000000007", "F802412", id="80-number"),
        pytest.param(R80, "32", "0", "F803212", id="80-flag"),
        pytest.param(R90, "7", "018", "B900712", id="90-sending-number"),
        pytest.param(R90, "14", "040001112401", "B901412", id="90-payer"),
        pytest.param(R90, "22", "02025", "B902212", id="90-year"),
        pytest.param(R90, "23", "02", "B902312", id="90-month"),
        pytest.param(R90, "27", "0400000086", "B902712", id="90-enterprise"),
        pytest.param(R90, "31,32,33,34", "GKCCBEBB   ", "B903112", id="90-bank"),
        pytest.param(
            R90, "36,37,38,39,40,41", "BE21001234567803".ljust(34), "B903612", id="90-account"
        ),
    ],
)
def test_repeated_zones(place: int, name: str, value: str, code: str) -> None:
    assert code in file_codes(retotalled(changed(CONSTRUCTED, place, name, value)))


@pytest.mark.parametrize(
    ("place", "name", "value", "code"),
    [
        pytest.param(R50, "19", " 00000000640", "B501905", id="no-sign"),
        pytest.param(R50, "19", "+0000000-640", "B501906", id="sign-inside"),
        pytest.param(R50, "19", "+0000000A640", "B501901", id="letter-inside"),
        pytest.param(R50, "22", "00001", "B502205", id="units-without-sign"),
        pytest.param(R50, "27", "x000000000", "B502705", id="share-without-sign"),
        pytest.param(R50, "5", "20260231", "B500501", id="no-such-day"),
        pytest.param(R50, "4", "1425110", "B500404", id="first-digit-of-the-code"),
        pytest.param(R50, "15", "140000028401", "B501504", id="first-digit-of-the-provider"),
        pytest.param(R50, "13", "99 ", "B501301", id="service-not-numeric"),
        pytest.param(R20, "8a,8b", "006001010017 ", "B200801", id="patient-not-numeric"),
        pytest.param(R20, "12", "1", "B201201", id="reserve-used"),
        pytest.param(R10, "9", "1", "B100911", id="old-zone-used"),
        pytest.param(R10, "5,6a", "1" * 12, "B100504", id="old-account-used"),
        pytest.param(R80, "38", "000000000000", "B803805", id="advance-without-sign"),
    ],
)
def test_zones_hold_what_they_should(place: int, name: str, value: str, code: str) -> None:
    assert code in file_codes(retotalled(changed(CONSTRUCTED, place, name, value)))


class TestUncuttable:
    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"not an invoice", id="words"),
            pytest.param(CONSTRUCTED[:-1].encode(), id="one-character-short"),
            pytest.param(CONSTRUCTED[:-350].encode(), id="without-record-96"),
            pytest.param((CONSTRUCTED + "0" * 350).encode(), id="something-behind"),
            pytest.param(
                CONSTRUCTED.replace("PEETERS", "PEET\xc9RS").encode("latin-1"), id="accent"
            ),
            pytest.param(CONSTRUCTED.replace("PEETERS", "PEET\nRS").encode(), id="line-end"),
        ],
    )
    def test_it_is_no_invoice_file(self, content: bytes) -> None:
        with pytest.raises(TheirAnswerInvalid):
            EfactOffice().insurers.check(content)

    def test_the_constructed_file_is_one(self) -> None:
        EfactOffice().insurers.check(CONSTRUCTED.encode())


def test_any_other_damage_gets_an_answer_and_no_exception() -> None:
    """Damage a file at random places: it cannot be cut, or it is answered."""
    chance = random.Random(20260402)  # noqa: S311  # chooses damage, guards nothing
    answered = 0
    for _ in range(120):
        text = list(CONSTRUCTED)
        for _ in range(chance.choice((1, 2, 8))):
            text[chance.randrange(len(text))] = chance.choice("0123456789 +-AZ~")
        content = "".join(text)
        office = EfactOffice()
        try:
            office.insurers.check(content.encode())
        except TheirAnswerInvalid:
            continue
        told = names(office.send(content, insurer="100"))
        assert told[0] == "931000"
        assert len(told) in (2, 3)
        answered += 1
    assert answered > 60


def test_written_files_have_no_findings() -> None:
    text = invoice_file(
        invoice(SIXTY, act(SIXTY), act(SIXTY, z23="03")), invoice(EIGHTY, lump_sum(EIGHTY))
    )
    assert codes(EfactOffice().send(text)) == {}


def test_zones_do_not_reach_over_their_record() -> None:
    assert all(last <= 800 for kind in SLICES for _, last in SLICES[kind].values())
