"""A support bundle for software that asks: only with the user's yes, and only its own (SEC-146)."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.daemon.support import versions
from bridge.errors import KeyStoreUnavailable, NotFound
from bridge.service.tokens import Client
from tests.support.audit import records_of
from tests.support.daemon import CLIENT, TestDaemon, running_daemon

PATH = "/v1/support-bundles"
WAIT = {"Prefer": "wait=30"}
NISS = "85073003328"


class Window:
    """A window whose user answers as the test says; ``None`` leaves it open."""

    def __init__(self, *, answer: bool | None = True) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.was_closed = False

    async def may_make_bundle(self, requested_by: str, language: str) -> bool:
        self.asked.append(requested_by)
        try:
            if self.answer is None:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_closed = True
            raise
        return bool(self.answer)


def broken() -> Any:
    raise KeyStoreUnavailable


FACTS = {
    "versions.json": versions,
    "settings.json": broken,
    "logs/": lambda: {"logs/carebridge.log": '{"event": "http.answered"}\n'},
}


def made(folder: Path) -> list[tuple[str, str, str | None]]:
    return [
        (record["result"], record["client"], record["object_id"])
        for record in records_of(folder)
        if record["action"] == "support_bundle_made"
    ]


async def test_sec_146_with_a_yes_it_is_made_shown_and_fetched_by_who_asked(
    tmp_path: Path,
) -> None:
    window = Window()
    parts = {"bundle_consent": lambda world: window, "support_facts": FACTS}
    async with running_daemon(tmp_path, **parts) as daemon, daemon.http() as http:
        answer = await http.post(PATH, json={}, headers=WAIT)
        assert answer.status_code == 201, answer.text
        bundle = answer.json()
        assert window.asked == [CLIENT.display_name]
        names = [each["name"] for each in bundle["files"]]
        assert set(names) == {
            "contents.json", "versions.json", "settings.json", "health.json", "counts.json",
            "audit.json", "logs/carebridge.log",
        }  # fmt: skip
        assert made(tmp_path) == [("done", CLIENT.id, bundle["reference"])]
        fetched = await http.get(bundle["links"]["content"])
        assert fetched.headers["Content-Type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
            assert archive.namelist() == names
            assert json.loads(archive.read("settings.json")) == {"code": "key_store_unavailable"}
            assert json.loads(archive.read("audit.json"))["is_intact"] is True
            assert json.loads(archive.read("health.json"))
        assert (await http.get(bundle["links"]["self"])).json() == bundle
        other = Client(id="other", display_name="Other", scopes=CLIENT.scopes)
        token = daemon.services.tokens.issue(other, lifetime=timedelta(hours=1))
        foreign = {"Authorization": f"Bearer {token}"}
        assert (await http.get(bundle["links"]["content"], headers=foreign)).status_code == 404
        daemon.clock.advance(minutes=15)
        assert (await http.get(bundle["links"]["content"])).status_code == 404


async def test_sec_146_without_a_yes_nothing_is_collected_and_the_software_waits(
    tmp_path: Path,
) -> None:
    window, collected = Window(answer=False), []
    facts = {"versions.json": lambda: collected.append(1)}
    parts = {"bundle_consent": lambda world: window, "support_facts": facts}
    async with running_daemon(tmp_path, **parts) as daemon, daemon.http() as http:
        operation = (await http.post(PATH, json={}, headers=WAIT)).json()
        assert operation["status"] == "failed"
        assert operation["problem"]["code"] == "support_bundle_refused"
        assert collected == []
        again = await http.post(PATH, json={})
        assert (again.status_code, again.json()["code"]) == (429, "rate_limited")
        assert made(tmp_path) == [("support_bundle_refused", CLIENT.id, None)]
        daemon.clock.advance(minutes=5)
        window.answer = True
        assert (await http.post(PATH, json={}, headers=WAIT)).status_code == 201


async def waiting(daemon: TestDaemon, http: Any) -> dict[str, Any]:
    operation = (await http.post(PATH, json={})).json()
    async with asyncio.timeout(40):
        while operation["status"] != "waiting_for_user":
            operation = (await http.get(operation["links"]["self"])).json()
            await asyncio.sleep(0)
    return operation


async def test_sec_146_the_command_line_may_say_yes_and_one_asks_at_a_time(
    tmp_path: Path,
) -> None:
    window = Window(answer=None)
    parts = {"bundle_consent": lambda world: window, "support_facts": FACTS}
    async with running_daemon(tmp_path, **parts) as daemon, daemon.http() as http:
        desk = daemon.services.support_desk
        with pytest.raises(NotFound):
            desk.decide(is_wanted=True)
        operation = await waiting(daemon, http)
        assert operation["waiting_for"]["what"] == "confirmation"
        assert (await http.post(PATH, json={})).status_code == 429
        desk.decide(is_wanted=True)
        await daemon.services.operations.wait(operation["id"], seconds=40)
        final = (await http.get(operation["links"]["self"])).json()
        assert final["status"] == "succeeded"
        assert window.was_closed
        second = await waiting(daemon, http)
        await daemon.services.operations.cancel(second["id"], client_id=CLIENT.id)
        await daemon.services.operations.wait(second["id"], seconds=40)
        assert (await http.post(PATH, json={})).status_code == 429


async def test_log_05_a_bundle_with_something_unmasked_is_not_made(tmp_path: Path) -> None:
    facts = {"logs/": lambda: {"logs/carebridge.log": f"patient {NISS}"}}
    parts = {"bundle_consent": lambda world: Window(), "support_facts": facts}
    async with running_daemon(tmp_path, **parts) as daemon, daemon.http() as http:
        answer = await http.post(PATH, json={}, headers=WAIT)
        assert answer.json()["problem"]["code"] == "bundle_unmasked"
        assert NISS not in answer.text
        assert daemon.services.support_desk._made == {}
