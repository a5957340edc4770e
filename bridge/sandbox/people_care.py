"""People for a month of care: some ordinary, some with whom something will happen.

What happens is a property of each (``CareTraits``), counted in days of the insurers' clock.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from bridge.sandbox.care_traits import CareTraits
from bridge.sandbox.people_sketch import INSURED_SINCE, Sketch, span

ENDS_IN_DAYS: Final = 40
"""When the rights of the one whose insurance ends will do so, in days from the start."""


def care_people(today: date) -> tuple[Sketch, ...]:
    """Give them, for a sandbox that starts on ``today``, Belgian calendar."""
    return (*_ORDINARY, *_EVENTFUL, *_ending(today))


def _with(**traits: Any) -> dict[str, Any]:
    return {"care": CareTraits(**traits)}


_ORDINARY: Final = (
    Sketch(
        first_name="Aram",
        born_on=date(1948, 4, 12),
        serial=211,
        mutuality="306",
        number="30648041221",
        purpose="insured, for care requests",
    ),
    Sketch(
        first_name="Bea",
        born_on=date(1951, 9, 3),
        serial=132,
        mutuality="509",
        number="0000551090313",
        purpose="insured, for care requests",
    ),
    Sketch(
        first_name="Cas",
        born_on=date(1938, 2, 27),
        serial=45,
        mutuality="110",
        number="110380 227 04",
        purpose="insured, for care requests",
    ),
    Sketch(
        first_name="Dora",
        born_on=date(1944, 7, 19),
        serial=354,
        mutuality="319",
        number="120444 71935",
        ct="131",
        purpose="insured, increased reimbursement, for care requests",
    ),
    Sketch(
        first_name="Emiel",
        born_on=date(1933, 12, 8),
        serial=67,
        mutuality="203",
        number="20333120867",
        purpose="insured, for care requests",
    ),
    Sketch(
        first_name="Fien",
        born_on=date(1957, 6, 30),
        serial=288,
        mutuality="526",
        number="0000557063028",
        purpose="insured, for care requests",
    ),
)

_EVENTFUL: Final = (
    Sketch(
        first_name="Pia",
        born_on=date(1940, 5, 5),
        serial=122,
        mutuality="319",
        number="120440 50512",
        purpose="control visit 21 days after a decision: the scores allow lump sum A",
        more=_with(visit_after_days=21, visit_scores=(3, 3, 3, 2, 2, 2)),
    ),
    Sketch(
        first_name="Quinten",
        born_on=date(1946, 10, 21),
        serial=173,
        mutuality="304",
        number="30446102117",
        purpose="palliative: the practitioner's form arrives 6 days after the nurse's",
        more=_with(gp_form_after_days=6),
    ),
    Sketch(
        first_name="Roos",
        born_on=date(1953, 3, 9),
        serial=246,
        mutuality="131",
        number="913053 309M24",
        purpose="palliative: the practitioner's form never arrives",
        more=_with(sends_gp_form=False),
    ),
    Sketch(
        first_name="Stan",
        born_on=date(1936, 8, 14),
        serial=81,
        mutuality="509",
        number="0000536081408",
        purpose="has another nurse already",
        more=_with(has_other_nurse=True),
    ),
    Sketch(
        first_name="Tine",
        born_on=date(1949, 1, 23),
        serial=198,
        mutuality="317",
        number="31749012319",
        purpose="has another nurse already",
        more=_with(has_other_nurse=True),
    ),
    Sketch(
        first_name="Umar",
        born_on=date(1942, 11, 16),
        serial=259,
        mutuality="228",
        number="22842111625",
        purpose="another nurse takes over 14 days after a decision",
        more=_with(other_nurse_after_days=14),
    ),
    Sketch(
        first_name="Vera",
        born_on=date(1961, 4, 2),
        serial=304,
        mutuality="403",
        number="4031610402",
        purpose="rights not in order: agreed on medical grounds only",
        more=_with(has_rights_in_order=False),
    ),
    Sketch(
        first_name="Xenia",
        born_on=date(1939, 6, 11),
        serial=376,
        mutuality="311",
        number="31139061137",
        purpose="the insurer closes an agreement 10 days after the decision",
        more=_with(closed_after_days=10),
    ),
    Sketch(
        first_name="Zita",
        born_on=date(1955, 12, 29),
        serial=418,
        mutuality="526",
        number="0000555122941",
        purpose="the insurer shortens an agreement 12 days after the decision",
        more=_with(modified_after_days=12),
    ),
)


def _ending(today: date) -> tuple[Sketch, ...]:
    ends_on = today + timedelta(days=ENDS_IN_DAYS)
    number = "60170092631"
    return (
        Sketch(
            first_name="Wout",
            born_on=date(1970, 9, 26),
            serial=315,
            mutuality="602",
            number=number,
            purpose=f"insured until {ends_on} only",
            more={"periods": (span("602", number, INSURED_SINCE, ends_on),)},
        ),
    )
