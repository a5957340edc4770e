"""The answers of the played insurers of invoices beside the recorded ones: same form throughout."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from functools import cache
from typing import Any

import pytest

from bridge.codecs.efact import answerreader, reader
from bridge.codecs.efact.settlements import balance_findings
from bridge.mycarenet.medadmin_names import ContractualType
from bridge.sandbox.efact_reading import code_check, read_file, record_check
from bridge.sandbox.people import SandboxPerson
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
    lines_of,
    lump_sum,
    member,
    names,
    only,
)
from tests.support.shared import SAMPLES, SPEC

RECORDED = SAMPLES / "efact"
FACTS = json.loads((SPEC / "examples/efact/920000-constructed-home-nursing.json").read_text())


def recorded(name: str) -> str:
    return (RECORDED / f"{name}.txt").read_text("ascii")


@cache
def letters() -> dict[str, set[str]]:
    table = SPEC / "efact" / "error-codes.csv"
    found: dict[str, set[str]] = {}
    with table.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            found.setdefault(row["code"], set()).add(row["letter"])
    return found


def of_union(office: EfactOffice, union: str, serial: int = 11, **more: Any) -> SandboxPerson:
    """Let the insurers know a member of a sickness fund of a union."""
    funds = {"100": "129", "300": "306", "500": "509", "600": "602", "900": "910"}
    return office.add(member(funds[union], serial, **more), ContractualType.C)


def one_wrong(office: EfactOffice, union: str) -> str:
    """Write a file of six records with one wrong act and the reading that falls with it."""
    person = of_union(office, union)
    day = date(2026, 3, 2)
    wrong = act(person, day=day, z24_25="010007133004")
    return invoice_file(invoice(person, wrong))


class TestConstructedFile:
    def test_it_is_accepted_clean_and_paid_whole(self) -> None:
        office = EfactOffice()
        answers = office.send(CONSTRUCTED)
        assert names(answers) == ["931000", "920098", "920900"]
        assert codes(answers) == {}
        settled = only(answers, "920900")
        assert [line[:2] for line in lines_of(settled)] == ["10", "90", "91", "91", "92"]
        assert lines_of(settled)[-1][79:91] == "+00000003280"

    def test_sums_of_our_own_are_those_beside_the_file(self) -> None:
        file = read_file(CONSTRUCTED.encode())
        assert [record.kind for record in file.body] == FACTS["records"]
        assert [record_check(record.text) for record in file.body] == FACTS["check_digits"]
        assert code_check(file.body) == str(FACTS["z98_file"])
        assert [int(record.zone("409")) for record in file.mutualities] == [6, 6]

    def test_the_unions_other_than_the_files_refuse_it(self) -> None:
        answers = EfactOffice().send(CONSTRUCTED, insurer="200")
        assert names(answers) == ["931000", "920999"]


class TestForms:
    """Lengths, headers and frames as recorded."""

    def test_receipt(self) -> None:
        office = EfactOffice()
        person = of_union(office, "900")
        mine = only(office.send(invoice_file(invoice(person, act(person)))), "931000")
        theirs = recorded("931000-union900-pair-with-920098-clean")
        assert len(mine) == len(theirs)
        # name and versions, then the test mark and zones 203 to 206 but for the references
        assert (mine[:20], mine[34:36], mine[50:]) == (theirs[:20], theirs[34:36], theirs[50:])

    def test_acceptance_without_errors(self) -> None:
        office = EfactOffice()
        person = of_union(office, "900")
        answers = office.send(invoice_file(invoice(person, act(person))))
        mine, theirs = only(answers, "920098"), recorded("920098-clean-pair-with-931000")
        assert len(mine) == len(theirs)
        self.judge_header(mine, theirs)
        self.judge_records(mine, theirs)

    def test_acceptance_with_an_error(self) -> None:
        office = EfactOffice()
        person = of_union(office, "900")
        text = invoice_file(invoice(person, act(person, z24_25="0" * 12)))
        wrong = changed(text, 3, "19", "1" * 20)
        answers = office.send(wrong)
        mine, theirs = only(answers, "920098"), recorded("920098-with-error-pair-A")
        self.judge_header(mine, theirs)
        mine_lines, their_lines = lines_of(mine), lines_of(theirs)
        reading = next(line for line in mine_lines if line[:2] == "52")
        recorded_reading = next(line for line in their_lines if line[:2] == "52")
        assert reading[456:463] == "R521919"
        assert len(reading) == len(recorded_reading)
        assert mine[67 + 140 : 67 + 151] == theirs[67 + 140 : 67 + 151] == "01666000000"

    def test_over_five_percent(self) -> None:
        office = EfactOffice()
        mine = only(office.send(one_wrong(office, "500")), "920099")
        theirs = recorded("920099-over5pct-1666-union500")
        assert len(mine) == len(theirs)
        self.judge_header(mine, theirs)
        assert [line[:2] for line in lines_of(mine)] == [line[:2] for line in lines_of(theirs)]
        assert mine[67 + 140 : 67 + 151] == theirs[67 + 140 : 67 + 151] == "01666000200"
        chained = [line for line in lines_of(mine) if line[:2] == "52"]
        assert [line[456:463] for line in chained] == ["R050000"]

    def test_blocking(self) -> None:
        office = EfactOffice()
        answers = office.send(changed(CONSTRUCTED, 0, "18", "000"))
        mine, theirs = only(answers, "920099"), recorded("920099-blocking-iban-profession-code")
        assert len(mine) == len(theirs)
        self.judge_header(mine, theirs)
        assert lines_of(mine)[0][456:463] == lines_of(theirs)[0][463:470] == "B101810"

    def test_a_blocked_file_of_union_600_is_no_percent_wrong(self) -> None:
        office = EfactOffice()
        person = of_union(office, "600")
        text = changed(invoice_file(invoice(person, act(person))), 3, "2", "000009")
        mine = only(office.send(text), "920099")
        theirs = recorded("920099-blocking-sequence-union600")
        assert mine[67 + 140 : 67 + 151] == theirs[67 + 140 : 67 + 151]

    def test_settlement(self) -> None:
        office = EfactOffice()
        mine = only(office.send(one_wrong(office, "900")), "920900")
        theirs = recorded("920900-all-refused")
        assert len(mine) == len(theirs)
        self.judge_header(mine, theirs)
        assert [line[:2] for line in lines_of(mine)] == [line[:2] for line in lines_of(theirs)]
        for mine_line, their_line in zip(lines_of(mine), lines_of(theirs), strict=True):
            if mine_line[:2] in ("91", "92"):
                assert shape(mine_line) == shape(their_line)

    def test_refused_message(self) -> None:
        text = changed(CONSTRUCTED, -1, "501", "100")
        mine = only(EfactOffice().send(text), "920999")
        theirs = recorded("920999-union100-wrong-96")
        assert len(mine) == len(theirs)
        assert mine[:20] == theirs[:20]
        assert mine[227:236] == theirs[227:236] == "960010020"

    @staticmethod
    def judge_header(mine: str, theirs: str) -> None:
        """Compare digits, signs and blanks of both segments, but for references and names."""
        assert mine[:20] == theirs[:20]
        for first, last in ((0, 67), (67, 90), (103, 114), (187, 218)):
            assert shape(mine[first:last]) == shape(theirs[first:last])

    @staticmethod
    def judge_records(mine: str, theirs: str) -> None:
        """Compare where codes stand, and by what unused zones are filled."""
        for mine_line, their_line in zip(lines_of(mine), lines_of(theirs), strict=True):
            assert mine_line[:2] == their_line[:2]
            assert mine_line[456:477] == their_line[456:477]
            assert shape(mine_line[350:456]) == shape(their_line[350:456])
            assert mine_line[477:794] == their_line[477:794]


def shape(text: str) -> str:
    """Give a text with every digit as 9."""
    return "".join("9" if character.isdigit() else character for character in text)


@pytest.mark.parametrize("union", ["100", "300", "500", "600", "900"])
def test_every_letter_is_that_of_the_official_list(union: str) -> None:
    office = EfactOffice()
    person = of_union(office, union)
    dead = of_union(office, union, serial=13, deceased_on=date(2026, 3, 1))
    stranger = member(person.mutuality.digits, serial=15)
    text = invoice_file(
        invoice(person, act(person, cents=1), lump_sum(person, before=[])),
        invoice(dead, act(dead, is_read=False, z24_25="010007133004")),
        invoice(stranger, act(stranger, z9="2")),
    )
    found = codes(office.send(text))
    given = {code for each in found.values() for code in each if code[1:] != "050000"}
    assert given
    for code in given:
        assert letters()[code[1:]] & {code[0], ""}, code


def test_the_two_patients_of_the_file_are_the_desks() -> None:
    numbers = {record[35:48] for record in (CONSTRUCTED[577:], CONSTRUCTED[2677:])}
    assert numbers == {"00" + SIXTY.niss.digits, "00" + EIGHTY.niss.digits}


def test_a_wrong_test_mark_is_a_code_of_the_header() -> None:
    text = changed_head(CONSTRUCTED, "200", "202", "12")
    answer = only(EfactOffice().send(text), "920999")
    assert answer[67 + 45 : 67 + 47] == "21"


class TestTheProductsReader:
    """The daemon's record engine and the played insurers know nothing of each other."""

    @staticmethod
    def told() -> list[bytes]:
        office = EfactOffice()
        contents = []
        for union in ("100", "300", "500", "600", "900"):
            person = of_union(office, union)
            acts = [act(person, day=date(2026, 3, day)) for day in range(1, 29)]
            wrong = act(person, day=date(2026, 3, 30), z24_25="010007133004")
            blocked = changed(invoice_file(invoice(person, *acts)), 3, "2", "000009")
            unread = changed(invoice_file(invoice(person, *acts)), -1, "509", "00000099")
            for text in (blocked, unread, invoice_file(invoice(person, *acts, wrong))):
                contents += [answer.content for answer in office.send(text)]
        return contents

    def test_it_reads_every_answer_whole(self) -> None:
        answers = [answerreader.read(content) for content in self.told()]
        assert all(answer.is_whole for answer in answers)
        read = Counter(answer.name.value for answer in answers if answer.name)
        assert read == {"931000": 15, "920099": 5, "920999": 5, "920098": 5, "920900": 5}

    def test_settled_amounts_balance_to_the_cent(self) -> None:
        answers = [answerreader.read(content) for content in self.told()]
        settled = [[*each.totals, each.settlement] for each in answers if each.settlement]
        assert len(settled) == 5
        for totals in settled:
            assert list(balance_findings(totals)) == []

    def test_the_file_it_finds_in_order_is_accepted(self) -> None:
        person = SIXTY
        text = invoice_file(invoice(person, act(person)), invoice(EIGHTY, lump_sum(EIGHTY)))
        assert reader.verify(text.encode()) == ()
        assert codes(EfactOffice().send(text)) == {}
