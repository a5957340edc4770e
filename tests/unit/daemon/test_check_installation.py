"""What an installer asks of a new version before the old one goes."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from sqlalchemy import text

from bridge.adapters.clock import SystemClock
from bridge.adapters.db import migrate
from bridge.adapters.db.engine import encrypted_engine
from bridge.adapters.folders import Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.instancelock import InstanceLock
from bridge.adapters.ownfiles import write_private_file
from bridge.adapters.secrets import ClosedSecrets, MemorySecrets
from bridge.daemon.installcheck import BROKEN, FINE, UNREADABLE, check_data, check_program
from bridge.daemon.startguard import Start
from bridge.daemon.storage import DATABASE, LOCK, database_key, open_store

SAFE = Start(environment={}, is_watched=False, places=(), recorded=None)


@pytest.fixture(scope="module")
def secrets():
    return MemorySecrets()


@pytest.fixture(scope="module")
def database(tmp_path_factory, secrets):
    """A database, made once."""
    path = tmp_path_factory.mktemp("made") / DATABASE
    store, _ = open_store(path, database_key(path, secrets, SystemIds(SystemClock())))
    asyncio.run(store.close())
    return path


@pytest.fixture
def folders(tmp_path, database):
    """The folders of a user who has data."""
    made = Folders.under(tmp_path)
    made.create()
    write_private_file(made.data / DATABASE, database.read_bytes())
    return made


def schema(folders, secrets, statement):
    """Run a statement on the version of the schema, and give what it finds."""
    path = folders.data / DATABASE
    key = database_key(path, secrets, SystemIds(SystemClock()))
    engine = encrypted_engine(path, key, connections=1, writes=True)
    with engine.begin() as connection:
        found = connection.execute(text(statement))
        rows = found.scalars().all() if found.returns_rows else []
    engine.dispose()
    return rows


def test_a_program_whose_parts_load_is_fine():
    assert check_program(["json", "bridge.errors"], SAFE) == FINE


def test_a_part_that_does_not_load_breaks_the_program():
    assert check_program(["json", "bridge.no_such_part"], SAFE) == BROKEN


def test_without_data_there_is_nothing_to_read(tmp_path):
    assert check_data(Folders.under(tmp_path), ClosedSecrets) == FINE
    assert list(tmp_path.iterdir()) == []


def test_data_of_this_version_are_fine(folders, secrets):
    assert check_data(folders, lambda: secrets) == FINE


def test_data_of_a_newer_version_keep_the_old_program(folders, secrets):
    schema(folders, secrets, "UPDATE alembic_version SET version_num = '9999'")
    assert check_data(folders, lambda: secrets) == UNREADABLE
    assert schema(folders, secrets, "SELECT version_num FROM alembic_version") == ["9999"]


def test_a_step_to_the_new_schema_that_fails_keeps_program_and_data(folders, secrets):
    schema(folders, secrets, "UPDATE alembic_version SET version_num = '0001'")
    before = schema(folders, secrets, "SELECT sql FROM sqlite_master ORDER BY name")
    assert check_data(folders, lambda: secrets) == UNREADABLE
    assert schema(folders, secrets, "SELECT sql FROM sqlite_master ORDER BY name") == before


@pytest.mark.slow
def test_data_are_brought_to_the_new_schema(folders, secrets):
    schema(folders, secrets, "DROP TABLE alembic_version")
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for table in schema(folders, secrets, tables):
        schema(folders, secrets, f'DROP TABLE "{table}"')
    assert check_data(folders, lambda: secrets) == FINE
    found = schema(folders, secrets, "SELECT version_num FROM alembic_version")
    assert found == [migrate.NEWEST]


def test_a_key_store_that_is_closed_is_no_reason_to_go_back(folders):
    assert check_data(folders, ClosedSecrets) == FINE


def test_data_of_another_computer_are_no_reason_to_go_back(folders):
    assert check_data(folders, MemorySecrets) == FINE


def test_data_that_a_daemon_has_open_are_left_alone(folders, secrets):
    with InstanceLock(folders.runtime / LOCK):
        assert check_data(folders, lambda: secrets) == UNREADABLE


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param(["machine"], FINE, id="machine"),
        pytest.param(["user"], FINE, id="user"),
        pytest.param(["nobody"], 2, id="wrong-call"),
        pytest.param([], 2, id="no-scope"),
    ],
)
def test_the_program_answers_the_installer(tmp_path, words, status):
    command = [sys.executable, "-m", "bridge", "--check-installation", *words]
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=home, capture_output=True, check=False)
    assert done.returncode == status, done.stderr
