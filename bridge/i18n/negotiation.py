"""Choosing a language from ``Accept-Language`` (API-71)."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("fr", "nl", "de", "en")
"""Languages every text exists in."""

DEFAULT_LANGUAGE: Final = "nl"
_MOST_RANGES: Final = 20


def negotiate(accept_language: str | None, default: str = DEFAULT_LANGUAGE) -> str:
    """Give the best language for a caller: ``fr``, ``nl``, ``de`` or ``en``.

    Args:
        accept_language: The header as received; nonsense counts as absent.
        default: The nurse's own language.
    """
    fallback = default if default in LANGUAGES else DEFAULT_LANGUAGE
    best, best_weight = fallback, 0.0
    for part in (accept_language or "").split(",")[:_MOST_RANGES]:
        tag, weight = _range(part)
        language = fallback if tag == "*" else tag.split("-")[0]
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _range(part: str) -> tuple[str, float]:
    tag, _, parameter = part.partition(";")
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return tag.strip().lower(), 1.0
    is_number = value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdigit()
    return tag.strip().lower(), min(float(value), 1.0) if is_number else 0.0
