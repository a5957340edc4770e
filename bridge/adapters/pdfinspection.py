"""Looking into a PDF file: its pages, its text, and the payment codes drawn on it.

Nothing of a file is run or kept.
A file from elsewhere may take for ever or bring its reader down, so a daemon looks into it in a
process of its own (``bridge.adapters.pdfprocess``); tests that trust their files do without.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bridge.domain.paymentcodes import communications_in, payment_codes_in
from bridge.errors import InputError
from bridge.ports.billing import PdfFacts

_HEAD: Final = b"%PDF-"
_HEAD_WITHIN: Final = 1024


class FileInspector:
    """Looks into files in this process."""

    def inspect(self, content: bytes, *, most_pages: int) -> PdfFacts:
        """Look into a file; blocks for as long as that takes.

        Raises:
            InputError: it is no PDF file (``billing_pdf_invalid``), or needs a password
                (``billing_pdf_locked``); one with too many pages is only counted.
        """
        if _HEAD not in content[:_HEAD_WITHIN]:
            raise InputError(code="billing_pdf_invalid")
        # These libraries cost start-up time and memory, and many runs never send an invoice.
        from pypdf import PdfReader  # noqa: PLC0415  # see above

        from bridge.adapters.pdfcodes import drawn_codes  # noqa: PLC0415  # see above

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
            drawn = tuple(drawn_codes(content))
        return PdfFacts(
            pages=pages,
            communications=frozenset(communications_in(text)),
            codes=(*payment_codes_in(text), *drawn),
        )

    def close(self) -> None:
        """Close nothing."""


@contextmanager
def _unreadable() -> Iterator[None]:
    """Map everything the libraries raise about a broken file."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        # The libraries let errors of every kind through: keys, types, recursion, values.
        raise InputError(code="billing_pdf_invalid") from error
