"""Five hundred patients of seven insurers in one call, as a practice's software asks them."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_demo_as_a_user import curl, demo, followed
from tests.support.zips import read_zip

PATIENTS = 500
KNOWN = 35
INSURERS = ("100", "200", "300", "400", "500", "600", "900")
FINAL = {"accepted", "partially_accepted", "refused", "error", "manual_action_required"}
pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
    pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent as POSIX signal"),
]


def niss_of(place: int) -> str:
    """A valid number, another one for each place."""
    stem = f"{40 + place % 50:02d}{1 + place % 12:02d}{1 + place % 28:02d}{1 + place:03d}"
    return f"{stem}{97 - int(stem) % 97:02d}"


def all_rows(facts: dict, path: str) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        _, page = curl(facts, "GET", f"{path}?limit=200{cursor}")
        rows += page["items"]
        if page["page"]["next_cursor"] is None:
            assert len(rows) == page["page"]["total"]
            return rows
        cursor = f"&cursor={page['page']['next_cursor']}"


def added(facts: dict, person: dict[str, str]) -> None:
    """Make a person known to an insurer, as fast as the rate limit lets."""
    while True:
        status, _ = curl(facts, "POST", "/v1/simulator/people", person)
        if status == 201:
            return
        assert status == 429
        time.sleep(0.2)


def asked(facts: dict) -> dict[str, Any]:
    """Ask about all patients in one call; gives the batch once everything is taken over."""
    patients = [
        {
            "patient": {"niss": niss_of(place)},
            "insurer": INSURERS[place % len(INSURERS)],
            "client_ref": f"p-{place}",
        }
        for place in range(PATIENTS)
    ]
    body = {"purpose": "new_patients", "patients": patients}
    headers = {"Idempotency-Key": "five-hundred-patients", "Prefer": "wait=30"}
    status, batch = curl(facts, "POST", "/v1/insurability-batches", body, **headers)
    assert (status, batch["patients"]) == (201, PATIENTS)
    return batch


def file_of(facts: dict, path: str) -> bytes:
    """The content of an export."""
    arguments = ["curl", "-sS", "-H", f"Authorization: Bearer {facts['token']}"]
    arguments += ["-H", "Accept: */*", facts["base_url"] + path]
    return subprocess.run(arguments, capture_output=True, check=True, timeout=40).stdout


def test_every_patient_has_an_answer_and_the_ledger_agrees(tmp_path: Path) -> None:
    with demo(tmp_path) as facts:
        _, operation = curl(facts, "POST", "/v1/ehealth-sessions", {})
        assert followed(facts, operation)["status"] == "succeeded"
        for place in range(KNOWN):
            mutuality = f"{INSURERS[place % len(INSURERS)][0]}01"
            person = {"niss": niss_of(place), "mutuality": mutuality}
            added(facts, person)
        batch = asked(facts)
        assert len(batch["exchange_ids"]) == len(INSURERS)

        curl(facts, "PUT", "/v1/simulator/clock", {"insurers_ahead_s": 86_400})
        _, operation = curl(facts, "POST", "/v1/response-fetches", {})
        assert followed(facts, operation)["status"] == "succeeded"

        items = all_rows(facts, f"{batch['links']['self']}/items")
        assert [item["client_ref"] for item in items] == [f"p-{n}" for n in range(PATIENTS)]
        assert {item["status"] for item in items} <= FINAL
        insured = [item for item in items if item["is_insured"]]
        assert len(insured) == KNOWN
        assert all(item["handover"]["mutuality"] for item in insured)

        _, ledger = curl(facts, "GET", "/v1/simulator/ledger")
        received = [each for each in ledger["items"] if each["operation"] == "post"]
        history = all_rows(facts, "/v1/exchanges")
        assert all(each["is_accepted"] for each in received)
        references = Counter(each["reference"] for each in received)
        assert references == Counter(row["input_reference"] for row in history)
        assert set(references.values()) == {1}
        _history_is_of_use(facts, history)


def _history_is_of_use(facts: dict, history: list[dict[str, Any]]) -> None:
    """Filter, order, mark, archive, unarchive and export through the interface."""
    _, one = curl(facts, "GET", "/v1/exchanges?insurer=300,900&sort=-insurer")
    assert [row["insurer"] for row in one["items"]] == ["900", "300"]
    ids = [row["id"] for row in one["items"]]
    marks = "/v1/exchanges/marks"
    status, problem = curl(facts, "POST", marks, {"exchange_ids": ids, "mark": "archived"})
    assert (status, problem["code"]) == (409, "not_processed")
    for mark in ("processed", "archived"):
        assert curl(facts, "POST", marks, {"exchange_ids": ids, "mark": mark})[0] == 200
    _, archived = curl(facts, "GET", "/v1/exchanges?is_archived=true")
    assert {row["id"] for row in archived["items"]} == set(ids)
    assert curl(facts, "POST", marks, {"exchange_ids": ids, "mark": "unarchived"})[0] == 200

    phrase = "juist paard batterij nietje"
    body = {
        "format": "csv",
        "columns": ["insurer", "status"],
        "sort": ["insurer"],
        "passphrase": phrase,
    }
    _, operation = curl(facts, "POST", "/v1/exchange-exports", body)
    result = followed(facts, operation)["links"]["result"]
    (content,) = read_zip(file_of(facts, f"{result}/content"), phrase).values()
    text = content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert [row[0] for row in table[1:]] == sorted(row["insurer"] for row in history)
