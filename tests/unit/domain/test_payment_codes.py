"""What payment codes and printed references on an invoice say to whoever pays it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.paymentcodes import communications_in, payment_code_of, payment_codes_in
from tests.support import billing

RIGHT = billing.communication(42)
CREDITOR = "RF18539007547034"


def code(amount, *remittance):
    return billing.payment_code(42, amount, *(remittance or ("",)))


SEPA = (
    pytest.param(code("EUR120.5", "", RIGHT), 12_050, RIGHT, id="structured"),
    pytest.param(code("EUR7", "", "", billing.printed(RIGHT)), 700, RIGHT, id="as it is printed"),
    pytest.param(code("EUR0.01"), 1, None, id="amount alone"),
    pytest.param(code("", "", RIGHT), None, RIGHT, id="whoever pays fills the amount in"),
    pytest.param(code("EUR7", "", CREDITOR), 700, CREDITOR, id="reference of a creditor"),
    pytest.param(code("EUR7", "", "", "merci"), 700, None, id="free text is no reference"),
    pytest.param(
        code("EUR1.00", "", RIGHT).replace("\n", "\r\n"), 100, RIGHT, id="lines of Windows"
    ),
)


@pytest.mark.parametrize(("text", "amount", "reference"), SEPA)
def test_a_code_of_a_transfer(text, amount, reference):
    found = payment_code_of(text)
    assert (found.amount, found.reference) == (amount, reference)
    assert list(payment_codes_in(f"Factuur\n{text}")) == [found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(code("CHF7.00", "", RIGHT), id="other money"),
        pytest.param("BCD\n002\n1\nSCT", id="broken off"),
        pytest.param("https://praktijk.example/betaal", id="an address"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_payment_code(text):
    assert payment_code_of(text) is None


def swiss(
    amount="120.50", currency="EUR", kind="QRR", reference="21 00000 00003 13947 14300 09017"
):
    address = ["S", "Praxis Beispiel", "Dorfstrasse", "1", "3000", "Bern", "CH"]
    head = ["SPC", "0200", "1", "CH4431999123000889012", *address, *[""] * 7]
    return "\r\n".join([*head, amount, currency, *[""] * 7, kind, reference, "", "EPD"])


@pytest.mark.parametrize(
    ("text", "amount", "reference"),
    [
        pytest.param(swiss(), 12_050, "210000000003139471430009017", id="in euro"),
        pytest.param(swiss(currency="CHF"), None, "210000000003139471430009017", id="in francs"),
        pytest.param(swiss(amount=""), None, "210000000003139471430009017", id="amount open"),
        pytest.param(swiss(kind="SCOR", reference=CREDITOR), 12_050, CREDITOR, id="creditor's"),
        pytest.param(swiss(kind="NON", reference=""), 12_050, None, id="without a reference"),
        pytest.param("SPC\n0200\n1", None, None, id="broken off"),
    ],
)
def test_a_swiss_qr_bill(text, amount, reference):
    found = payment_code_of(text)
    assert (found.amount, found.reference) == (amount, reference)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(f"betaal {billing.printed(RIGHT)} a.u.b.", [RIGHT], id="between pluses"),
        pytest.param(billing.printed(RIGHT).replace("+", "*"), [RIGHT], id="between stars"),
        pytest.param(f"+++ {billing.printed(RIGHT)[3:-3]} +++", [RIGHT], id="with blanks"),
        pytest.param("+++000/0000/04243+++", [], id="wrong check digits"),
        pytest.param(RIGHT, [], id="twelve digits alone are none"),
        pytest.param("+++123/45/6789+++", [], id="another form"),
    ],
)
def test_structured_communications_in_a_text(text, found):
    assert list(communications_in(text)) == found


@settings(max_examples=50, deadline=None, database=None)
@given(
    st.sampled_from(["", "BCD\n002\n1\nSCT\n", "SPC\n0200\n1\n"]),
    st.text(string.printable, max_size=200),
)
def test_whatever_a_code_says_it_is_read_or_none(head, text):
    found = payment_code_of(head + text)
    assert found is None or found.amount is None or found.amount >= 0


def test_nobody_s_reference_is_in_the_representation_of_a_code():
    assert RIGHT not in repr(payment_code_of(code("EUR7", "", RIGHT)))
