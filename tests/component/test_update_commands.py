"""``carebridge update …``: by itself, and through the running daemon."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge import __version__
from bridge.cli.app import app
from bridge.daemon.updates import (
    TARGETS,
    UpdateDesk,
    done_by_daemon,
    update_ways,
)
from bridge.domain.updates import ROOT_FILE, SECURITY_EPOCH
from bridge.errors import BridgeError, Conflict, InputError
from bridge.settings import Settings
from tests.support.fakes import FixedClock
from tests.support.releases import INSTALLED, TARGET, Client, Publisher, hosting, later

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the package is the one for Linux"),
    pytest.mark.timeout(60),
]
PATIENCE_S = 30


def run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["update", *words, "--folder", str(folder), "--json"])


@pytest.fixture
def offered(tmp_path: Path) -> Any:
    """A host with a release, and settings that lead there."""
    place = tmp_path / "host"
    place.mkdir()
    ours = Publisher(place)
    root = tmp_path / "root.json"
    root.write_bytes(ours.begin())
    ours.release("9.1.0", epoch=SECURITY_EPOCH, is_security=True)
    with hosting(place) as host:
        config = tmp_path / "carebridge.toml"
        config.write_text(f'[updates]\naddress = "{host.address}/"\nroot_file = "{root}"\n')
        yield host, config


def test_updates_are_off_until_an_address_is_set(tmp_path: Path) -> None:
    told = run(tmp_path, "status")
    assert json.loads(told.stdout)["is_on"] is False
    for work in ("check", "download", "install"):
        done = run(tmp_path, work)
        assert done.exit_code == 1
        assert "updates_off" in done.stderr or "update_missing" in done.stderr


def test_without_a_daemon_the_command_line_looks_by_itself(tmp_path: Path, offered: Any) -> None:
    _host, config = offered
    use = ("--config", str(config))
    found = json.loads(run(tmp_path / "own", "check", *use).stdout)
    assert (found["installed"], found["available"]) == (__version__, "9.1")
    assert (found["is_security"], found["package"]) == (True, None)
    package = json.loads(run(tmp_path / "own", "download", *use).stdout)["package"]
    assert Path(package).read_bytes() == b"new"
    assert json.loads(run(tmp_path / "own", "status", *use).stdout)["package"] == package
    plain = CliRunner().invoke(app, ["update", "status", *use, "--folder", str(tmp_path / "own")])
    assert "available: 9.1" in plain.stdout


def test_sec_183_a_step_back_is_asked_about_before_it_is_taken(
    tmp_path: Path, offered: Any
) -> None:
    host, config = offered
    use = ("--config", str(config))
    refused = run(tmp_path / "own", "rollback", *use)
    assert (refused.exit_code, "[rollback_not_permitted]" in refused.stderr) == (1, True)
    mark = tmp_path / "mark"
    package = f"#!/bin/sh\n: > {mark}\n".encode()
    said = {"replaces": __version__, "epoch": SECURITY_EPOCH, "content": package}
    Publisher(host.folder).permit("0.0.9", **said)
    words = ["update", "rollback", *use, "--folder", str(tmp_path / "own"), "--json"]
    asked = CliRunner().invoke(app, words, input="nee\n")
    assert (asked.exit_code, "0.0.9" in asked.stderr, mark.exists()) == (1, True, False)
    done = CliRunner().invoke(app, words, input="ja\n")
    assert (done.exit_code, json.loads(done.stdout)["rollback"]) == (0, "0.0.9")
    assert is_there(mark)


def is_there(mark: Path) -> bool:
    for _ in range(PATIENCE_S * 50):
        if mark.exists():
            return True
        time.sleep(0.02)
    return False


def test_what_goes_wrong_is_said_in_two_sentences(tmp_path: Path, offered: Any) -> None:
    host, config = offered
    host.answers = (404, {}, b"")
    done = run(tmp_path / "own", "check", "--config", str(config))
    assert (done.exit_code, "[update_unreachable]" in done.stderr) == (1, True)


def test_an_address_needs_somebody_to_trust(tmp_path: Path) -> None:
    address = {"address": "https://updates.example"}
    missing = {**address, "root_file": tmp_path / "no"}
    with pytest.raises(InputError) as caught:
        update_ways(Settings(updates=missing), tmp_path)
    assert caught.value.params == {"setting": "updates.root_file"}
    shipped = Path(sys.modules["bridge"].__file__ or "").parent / ROOT_FILE
    assert not shipped.exists()  # it is packed when a release is built
    assert TARGETS["linux"] == TARGET


async def test_the_daemon_does_it_while_the_command_line_waits(tmp_path: Path) -> None:
    place = tmp_path / "host"
    place.mkdir()
    ours = Publisher(place)
    root = ours.begin()
    ours.release()
    loop = asyncio.get_running_loop()

    def carry(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(40)

    with hosting(place) as host:
        clock = FixedClock(later())
        client = Client(folder=tmp_path, host=host, root=root, installed=INSTALLED, clock=clock)
        handlers = UpdateDesk(client.service(), carry).handlers()

        def channel(request: dict[str, Any]) -> dict[str, Any]:
            return handlers[request["verb"]](request)

        idle = await asyncio.to_thread(done_by_daemon, channel, None)
        assert (idle["is_on"], idle["available"]) == (True, None)
        done = await asyncio.to_thread(done_by_daemon, channel, "download")
        assert done["package"] is not None
        client.is_busy = True
        with pytest.raises(BridgeError) as caught:
            await asyncio.to_thread(done_by_daemon, channel, "install")
        assert caught.value.problem_code == "update_postponed"
        for wrong in ("erase", "roll-back"):  # a step back names its version
            with pytest.raises(InputError):
                await asyncio.to_thread(channel, {"verb": "update", "work": wrong})
        ours.permit()
        found = await asyncio.to_thread(done_by_daemon, channel, "look-back")
        assert found["rollback"] == "1.3"
    off = UpdateDesk(None, carry).handlers()
    for request in ({"verb": "update", "work": "check"}, {"verb": "update-state"}):
        with pytest.raises(Conflict):
            await asyncio.to_thread(off[request["verb"]], request)
