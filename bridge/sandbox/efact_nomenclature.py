"""The acts of home nursing as the played insurers sort them.

Source: *Electronic invoicing* 5.2 to 5.4 and its table of nursing codes.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from bridge.mycarenet.medadmin_names import ContractualType


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


TOILETS: Final = _codes("425110 425515 425913 427755")
LUMP_SUMS: Final = MappingProxyType(
    {
        "425272": ContractualType.A,
        "425294": ContractualType.B,
        "425316": ContractualType.C,
        "425670": ContractualType.A,
        "425692": ContractualType.B,
        "425714": ContractualType.C,
    }
)
PALLIATIVE: Final = _codes("427136 427195 427011 427033 427055 427070 427092 427114 427151 427173")
"""Palliative lump sums; which letter each of the later ones has is not known."""

PRESCRIBED: Final = _codes(
    "423054 423076 423091 423253 423275 423290 423356 423371 423393 427770 427792 427814 "
    "424255 424410 424550 427836 424270 424432 424572 427851 424292 424454 424594 427873 "
    "424314 424476 424616 427895 424933 424955 424970 427910 424336 424491 424631 427932 "
    "424351 424513 424653 427954 424373 424535 424675 427976 425176 425574 425972 429030 "
    "425191 425596 425994 429052 425213 425611 426016 429074"
)
"""Injections and technical acts: given on prescription."""

FIRST_BASIC: Final = "426635"
SECOND_BASIC: Final = "426650"
BASIC: Final = (FIRST_BASIC, SECOND_BASIC, "426672", "426694", "426716")
"""Pseudo-codes of the visits of a day, first to fifth."""

TOILET_IN_LUMP_SUM: Final = "426731"
PSEUDO: Final = _codes(
    "426731 426753 427210 427232 427254 427276 426974 427291 427313 427335 426790 426812 "
    "426834 428013 426576 426856 426510"
) | frozenset(BASIC)
"""Codes that stand in a lump-sum day for counting only."""

REPEATED_VISITS: Final = _codes("428035 428050 428072")
"""Supplements for several visits."""


def is_lump_sum(code: str) -> bool:
    """Tell whether a code is the price of a whole day."""
    return code in LUMP_SUMS or code in PALLIATIVE
