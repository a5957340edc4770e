"""Running totals of an invoice, of a mutuality and of a file.

Source: *efact-nursing* 2.2 to 2.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.codecs.efact.checkdigits import code_check

FRAME_RECORDS: Final = 2
"""Records 20 and 80 of an invoice, or 10 and 90 of a file."""


@dataclass
class Sums:
    """What is added up.

    Attributes:
        amount: Zone 19 of the records 50.
        patient_share: Zone 27 of the records 50.
        supplement: Zones 30 and 31 of the records 50.
        records: Records 20 to 80.
        codes: Codes of the records 50, 51 and 52.
    """

    amount: int = 0
    patient_share: int = 0
    supplement: int = 0
    records: int = 0
    codes: int = 0

    def add(self, other: Sums) -> None:
        """Add another sum to this one."""
        self.amount += other.amount
        self.patient_share += other.patient_share
        self.supplement += other.supplement
        self.records += other.records
        self.codes += other.codes

    @property
    def control(self) -> str:
        """Check digits over the codes."""
        return f"{code_check(self.codes):02d}"
