"""Nomenclature and pseudo-codes of home nursing, as data with dates and source.

The list is not complete, and holds no amounts: basic acts, supplements and amounts change every
year and are loaded (``bridge.domain.tariffs``).
Source: *eFact for nursing* 5.2 and its table of codes (public page of INAMI on pseudo-codes).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from bridge.domain.katz import CareKind
from bridge.domain.tables.sending_rules import Dated


class ActKind(Enum):
    """What a code stands for."""

    TOILET = "toilet"
    INJECTION = "injection"
    TECHNICAL = "technical"
    """Technical act of paragraph 1; its label is loaded from the nomenclature."""
    DIABETES = "diabetes"
    BASIC_ACT = "basic_act"
    """Basic act (visit) that is paid, beside separate acts."""
    LUMP_SUM = "lump_sum"
    PALLIATIVE = "palliative"
    SPECIFIC_TECHNICAL = "specific_technical"
    SUPPLEMENT = "supplement"
    """Supplement for repeated visits."""
    PSEUDO_BASIC_ACT = "pseudo_basic_act"
    PSEUDO_ACT = "pseudo_act"


class ActContext(Enum):
    """When and where a code holds; the weekend is part of the code, never of zone 12."""

    HOME_WEEK = "home_week"
    HOME_WEEKEND = "home_weekend"
    PRACTICE_ROOM = "practice_room"
    DAY_CENTRE = "day_centre"
    ANY = "any"
    STATISTICAL = "statistical"


class PalliativeKind(Enum):
    """Family of a palliative lump sum (*Nursing messages* 5.4)."""

    PA = "PA"
    PB = "PB"
    PC = "PC"
    PN = "PN"
    PP = "PP"


STATISTICAL_KINDS: Final = frozenset({ActKind.PSEUDO_BASIC_ACT, ActKind.PSEUDO_ACT})
"""Kinds that only stand in a statistical record (norm 9)."""


@dataclass(frozen=True, kw_only=True)
class NursingAct(Dated):
    """One code.

    Attributes:
        name: The code, six digits.
        pseudo_code: What stands for it inside a lump sum; empty when nothing does.
        lump_sum: Class of a lump sum A, B, C, and of the palliative PA, PB, PC.
        palliative: Family of a palliative lump sum; ``None`` where it is not confirmed.
        visit: Number of the visit, for a basic act.
    """

    kind: ActKind
    context: ActContext
    pseudo_code: str = ""
    lump_sum: CareKind | None = None
    palliative: PalliativeKind | None = None
    visit: int | None = None

    @property
    def code(self) -> str:
        """The code, six digits."""
        return self.name

    @property
    def is_lump_sum(self) -> bool:
        """Whether it is paid per day, palliative ones included."""
        return self.kind in (ActKind.LUMP_SUM, ActKind.PALLIATIVE)

    @property
    def needs_statistics(self) -> bool:
        """Whether statistical records must stand before it (*eFact for nursing* 5.3)."""
        return self.lump_sum is not None


_INAMI: Final = "eFact for nursing 5.2 (INAMI, pseudo-codes of home nursing)"
_KNOWN: Final = "eFact for nursing 5.2 (domain knowledge)"
_ONE: Final = "eFact for nursing 5.2 (one source)"
_E5: Final = "eFact for nursing 5.3 (official error list)"

_PLACES: Final = (
    ActContext.HOME_WEEK,
    ActContext.HOME_WEEKEND,
    ActContext.PRACTICE_ROOM,
    ActContext.DAY_CENTRE,
)

_GROUPS: Final = (
    (ActKind.TOILET, "426731", "425110 425515 425913 427755"),
    (ActKind.INJECTION, "426753", "423054 423253 423356 427770"),
    (ActKind.INJECTION, "426753", "423076 423275 423371 427792"),
    (ActKind.INJECTION, "426753", "423091 423290 423393 427814"),
    (ActKind.TECHNICAL, "427210", "424255 424410 424550 427836"),
    (ActKind.TECHNICAL, "427232", "424270 424432 424572 427851"),
    (ActKind.TECHNICAL, "427254", "424292 424454 424594 427873"),
    (ActKind.TECHNICAL, "427276", "424314 424476 424616 427895"),
    (ActKind.TECHNICAL, "426974", "424933 424955 424970 427910"),
    (ActKind.TECHNICAL, "427291", "424336 424491 424631 427932"),
    (ActKind.TECHNICAL, "427313", "424351 424513 424653 427954"),
    (ActKind.TECHNICAL, "427335", "424373 424535 424675 427976"),
    (ActKind.TECHNICAL, "426790", "425176 425574 425972 429030"),
    (ActKind.TECHNICAL, "426812", "425191 425596 425994 429052"),
    (ActKind.TECHNICAL, "426834", "425213 425611 426016 429074"),
)
"""Acts with the code of each context (week, weekend, practice room, day centre) and pseudo-code."""

TOILET_PSEUDO_CODE: Final = "426731"
"""Stands for a toilet inside a lump sum; each day of a lump sum has one (500458)."""

BASIC_ACT_PSEUDO_CODES: Final = ("426635", "426650", "426672", "426694", "426716")
"""Basic acts of the visits 1 to 5 inside a lump sum."""

MEDICATION_PSEUDO_CODE: Final = "426576"
OTHER_ACT_PSEUDO_CODE: Final = "426856"
UNPLANNED_VISIT_PSEUDO_CODE: Final = "426510"

UNCONFIRMED_PALLIATIVE: Final = (
    "427011", "427033", "427055", "427070", "427092", "427114", "427151", "427173",
)  # fmt: skip
"""Palliative lump sums whose family, and week or weekend, is not confirmed."""


def _grouped() -> Iterator[NursingAct]:
    for kind, pseudo_code, codes in _GROUPS:
        for context, code in zip(_PLACES, codes.split(), strict=True):
            yield NursingAct(
                name=code, kind=kind, context=context, pseudo_code=pseudo_code, source=_INAMI
            )


def _pseudo() -> Iterator[NursingAct]:
    for visit, code in enumerate(BASIC_ACT_PSEUDO_CODES, start=1):
        yield NursingAct(
            name=code,
            kind=ActKind.PSEUDO_BASIC_ACT,
            context=ActContext.STATISTICAL,
            visit=visit,
            source=_INAMI,
        )
    of_acts = dict.fromkeys(pseudo_code for _, pseudo_code, _ in _GROUPS)
    others = (
        DIABETES_PSEUDO_CODE,
        MEDICATION_PSEUDO_CODE,
        OTHER_ACT_PSEUDO_CODE,
        UNPLANNED_VISIT_PSEUDO_CODE,
    )
    for code in (*of_acts, *others):
        yield NursingAct(
            name=code, kind=ActKind.PSEUDO_ACT, context=ActContext.STATISTICAL, source=_INAMI
        )


def _lump_sum(code: str, care: CareKind, context: ActContext, source: str = _KNOWN) -> NursingAct:
    return NursingAct(
        name=code, kind=ActKind.LUMP_SUM, context=context, lump_sum=care, source=source
    )


def _basic_act(code: str, visit: int, context: ActContext) -> NursingAct:
    return NursingAct(
        name=code, kind=ActKind.BASIC_ACT, context=context, visit=visit, source=_KNOWN
    )


def _plain(code: str, kind: ActKind, context: ActContext, source: str) -> NursingAct:
    return NursingAct(name=code, kind=kind, context=context, source=source)


DIABETES_PSEUDO_CODE: Final = "428013"

_SINGLE: Final = (
    *(
        NursingAct(
            name=code,
            kind=ActKind.DIABETES,
            context=ActContext.ANY,
            pseudo_code=DIABETES_PSEUDO_CODE,
            source=_INAMI,
        )
        for code in ("425736", "425751")
    ),
    _lump_sum("425272", CareKind.A, ActContext.HOME_WEEK, "eFact for nursing 5.2 (two sources)"),
    _lump_sum("425294", CareKind.B, ActContext.HOME_WEEK),
    _lump_sum("425316", CareKind.C, ActContext.HOME_WEEK),
    _lump_sum("425670", CareKind.A, ActContext.HOME_WEEKEND),
    _lump_sum("425692", CareKind.B, ActContext.HOME_WEEKEND),
    _lump_sum("425714", CareKind.C, ActContext.HOME_WEEKEND),
    _basic_act("425014", 1, ActContext.HOME_WEEK),
    _basic_act("425036", 2, ActContext.HOME_WEEK),
    _basic_act("425051", 3, ActContext.HOME_WEEK),
    _basic_act("425412", 1, ActContext.HOME_WEEKEND),
    _basic_act("425434", 2, ActContext.HOME_WEEKEND),
    _basic_act("425456", 3, ActContext.HOME_WEEKEND),
    _plain("425375", ActKind.SPECIFIC_TECHNICAL, ActContext.HOME_WEEK, _KNOWN),
    _plain("429155", ActKind.SPECIFIC_TECHNICAL, ActContext.ANY, _ONE),
    NursingAct(
        name="427136",
        kind=ActKind.PALLIATIVE,
        context=ActContext.ANY,
        lump_sum=CareKind.A,
        palliative=PalliativeKind.PA,
        source=_ONE,
    ),
    NursingAct(
        name="427195",
        kind=ActKind.PALLIATIVE,
        context=ActContext.ANY,
        palliative=PalliativeKind.PP,
        source=_ONE,
    ),
    _plain("428035", ActKind.SUPPLEMENT, ActContext.HOME_WEEK, _E5),
    _plain("428050", ActKind.SUPPLEMENT, ActContext.ANY, _E5),
    _plain("428072", ActKind.SUPPLEMENT, ActContext.ANY, _E5),
    *(_plain(code, ActKind.PALLIATIVE, ActContext.ANY, _KNOWN) for code in UNCONFIRMED_PALLIATIVE),
)

NURSING_ACTS: Final = (*_grouped(), *_pseudo(), *_SINGLE)
"""All codes; a code whose meaning changes gets a second line with other dates."""

BY_CODE: Final[Mapping[str, tuple[NursingAct, ...]]] = MappingProxyType(
    {
        code: tuple(each for each in NURSING_ACTS if each.code == code)
        for code in {each.code for each in NURSING_ACTS}
    }
)
"""Lines of each code."""
