"""What is looked at in a PDF file before it is sent to a billing service."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter

from bridge.adapters.pdfinspection import PypdfInspector, communications_in, payment_codes_in
from bridge.errors import InputError
from tests.support import billing

RIGHT = billing.communication(42)


def inspect(content, most_pages=20):
    return PypdfInspector().inspect(content, most_pages=most_pages)


def locked(**passwords):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(billing.pdf(1))))
    writer.encrypt(algorithm="RC4-128", **passwords)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_pages_are_counted_and_the_reference_is_read():
    facts = inspect(billing.pdf(42, pages=3))
    assert (facts.pages, facts.communications) == (3, {RIGHT})


def test_a_file_without_a_reference_has_none():
    assert inspect(billing.pdf(1, text="Merci")).communications == frozenset()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html></html>", id="a page of the web"),
        pytest.param(b"%PDF-1.7\n%%EOF\n", id="a head alone"),
        pytest.param(b"\x89PNG\r\n" + bytes(2000) + billing.pdf(1), id="a head far inside"),
        pytest.param(b"%PDF-1.4\n" + bytes(range(256)) * 40, id="a head and noise"),
    ],
)
def test_what_is_no_pdf_is_refused(content):
    with pytest.raises(InputError) as caught:
        inspect(content)
    assert caught.value.problem_code == "billing_pdf_invalid"


@pytest.mark.parametrize(
    "passwords",
    [
        pytest.param({"user_password": "secret"}, id="to open"),
        pytest.param({"user_password": "", "owner_password": "secret"}, id="to change"),
    ],
)
def test_a_file_with_a_password_is_refused(passwords):
    with pytest.raises(InputError) as caught:
        inspect(locked(**passwords))
    assert caught.value.problem_code == "billing_pdf_locked"


def test_too_many_pages_are_counted_and_not_read():
    facts = inspect(billing.pdf(42, pages=3), most_pages=2)
    assert (facts.pages, facts.communications) == (3, frozenset())


def code(amount, *remittance):
    head = ["BCD", "002", "1", "SCT", "GKCCBEBB", "Praktijk Voorbeeld", "BE62510007547061"]
    return "\n".join([*head, amount, *remittance])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(code("EUR120.5", "", RIGHT), [(12_050, RIGHT)], id="structured"),
        pytest.param(
            code("EUR7", "", "", billing.printed(RIGHT)), [(700, RIGHT)], id="as it is printed"
        ),
        pytest.param(code("EUR0.01"), [(1, None)], id="amount alone"),
        pytest.param(f"Factuur\n{code('EUR1.00', '', RIGHT)}", [(100, RIGHT)], id="after a line"),
        pytest.param(code("CHF7.00", "", RIGHT), [], id="other money"),
        pytest.param("BCD\n002\n1\nSCT", [], id="broken off"),
    ],
)
def test_payment_codes_that_are_written_out(text, found):
    assert [(each.amount, each.communication) for each in payment_codes_in(text)] == found


def test_a_payment_code_in_a_file_is_read():
    facts = inspect(billing.pdf(1, text=code("EUR120.42", "", RIGHT)))
    assert (facts.code_amounts, facts.communications) == ({12_042}, {RIGHT})


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
