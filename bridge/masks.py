"""Masks: what must never stand in a log or a support bundle, by its form.

They are the second net; the first is that only known-safe fields are written at all.
``mask`` replaces, ``unmasked`` finds what nobody replaced; both use the same table, so what was
masked once is found no more.
Source: *Local API security* 14 (SEC-142, SEC-146).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_PIN_NAME: Final = "(?:[a-z]+_)?(?:pin|puk)(?:_?code)?|code_?pin"
_IBAN_LETTERS: Final = {chr(letter): str(letter - 55) for letter in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True)
class Mask:
    """One form.

    Attributes:
        kind: What it is, as a person reads it in a refusal.
        form: How it looks.
        shown: What stands there instead.
        fits: Whether a text of this form is one; check digits keep other numbers readable.
    """

    kind: str
    form: re.Pattern[str]
    shown: str
    fits: Callable[[str], bool] = lambda _text: True

    def found(self, text: str) -> Iterator[re.Match[str]]:
        """Give each place."""
        return (place for place in self.form.finditer(text) if self.fits(place[0]))

    def replaced(self, text: str) -> str:
        """Give the text without it."""
        return self.form.sub(
            lambda place: place.expand(self.shown) if self.fits(place[0]) else place[0], text
        )


def _is_iban(text: str) -> bool:
    """Tell whether the check digits of an account number fit (ISO 13616)."""
    turned = text[4:].upper() + text[:4].upper()
    return int("".join(_IBAN_LETTERS.get(sign, sign) for sign in turned)) % 97 == 1


def _is_old_account(text: str) -> bool:
    """Tell whether the check digits of a Belgian account number of before 2014 fit."""
    digits = re.sub(r"\D", "", text)
    return int(digits[:10]) % 97 == int(digits[10:]) % 97


def _mask(
    kind: str, form: str, shown: str | None = None, fits: Callable[[str], bool] | None = None
) -> Mask:
    pattern = re.compile(form, re.DOTALL | re.IGNORECASE)
    shown = f"[{kind}]" if shown is None else shown
    return Mask(kind, pattern, shown) if fits is None else Mask(kind, pattern, shown, fits)


_ASSERTION: Final = re.compile(
    rb"<(?:\w+:)?Assertion\b.*?(?:</(?:\w+:)?Assertion\s*>|\Z)", re.DOTALL
)
ASSERTION_CUT: Final = b"<!-- the assertion of the session was here -->"


def without_assertion(message: bytes) -> bytes:
    """Give a message as it was sent, without the assertion in its header (SEC-94).

    With it, and for as long as its session lasts, the message is more than evidence.
    """
    return _ASSERTION.sub(ASSERTION_CUT, message)


MASKS: Final = (
    _mask("pem", r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)"),
    _mask("assertion", r"<(?:\w+:)?Assertion\b.*?(?:</(?:\w+:)?Assertion>|\Z)"),
    _mask("token", r"cbr_[A-Za-z0-9_-]{6,}"),
    _mask("token", r"\b(bearer|dpop)\s+(?!\[token\])[A-Za-z0-9._~+/=-]+", r"\1 [token]"),
    _mask("token", r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"),
    _mask("pin", rf"(?<![a-z])({_PIN_NAME})([\"']?\s*[:=]\s*[\"']?)\w+", r"\1\2[pin]"),
    _mask("pin", rf"(<(?:\w+:)?(?:{_PIN_NAME})\b[^>]*>)(?!\[pin\])[^<]+", r"\1[pin]"),
    _mask("pin", r"(?<![a-z])(pin|puk)( )\d{4,12}\b", r"\1\2[pin]"),
    _mask("account", r"(?<![A-Z0-9])BE\d{2}(?:[ .-]?\d{4}){3}(?!\d)"),
    _mask("account", r"(?<![A-Z0-9])[A-Z]{2}\d{2}[A-Z0-9]{11,30}(?![A-Z0-9])", fits=_is_iban),
    _mask("account", r"(?<!\d)\d{3}-\d{7}-\d{2}(?!\d)", fits=_is_old_account),
    # Eleven digits are masked whatever their check digits: a mistyped number is one too.
    _mask("niss", r"(?<!\d)\d{2}[ ./-]?\d{2}[ ./-]?\d{2}[ ./-]?\d{3}[ ./-]?\d{2}(?!\d)"),
    _mask("base64", r"[A-Za-z0-9+/=_-](?:[A-Za-z0-9+/=_-]|\\n|\r?\n(?=[A-Za-z0-9+/=_-])){199,}"),
)
"""Longer forms first: what stands in a PEM block is not looked at again."""


def mask(text: str) -> str:
    """Replace what must never stand in a log: numbers of people, secrets, long encodings."""
    for each in MASKS:
        text = each.replaced(text)
    return text


def unmasked(text: str) -> str | None:
    """Give the kind of the first thing that should have been masked; ``None`` when there is none.

    A pin that was masked stands as ``pin: [pin]`` and is not found again.
    """
    for each in MASKS:
        if next(each.found(text), None) is not None:
            return each.kind
    return None
