"""What was sent per union and day, over the interface: to the cent, filtered, in pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import running_daemon
from tests.support.invoicemonth import PRICE, TOO_MUCH, Practice

pytestmark = pytest.mark.timeout(60)
BALANCES = "/v1/invoice-balances"


async def booked(practice: Practice) -> None:
    """Fill the books: one union settles with a refused act, another was not heard of yet."""
    anna, bert, cleo = (practice.person(name) for name in ("Anna", "Bert", "Cleo"))
    acts = (
        practice.injection(f"A{day}", day, TOO_MUCH if day == 7 else PRICE) for day in range(1, 21)
    )
    await practice.send(await practice.draft("300", practice.claim(anna, *acts)))
    await practice.days_pass(6)
    late = practice.injection("B1", 1)
    await practice.send(await practice.draft("100", practice.claim(bert, late)))
    await practice.draft("500", practice.claim(cleo, practice.injection("C1", 2)))


def amounts(of: dict[str, Any]) -> tuple[int, ...]:
    names = ("sent", "accepted", "refused", "paid", "still_open")
    assert of["is_balanced"]
    return tuple(of[f"{name}_cents"] for name in names)


OPEN = (PRICE, 0, 0, 0, PRICE)
PAID = 19 * PRICE
SETTLED = (PAID + TOO_MUCH, PAID, TOO_MUCH, PAID, 0)
NOTHING = (0, 0, 0, 0, 0)


async def test_every_cent_that_was_sent_is_somewhere(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        practice = Practice(daemon)
        await practice.begin()
        await booked(practice)

        async def asked(**parameters: Any) -> dict[str, Any]:
            answer = await http.get(BALANCES, params=parameters)
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

        everything = await asked()
        rows = [
            (row["insurer"], row["lines"], amounts(row["amounts"])) for row in everything["items"]
        ]
        assert rows == [("100", 1, OPEN), ("300", 20, SETTLED)]
        assert [row["invoices"] for row in everything["items"]] == [1, 1]
        sums = {each["insurer"]: amounts(each["amounts"]) for each in everything["by_insurer"]}
        assert sums == {"100": OPEN, "300": SETTLED}
        assert amounts(everything["total"]) == tuple(map(sum, zip(OPEN, SETTLED, strict=True)))

        first = await asked(limit=1)
        rest = await asked(limit=1, cursor=first["page"]["next_cursor"])
        assert [*first["items"], *rest["items"]] == everything["items"]
        assert first["total"] == rest["total"] == everything["total"]
        assert rest["page"] == {**everything["page"], "limit": 1}

        on = everything["items"][0]["sent_on"]
        for name, inside, outside in (
            ("insurer", "300", "900"),
            ("practice_id", "prc_1", "prc_2"),
            ("registration_id", practice.registration.id, "reg_of_nobody"),
            ("month", "2026-10", "2026-11"),
            ("from_month", "2026-10", "2026-11"),
            ("to_month", "2026-10", "2026-09"),
            ("sent_from_on", on, "2999-01-01"),
            ("sent_to_on", on, "2000-01-01"),
        ):
            kept = await asked(**{name: inside})
            expected = SETTLED if name == "insurer" else amounts(everything["total"])
            assert amounts(kept["total"]) == expected, name
            left = await asked(**{name: outside})
            assert (left["items"], left["by_insurer"], amounts(left["total"])) == ([], [], NOTHING)


async def test_a_filter_that_is_no_date_is_refused(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        for name, text in (
            ("month", "2026-13"),
            ("from_month", "2026-1"),
            ("to_month", ""),
            ("sent_from_on", "2026-02-30"),
            ("sent_to_on", "20260201"),
        ):
            answer = await http.get(BALANCES, params={name: text})
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (400, "parameter_invalid"), name
            assert problem["params"]["parameter"] == name
