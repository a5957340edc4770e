"""Imported reference data over the interface: editions, and official sentences beside our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import running_daemon
from tests.support.invoicemonth import TOO_MUCH, Practice
from tests.support.referencefiles import tariffs, texts

pytestmark = pytest.mark.timeout(60)
EDITIONS = "/v1/reference-data"


async def errors_of(http: Any) -> list[dict[str, Any]]:
    """Give the errors of the one invoice of the settlement."""
    answer = await http.get("/v1/settlements", params={"answer": "920900"})
    (item,) = answer.json()["items"]
    (invoice,) = (await http.get(item["links"]["invoices"])).json()["items"]
    found: list[dict[str, Any]] = invoice["errors"]
    return found


async def test_an_error_of_a_settlement_shows_the_official_sentence(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        practice = Practice(daemon)
        await practice.begin()
        acts = (
            practice.injection(f"A{day}", day, *((TOO_MUCH,) if day == 7 else ()))
            for day in range(1, 21)
        )
        claim = practice.claim(practice.person("Anna"), *acts)
        await practice.send(await practice.draft("300", claim))
        await practice.days_pass(6)

        before = await errors_of(http)
        assert {each["official_text"] for each in before} == {None}
        error = before[0]
        file = texts(f"{error['code']},Montant faux,", valid_from="2026-01-01")
        await daemon.services.reference_data.import_all([file])
        said = {"official_text": {"fr": "Montant faux", "nl": None}}
        assert await errors_of(http) == [
            each | said if each["code"] == error["code"] else each for each in before
        ]
        assert error["meaning"]


async def test_editions_are_listed_with_their_dates_and_source(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        assert (await http.get(EDITIONS)).json()["items"] == []
        await daemon.services.reference_data.import_all(
            [
                tariffs("425110,1,2,3,4", valid_from="2026-07-01", source="Tariffs of July"),
                texts("INPUT_ERROR,,Fout", about="care_requests", valid_to="2026-12-31"),
            ]
        )
        answer = await http.get(EDITIONS)
        names = ("kind", "about", "source", "valid_from_on", "valid_to_on", "lines")
        assert [tuple(each[name] for name in names) for each in answer.json()["items"]] == [
            ("error_texts", "care_requests", "A test", "2026-07-01", "2026-12-31", 1),
            ("tariffs", None, "Tariffs of July", "2026-07-01", None, 1),
        ]
        assert answer.headers["cache-control"] == "private, max-age=3600"
        unchanged = {"If-None-Match": answer.headers["etag"]}
        assert (await http.get(EDITIONS, headers=unchanged)).status_code == 304
        first = (await http.get(EDITIONS, params={"limit": 1})).json()
        cursor = first["page"]["next_cursor"]
        rest = (await http.get(EDITIONS, params={"limit": 1, "cursor": cursor})).json()
        assert [*first["items"], *rest["items"]] == answer.json()["items"]
