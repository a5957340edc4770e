"""What the process that looks into PDF files says: a hostile file may speak through it."""

from __future__ import annotations

import io
import json
import struct

import pytest

from bridge.adapters import pdfpipe
from bridge.domain.paymentcodes import PaymentCode
from bridge.errors import InputError
from bridge.ports.billing import PdfFacts

REFERENCE = "090933755493"
FACTS = PdfFacts(
    pages=2,
    communications=frozenset({REFERENCE}),
    codes=(PaymentCode(amount=12042, reference=REFERENCE), PaymentCode(amount=None)),
)
CODE = {"amount": 1, "reference": None}
PLAIN = {"pages": 1, "communications": [], "codes": []}


def said(document: object) -> io.BytesIO:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return io.BytesIO(struct.pack(">I", len(body)) + body)


def test_what_was_seen_comes_through():
    pipe = io.BytesIO()
    pdfpipe.write_answer(pipe, lambda: FACTS)
    pipe.seek(0)
    assert pdfpipe.read_answer(pipe) == FACTS


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff", id="no-text"),
        pytest.param(b"[" * 100_000, id="too-deep"),
        pytest.param([], id="a-list"),
        pytest.param(7, id="a-number"),
        pytest.param({}, id="no-members"),
        pytest.param({"code": "internal_error"}, id="another-code"),
        pytest.param({"code": "<b>injected</b>"}, id="no-code"),
        pytest.param({"code": ["billing_pdf_invalid"]}, id="codes"),
        pytest.param({**PLAIN, "pages": "1"}, id="pages-as-text"),
        pytest.param({**PLAIN, "pages": True}, id="pages-as-truth"),
        pytest.param({**PLAIN, "communications": [5]}, id="numbers-for-texts"),
        pytest.param({**PLAIN, "communications": [["x"]]}, id="lists-for-texts"),
        pytest.param({**PLAIN, "codes": [{**CODE, "amount": "1"}]}, id="amount-as-text"),
        pytest.param({**PLAIN, "codes": [{**CODE, "reference": 9}]}, id="reference-as-number"),
        pytest.param({**PLAIN, "codes": [5]}, id="no-code-at-all"),
    ],
)
def test_an_answer_of_another_form_is_none(document):
    with pytest.raises(EOFError):
        pdfpipe.read_answer(said(document))


def test_a_refusal_comes_through():
    with pytest.raises(InputError) as caught:
        pdfpipe.read_answer(said({"code": "billing_pdf_locked"}))
    assert caught.value.problem_code == "billing_pdf_locked"
