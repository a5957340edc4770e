"""Looking into a PDF file (port ``PdfInspector``).

Read is what stands there as text, a payment code too where its content is written out.
Pictures are not looked at, so a code that is only drawn says nothing here.
This module alone imports the library that reads PDF files; it costs start-up time, so it is
loaded with the first file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from bridge.domain.billinginvoices import is_communication
from bridge.errors import InputError
from bridge.ports.billing import PdfFacts

_HEAD: Final = b"%PDF-"
_HEAD_WITHIN: Final = 1024
_CODE: Final = re.compile(
    r"^BCD\s*\n00[12]\s*\n[1-8]\s*\nSCT\s*\n[^\n]*\n[^\n]*\n[A-Z]{2}[0-9]{2}[0-9A-Z ]+\n"
    r"EUR(?P<euros>[0-9]{1,9})(?:\.(?P<cents>[0-9]{1,2}))?[ ]*(?:\n|\Z)"
    r"(?P<remittance>(?:[^\n]*\n?){0,3})",
    re.MULTILINE,
)
"""Tag, version, character set, identification, BIC, name, IBAN, amount, and what follows."""

_COMMUNICATION: Final = re.compile(r"(?:\+{3}|\*{3})\s*(\d{3})/(\d{4})/(\d{5})\s*(?:\+{3}|\*{3})")


class PypdfInspector:
    """Reads pages and text; nothing of a file is run, drawn or kept."""

    def inspect(self, content: bytes, *, most_pages: int) -> PdfFacts:
        """Look into a file; blocks for as long as that takes.

        Raises:
            InputError: it is no PDF file (``billing_pdf_invalid``), or needs a password
                (``billing_pdf_locked``); one with too many pages is only counted.
        """
        if _HEAD not in content[:_HEAD_WITHIN]:
            raise InputError(code="billing_pdf_invalid")
        # Its library costs start-up time and memory, and many runs never send an invoice.
        from pypdf import PdfReader  # noqa: PLC0415  # see above

        with _unreadable():
            reader = PdfReader(io.BytesIO(content))
            if reader.is_encrypted:
                raise InputError(code="billing_pdf_locked")
            pages = len(reader.pages)
            if pages == 0:
                raise InputError(code="billing_pdf_invalid")
            if pages > most_pages:
                return PdfFacts(pages=pages)
            text = "\n".join(page.extract_text() for page in reader.pages)
        codes = list(payment_codes_in(text))
        written = {each.communication for each in codes if each.communication is not None}
        return PdfFacts(
            pages=pages,
            communications=frozenset({*communications_in(text), *written}),
            code_amounts=frozenset(each.amount for each in codes),
        )


def communications_in(text: str) -> Iterator[str]:
    """Find structured communications with right check digits, as they are printed."""
    for found in _COMMUNICATION.finditer(text):
        digits = "".join(found.groups())
        if is_communication(digits):
            yield digits


@dataclass(frozen=True)
class PaymentCode:
    """What a payment code says.

    Attributes:
        amount: In cents.
        communication: Structured communication, twelve digits; ``None`` without one.
    """

    amount: int
    communication: str | None


def payment_codes_in(text: str) -> Iterator[PaymentCode]:
    """Find payment codes that stand in a text, line by line (EPC069-12, *Quick Response Code*)."""
    for found in _CODE.finditer(text):
        lines = [line.strip() for line in found["remittance"].splitlines()]
        digits = ("".join(filter(str.isdigit, line)) for line in lines)
        known = (each for each in digits if is_communication(each))
        cents = int(found["euros"]) * 100 + int((found["cents"] or "0").ljust(2, "0"))
        yield PaymentCode(cents, next(known, None))


@contextmanager
def _unreadable() -> Iterator[None]:
    """Map everything the library raises about a broken file."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        # The library lets errors of every kind through: keys, types, recursion, values.
        raise InputError(code="billing_pdf_invalid") from error
