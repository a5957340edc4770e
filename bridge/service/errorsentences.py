"""Errors of answers as sentences for people: what is wrong, where, and what to do.

The explanation is our own (D4): it is made of the title of the zone, what the code or its kind
means, and the letter of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.i18n import phrase
from bridge.service.settlementerrors import ShownError

_HEADER: Final = "header"
_REMARK: Final = "S"
"""The letter that changes nothing."""


def error_code(error: ShownError) -> str:
    """Give letter and code as the insurer wrote them."""
    return f"{error.letter} {error.code}".strip()


def error_sentence(error: ShownError, language: str) -> str:
    """Say what is wrong and where, such as ``record 50, zone 19 (amount): value not allowed``."""
    parts = [error_meaning(error, language)]
    if error.effect:
        parts.append(phrase("error_effects", error.effect, language))
    said = "; ".join(filter(None, parts))
    place = _place(error, language)
    return ": ".join(filter(None, (place, said)))


def advice(errors: Iterable[ShownError], language: str, *, otherwise: str) -> str:
    """Say what to do about errors, each sentence once.

    Args:
        errors: Remarks among them ask for nothing.
        language: Of the sentences.
        otherwise: Key of what is said without errors: ``whole_file`` or ``unexplained``.
    """
    refusing = (each for each in errors if each.effect != _REMARK)
    keys = [each.advice or each.kind or _HEADER for each in refusing] or [otherwise]
    return " ".join(phrase("refusal_advice", key, language) for key in dict.fromkeys(keys))


def error_meaning(error: ShownError, language: str) -> str:
    """Say what is wrong: by the code itself, else by its kind; empty where nothing is known."""
    if error.known:
        return phrase("known_errors", error.known, language)
    if error.kind:
        return phrase("error_kinds", error.kind, language)
    if error.header_error:
        return phrase("header_errors", error.header_error, language)
    return ""


def _place(error: ShownError, language: str) -> str:
    """Give record and zone with what the zone holds."""
    if not error.zone:
        return phrase("reports", "record", language, {"record": error.record or None})
    title = phrase("zone_titles", error.title, language) if error.title else None
    said = {"record": error.record, "zone": error.zone, "title": title}
    return phrase("reports", "zone", language, said)
