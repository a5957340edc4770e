"""How other programs of the user find the running daemon."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from bridge.adapters.processes import os_session_id, process_started_at
from bridge.adapters.runtimefile import RuntimeFacts, RuntimeFile
from bridge.cli.connection import connect
from bridge.cli.speech import NotRunning
from bridge.errors import StoreError


def facts(**changes) -> RuntimeFacts:
    values = {
        "port": 42110,
        "pid": os.getpid(),
        "process_started_at": process_started_at(os.getpid()),
        "os_session_id": os_session_id(),
        "instance_id": "inst_1",
        "instance_public_key": "MCowBQYDK2Vw",
        "version": "1.0.0",
        "api": "v1",
    }
    return RuntimeFacts(**(values | changes))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


@pytest.fixture
def file(folder):
    return RuntimeFile(folder)


def test_what_was_published_is_read(file):
    file.publish(facts())
    assert file.read() == facts()


def test_the_file_has_exactly_the_members_of_the_specification(file, folder):
    file.publish(facts())
    assert set(json.loads((folder / "instance.json").read_text())) == {
        "schema",
        "port",
        "pid",
        "process_started_at",
        "os_session_id",
        "instance_id",
        "instance_public_key",
        "version",
        "api",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists, not modes")
def test_the_file_is_for_its_owner_alone(file, folder):
    file.publish(facts())
    assert (folder / "instance.json").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists, not modes")
def test_an_unsafe_folder_is_refused(file, folder):
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(StoreError) as caught:
        file.publish(facts())
    assert caught.value.problem_code == "folder_unsafe"
    assert list(folder.iterdir()) == []


def test_without_file_there_is_no_daemon(file):
    assert file.read() is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut-off"),
        pytest.param("[]", id="no-object"),
        pytest.param("{}", id="no-members"),
        pytest.param('{"process_started_at": 5}', id="wrong-type"),
    ],
)
def test_a_damaged_file_counts_as_none(file, folder, content):
    folder.mkdir()
    (folder / "instance.json").write_text(content)
    assert file.read() is None


def test_a_file_of_another_schema_counts_as_none(file):
    file.publish(facts(schema=2))
    assert file.read() is None


def test_file_03_a_file_of_a_process_that_is_gone_counts_as_none(file):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    file.publish(facts(pid=process.pid))
    assert file.read() is None


@pytest.mark.parametrize("hours", [-1, 1])
def test_file_03_a_pid_that_now_belongs_to_another_process_counts_as_none(file, hours):
    started_at = facts().process_started_at + timedelta(hours=hours)
    file.publish(facts(process_started_at=started_at))
    assert file.read() is None


def test_file_03_the_command_line_does_not_ask_where_a_stale_file_points(tmp_path):
    stale = facts(process_started_at=facts().process_started_at + timedelta(hours=1))
    RuntimeFile(tmp_path / "run").publish(stale)
    with pytest.raises(NotRunning), connect(tmp_path, "en"):
        pass


def test_a_second_of_jitter_of_the_clock_does_not_matter(file):
    file.publish(facts(process_started_at=facts().process_started_at + timedelta(seconds=1)))
    assert file.read() is not None


def test_a_withdrawn_file_is_gone(file, folder):
    file.publish(facts())
    file.withdraw(pid=os.getpid())
    file.withdraw(pid=os.getpid())
    assert list(folder.iterdir()) == []


def test_the_file_of_a_newer_daemon_is_left_alone(file):
    file.publish(facts())
    file.withdraw(pid=os.getpid() + 1)
    assert file.read() == facts()


def test_a_process_started_before_now_and_after_the_year_2020():
    started_at = process_started_at(os.getpid())
    assert started_at is not None
    assert datetime(2020, 1, 1, tzinfo=UTC) < started_at <= datetime.now(UTC)
    assert started_at.microsecond == 0
    assert process_started_at(os.getpid()) == started_at


def test_a_child_started_just_now():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started_at = process_started_at(process.pid)
        process.communicate(b"\n")
    assert started_at is not None
    assert abs(datetime.now(UTC) - started_at) < timedelta(seconds=30)


def test_a_process_that_does_not_exist_has_no_start():
    assert process_started_at(2**22 + 1) is None


def test_the_session_has_a_name():
    assert os_session_id()
    assert os_session_id() == os_session_id()
