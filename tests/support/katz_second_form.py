"""The rules on the Katz scale a second time, written down from the text and from nothing else.

It imports nothing of the program on purpose: two forms that agree on all 4096 combinations are
hardly wrong in the same place.
Source: *Nursing messages* 5.2 and 5.3.
"""

from __future__ import annotations

ALL_OF_CLASS_C = ((4, 4, 4, 4, 3, 4), (4, 4, 4, 4, 4, 3), (4, 4, 4, 4, 4, 4))
"""The three combinations of class C, written out."""


def lump_sum_of(scores: tuple[int, ...], *, is_wider: bool = False) -> str | None:
    """Give the letter of the lump sum, or nothing; ``is_wider`` is the weaker reading of C."""
    wash, dress, move, toilet, continence, eat = scores
    if min(wash, dress) < 3:
        return None
    is_fully_dependent = (wash, dress, move, toilet) == (4, 4, 4, 4)
    if is_wider and is_fully_dependent and not max(continence, eat) < 3:
        return "C"
    if scores in ALL_OF_CLASS_C:
        return "C"
    if min(move, toilet) >= 3 and max(continence, eat) >= 3:
        return "B"
    return "A" if max(move, toilet) >= 3 else None


def toilets_of(scores: tuple[int, ...], *, is_disoriented: bool) -> str:
    """Give how often toilets are reimbursed; with a lump sum, each day."""
    wash, dress, _, _, continence, _ = scores
    if wash == 1:
        return "none"
    every_day = (
        lump_sum_of(scores) is not None
        or wash + dress == 8
        or min(wash, dress, continence) >= 3
        or (is_disoriented and dress > 1)
    )
    return "daily" if every_day else "weekly"


def weaker_or_equal_to(strongest: str | None, toilets: str) -> set[str]:
    """Give all kinds that may be requested."""
    if strongest is not None:
        return set("ABC"[: "ABC".index(strongest) + 1]) | {"toilet"}
    return set() if toilets == "none" else {"toilet"}
