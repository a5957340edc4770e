"""The database file: encrypted, durable, migrated."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bridge.adapters.db import migrate
from bridge.adapters.db.engine import encrypted_engine, store_errors
from bridge.adapters.db.store import SqlStore
from bridge.adapters.db.tables import METADATA
from bridge.errors import StoreError
from tests.support import stores

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = Path(migrate.__file__).parent / "migrations"

WRITER = """
import asyncio, sys
from pathlib import Path
from tests.support import stores

async def main():
    async with stores.opened(Path(sys.argv[1])) as store:
        for number in range(1, 100_000):
            await store.write(lambda unit: unit.operations.add(stores.operation(number)))
            print(number, flush=True)

asyncio.run(main())
"""


def write_and_kill(folder: Path) -> tuple[int, int]:
    """Kill a process that writes; give the last number it saw committed, and its status."""
    command = [sys.executable, "-c", WRITER, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        lines = [process.stdout.readline() for _ in range(25)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().split()
    return max(int(line) for line in lines if line.strip()), process.returncode


async def fill(store):
    def work(unit):
        unit.registrations.put(stores.REGISTRATION)
        unit.operations.add(stores.operation())
        unit.checks.add(stores.check(facts=stores.FULL_FACTS), client_id="client-a")
        unit.evidence.add(stores.evidence(content=b"<niss>85073003328</niss>" * 1000))

    await store.write(work)


async def test_nothing_is_readable_in_any_file_sec_132(tmp_path):
    async with stores.opened(tmp_path) as store:
        await fill(store)
        files = sorted(tmp_path.iterdir())
        contents = [file.read_bytes() for file in files]
    assert [file.name for file in files] == [
        "carebridge.db",
        "carebridge.db-shm",
        "carebridge.db-wal",
    ]
    for content in (*contents, (tmp_path / "carebridge.db").read_bytes()):
        for word in (b"85073003328", b"Pruikenmaker", b"Zo\xc3\xab", b"operations", b"SQLite"):
            assert word not in content


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists, not modes")
async def test_every_file_is_for_its_owner_alone(tmp_path):
    async with stores.opened(tmp_path) as store:
        await fill(store)
        modes = {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == {0o600}


async def test_what_was_written_is_there_after_reopening(tmp_path):
    async with stores.opened(tmp_path) as store:
        await fill(store)
    async with stores.opened(tmp_path) as store:
        assert await store.read(lambda unit: unit.registrations.all()) == [stores.REGISTRATION]


async def test_another_sqlite_cannot_read_it(tmp_path):
    async with stores.opened(tmp_path) as store:
        await fill(store)
    connection = sqlite3.connect(tmp_path / "carebridge.db")
    with pytest.raises(sqlite3.DatabaseError):
        connection.execute("SELECT * FROM operations")
    connection.close()


async def test_a_wrong_key_opens_nothing_and_harms_nothing(tmp_path, capfd):
    async with stores.opened(tmp_path) as store:
        await fill(store)
    with pytest.raises(StoreError) as caught:
        SqlStore.open(tmp_path / "carebridge.db", bytes(32))
    # The keyed checksum of the first page does not hold, as in a file that is damaged.
    assert caught.value.problem_code == "storage_damaged"
    assert capfd.readouterr() == ("", "")
    async with stores.opened(tmp_path) as store:
        assert await store.read(lambda unit: unit.operations.count(client_id="client-a")) == 1


def test_a_key_of_another_length_is_a_mistake_of_ours(tmp_path):
    with pytest.raises(ValueError, match="32 bytes"):
        SqlStore.open(tmp_path / "carebridge.db", b"short")


@pytest.mark.parametrize("content", [b"no database at all" * 300, bytes(8192)])
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    (tmp_path / "carebridge.db").write_bytes(content)
    with pytest.raises(StoreError):
        SqlStore.open(tmp_path / "carebridge.db", stores.KEY)


async def test_a_damaged_page_is_noticed(tmp_path):
    async with stores.opened(tmp_path) as store:
        await fill(store)
    path = tmp_path / "carebridge.db"
    content = bytearray(path.read_bytes())
    for place in range(4096, len(content), 4096):
        content[place + 100] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError):
        SqlStore.open(path, stores.KEY)


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path):
    with pytest.raises(StoreError):
        SqlStore.open(tmp_path / "absent" / "carebridge.db", stores.KEY)


async def test_a_full_disk_has_a_code_of_its_own_and_changes_nothing(tmp_path):
    def work(unit):
        pages = unit.connection.exec_driver_sql("PRAGMA page_count").scalar()
        unit.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        unit.operations.add(stores.operation())
        unit.evidence.add(stores.evidence(content=bytes(1_000_000)))

    async with stores.opened(tmp_path) as store:
        with pytest.raises(StoreError) as caught:
            await store.write(work)
        assert caught.value.problem_code == "storage_full"
        assert await store.read(lambda unit: unit.operations.unfinished()) == []


async def test_a_row_nobody_can_read_is_a_store_error_that_quotes_nothing(tmp_path):
    def spoil(unit):
        unit.connection.exec_driver_sql("UPDATE operations SET document = '{\"secret\": 1}'")

    async with stores.opened(tmp_path) as store:
        await fill(store)
        await store.write(spoil)
        with pytest.raises(StoreError) as caught:
            await store.read(lambda unit: unit.operations.get(stores.operation().id))
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_the_settings_of_the_writing_connection_sec_134(tmp_path):
    path = tmp_path / "carebridge.db"
    path.touch()
    engine = encrypted_engine(path, stores.KEY, connections=1, writes=True)
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "temp_store": 2,
        "secure_delete": 1,  # what is deleted is overwritten: exports, reports, whole patients
    }
    with store_errors(), engine.begin() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    engine.dispose()
    assert found == wanted


def test_parameters_never_reach_an_error_text(tmp_path):
    path = tmp_path / "carebridge.db"
    path.touch()
    engine = encrypted_engine(path, stores.KEY, connections=1, writes=True)
    with pytest.raises(StoreError) as caught, store_errors(), engine.begin() as connection:
        connection.execute(text("SELECT :niss FROM nowhere"), {"niss": stores.NISS})
    engine.dispose()
    assert stores.NISS not in str(caught.value.__cause__)


@pytest.mark.timeout(60)
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
async def test_what_was_committed_survives_a_kill(tmp_path):
    committed, status = write_and_kill(tmp_path)
    async with stores.opened(tmp_path) as store:
        count = await store.read(lambda unit: unit.operations.count(client_id="client-a"))
    assert status == -signal.SIGKILL
    assert count in {committed, committed + 1}


def test_an_empty_file_gets_the_newest_schema_and_reopening_changes_nothing(tmp_path):
    path = tmp_path / "carebridge.db"
    path.touch()
    engine = encrypted_engine(path, stores.KEY, connections=1, writes=True)
    with engine.begin() as connection:
        assert migrate.revision_of(connection) is None
        migrate.upgrade(connection)
        assert migrate.revision_of(connection) == migrate.NEWEST
    schema = "SELECT sql FROM sqlite_master ORDER BY name"
    with engine.begin() as connection:
        before = connection.execute(text(schema)).all()
        migrate.upgrade(connection)
        assert connection.execute(text(schema)).all() == before
    engine.dispose()


@pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index",
    "ignore:autogenerate skipping metadata-specified expression-based index",
)  # the comparison cannot see them; the suites of their ports prove that they are used
def test_the_steps_lead_to_the_tables_of_the_program(tmp_path):
    path = tmp_path / "carebridge.db"
    path.touch()
    engine = encrypted_engine(path, stores.KEY, connections=1, writes=True)
    with engine.begin() as connection:
        migrate.upgrade(connection)
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


async def test_a_large_file_takes_little_room_and_says_when_it_cannot_be_read(tmp_path):
    kept = stores.evidence(kind="content", content=b"50" + b" " * 2**20)
    async with stores.opened(tmp_path) as store:
        await store.write(lambda unit: unit.evidence.add(kept))
        size = "SELECT length(content) FROM evidence"
        found = await store.read(lambda unit: unit.connection.exec_driver_sql(size).scalar())
        assert found < len(kept.content) / 100
        spoil = "UPDATE evidence SET content = x'00'"
        await store.write(lambda unit: unit.connection.exec_driver_sql(spoil))
        with pytest.raises(StoreError):
            await store.read(lambda unit: unit.evidence.of_subject(kept.subject_id))


def test_the_newest_step_is_the_one_the_program_works_with():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.NEWEST]


def test_a_database_of_a_newer_program_is_refused(tmp_path):
    path = tmp_path / "carebridge.db"
    path.touch()
    engine = encrypted_engine(path, stores.KEY, connections=1, writes=True)
    with engine.begin() as connection:
        migrate.upgrade(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError):
        SqlStore.open(path, stores.KEY)


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path):
    path = tmp_path / "carebridge.db"
    path.touch()
    engine = encrypted_engine(path, stores.KEY, connections=1, writes=True)
    with engine.begin() as connection:
        # The last table of the first step is in the way.
        connection.execute(text("CREATE TABLE registrations (x)"))
    engine.dispose()
    with pytest.raises(StoreError):
        SqlStore.open(path, stores.KEY)
    engine = encrypted_engine(path, stores.KEY, connections=1, writes=True)
    with engine.begin() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master")).scalars().all()
    engine.dispose()
    assert names == ["registrations"]
