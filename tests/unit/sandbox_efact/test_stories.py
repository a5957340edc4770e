"""What is told about a file, when, and with which amounts; and what is remembered of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bridge.sandbox.efact_habits import (
    CONTRADICTED,
    CUT_SHORT,
    HEADER_ONLY,
    LATE,
    LENIENT,
    TWICE,
    UNANNOUNCED,
    UNKNOWN_CODE,
)
from bridge.sandbox.efact_insurers import SERVICE
from bridge.sandbox.efact_slices import zone
from tests.support.efactoffice import (
    CONSTRUCTED,
    EIGHTY,
    SIXTY,
    EfactOffice,
    act,
    changed,
    codes,
    invoice,
    invoice_file,
    lines_of,
    lump_sum,
    member,
    names,
    only,
)

WRONG: dict[str, Any] = {"z24_25": "010007133004"}


def many(person: Any, count: int, *, wrong: int = 0) -> list[list[str]]:
    """Write acts of different days, the first ones with a doctor but no day."""
    return [
        act(person, day=date(2026, 3, place + 1), **(WRONG if place < wrong else {}))
        for place in range(count)
    ]


def test_when_and_under_which_name_everything_comes() -> None:
    answers = EfactOffice().send(CONSTRUCTED)
    assert [(each.after, each.message_name) for each in answers] == [
        (timedelta(minutes=10), "HCPFAC"),
        (timedelta(days=1), "HCPFAC"),
        (timedelta(days=5), "HCPAFD"),
    ]


def test_refusals_come_under_their_own_name() -> None:
    blocked = EfactOffice().send(changed(CONSTRUCTED, 2, "2", "000009"))
    assert [(each.after, each.message_name) for each in blocked[1:]] == [
        (timedelta(days=1), "HCPVWR")
    ]
    unread = EfactOffice().send(changed(CONSTRUCTED, -1, "509", "00000099"))
    assert [(each.after, each.message_name) for each in unread[1:]] == [
        (timedelta(hours=1), "HCPVWR")
    ]


def test_every_answer_has_the_senders_reference_and_one_of_its_own() -> None:
    answers = [each.content.decode() for each in EfactOffice().send(CONSTRUCTED)]
    assert {zone(each[:67], "200", "204") for each in answers} == {"20260402000017"}
    own = {zone(each[:67], "200", "205") for each in answers}
    assert len(own) == len(answers)
    assert all(int(each) for each in own)


class TestPercentage:
    @pytest.mark.parametrize(
        ("count", "name", "percentage"),
        [
            pytest.param(8, "920098", "00500", id="five-percent"),
            pytest.param(7, "920099", "00556", id="more"),
        ],
    )
    def test_of_one_wrong_record(self, count: int, name: str, percentage: str) -> None:
        # 10, 20, 80, 90 and two records for each act
        answers = EfactOffice().send(invoice_file(invoice(SIXTY, *many(SIXTY, count, wrong=1))))
        decision = only(answers, name)
        assert decision[67 + 140 : 67 + 145] == percentage
        assert decision[67 + 147 : 67 + 149] == ("00" if name == "920098" else "02")

    def test_is_cut_or_rounded_by_unions(self) -> None:
        office = EfactOffice()
        person = office.add(member("228"))
        cut = only(office.send(invoice_file(invoice(person, *many(person, 7, wrong=1)))), "920099")
        assert cut[67 + 140 : 67 + 145] == "00555"

    def test_does_not_decide_at_union_900(self) -> None:
        office = EfactOffice()
        person = office.add(member("910"))
        answers = office.send(invoice_file(invoice(person, *many(person, 1, wrong=1))))
        assert names(answers) == ["931000", "920098", "920900"]

    def test_what_is_only_told_does_not_count(self) -> None:
        text = invoice_file(invoice(SIXTY, act(SIXTY), z27="0000110110"))
        assert only(EfactOffice().send(text), "920098")[67 + 140 : 67 + 145] == "00000"


class TestSettlement:
    @staticmethod
    def amounts(line: str) -> tuple[int, int, int]:
        return int(line[23:35]), int(line[79:91]), int(line[93:105])

    def settle(self) -> str:
        office = EfactOffice()
        text = invoice_file(
            invoice(SIXTY, *many(SIXTY, 20, wrong=3)),
            invoice(EIGHTY, lump_sum(EIGHTY), lump_sum(EIGHTY, day=date(2026, 3, 4))),
        )
        answers = office.send(text, scenario=LENIENT)
        return only(answers, "920900")

    def test_amounts_balance_for_each_fund_and_together(self) -> None:
        *_, first, second, grand = lines_of(self.settle())
        assert (first[4:7], second[4:7], grand[4:7]) == ("129", "134", "199")
        assert self.amounts(first) == (20 * 640, 17 * 640, 3 * 640)
        assert self.amounts(second) == (4000, 4000, 0)
        for line in (first, second, grand):
            asked, accepted, refused = self.amounts(line)
            assert asked == accepted + refused == int(line[51:63])
            assert int(line[135:147]) == accepted
            assert int(line[149:161]) == refused
        together = [sum(each) for each in zip(*map(self.amounts, (first, second)), strict=True)]
        assert together == list(self.amounts(grand))

    def test_payment_references_fill_22_characters(self) -> None:
        *_, first, second, _ = lines_of(self.settle())
        assert zone(first, "91", "423") == "017/202603/129/".ljust(22)
        assert zone(second, "91", "423") == "017/202603/134/".ljust(22)

    def test_rejected_acts_come_back_with_their_codes_and_nothing_accepted(self) -> None:
        acts = [line for line in lines_of(self.settle()) if line[:2] == "50"]
        assert [line[456:463] for line in acts] == ["R502011"] * 3
        assert [zone(line, "trailer", "114") for line in acts] == ["+00000000000"] * 3
        assert [zone(line[:350], "50", "28").strip() for line in acts] == [
            f"ACT 425110 202603{day:02}" for day in (1, 2, 3)
        ]

    def test_records_are_numbered_again(self) -> None:
        lines = [line for line in lines_of(self.settle()) if line[:2] not in ("91", "92")]
        assert [line[2:8] for line in lines] == [f"{n:06}" for n in range(1, len(lines) + 1)]
        assert [line[:2] for line in lines] == ["10", "20", *["50", "52"] * 3, "80", "90"]

    def test_an_invoice_says_what_is_accepted_of_it(self) -> None:
        (total,) = (line for line in lines_of(self.settle()) if line[:2] == "80")
        assert zone(total, "trailer", "114") == f"+{17 * 640:011}"

    def test_union_900_shows_clean_invoices_and_original_numbers(self) -> None:
        office = EfactOffice()
        first, second = office.add(member("910")), office.add(member("910", serial=13))
        text = invoice_file(
            invoice(first, *many(first, 1)), invoice(second, *many(second, 2, wrong=1))
        )
        settled = only(office.send(text), "920900")
        kinds = [line[:2] for line in lines_of(settled)]
        assert kinds == ["10", "20", "80", "20", "50", "52", "80", "90", "91", "92"]
        (wrong,) = (line for line in lines_of(settled) if line[:2] == "50")
        assert wrong[2:8] == "000005"
        assert zone(wrong, "trailer", "149").strip() == "RECORD 000007 / 0425110"
        *_, mutuality, _ = lines_of(settled)
        assert zone(mutuality, "91", "423").strip() == "017/202603/900/"


class TestMemory:
    def test_an_act_is_paid_once(self) -> None:
        office = EfactOffice()
        assert codes(office.send(CONSTRUCTED)) == {}
        office.later()
        again = invoice_file(invoice(SIXTY, act(SIXTY)), number="018")
        assert codes(office.send(again)) == {"50": ["R500423"], "52": ["R520119"]}

    def test_a_second_identical_act_says_so(self) -> None:
        twice = invoice_file(invoice(SIXTY, act(SIXTY), act(SIXTY)))
        assert codes(EfactOffice().send(twice))["50"] == ["R500423"]
        said = invoice_file(invoice(SIXTY, act(SIXTY), act(SIXTY, z23="03")))
        assert codes(EfactOffice().send(said)) == {}

    def test_a_refused_act_may_come_again(self) -> None:
        office = EfactOffice()
        wrong = invoice_file(invoice(SIXTY, *many(SIXTY, 20, wrong=1)))
        assert names(office.send(wrong))[-1] == "920900"
        office.later()
        right = invoice_file(invoice(SIXTY, *many(SIXTY, 1)), number="018")
        assert codes(office.send(right)) == {}

    def test_a_refused_file_may_come_again_under_its_number_on_the_same_day(self) -> None:
        office = EfactOffice()
        assert "920099" in names(office.send(changed(CONSTRUCTED, 2, "2", "000009")))
        assert codes(office.send(CONSTRUCTED)) == {}

    def test_the_same_file_twice_is_a_refused_message(self) -> None:
        office = EfactOffice()
        office.send(CONSTRUCTED)
        office.later()
        refused = only(office.send(CONSTRUCTED), "920999")
        assert zone(refused[67:227], "300", "3011") == "40"

    @pytest.mark.parametrize(
        ("days", "number", "code"),
        [
            pytest.param(1, "017", "B100721", id="number-of-another-file"),
            pytest.param(0, "018", "B100724", id="second-file-of-the-day"),
            pytest.param(1, "018", None, id="another-number-the-next-day"),
        ],
    )
    def test_sending_numbers(self, days: int, number: str, code: str | None) -> None:
        office = EfactOffice()
        office.send(CONSTRUCTED)
        office.later(days)
        other = invoice_file(invoice(SIXTY, act(SIXTY, day=date(2026, 3, 9))), number=number)
        assert codes(office.send(other)) == ({"10": [code]} if code else {})

    def test_a_number_is_free_again_in_the_next_year(self) -> None:
        office = EfactOffice()
        office.send(CONSTRUCTED)
        office.later(365)
        other = invoice_file(
            invoice(SIXTY, act(SIXTY, day=date(2026, 12, 9))),
            created_on=date(2027, 1, 4),
            month="202612",
        )
        assert codes(office.send(other)) == {}

    def test_a_credit_note_takes_an_act_back(self) -> None:
        office = EfactOffice()
        office.send(CONSTRUCTED)
        office.later()
        minus: dict[str, Any] = {
            "z22": "-0001",
            "z27": "-000000000",
            "z30_31": "-000000000",
        }
        credit = invoice(SIXTY, act(SIXTY, cents=-640, **minus), z11="3")
        anew = invoice(SIXTY, act(SIXTY), z11="1")
        assert codes(office.send(invoice_file(anew, number="018")))["50"] == ["R500423"]
        office.later()
        answers = office.send(invoice_file(credit, anew, number="019"))
        assert codes(answers) == {}
        assert only(answers, "920900")[-800:][79:91] == "+00000000000"
        office.later()
        assert codes(office.send(invoice_file(anew, number="020")))["50"] == ["R500423"]
        office.later()
        answers = office.send(invoice_file(credit, number="021"), scenario=LENIENT)
        assert only(answers, "920900")[-800:][79:91] == "-00000000640"
        office.later()
        assert codes(office.send(invoice_file(anew, number="022"))) == {}

    def test_a_credit_note_is_negative(self) -> None:
        text = invoice_file(invoice(SIXTY, act(SIXTY), z11="3"))
        assert codes(EfactOffice().send(text)) == {"20": ["F201140"]}


class TestScenarios:
    @pytest.mark.parametrize(
        ("scenario", "told"),
        [
            pytest.param(LATE, [("920098", 1), ("920900", 60)], id="late"),
            pytest.param(TWICE, [("920098", 1), ("920900", 5), ("920900", 6)], id="twice"),
            pytest.param(UNANNOUNCED, [("920900", 5)], id="unannounced"),
            pytest.param(CONTRADICTED, [("920098", 1), ("920099", 2)], id="contradicted"),
        ],
    )
    def test_other_answers(self, scenario: str, told: list[tuple[str, int]]) -> None:
        answers = EfactOffice().send(CONSTRUCTED, scenario=scenario)[1:]
        days = [each.after.days for each in answers if each.after is not None]
        assert list(zip(names(answers), days, strict=True)) == told

    def test_the_second_settlement_has_a_reference_of_its_own(self) -> None:
        *_, first, second = EfactOffice().send(CONSTRUCTED, scenario=TWICE)
        assert first.content[67:] == second.content[67:]
        assert first.content[36:50] != second.content[36:50]

    def test_a_contradicted_file_is_not_paid(self) -> None:
        office = EfactOffice()
        office.send(CONSTRUCTED, scenario=CONTRADICTED)
        assert codes(office.send(CONSTRUCTED)) == {}

    def test_a_refusal_without_records(self) -> None:
        text = changed(CONSTRUCTED, 2, "2", "000009")
        assert len(only(EfactOffice().send(text, scenario=HEADER_ONLY), "920099")) == 677

    def test_answers_cut_short(self) -> None:
        receipt, *others = EfactOffice().send(CONSTRUCTED, scenario=CUT_SHORT)
        assert len(receipt.content) == 227
        assert all((len(each.content) - 677) % 800 == 700 for each in others)

    def test_a_code_in_no_list(self) -> None:
        text = invoice_file(invoice(SIXTY, act(SIXTY, **WRONG)))
        found = codes(EfactOffice().send(text, scenario=UNKNOWN_CODE))
        assert found["50"] == ["R5099Z9", "R5099Z9"]


def test_the_ledger_has_counts_and_amounts_and_nobody() -> None:
    office = EfactOffice()
    office.send(CONSTRUCTED)
    entries = office.ledger.entries()
    assert [(each.service, each.operation, each.code, each.check) for each in entries] == [
        (SERVICE, "receipt", "931000", "records 14"),
        (SERVICE, "acceptance", "920098", "records 14, wrong 0"),
        (
            SERVICE,
            "settlement",
            "920900",
            "records 14, wrong 0, asked 3280, accepted 3280, refused 0",
        ),
    ]
    assert [each.received_at - office.now for each in entries] == [
        timedelta(minutes=10),
        timedelta(days=1),
        timedelta(days=5),
    ]
