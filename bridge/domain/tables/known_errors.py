"""What the commonest error codes of nursing invoices mean, where their family would mislead.

The words are our own (D4): a line names a sentence of ``known_errors`` and one of
``refusal_advice`` in the catalogue.
A code without a line is explained by the family of its last two characters.
Source: *eFact for nursing* 3.2, 5.3 and 5.4, and the lists of 2018 and 2024 in
``efact/error-codes.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from bridge.domain.tables.sending_rules import Dated

_BOTH: Final = "efact/error-codes.csv, lists of 2018 and 2024"
_NEWER: Final = "efact/error-codes.csv, list of 2024"


@dataclass(frozen=True, kw_only=True)
class KnownError(Dated):
    """What some codes mean.

    Attributes:
        codes: Error codes of six characters.
        advice: Key of what to do about it.
    """

    codes: tuple[str, ...]
    advice: str


KNOWN_ERRORS: Final = (
    KnownError(
        name="invoiced_twice", source=_BOTH, codes=("500423", "500544", "500644"),
        advice="already_invoiced",
    ),
    KnownError(name="amount_wrong", source=_BOTH, codes=("501940",), advice="amount"),
    KnownError(
        name="share_wrong", source=_BOTH, codes=("502740", "502741", "502742"), advice="amount"
    ),
    KnownError(
        name="not_insured", source=_BOTH, advice="rights",
        codes=("200840", "200841", "500540", "500640", "500840", "500841"),
    ),
    KnownError(
        name="insured_codes_differ", source=_BOTH, advice="rights",
        codes=("500522", "500524", "500622", "500624"),
    ),
    KnownError(
        name="agreement_missing", source=_BOTH, codes=("500446", "5004K2", "5004K3"),
        advice="rights",
    ),
    KnownError(
        name="agreement_refused", source=_BOTH, codes=("500449", "5004K0"), advice="rights"
    ),
    KnownError(
        name="outside_agreement", source=_BOTH, codes=("500448", "500548", "500648"),
        advice="rights",
    ),
    KnownError(
        name="patient_unknown", source=_BOTH, codes=("200820", "500820"),
        advice="unknown_to_insurer",
    ),
    KnownError(name="deceased", source=_BOTH, codes=("500549", "500649"), advice="rights"),
    KnownError(name="in_hospital", source=_BOTH, codes=("500545", "500645"), advice="rights"),
    KnownError(name="too_late", source=_BOTH, codes=("500546", "500646"), advice="too_late"),
    KnownError(
        name="after_month", source=_BOTH, codes=("500547", "500647"), advice="inconsistent"
    ),
    KnownError(
        name="day_in_future", source=_BOTH, codes=("500510", "500610"), advice="inconsistent"
    ),
    KnownError(name="after_file", source=_NEWER, codes=("500555",), advice="inconsistent"),
    KnownError(
        name="code_not_valid_then", source=_BOTH, codes=("500420",), advice="not_allowed"
    ),
    KnownError(
        name="not_together", source=_BOTH, codes=("500444", "500445", "5004G3"), advice="rights"
    ),
    KnownError(name="reading_missing", source=_BOTH, codes=("500112",), advice="missing"),
    KnownError(name="prescription_missing", source=_BOTH, codes=("502022",), advice="missing"),
    KnownError(name="same_day_refused", source=_BOTH, codes=("500118", "500119"), advice="chained"),
)  # fmt: skip
"""A list that gives a code another meaning ends its line and adds one."""


def _by_code() -> Mapping[str, tuple[KnownError, ...]]:
    codes = {code for line in KNOWN_ERRORS for code in line.codes}
    return MappingProxyType(
        {code: tuple(line for line in KNOWN_ERRORS if code in line.codes) for code in codes}
    )


_LINES: Final = _by_code()


def known_error(code: str, day: date | None = None) -> KnownError | None:
    """Find what a code means.

    Args:
        code: As received.
        day: Of the act; without one the newest line is taken.
    """
    lines = _LINES.get(code, ())
    held = [line for line in lines if day is None or line.holds_on(day)]
    return held[-1] if held else None
