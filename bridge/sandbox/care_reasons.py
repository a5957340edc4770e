"""Why the played insurers refuse: their own codes, since no official list is public.

The codes begin with a letter, so that nobody takes one for an official reason.
Source: *Nursing messages* 3, 4.5 and 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.domain.declarations import RefusalMeaning


@dataclass(frozen=True)
class Reason:
    """A reason for a refusal.

    Attributes:
        code: Three characters.
        justification: At most 150 characters.
    """

    code: str
    justification: str


KIND_TOO_STRONG: Final = Reason("S01", "The scores do not allow the requested kind of care.")
TOILETS_TOO_MANY: Final = Reason("S02", "The scores do not allow so many toilets.")
ALL_TOO_LATE: Final = Reason("S03", "Sent after the last day that could be reimbursed.")
TOO_EARLY: Final = Reason("S04", "Sent more than 30 days before the first day.")
AGREEMENT_UNKNOWN: Final = Reason("S05", "The patient has no agreement of this nurse so named.")
SCORES_DIFFER: Final = Reason(
    "S06", "Extension with other scores than the agreement; a change is sent from its first day."
)
OVERLAP: Final = Reason("S07", "The period overlaps another agreement of this nurse.")
END_OUTSIDE: Final = Reason("S08", "The last day does not lie in the agreement.")
OTHER_NURSE: Final = Reason("S10", "Another nurse is the reference provider of this patient.")
WAITING_FOR_GP: Final = Reason(
    "S11", "The form of the general practitioner has not arrived yet: wait, do not send again."
)
IS_PALLIATIVE: Final = Reason("S12", "There is an agreement on palliative care already.")
DECEASED: Final = Reason("S13", "The patient died before the first day.")

REASONS: Final = (
    KIND_TOO_STRONG,
    TOILETS_TOO_MANY,
    ALL_TOO_LATE,
    TOO_EARLY,
    AGREEMENT_UNKNOWN,
    SCORES_DIFFER,
    OVERLAP,
    END_OUTSIDE,
    OTHER_NURSE,
    WAITING_FOR_GP,
    IS_PALLIATIVE,
    DECEASED,
)
"""All of them."""


MEANINGS: Final = {
    OTHER_NURSE.code: RefusalMeaning.OTHER_NURSE,
    WAITING_FOR_GP.code: RefusalMeaning.WAITS_FOR_GP,
}
"""What a practice would have learnt of them, for its setting ``refusal_reasons``."""


class Refusal(Exception):
    """The insurer refuses a request it has understood."""

    def __init__(self, reason: Reason) -> None:
        """Refuse with a reason."""
        super().__init__(reason.code)
        self.reason = reason
