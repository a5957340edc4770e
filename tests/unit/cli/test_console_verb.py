"""``carebridge console``: a ticket of the running daemon, and our own page with it (SEC-48)."""

from __future__ import annotations

import os
import sys

import pytest
from typer.testing import CliRunner

from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalServer
from bridge.adapters.processes import process_started_at
from bridge.adapters.runtimefile import RuntimeFacts, RuntimeFile
from bridge.cli.app import app
from bridge.cli.console import fresh_address
from bridge.cli.speech import EXIT_NOT_RUNNING, NotRunning
from bridge.errors import BridgeError, NotDelivered

TICKET = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
ADDRESS = f"http://127.0.0.1:42113/#ticket={TICKET}"


@pytest.fixture
def running(tmp_path):
    """The folders of a daemon that says it runs here, in this process."""
    folders = Folders.under(tmp_path / "own")
    folders.create()
    facts = RuntimeFacts(
        port=42113,
        pid=os.getpid(),
        process_started_at=process_started_at(os.getpid()),
        os_session_id="1",
        instance_id="inst_1",
        instance_public_key="key",
        version="1",
        api="v1",
    )
    RuntimeFile(folders.runtime).publish(facts)
    return folders


def test_the_address_has_port_and_ticket_of_the_running_daemon(running):
    asked = []

    def call(request):
        asked.append(request)
        return {"ticket": TICKET, "expires_at": "2026-11-22T07:15:30+00:00"}

    assert fresh_address(running, call) == ADDRESS
    assert asked == [{"verb": "console-ticket"}]


def test_without_a_daemon_there_is_no_page(tmp_path, running):
    with pytest.raises(NotRunning):
        fresh_address(Folders.under(tmp_path / "none"), lambda _request: {"ticket": TICKET})

    def silent(_request):
        raise NotDelivered(code="daemon_not_running")

    with pytest.raises(NotRunning):
        fresh_address(running, silent)


def test_what_the_daemon_refuses_is_told(running):
    with pytest.raises(BridgeError) as caught:
        fresh_address(running, lambda _request: {"error": "internal_error"})
    assert caught.value.problem_code == "internal_error"


@pytest.mark.skipif(sys.platform == "win32", reason="the key of the pipe is a user's")
def test_the_verb_prints_the_address_where_it_is_asked_to(running, tmp_path):
    def no_key() -> bytes:
        raise AssertionError("the key is for Windows only")

    folder = str(tmp_path / "own")
    with LocalServer(running.runtime, lambda _request: {"ticket": TICKET}, key=no_key):
        done = CliRunner().invoke(app, ["console", "--print", "--folder", folder])
    assert (done.exit_code, done.stdout.strip()) == (0, ADDRESS)


def test_the_verb_says_that_nothing_runs(tmp_path):
    done = CliRunner().invoke(app, ["console", "--print", "--folder", str(tmp_path / "none")])
    assert done.exit_code == EXIT_NOT_RUNNING
