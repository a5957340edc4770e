"""What the played insurers say about acts: day, rights, prescription, price, reading, agreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bridge.domain.insurability import HospitalStay, MedicalHouse
from bridge.mycarenet.medadmin_names import ContractualType
from bridge.sandbox.efact_tariff import TARIFFS, has_tariff, tariff_on
from bridge.sandbox.people_sketch import INSURED_SINCE, span
from tests.support.efactoffice import (
    COLLEAGUE,
    INJECTION,
    LUMP_SUM_A,
    LUMP_SUM_C,
    NURSE,
    PRESCRIBED,
    SIXTY,
    STRANGER,
    TOILET,
    EfactOffice,
    act,
    codes,
    invoice,
    invoice_file,
    lump_sum,
    member,
    only,
    record,
)

DAY = date(2026, 3, 2)
SPELT = {"z" + name.replace(",", "_"): value for name, value in PRESCRIBED.items()}


def found(*acts: list[str], office: EfactOffice | None = None, person: Any = SIXTY) -> set[str]:
    """Send one invoice; give the codes of its acts that come from themselves."""
    text = invoice_file(invoice(person, *acts))
    given = codes((office or EfactOffice()).send(text))
    return {code for each in given.values() for code in each} - {"R520119", "R500120"}


def test_an_ordinary_act_is_in_order() -> None:
    assert found(act(SIXTY)) == set()


@pytest.mark.parametrize(
    ("zones", "code"),
    [
        pytest.param({"z4": "0425111"}, "R500402", id="code-check-digit"),
        pytest.param({"z3": "1"}, "R500303", id="norm-not-for-nurses"),
        pytest.param({"z3": "7"}, "R500348", id="amount-though-for-information"),
        pytest.param({"z6a,6b": "20260303"}, "R500615", id="last-day-differs"),
        pytest.param({"z13": "980"}, "R501303", id="service"),
        pytest.param({"z15": "0" * 12}, "R501505", id="no-provider"),
        pytest.param({"z15": "040000029401"}, "R501502", id="provider-check-digits"),
        pytest.param({"z15": "0" + STRANGER.long}, "R501520", id="provider-unknown"),
        pytest.param({"z16": "4"}, "R501603", id="provider-norm"),
        pytest.param({"z22": "-0001"}, "R502212", id="sign-of-units"),
        pytest.param({"z27": "-000000100"}, "R502712", id="sign-of-share"),
        pytest.param({"z30,31": "-000000100"}, "R503012", id="sign-of-supplement"),
        pytest.param({"z35": "0"}, "R503503", id="convention"),
        pytest.param({"z11": "1"}, "B501110", id="other-account"),
        pytest.param({"z16": "2"}, "R504911", id="assistant-missing"),
        pytest.param({"z49": "0" + COLLEAGUE.long}, "R504912", id="assistant-not-due"),
        pytest.param({"z50a": "100"}, "R505012", id="share-of-no-block"),
    ],
)
def test_zones_of_an_act(zones: dict[str, Any], code: str) -> None:
    assert code in found(act(SIXTY, **{name.replace(",", "_"): v for name, v in zones.items()}))


class TestDays:
    @pytest.mark.parametrize(
        ("day", "codes_"),
        [
            pytest.param(date(2026, 4, 2), set(), id="on-the-day-of-the-file"),
            pytest.param(date(2026, 4, 3), {"R500555"}, id="after-the-file"),
            pytest.param(date(2026, 4, 4), {"R500510"}, id="tomorrow"),
            pytest.param(date(2024, 4, 3), set(), id="two-years-ago"),
            pytest.param(date(2024, 4, 2), {"R500546"}, id="a-day-more"),
        ],
    )
    def test_of_an_act(self, day: date, codes_: set[str]) -> None:
        office = EfactOffice()
        person = office.add(member("129"), None)
        office.agree(person, ContractualType.TOILET, date(2020, 1, 1), date(2030, 1, 1))
        assert found(act(person, day=day), office=office, person=person) == codes_

    def test_an_interrupted_limitation(self) -> None:
        office = EfactOffice()
        person = office.add(member("129"), None)
        office.agree(person, ContractualType.TOILET, date(2020, 1, 1), date(2030, 1, 1))
        text = invoice_file(invoice(person, act(person, day=date(2024, 4, 2)), z16="1"))
        assert codes(office.send(text)) == {}

    @pytest.mark.parametrize(
        ("month", "codes_"),
        [
            pytest.param("202603", set(), id="next-month"),
            pytest.param("202602", {"R500547"}, id="more-than-a-month-later"),
        ],
    )
    def test_of_an_act_after_the_invoiced_month(self, month: str, codes_: set[str]) -> None:
        text = invoice_file(invoice(SIXTY, act(SIXTY, day=date(2026, 4, 1))), month=month)
        given = codes(EfactOffice().send(text))
        assert {code for each in given.values() for code in each} - {"R520119"} == codes_


class TestRights:
    @pytest.mark.parametrize(
        ("more", "code"),
        [
            pytest.param({"deceased_on": DAY}, "R500549", id="died-that-day"),
            pytest.param(
                {"periods": (span("129", "129", INSURED_SINCE, DAY - timedelta(days=1)),)},
                "R500540",
                id="rights-ended-the-day-before",
            ),
            pytest.param(
                {"periods": (span("129", "129", DAY + timedelta(days=1)),)},
                "R500540",
                id="rights-begin-the-day-after",
            ),
            pytest.param(
                {"hospital_stay": HospitalStay(admitted_on=DAY)}, "R500545", id="in-hospital"
            ),
            pytest.param(
                {"medical_house": MedicalHouse(started_on=DAY)}, "R500450", id="medical-house"
            ),
            pytest.param({"periods": ()}, "F200820", id="nobody-insures"),
            pytest.param({"is_known": False}, "F200820", id="not-known"),
            pytest.param(
                {"periods": (span("509", "509", INSURED_SINCE),)}, "F200820", id="other-union"
            ),
            pytest.param(
                {"periods": (span("131", "131", INSURED_SINCE),)}, "F200742", id="other-fund"
            ),
            pytest.param(
                {"periods": (span("129", "129", INSURED_SINCE, ct="131"),)}, None, id="in-order"
            ),
        ],
    )
    def test_of_the_patient(self, more: dict[str, Any], code: str | None) -> None:
        office = EfactOffice()
        person = office.add(replace(member("129"), **more), ContractualType.C)
        assert found(act(person), office=office, person=person) == ({code} - {None})

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"deceased_on": DAY + timedelta(days=1)}, id="died-the-day-after"),
            pytest.param(
                {"periods": (span("129", "129", INSURED_SINCE, DAY),)}, id="last-day-of-rights"
            ),
            pytest.param(
                {"hospital_stay": HospitalStay(admitted_on=DAY + timedelta(days=1))},
                id="in-hospital-later",
            ),
        ],
    )
    def test_last_days_in_order(self, more: dict[str, Any]) -> None:
        office = EfactOffice()
        person = office.add(replace(member("129"), **more), ContractualType.C)
        assert found(act(person), office=office, person=person) == set()

    def test_other_codes_are_told_and_paid(self) -> None:
        text = invoice_file(invoice(SIXTY, act(SIXTY), z27="0000110110"))
        answers = EfactOffice().send(text)
        assert codes(answers) == {"50": ["E500524"]}
        assert only(answers, "920900")[-800:][79:91] == "+00000000640"


class TestPrescription:
    def test_an_act_on_prescription(self) -> None:
        assert found(act(SIXTY, INJECTION, **SPELT)) == set()

    @pytest.mark.parametrize(
        ("zones", "codes_"),
        [
            pytest.param({}, {"R502405", "R502004"}, id="nothing"),
            pytest.param({"z20_21": "20260225"}, {"R502405"}, id="day-only"),
            pytest.param({**SPELT, "z20_21": "0" * 8}, {"R502004"}, id="doctor-only"),
            pytest.param({**SPELT, "z20_21": "20260303"}, {"R502014"}, id="after-the-act"),
            pytest.param({**SPELT, "z20_21": "20260302"}, set(), id="on-the-day"),
            pytest.param({**SPELT, "z24_25": "010007134004"}, {"R502402"}, id="check-digits"),
            pytest.param({**SPELT, "z24_25": "010012345004"}, {"R502402"}, id="other-check-digits"),
            pytest.param({**SPELT, "z24_25": "0" + NURSE.long}, {"R502420"}, id="no-doctor"),
            pytest.param({**SPELT, "z26": "0"}, {"R502641"}, id="norm-without-doctor"),
            pytest.param({"z26": "1"}, {"R502405", "R502004", "R502641"}, id="norm-with-doctor"),
        ],
    )
    def test_when_one_is_needed(self, zones: dict[str, str], codes_: set[str]) -> None:
        given: dict[str, Any] = zones
        assert found(act(SIXTY, INJECTION, **given)) == codes_

    @pytest.mark.parametrize(
        ("zones", "codes_"),
        [
            pytest.param(SPELT, set(), id="both"),
            pytest.param({**SPELT, "z20_21": "0" * 8}, {"R502011"}, id="doctor-without-day"),
            pytest.param({"z20_21": "20260225"}, {"R502012"}, id="day-without-doctor"),
        ],
    )
    def test_when_none_is_needed(self, zones: dict[str, str], codes_: set[str]) -> None:
        given: dict[str, Any] = zones
        assert found(act(SIXTY, **given)) == codes_


class TestPrice:
    @pytest.mark.parametrize(
        ("cents", "norm", "codes_"),
        [
            pytest.param(640, "0", set(), id="tariff"),
            pytest.param(641, "0", {"R501940"}, id="a-cent-more"),
            pytest.param(639, "0", {"R500349"}, id="a-cent-less"),
            pytest.param(639, "6", set(), id="less-and-said-so"),
            pytest.param(640, "6", {"R500347"}, id="said-so-but-not-less"),
            pytest.param(0, "7", set(), id="for-information"),
        ],
    )
    def test_of_an_act(self, cents: int, norm: str, codes_: set[str]) -> None:
        assert found(act(SIXTY, cents=cents, z3=norm)) == codes_

    def test_of_two_units(self) -> None:
        assert found(act(SIXTY, cents=1280, z22="+0002")) == set()

    def test_of_the_year_before(self) -> None:
        office = EfactOffice()
        person = office.add(member("129"), None)
        office.agree(person, ContractualType.TOILET, date(2020, 1, 1), date(2030, 1, 1))
        last_year = act(person, day=date(2025, 12, 31), cents=620)
        assert found(last_year, office=office, person=person) == set()
        this_year = act(person, day=date(2026, 1, 1), cents=620)
        office = EfactOffice(people=office.people, agreements=office.agreements)
        assert found(this_year, office=office, person=person) == {"R500349"}

    def test_before_anything_is_known(self) -> None:
        assert tariff_on(TOILET, date(2023, 12, 31)) is None
        assert has_tariff(TOILET)
        assert not has_tariff("425736")

    def test_amounts_are_whole_and_positive(self) -> None:
        assert all(tariff.cents > 0 <= tariff.share_cents for tariff in TARIFFS)


class TestReading:
    def test_none_that_day(self) -> None:
        assert found(act(SIXTY, is_read=False)) == {"R500112"}

    def test_one_is_enough_for_a_day(self) -> None:
        assert found(act(SIXTY), act(SIXTY, INJECTION, is_read=False, **SPELT)) == set()

    def test_one_of_another_day_is_none(self) -> None:
        assert found(act(SIXTY, day=date(2026, 3, 5)), act(SIXTY, is_read=False)) == {"R500112"}

    @pytest.mark.parametrize(
        ("zones", "code"),
        [
            pytest.param({"9": "4"}, "R520304", id="by-hand-without-reason"),
            pytest.param({"3": "1"}, "R520310", id="reason-though-read"),
            pytest.param({"3": "9", "9": "4"}, "R520303", id="reason-unknown"),
            pytest.param({"9": "5"}, "R520903", id="kind-unknown"),
            pytest.param({"9": "0"}, "R520904", id="kind-missing"),
            pytest.param({"10": "3"}, "R521003", id="support-unknown"),
            pytest.param({"10": "0"}, "R521004", id="support-missing"),
            pytest.param({"9": "2"}, "R520910", id="bar-code-of-an-identity-card"),
            pytest.param({"11": "3"}, "R521103", id="reason-of-sticker-unknown"),
            pytest.param(
                {"9": "2", "10": "7", "16": "0" * 15}, "R521104", id="sticker-without-reason"
            ),
            pytest.param({"11": "1"}, "R521110", id="reason-without-sticker"),
            pytest.param({"6a,6b": "0" * 8}, "R520604", id="day-missing"),
            pytest.param({"12,13": "0000"}, "R521204", id="hour-missing"),
            pytest.param({"16": "0" * 15}, "R521604", id="serial-missing"),
            pytest.param({"16": "001234567890123"}, "R521610", id="serial-of-13"),
            pytest.param(
                {"10": "2", "16": "000012345678901"}, "R521611", id="serial-of-a-foreigner"
            ),
            pytest.param({"10": "4", "16": "000012345678901"}, "R521612", id="serial-of-isi"),
            pytest.param({"19": "1" * 20}, "R521919", id="agreement-number"),
        ],
    )
    def test_zones(self, zones: dict[str, str], code: str) -> None:
        assert code in found(_read_with(zones))

    @pytest.mark.parametrize(
        "zones",
        [
            pytest.param({"10": "2", "16": "000000123456789"}, id="foreigner"),
            pytest.param({"10": "2", "16": "00000B123456789"}, id="foreigner-with-letter"),
            pytest.param({"9": "3", "10": "4", "16": "000001234567890"}, id="isi-by-code"),
            pytest.param({"9": "A", "10": "A", "16": "0" * 15}, id="app"),
            pytest.param({"9": "2", "10": "7", "11": "2", "16": "0" * 15}, id="sticker"),
            pytest.param({"3": "1", "9": "4"}, id="by-hand-at-the-contact"),
            pytest.param({"3": "5", "9": "4", "6a,6b": "0" * 8, "12,13": "0000"}, id="forgotten"),
        ],
    )
    def test_the_cases_of_the_table(self, zones: dict[str, str]) -> None:
        assert found(_read_with(zones)) == set()


def _read_with(zones: dict[str, str]) -> list[str]:
    line, reading = act(SIXTY)
    return [line, record(reading, zones)]


class TestAgreement:
    @pytest.mark.parametrize(
        ("kind", "code", "expected"),
        [
            pytest.param(None, TOILET, "R5004K3", id="toilet-not-notified"),
            pytest.param(None, LUMP_SUM_A, "R5004K2", id="lump-sum-not-asked"),
            pytest.param(ContractualType.TOILET, TOILET, None, id="toilet-notified"),
            pytest.param(ContractualType.A, TOILET, None, id="toilet-with-lump-sum"),
            pytest.param(ContractualType.A, LUMP_SUM_A, None, id="lump-sum-a"),
            pytest.param(ContractualType.B, LUMP_SUM_A, None, id="weaker-lump-sum"),
            pytest.param(ContractualType.B, LUMP_SUM_C, "R500448", id="stronger-lump-sum"),
            pytest.param(ContractualType.TOILET, LUMP_SUM_A, "R500448", id="lump-sum-with-toilet"),
        ],
    )
    def test_kind(self, kind: ContractualType | None, code: str, expected: str | None) -> None:
        office = EfactOffice()
        person = office.add(member("129"), kind)
        acts = act(person, code) if code == TOILET else lump_sum(person, code)
        given = found(acts, office=office, person=person) - {"R500119", "R500458"}
        assert given == ({expected} - {None})

    @pytest.mark.parametrize(
        ("start_on", "end_on", "codes_"),
        [
            pytest.param(DAY, DAY, set(), id="that-day-only"),
            pytest.param(DAY + timedelta(days=1), None, {"R500548"}, id="from-the-next-day"),
            pytest.param(date(2026, 1, 1), DAY - timedelta(days=1), {"R500548"}, id="until-before"),
        ],
    )
    def test_days(self, start_on: date, end_on: date | None, codes_: set[str]) -> None:
        office = EfactOffice()
        person = office.add(member("129"), None)
        office.agree(person, ContractualType.TOILET, start_on, end_on)
        assert found(act(person), office=office, person=person) == codes_

    def test_of_another_union_counts_for_nothing(self) -> None:
        office = EfactOffice()
        person = office.add(member("129"), None)
        office.agree(replace(person, mutuality=member("509").mutuality), ContractualType.C)
        assert found(act(person), office=office, person=person) == {"R5004K3"}

    def test_of_palliative_care(self) -> None:
        office = EfactOffice()
        person = office.add(member("129"), None)
        day = lump_sum(person, "427136")
        assert found(day, office=office, person=person) == {"R5004K3", "R500119"}
        office.agree(person, None)
        assert found(day, office=office, person=person) == set()

    def test_other_acts_need_none(self) -> None:
        office = EfactOffice()
        person = office.add(member("129"), None)
        assert found(act(person, INJECTION, **SPELT), office=office, person=person) == set()
