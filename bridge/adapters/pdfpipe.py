"""What goes through the pipe between the daemon and the process that looks into PDF files.

A question is the most pages (2 bytes), the length of the file (4 bytes, big-endian) and the file;
an answer is the length of a JSON document (4 bytes) and the document.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from bridge.domain.paymentcodes import PaymentCode
from bridge.errors import InputError
from bridge.ports.billing import PdfFacts

_QUESTION: Final = struct.Struct(">HI")
_ANSWER: Final = struct.Struct(">I")
_MOST_ANSWER: Final = 1024 * 1024
_TOO_COMPLEX: Final = "billing_pdf_too_complex"
_REFUSALS: Final = ("billing_pdf_invalid", "billing_pdf_locked", _TOO_COMPLEX)


def write_question(pipe: BinaryIO, content: bytes, most_pages: int) -> None:
    """Ask about a file.

    Raises:
        OSError: nobody reads any more.
    """
    pipe.write(_QUESTION.pack(most_pages, len(content)))
    pipe.write(content)
    pipe.flush()


def read_question(pipe: BinaryIO) -> tuple[bytes, int]:
    """Read a question: a file, and the most pages.

    Raises:
        EOFError: nobody asks any more.
    """
    most_pages, length = _QUESTION.unpack(_exactly(pipe, _QUESTION.size))
    return _exactly(pipe, length), most_pages


def write_answer(pipe: BinaryIO, look: Callable[[], PdfFacts]) -> None:
    """Look, and say what was seen."""
    try:
        document = _shown(look())
    except InputError as error:
        document = {"code": error.problem_code}
    except MemoryError:
        document = {"code": _TOO_COMPLEX}
    body = json.dumps(document).encode("ascii")
    pipe.write(_ANSWER.pack(len(body)) + body)
    pipe.flush()


def read_answer(pipe: BinaryIO) -> PdfFacts:
    """Read an answer; a file may have taken over who gives it, so nothing of it is believed.

    Raises:
        EOFError: there is none: the process ended, or says what is no answer.
        InputError: what speaks against the file.
    """
    (length,) = _ANSWER.unpack(_exactly(pipe, _ANSWER.size))
    if length > _MOST_ANSWER:
        raise EOFError
    try:
        document: dict[str, Any] = json.loads(_exactly(pipe, length))
        refusal = document.get("code")
        facts = _read(document) if refusal is None else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise EOFError from error
    if facts is not None:
        return facts
    raise InputError(code=refusal) if refusal in _REFUSALS else EOFError


def _read(document: dict[str, Any]) -> PdfFacts:
    pages: int = document["pages"]
    codes = [(each["amount"], each["reference"]) for each in document["codes"]]
    texts = [*document["communications"], *(reference for _, reference in codes)]
    numbers = [pages, *(amount or 0 for amount, _ in codes)]
    if {type(each) for each in numbers} != {int} or {type(each or "") for each in texts} - {str}:
        raise TypeError("numbers and texts")
    return PdfFacts(
        pages=pages,
        communications=frozenset(document["communications"]),
        codes=tuple(PaymentCode(amount=amount, reference=text) for amount, text in codes),
    )


def _shown(facts: PdfFacts) -> dict[str, Any]:
    return {
        "pages": facts.pages,
        "communications": sorted(facts.communications),
        "codes": [{"amount": each.amount, "reference": each.reference} for each in facts.codes],
    }


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    found = pipe.read(size)
    if len(found) < size:
        raise EOFError
    return found
