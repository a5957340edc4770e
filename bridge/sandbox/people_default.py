"""The people every sandbox begins with.

Their numbers are fictitious and have valid check digits; dates that matter lie relative to the
day the sandbox starts, so that a question about the last weeks meets them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from bridge.domain.insurability import HospitalStay, MedicalHouse
from bridge.domain.periods import same_day_years_ago
from bridge.sandbox.people import PeopleRegister
from bridge.sandbox.people_care import care_people
from bridge.sandbox.people_sketch import INSURED_SINCE, Sketch, span

CHANGE_DAYS_AGO: Final = 15
"""How long before the start of the sandbox changes of insurance happened, in days."""

_HOSPITAL: Final = "71000139000"
_PRACTICE: Final = "80000155000"


def default_people(today: date) -> PeopleRegister:
    """Give the people of a sandbox that starts on ``today``, Belgian calendar."""
    sketches = (
        *_LASTING,
        *_changing(today),
        *_ending(today),
        *_odd(today),
        *_many(today),
        *care_people(today),
    )
    return PeopleRegister(sketch.person() for sketch in sketches)


_LASTING: Final = (
    Sketch(
        first_name="Anna",
        born_on=date(1958, 3, 14),
        serial=118,
        mutuality="319",
        number="120458 77310",
        purpose="insured, ordinary rate",
        more={"insurer_pays_provider": True},
    ),
    Sketch(
        first_name="Bert",
        born_on=date(1941, 11, 2),
        serial=55,
        mutuality="129",
        number="633041 218M07",
        ct="131",
        purpose="insured, increased reimbursement (CT1 131)",
        more={"insurer_pays_provider": True},
    ),
    Sketch(
        first_name="Cleo",
        born_on=date(2006, 5, 20),
        serial=24,
        mutuality="509",
        number="0000517704211",
        purpose="insured, born after 2000",
    ),
    Sketch(
        first_name="Dimitri",
        born_on=date(1979, 7, 9),
        serial=301,
        month_offset=40,
        mutuality="601",
        number="60120044190",
        purpose="insured, bis number",
    ),
    Sketch(
        first_name="Elise",
        born_on=date(1990, 12, 1),
        serial=402,
        mutuality="400",
        number="4150093317",
        purpose="insured, liberal union",
    ),
    Sketch(
        first_name="Ferre",
        born_on=date(1965, 8, 30),
        serial=77,
        mutuality="940",
        number="94000125512",
        purpose="insured, health fund of the railways",
    ),
    Sketch(
        first_name="Greta",
        born_on=date(1935, 1, 17),
        serial=206,
        mutuality="105",
        number="843110 722 18",
        ct="130",
        purpose="in hospital (ask with contact type hospitalized)",
        more={
            "hospital_stay": HospitalStay(
                hospital_nihii=_HOSPITAL,
                service="450",
                admitted_on=date(2024, 2, 5),
            ),
        },
    ),
    Sketch(
        first_name="Hugo",
        born_on=date(1972, 4, 4),
        serial=91,
        mutuality="304",
        number="30417720441",
        purpose="registered with a practice at flat rate that includes nursing",
        more={
            "medical_house": MedicalHouse(
                nihii=_PRACTICE,
                kind="Nurse",
                started_on=date(2019, 1, 1),
            ),
        },
    ),
)
"""People whose facts do not depend on the day."""


def _changing(today: date) -> tuple[Sketch, ...]:
    changed_on = today - timedelta(days=CHANGE_DAYS_AGO)
    before = changed_on - timedelta(days=1)
    return (
        Sketch(
            first_name="Iris",
            born_on=date(1960, 6, 6),
            serial=210,
            mutuality="131",
            number="913041 023M32",
            purpose=f"two periods: CT1 changes from 110 to 121 on {changed_on}",
            more={
                "periods": (
                    span("131", "913041 023M32", INSURED_SINCE, before, ct="110"),
                    span("131", "913041 023M32", changed_on, ct="121"),
                ),
            },
        ),
        Sketch(
            first_name="Jan",
            born_on=date(1983, 2, 25),
            serial=143,
            mutuality="228",
            number="22841830225",
            purpose=f"moved from union 300 to union 200 on {changed_on}",
            more={
                "periods": (
                    span("317", "31700098412", INSURED_SINCE, before),
                    span("228", "22841830225", changed_on),
                ),
            },
        ),
    )


def _ending(today: date) -> tuple[Sketch, ...]:
    before = today - timedelta(days=CHANGE_DAYS_AGO + 1)
    return (
        Sketch(
            first_name="Karel",
            born_on=date(1929, 10, 11),
            serial=63,
            mutuality="319",
            number="120429 00163",
            ct="131",
            purpose=f"deceased on {before}",
            more={"deceased_on": before},
        ),
        Sketch(
            first_name="Lena",
            born_on=date(1988, 9, 19),
            serial=330,
            mutuality="509",
            number="50988091933",
            purpose="not insured: the rights ended long before any period that may be asked",
            more={
                "periods": (
                    span("509", "50988091933", INSURED_SINCE, same_day_years_ago(today, 6)),
                ),
            },
        ),
    )


def _odd(today: date) -> tuple[Sketch, ...]:
    soon = today + timedelta(days=CHANGE_DAYS_AGO)
    return (
        Sketch(
            first_name="Mila",
            born_on=date(1999, 3, 3),
            serial=412,
            mutuality="325",
            number="32599030341",
            purpose=f"not insured yet: the rights start on {soon}",
            more={"periods": (span("325", "32599030341", soon),)},
        ),
        Sketch(
            first_name="Nora",
            born_on=date(1969, 12, 24),
            serial=18,
            mutuality="602",
            number="60269122401",
            purpose="several insurers at once (MULTIPLE_IO): ask by membership at one of them",
            more={
                "periods": (
                    span("228", "22869122418", INSURED_SINCE),
                    span("602", "60269122401", INSURED_SINCE),
                ),
            },
        ),
        Sketch(
            first_name="Petra",
            born_on=date(1995, 1, 31),
            serial=88,
            mutuality="319",
            number="31995013188",
            purpose="unknown to the routing",
            more={"is_known": False},
        ),
    )


def _many(today: date) -> tuple[Sketch, ...]:
    soon = today + timedelta(days=CHANGE_DAYS_AGO)
    steps = [today - timedelta(days=7 * weeks) for weeks in range(6, -1, -1)]
    return (
        Sketch(
            first_name="Otto",
            born_on=date(1975, 5, 15),
            serial=501,
            mutuality="311",
            number="31175051550",
            purpose="more than five periods in the last seven weeks: only five are returned",
            more={
                "periods": tuple(
                    span("311", "31175051550", first, after - timedelta(days=1), ct=f"1{place}0")
                    for place, (first, after) in enumerate(
                        zip(steps, [*steps[1:], soon], strict=True),
                    )
                ),
            },
        ),
    )
