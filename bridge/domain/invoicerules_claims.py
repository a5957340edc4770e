"""What the invoice rules look for in a claim as a whole (record 20).

Source: *eFact for nursing* 2.4, 4 and its table of record 20.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.claims import REFERENCE_LENGTH, ClaimKind
from bridge.domain.declarations import Sex
from bridge.domain.identifiers import Niss
from bridge.domain.invoicecases import ClaimCase, ClaimCheck

MOST_AMOUNT: Final = 10**11 - 1
"""Largest amount in cents of eleven digits."""

MOST_SHARE: Final = 10**9 - 1
"""Largest amount in cents of nine digits."""

MOST_SENDING_NUMBER: Final = 999

_CODES: Final = re.compile(r"[0-9]{3}")
_INVOICE_NUMBER: Final = re.compile(r"[0-9]{12}")
_UNKNOWN_SEX_MONTHS: Final = range(20, 33)
_PAYMENT_REFERENCE_LENGTH: Final = 22


def is_writable(text: str, most: int = REFERENCE_LENGTH) -> bool:
    """Tell whether a text fits a zone: plain ASCII that can be read, and not too long."""
    return len(text) <= most and text.isascii() and text.isprintable()


def _empty(case: ClaimCase) -> Iterable[str]:
    if not case.claim.lines:
        yield "/lines"


def _patient(case: ClaimCase) -> Iterable[str]:
    patient = case.claim.patient
    if patient.niss is None and patient.membership_number is None:
        yield "/patient"


def _without_niss(case: ClaimCase) -> Iterable[str]:
    patient = case.claim.patient
    if patient.niss is None and patient.membership_number is not None:
        yield "/patient/niss"


def _union(case: ClaimCase) -> Iterable[str]:
    if case.claim.patient.mutuality.digits in case.settings.union_codes:
        yield "/patient/mutuality"


def _other_insurer(case: ClaimCase) -> Iterable[str]:
    if case.claim.patient.insurer != case.context.insurer:
        yield "/patient/mutuality"


def _sex(case: ClaimCase) -> Iterable[str]:
    patient = case.claim.patient
    if patient.niss is not None and sex_of(patient.niss) not in (None, patient.sex):
        yield "/patient/sex"


def sex_of(niss: Niss) -> Sex | None:
    """Give the sex a person number tells; a bis number of unknown sex tells none."""
    if int(niss.digits[2:4]) in _UNKNOWN_SEX_MONTHS:
        return None
    return Sex.MALE if int(niss.digits[6:9]) % 2 else Sex.FEMALE


def _insured_codes(case: ClaimCase) -> Iterable[str]:
    for member in ("ct1", "ct2"):
        if not _CODES.fullmatch(getattr(case.claim, member)):
            yield f"/{member}"


def _previous_missing(case: ClaimCase) -> Iterable[str]:
    if case.claim.kind is not ClaimKind.NORMAL and case.claim.previous is None:
        yield "/previous"


def _previous_invalid(case: ClaimCase) -> Iterable[str]:
    previous = case.claim.previous
    if previous is None or case.claim.kind is ClaimKind.NORMAL:
        return
    if not _INVOICE_NUMBER.fullmatch(previous.invoice_number):
        yield "/previous/invoice_number"
    if not 0 < previous.sending_number <= MOST_SENDING_NUMBER:
        yield "/previous/sending_number"
    if not is_writable(previous.payment_reference, _PAYMENT_REFERENCE_LENGTH):
        yield "/previous/payment_reference"


def _previous_not_expected(case: ClaimCase) -> Iterable[str]:
    if case.claim.kind is ClaimKind.NORMAL and case.claim.previous is not None:
        yield "/previous"


def _reference(case: ClaimCase) -> Iterable[str]:
    if not is_writable(case.claim.reference):
        yield "/reference"


def _total(case: ClaimCase) -> Iterable[str]:
    claim = case.claim
    if abs(claim.insurer_amount) > MOST_AMOUNT:
        yield "/insurer_amount"
    for member in ("copayment", "supplement"):
        if abs(getattr(claim, member)) > MOST_SHARE:
            yield f"/{member}"


CLAIM_CHECKS: Final[Mapping[str, ClaimCheck]] = MappingProxyType(
    {
        "claim_empty": _empty,
        "patient_reference_incomplete": _patient,
        "patient_without_niss": _without_niss,
        "mutuality_is_union": _union,
        "mutuality_of_other_insurer": _other_insurer,
        "sex_unlike_niss": _sex,
        "insured_codes_invalid": _insured_codes,
        "previous_invoice_missing": _previous_missing,
        "previous_invoice_invalid": _previous_invalid,
        "previous_invoice_not_expected": _previous_not_expected,
        "claim_reference_invalid": _reference,
        "claim_total_too_large": _total,
    },
)
"""What each rule of the table looks for, by its name."""
