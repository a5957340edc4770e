"""Reading the payment codes that are drawn on the pages of a PDF file.

A page is drawn in grey, and whatever is a QR code on it is read.
This module alone imports the two libraries that do it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pypdfium2
import zxingcpp

from bridge.domain.paymentcodes import PaymentCode, payment_code_of

_SCALE: Final = 3.0
"""216 dots per inch: the smallest code that banks recommend has six dots for each square."""

_MOST_DOTS: Final = 2_600
"""Along the longer side, so that a page of any size costs the same; A4 keeps its scale."""

_KINDS: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def drawn_codes(content: bytes) -> Iterator[PaymentCode]:
    """Read the payment codes on all pages, also in pictures; one that cannot be read is none.

    Raises:
        pypdfium2.PdfiumError: the file cannot be drawn.
    """
    document = pypdfium2.PdfDocument(content)
    try:
        for page in document:
            for text in _texts_on(page):
                code = payment_code_of(text)
                if code is not None:
                    yield code
            page.close()
    finally:
        document.close()


def _texts_on(page: Any) -> list[str]:
    """Draw a page and give what its codes say."""
    longest = max(*page.get_size(), 1.0)
    drawn = page.render(scale=min(_SCALE, _MOST_DOTS / longest), grayscale=True)
    try:
        dots = zxingcpp.ImageView(
            memoryview(drawn.buffer),
            drawn.width,
            drawn.height,
            zxingcpp.ImageFormat.Lum,
            drawn.stride,
        )
        return [each.text for each in zxingcpp.read_barcodes(dots, formats=_KINDS)]
    finally:
        drawn.close()
