"""What is looked at in a PDF file before it is sent to a billing service."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from bridge.adapters.pdfinspection import FileInspector
from bridge.errors import InputError
from tests.support import billing

RIGHT = billing.communication(42)


def inspect(content, most_pages=20):
    return FileInspector().inspect(content, most_pages=most_pages)


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


EURO = "EUR120.42"
CODE = billing.payment_code(42, EURO)
OTHER = billing.payment_code(43, "EUR7.00")


def read(content):
    return [(each.amount, each.reference) for each in inspect(content).codes]


def test_a_payment_code_that_is_written_out_is_read():
    assert read(billing.pdf(1, text=CODE)) == [(12_042, RIGHT)]


def turned(content, degrees):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    for page in writer.pages:
        page.rotate(degrees)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def scanned(content):
    """Give a file whose page is one picture, as a scanner makes it."""
    document = pypdfium2.PdfDocument(content)
    picture = document[0].render(scale=2, grayscale=True).to_pil()
    file = io.BytesIO()
    picture.save(file, "PDF", resolution=144)
    return file.getvalue()


ONE = billing.pdf(42, text="", codes=(CODE,))
BOTH = [(12_042, RIGHT), (700, billing.communication(43))]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(ONE, BOTH[:1], id="one"),
        pytest.param(turned(ONE, 90), BOTH[:1], id="on its side"),
        pytest.param(turned(ONE, 180), BOTH[:1], id="upside down"),
        pytest.param(scanned(ONE), BOTH[:1], id="in a picture"),
        pytest.param(billing.pdf(1, text="", codes=(CODE, OTHER)), BOTH, id="two"),
        pytest.param(billing.pdf(1, pages=3, text="", codes=(CODE,)), BOTH[:1], id="on page 3"),
        pytest.param(
            billing.pdf(1, text="", codes=("https://praktijk.example", CODE)),
            BOTH[:1],
            id="beside an address",
        ),
        pytest.param(
            billing.pdf(1, text="", codes=(CODE,), blot_mm=3), BOTH[:1], id="stained a little"
        ),
        pytest.param(billing.pdf(1, text="", codes=(CODE,), blot_mm=12), [], id="damaged"),
        pytest.param(billing.pdf(1, text=""), [], id="none"),
    ],
)
def test_drawn_payment_codes_are_read(content, found):
    assert sorted(read(content)) == sorted(found)


def test_a_page_of_any_size_is_drawn_in_few_dots():
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(14_400, 14_400))
    canvas.showPage()
    canvas.setPageSize((1, 14_400))
    canvas.showPage()
    canvas.save()
    assert inspect(file.getvalue()).codes == ()
