"""Numbers with check digits in a body: read together, so that all wrong ones are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from bridge.errors import Finding, InputError, InvalidIdentifier

T = TypeVar("T")

_HARMLESS: Final = {
    "niss_invalid": "00000000097",
    "nihii_invalid": "40000028",
    "cbe_invalid": "0200000043",
    "iban_invalid": "BE68539007547034",
    "bic_invalid": "AAAABEBB",
    "mutuality_invalid": "319",
    "membership_number_invalid": "1",
}
"""Stand-ins while the other numbers are read; ``refuse`` keeps them from leaving."""


class Numbers:
    """Reads numbers and collects what is wrong with them."""

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self.findings: list[Finding] = []

    def read(self, parse: Callable[[str], T], text: str, pointer: str) -> T:
        """Read one; a wrong one is kept as a finding, and ``refuse`` then raises."""
        try:
            return parse(text)
        except InvalidIdentifier as error:
            code = f"{error.params['kind']}_invalid"
            self.findings.append(Finding(pointer=pointer, code=code))
            return parse(_HARMLESS[code])

    def maybe(self, parse: Callable[[str], T], text: str | None, pointer: str) -> T | None:
        """Read one that may be missing."""
        return None if text is None else self.read(parse, text, pointer)

    def refuse(self) -> None:
        """Raise when something was wrong.

        Raises:
            InputError: with all findings.
        """
        if self.findings:
            raise InputError(findings=tuple(self.findings))
