"""What six scores allow, over the interface: stateless, explained, in four languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.careapi import SCORES_B
from tests.support.daemon import TestDaemon, running_daemon

PATH = "/v1/katz-assessments"


@pytest.fixture
async def daemon(tmp_path: Path) -> Any:
    async with running_daemon(tmp_path) as running:
        yield running


async def test_each_rule_says_how_the_scores_stand_before_it(daemon: TestDaemon) -> None:
    async with daemon.http() as http:
        answer = await http.post(PATH, json={"scores": SCORES_B, "care_kind": "C"})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["care_kind"], shown["lump_sum"], shown["toilets"]) == ("B", "B", "daily")
    assert shown["is_requested_kind_allowed"] is False
    assert shown["start_on"] == "2026-11-23"
    rules = {each["name"]: each for each in shown["rules"]}
    assert [name for name, rule in rules.items() if rule["is_decisive"]] == ["lump_sum_b"]
    assert [name for name, rule in rules.items() if rule["is_requested"]] == ["lump_sum_c"]
    assert rules["lump_sum_b"]["source"]
    missing = rules["lump_sum_c"]["missing"]
    assert {"item": "washing", "name": "Washing", "score": 4} in missing


async def test_an_attestation_of_disorientation_counts(daemon: TestDaemon) -> None:
    low = dict.fromkeys(SCORES_B, 1) | {"washing": 2, "dressing": 2}
    async with daemon.http() as http:
        without = (await http.post(PATH, json={"scores": low})).json()
        body = {"scores": low, "has_dementia_certificate": True}
        attested = (await http.post(PATH, json=body)).json()
    assert (without["toilets"], attested["toilets"]) == ("weekly", "daily")
    assert without["is_requested_kind_allowed"] is None
    lacking = [each["name"] for each in without["rules"] if each["is_certificate_missing"]]
    assert lacking == ["toilet_daily_disoriented"]


async def test_the_rules_are_told_in_four_languages(daemon: TestDaemon) -> None:
    async with daemon.http() as http:
        said = set()
        for language in ("fr", "nl", "de", "en"):
            headers = {"Accept-Language": language}
            answer = await http.post(PATH, json={"scores": SCORES_B}, headers=headers)
            said.add(answer.json()["rules"][0]["text"])
    assert len(said) == 4


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/scores", "member_missing"),
        ({"scores": {**SCORES_B, "eating": 0}}, "/scores/eating", "out_of_range"),
        ({"scores": SCORES_B, "dementia": True}, "/dementia", "member_unknown"),
    ],
    ids=["nothing", "score", "unknown"],
)
async def test_what_cannot_be_read_is_refused(
    daemon: TestDaemon, body: dict[str, Any], pointer: str, code: str
) -> None:
    async with daemon.http() as http:
        answer = await http.post(PATH, json=body)
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        (pointer, code)
    ]


async def test_nothing_of_it_is_kept(daemon: TestDaemon) -> None:
    async with daemon.http() as http:
        await http.post(PATH, json={"scores": SCORES_B})
        assert (await http.get("/v1/katz-declarations")).json()["page"]["total"] == 0
