"""How the unions differ in their answers, and the ways in which answers are disturbed on demand.

Each habit was seen in a recorded answer; which union has it follows the records.
Source: *Electronic invoicing* 1, 3.1 and 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What one union does in its own way.

    Attributes:
        version: Zone 201 of its answers.
        is_lenient: It takes a file over although more than 5 percent is wrong.
        rounds: It rounds the percentage; the others cut it.
        chains_by_050000: Whatever follows from another error gets this one code.
        has_blanks: It fills reserves with blanks, not zeros.
        names_original: It says an act's original number and code in the comment.
        shows_clean_invoices: Its settlement has the frame of invoices without errors too.
        pays_centrally: Its payment references name the union, not the sickness fund.
        whole_when_blocked: It calls a blocked file 100 percent wrong, not 0.
    """

    version: str = "02"
    is_lenient: bool = False
    rounds: bool = False
    chains_by_050000: bool = False
    has_blanks: bool = False
    names_original: bool = False
    shows_clean_invoices: bool = False
    pays_centrally: bool = False
    whole_when_blocked: bool = True


_OF_UNIONS: Final = {
    "100": Habits(version="03", rounds=True),
    "500": Habits(version="02", chains_by_050000=True),
    "600": Habits(version="01", whole_when_blocked=False),
    "900": Habits(
        version="03",
        is_lenient=True,
        has_blanks=True,
        names_original=True,
        shows_clean_invoices=True,
        pays_centrally=True,
    ),
}
_OTHERS: Final = Habits()


def habits_of(insurer: str) -> Habits:
    """Give a union's habits."""
    return _OF_UNIONS.get(insurer, _OTHERS)


LENIENT: Final = "efact_lenient"
LATE: Final = "efact_late_settlement"
TWICE: Final = "efact_settled_twice"
UNANNOUNCED: Final = "efact_without_acceptance"
CONTRADICTED: Final = "efact_refused_after_acceptance"
HEADER_ONLY: Final = "efact_refusal_without_records"
CUT_SHORT: Final = "efact_cut_short"
UNKNOWN_CODE: Final = "efact_unknown_code"

EFACT_SCENARIOS: Final[dict[str, str]] = {
    LENIENT: "Insurers take invoice files over although more than 5 percent is wrong.",
    LATE: "Insurers settle invoices after two months.",
    TWICE: "Every settlement of invoices comes a second time, a day later.",
    UNANNOUNCED: "Invoices are settled without the acceptance before.",
    CONTRADICTED: "An invoice file is accepted and refused a day later.",
    HEADER_ONLY: "Refused invoice files come back without records.",
    CUT_SHORT: "Answers to invoices end in the middle of a record.",
    UNKNOWN_CODE: "Rejected acts have a code that is in no list.",
}
"""Name to description."""
