"""What an invoice tells of a card that was read (record 52)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bridge.domain.cards import CardHolder, DocumentKind, identity_reading
from bridge.domain.identifiers import Niss

READ_AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOLDER = CardHolder(
    niss=Niss("60010100172"),
    last_name="Geheimnaam",
    first_names="Anna",
    initial="",
    born_on=date(1960, 1, 1),
    born_text="01 JAN 1960",
    sex="female",
    nationality="Belg",
    card_number="592000000097",
    valid_from=date(2022, 1, 1),
    valid_until=date(2032, 1, 1),
    document_type=1,
    document=DocumentKind.CITIZEN,
)


@pytest.mark.parametrize(
    ("serial", "kind"),
    [
        pytest.param("592000000097", "1", id="citizen-12-digits"),
        pytest.param("123456789", "2", id="residence-document-9-digits"),
        pytest.param("B123456789", "2", id="foreigner-B-and-9-digits"),
    ],
)
def test_the_length_of_the_serial_number_decides_the_kind_of_support(serial, kind):
    reading = identity_reading(replace(HOLDER, card_number=serial), read_at=READ_AT)
    assert reading is not None
    assert (reading.reading_kind, reading.support_kind) == ("1", kind)
    assert (reading.support_serial, reading.read_at) == (serial, READ_AT)


@pytest.mark.parametrize("serial", ["", "1234567890", "B12345678", "A123456789", "59200000009²"])
def test_a_serial_number_of_no_kind_gives_no_reading(serial):
    assert identity_reading(replace(HOLDER, card_number=serial), read_at=READ_AT) is None


def test_neither_serial_number_nor_holder_is_ever_shown():
    reading = identity_reading(HOLDER, read_at=READ_AT)
    for secret in ("592000000097", "60010100172", "Geheimnaam", "Anna", "1960"):
        assert secret not in repr(reading)
        assert secret not in repr(HOLDER)
