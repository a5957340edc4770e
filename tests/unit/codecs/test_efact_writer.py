"""Writing files: credit notes, commitments, order, streaming, and everything that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time

import pytest

from bridge.codecs.efact import reader, routing, writer
from bridge.codecs.efact.values import (
    Act,
    ActReading,
    Commitment,
    Invoice,
    InvoiceFile,
    PreviousInvoicing,
)
from bridge.codecs.efact.writer import FileFinding, WriterSettings
from bridge.domain.months import Month
from bridge.errors import RecordInvalid, ZoneFault
from tests.support.efact import DAY, FIRST, HEADER, NURSE, SECOND, toilet
from tests.support.efact_slices import cut, joined, records_of, sealed

PREVIOUS = PreviousInvoicing(
    invoice_number="202602000009",
    sending_number="011",
    mutuality="129",
    month=Month(2026, 2),
    payment_reference="011/202602/100/",
)
TAKEN_BACK = Act(
    code="425110", first_day=DAY, provider=NURSE, amount=-640, patient_share=-100, units=-1
)
STATISTICAL = replace(TAKEN_BACK, amount=0, patient_share=0, norm="9", code="426635")
CREDIT_NOTE = replace(
    FIRST, number="202603000009", invoicing="3", previous=PREVIOUS, acts=(TAKEN_BACK, STATISTICAL)
)
CORRECTION = replace(FIRST, invoicing="1", previous=PREVIOUS)


def file_of(*invoices: Invoice, **header) -> InvoiceFile:
    return InvoiceFile(header=replace(HEADER, **header), invoices=invoices)


def written(*invoices: Invoice, settings: WriterSettings = writer.DEFAULTS) -> list[str]:
    return records_of(writer.write_whole(file_of(*invoices), settings=settings).decode("ascii"))


def found_in(file: InvoiceFile) -> list[tuple[ZoneFault, str, str]]:
    return [(each.zone.fault, each.zone.kind, each.zone.zone) for each in writer.check(file)]


def test_a_credit_note_is_negative_in_every_record_zeros_included() -> None:
    _, twenty, act, zero, eighty, *_ = written(CREDIT_NOTE, CORRECTION)
    assert cut(twenty, "11") == "3"
    assert (cut(act, "19"), cut(act, "27"), cut(act, "22")) == (
        "-00000000640", "-000000100", "-0001",
    )  # fmt: skip
    assert (cut(zero, "19"), cut(zero, "27"), cut(zero, "30,31")) == (
        "-00000000000", "-000000000", "-000000000",
    )  # fmt: skip
    assert (cut(eighty, "19"), cut(eighty, "27"), cut(eighty, "30,31")) == (
        "-00000000640", "-000000100", "-000000000",
    )  # fmt: skip
    assert (cut(eighty, "15"), cut(eighty, "38")) == ("+00000000000", "+00000000000")


def test_zeros_of_a_credit_note_may_be_positive_by_a_setting() -> None:
    records = written(CREDIT_NOTE, settings=WriterSettings(has_minus_zeros=False))
    assert cut(records[3], "19") == "+00000000000"
    assert cut(records[4], "30,31") == "+000000000"


def test_a_credit_note_names_the_previous_invoicing() -> None:
    twenty = written(CREDIT_NOTE)[1]
    assert [cut(twenty, zone) for zone in ("29,30,31", "34,35,36", "37", "38,39", "41")] == [
        "202602000009", "011", "129", "011/202602/100/".ljust(22), "202602",
    ]  # fmt: skip


def test_a_negative_file_has_negative_totals() -> None:
    *_, ninety, ninety_five, ninety_six = written(CREDIT_NOTE)
    assert cut(ninety, "19") == "-00000000640"
    assert [cut(ninety_five, zone) for zone in ("403", "404", "405", "407", "408")] == [
        "-", "00000000640", "+", "-", "00000000640",
    ]  # fmt: skip
    assert cut(ninety_six, "503") == "-"


def test_credit_notes_and_corrections_are_read_back() -> None:
    read = reader.read(writer.write_whole(file_of(CREDIT_NOTE, CORRECTION)))
    assert read.findings == ()
    assert read.file is not None
    assert tuple(read.file.invoices) == (CREDIT_NOTE, CORRECTION)


def test_a_commitment_stands_between_act_and_reading() -> None:
    commitment = Commitment(
        reference="80001V3QAZIDEI04BCZCTAULL6ES6OIK".ljust(48, "0"), informed_on=DAY
    )
    act = replace(toilet(DAY, time(7, 5)), commitment=commitment)
    records = written(replace(FIRST, acts=(act,)))
    assert [record[:2] for record in records[:6]] == ["10", "20", "50", "51", "52", "80"]
    commit = records[3]
    assert cut(commit, "42,43a,43b,44,45") == commitment.reference
    assert (cut(commit, "4"), cut(commit, "5"), cut(commit, "15")) == tuple(
        cut(records[2], zone) for zone in ("4", "5", "15")
    )
    assert (cut(commit, "27"), cut(commit, "28"), cut(commit, "55")) == (
        "0000131131", "0" * 25, "20260303",
    )  # fmt: skip
    assert cut(records[5], "98") == f"{3 * 425110 % 97:02d}"


@pytest.mark.parametrize(
    ("reading", "zones"),
    [
        pytest.param(
            ActReading(reading="4", support="1", read_on=None, read_at=None,
                       manual_reason="3", serial="591234567890"),
            {"3": "3", "6a,6b": "00000000", "12,13": "0000", "9": "4", "16": "000591234567890"},
            id="deferred",
        ),
        pytest.param(
            ActReading(reading="1", support="2", read_on=DAY, read_at=time(0, 0),
                            serial="B123456789"),
            {"12,13": "0000", "10": "2", "16": "00000B123456789"},
            id="residence-document-at-midnight",
        ),
        pytest.param(
            ActReading(reading="2", support="7", read_on=DAY, read_at=time(23, 59),
                            sticker_reason="2"),
            {"10": "7", "11": "2", "12,13": "2359"},
            id="sticker",
        ),
        pytest.param(
            ActReading(reading="A", support="A", read_on=DAY, read_at=time(9, 1),
                            document_number="77", agreement_number="12904202600000000160"),
            {"9": "A", "10": "A", "17": "77".zfill(25), "19": "12904202600000000160"},
            id="app",
        ),
        pytest.param(
            ActReading(reading="1", support="1", read_on=DAY, read_at=time(9, 1),
                            serial="012345678901"),
            {"16": "000012345678901"},
            id="serial-with-a-zero-in-front",
        ),
    ],
)  # fmt: skip
def test_identity_readings_are_written_and_read_back(
    reading: ActReading, zones: dict[str, str]
) -> None:
    invoice = replace(FIRST, acts=(replace(toilet(DAY, time(9, 0)), reading=reading),))
    content = writer.write_whole(file_of(invoice))
    record = records_of(content.decode("ascii"))[3]
    assert {zone: cut(record, zone) for zone in zones} == zones
    read = reader.read(content)
    assert read.file is not None
    (back,) = read.file.invoices
    assert back.acts[0].reading == reading


def test_a_number_that_is_no_person_number_is_kept_in_full() -> None:
    newborn = replace(FIRST, patient="0000000000123", has_person_number=False)
    content = writer.write_whole(file_of(newborn))
    twenty = records_of(content.decode("ascii"))[1]
    assert (cut(twenty, "8a,8b"), cut(twenty, "32")) == ("0000000000123", "0")
    read = reader.read(content)
    assert read.file is not None
    assert tuple(read.file.invoices) == (newborn,)


@pytest.mark.timeout(60)
def test_invoices_are_taken_one_by_one_and_given_in_chunks() -> None:
    taken: list[int] = []

    def invoices() -> Iterator[Invoice]:
        for number in range(400):
            taken.append(number)
            yield replace(FIRST, number=f"{number:012d}")

    chunks = writer.write(InvoiceFile(header=HEADER, invoices=invoices()))
    first = next(chunks)
    assert len(taken) < 60
    rest = list(chunks)
    assert len(taken) == 400
    assert reader.verify(first + b"".join(rest)) == ()


def test_production_files_say_so_everywhere() -> None:
    content = writer.write_whole(file_of(FIRST, is_test=False)).decode("ascii")
    assert content[12:14] == "12"
    assert content[67:227][38:45] == cut(records_of(content)[0], "4") == "0001999"


def test_contacts_lose_their_accents() -> None:
    content = writer.write_whole(file_of(FIRST, contact_last_name="Lefèbvre")).decode("ascii")
    assert content[67:227][47:92] == "Lefebvre".ljust(45)


def test_invoices_are_put_in_order() -> None:
    later = replace(SECOND, destination="129", number="202603000003")
    assert writer.ordered([SECOND, FIRST, later, CREDIT_NOTE]) == [
        CREDIT_NOTE, FIRST, later, SECOND,
    ]  # fmt: skip


def test_collective_invoices_are_numbered_by_mutuality() -> None:
    *_, first, second, whole = written(CREDIT_NOTE, FIRST, SECOND)
    assert [(cut(each, "401"), cut(each, "402")) for each in (first, second)] == [
        ("129", "000000000001"), ("134", "000000000002"),
    ]  # fmt: skip
    assert (cut(whole, "501"), cut(whole, "509")) == ("199", "00000018")


REFUSED = [
    pytest.param(file_of(), ("order_wrong", "90", "1"), id="no-invoice"),
    pytest.param(file_of(replace(FIRST, acts=())), ("order_wrong", "80", "1"), id="no-act"),
    pytest.param(file_of(SECOND, FIRST), ("order_wrong", "20", "18"), id="mutualities-mixed"),
    pytest.param(file_of(FIRST, CREDIT_NOTE), ("order_wrong", "20", "18"), id="credit-last"),
    pytest.param(file_of(FIRST, union="300"), ("zone_differs", "20", "18"), id="other-union"),
    pytest.param(file_of(replace(CREDIT_NOTE, previous=None)), ("zone_missing", "20", "29,30,31"),
                 id="credit-of-nothing"),
    pytest.param(file_of(replace(FIRST, previous=PREVIOUS)),
                 ("zone_reserve_filled", "20", "29,30,31"), id="normal-with-previous"),
    pytest.param(file_of(replace(FIRST, invoicing="3", previous=PREVIOUS)),
                 ("zone_sign_wrong", "50", "19"), id="positive-credit"),
    pytest.param(file_of(replace(FIRST, acts=(TAKEN_BACK,))), ("zone_sign_wrong", "50", "27"),
                 id="negative-invoice"),
    pytest.param(file_of(replace(FIRST, acts=(replace(FIRST.acts[0], amount=10**11),))),
                 ("zone_too_long", "50", "19"), id="amount-overflow"),
    pytest.param(file_of(replace(FIRST, acts=(replace(FIRST.acts[0], amount=6 * 10**10),) * 2)),
                 ("zone_too_long", "80", "19"), id="total-overflow"),
    pytest.param(file_of(replace(FIRST, acts=(replace(FIRST.acts[0], code="42511"),))),
                 ("zone_wrong_length", "50", "4"), id="short-code"),
    pytest.param(file_of(replace(FIRST, acts=(replace(FIRST.acts[0], code="42511X"),))),
                 ("zone_not_numeric", "52", "4"), id="code-with-letter"),
    pytest.param(file_of(replace(FIRST, acts=(replace(FIRST.acts[0], own_reference="é"),))),
                 ("zone_not_ascii", "50", "28"), id="reference-not-ascii"),
    pytest.param(file_of(replace(FIRST, patient="60010100173")),
                 ("zone_identifier_wrong", "20", "8a,8b"), id="wrong-niss"),
    pytest.param(file_of(replace(FIRST, sex="0")), ("zone_value_unknown", "50", "9"), id="sex"),
    pytest.param(file_of(FIRST, sending_number="1000"), ("zone_wrong_length", "300", "301"),
                 id="sending-number"),
    pytest.param(file_of(FIRST, sending_number="000"), ("zone_value_unknown", "10", "7"),
                 id="sending-number-zero"),
    pytest.param(file_of(replace(FIRST, mutuality="29")), ("zone_wrong_length", "80", "7"),
                 id="short-mutuality"),
    pytest.param(file_of(FIRST, iban="BE69539007547034"),
                 ("zone_identifier_wrong", "90", "36,37,38,39,40,41"), id="iban"),
    pytest.param(file_of(FIRST, invoiced_month=Month(2026, 13)),
                 ("zone_date_impossible", "10", "23"), id="month"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "expected"), REFUSED)
def test_nothing_wrong_is_written(file: InvoiceFile, expected: tuple[str, str, str]) -> None:
    fault, kind, zone = expected
    assert (ZoneFault(fault), kind, zone) in found_in(file)
    with pytest.raises(RecordInvalid) as caught:
        writer.write_whole(file)
    assert caught.value.zones


def test_findings_name_the_invoice_and_the_act() -> None:
    wrong = replace(FIRST.acts[1], provider="40000029")
    file = file_of(FIRST, replace(FIRST, acts=(FIRST.acts[0], wrong)))
    found: list[FileFinding] = list(writer.check(file))
    assert {(each.invoice, each.act) for each in found} == {(1, 1)}
    assert [(each.zone.kind, each.zone.record, each.zone.position) for each in found] == [
        ("50", 11, 227 + 10 * 350 + 68),
        ("52", 12, 227 + 11 * 350 + 68),
    ]


def test_a_right_file_has_no_findings() -> None:
    assert list(writer.check(file_of(FIRST, SECOND))) == []


def test_acts_may_cover_a_period_and_have_every_zone() -> None:
    act = Act(
        code="425272",
        first_day=date(2026, 3, 1),
        last_day=date(2026, 3, 3),
        provider=NURSE,
        amount=100,
        patient_share=20,
        supplement=3,
        units=2,
        norm="6",
        provider_norm="2",
        time_of_act="2",
        place="71000040000",
        related_code="425110",
        prescribed_on=date(2026, 2, 1),
        prescriber="10000007001",
        prescriber_norm="1",
        derogation="03",
        own_reference="R1",
        third_party_exception="N",
        share_billing="1",
        limb="2",
        convention="9",
        hour=time(6, 30),
        base_value=777,
        assistant="41234502401",
        forfait_share=50,
        counted_reading="1",
    )
    invoice = replace(
        FIRST,
        acts=(act,),
        is_limitation_interrupted=True,
        agreed_on=date(2026, 1, 2),
        commitment="R" * 48,
        invoiced_on=date(2026, 4, 1),
        insured_from=date(2026, 1, 1),
        insured_until=date(2026, 12, 31),
        communicated_on=date(2026, 3, 31),
        maximum_billing=("0001", "0002", "0003"),
        cause="0080",
    )
    read = reader.read(writer.write_whole(file_of(invoice)))
    assert read.findings == ()
    assert read.file is not None
    assert tuple(read.file.invoices) == (invoice,)


def test_a_file_of_before_2017_is_read_by_its_own_layout_of_readings() -> None:
    day = date(2016, 3, 2)
    text = writer.write_whole(file_of(replace(FIRST, acts=(toilet(day, time(8, 15)),))))
    records = records_of(text.decode("ascii"))
    old = f"{records[3][:48]}012{records[3][51:80]}{'0' * 268}"
    content = joined(text.decode("ascii"), [*records[:3], sealed(old), *records[4:]])
    assert reader.verify(content) == ()
    read = reader.read(content)
    assert read.file is not None
    (invoice,) = read.file.invoices
    assert invoice.acts[0].reading == ActReading(
        reading="2", support="1", read_on=day, read_at=time(8, 15)
    )


@pytest.mark.parametrize(
    ("mutuality", "destination"),
    [("319", "300"), ("300", "300"), ("306", "306"), ("129", "129"), ("910", "910")],
)
def test_mutualities_of_one_union_are_reached_through_it(mutuality: str, destination: str) -> None:
    assert routing.destination_of(mutuality) == destination


def test_the_real_mutuality_is_written_unless_a_setting_leaves_it_out() -> None:
    unions = frozenset({"200", "400", "500"})
    assert routing.affiliation_of("509") == "509"
    assert routing.affiliation_of("509", unions_without=unions) == "000"
    assert routing.affiliation_of("319", unions_without=unions) == "319"


CHIP = ActReading(reading="1", support="1", read_on=DAY, read_at=time(8, 0), serial="591234567890")
DEFERRED = replace(CHIP, reading="4", manual_reason="3", read_on=None, read_at=None)
STICKER = replace(CHIP, reading="2", support="7", sticker_reason="1", serial="")


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param(CHIP, set(), id="chip"),
        pytest.param(DEFERRED, set(), id="deferred"),
        pytest.param(STICKER, set(), id="sticker"),
        pytest.param(replace(CHIP, reading="4", manual_reason="1"), set(), id="manual"),
        pytest.param(replace(CHIP, reading="A", support="A", serial=""), set(), id="app"),
        pytest.param(replace(CHIP, support="4", serial="1234567890"), set(), id="social-card"),
        pytest.param(replace(CHIP, reading="4"), {("3", "zone_missing")}, id="manual-no-reason"),
        pytest.param(replace(CHIP, manual_reason="1"), {("3", "zone_reserve_filled")},
                     id="reason-without-manual"),
        pytest.param(replace(DEFERRED, read_on=DAY), {("6a,6b", "zone_reserve_filled")},
                     id="deferred-with-day"),
        pytest.param(replace(DEFERRED, read_at=time(8, 0)), {("12,13", "zone_reserve_filled")},
                     id="deferred-with-hour"),
        pytest.param(replace(CHIP, read_on=None), {("6a,6b", "zone_missing")}, id="no-day"),
        pytest.param(replace(CHIP, read_at=None), {("12,13", "zone_missing")}, id="no-hour"),
        pytest.param(replace(STICKER, sticker_reason="0"), {("11", "zone_missing")},
                     id="sticker-no-reason"),
        pytest.param(replace(CHIP, sticker_reason="2"), {("11", "zone_reserve_filled")},
                     id="reason-without-sticker"),
        pytest.param(replace(CHIP, serial=""), {("16", "zone_missing")}, id="no-serial"),
        pytest.param(replace(CHIP, serial="123456789"), {("16", "zone_wrong_length")},
                     id="serial-of-another-document"),
        pytest.param(replace(STICKER, serial="591234567890"), {("16", "zone_reserve_filled")},
                     id="sticker-with-serial"),
        pytest.param(replace(CHIP, reading="A"), {("10", "zone_differs")}, id="app-with-card"),
    ],
)  # fmt: skip
def test_zones_of_a_reading_fit_each_other(
    reading: ActReading, expected: set[tuple[str, str]]
) -> None:
    file = file_of(replace(FIRST, acts=(replace(toilet(DAY, time(8, 0)), reading=reading),)))
    found = {(each.zone.zone, each.zone.fault.value) for each in writer.check(file)}
    assert found == expected
    unchecked = WriterSettings(checks_readings=False)
    assert not list(writer.check(file, settings=unchecked))
