"""Backup and restore with real files: consistent, authenticated, and safe against a kill."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.adapters.db import backup, restore
from bridge.adapters.db.engine import copy_encrypted, looking
from bridge.adapters.db.store import SqlStore
from bridge.adapters.secrets import MemorySecrets
from bridge.daemon import storage
from bridge.errors import BridgeError, Conflict, InputError, StoreError
from tests.support import stores
from tests.support.killed import killed_after, killed_at

pytestmark = pytest.mark.timeout(120)

PHRASE = "juist paard batterij nietje"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
OTHER_KEY = bytes(range(1, 33))


def name(folder: Path) -> Path:
    return folder / "carebridge.db"


def write(folder: Path, numbers: range, *, size: int = 100) -> None:
    async def main() -> None:
        async with stores.opened(folder) as store:
            for number in numbers:
                await store.write(partial(add, number=number, size=size))

    asyncio.run(main())


def add(unit, *, number: int, size: int) -> None:
    unit.operations.add(stores.operation(number))
    unit.evidence.add(
        stores.evidence(number, subject_id=stores.operation(number).id, content=bytes(size))
    )


def count(path: Path, key: bytes = stores.KEY) -> tuple[int, int]:
    with looking(path, key) as connection:
        query = "SELECT (SELECT count(*) FROM operations), (SELECT count(*) FROM evidence)"
        return tuple(connection.execute(query).fetchone())


def back_up(folder: Path, file: Path, **other) -> backup.Manifest:
    copy = partial(copy_encrypted, name(folder), stores.KEY)
    return storage.back_up(file, PHRASE, copy=copy, **other)


def put_back(file: Path, folder: Path, phrase: str = PHRASE, **other):
    return restore.restore(file, phrase, path=name(folder), key=stores.KEY, now=NOW, **other)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders that tests copy: making keys from a pass phrase is slow on purpose."""
    folder = tmp_path_factory.mktemp("prepared")
    for part, rows in (("source", 5), ("target", 2)):
        (folder / part).mkdir()
        write(folder / part, range(rows))
    back_up(folder / "source", folder / "my.backup")
    return folder


@pytest.fixture
def made(prepared: Path, tmp_path: Path) -> Path:
    """A backup of five rows."""
    shutil.copytree(prepared / "source", tmp_path / "source")
    return shutil.copy2(prepared / "my.backup", tmp_path / "my.backup")


@pytest.fixture
def target(prepared: Path, tmp_path: Path) -> Path:
    """A folder with a database of two rows."""
    return shutil.copytree(prepared / "target", tmp_path / "target")


class TestBackup:
    def test_it_is_the_only_file_and_nothing_of_it_is_readable(self, made: Path) -> None:
        assert sorted(path.name for path in made.parent.iterdir()) == ["my.backup", "source"]
        content = made.read_bytes()
        for word in (b"SQLite", b"operations", b"client-a"):
            assert word not in content
        assert made.stat().st_mode & 0o777 == 0o600

    def test_the_manifest_says_what_it_is(self, made: Path) -> None:
        content = made.read_bytes()
        begin = len(backup.MAGIC)
        length = int.from_bytes(content[begin : begin + 4], "big")
        manifest = json.loads(content[begin + 4 : begin + 4 + length])
        assert manifest["format"] == backup.FORMAT
        assert manifest["schema"] == restore.NEWEST
        assert len(content) == begin + 4 + length + 64 + manifest["size"]

    def test_rows_written_meanwhile_are_in_it_whole_or_not_at_all(self, tmp_path: Path) -> None:
        write(tmp_path, range(300), size=20_000)
        store = SqlStore.open(name(tmp_path), stores.KEY)
        stop = threading.Event()
        written: list[int] = []

        async def writing() -> None:
            number = 1000
            while not stop.is_set():
                await store.write(partial(add, number=number, size=20_000))
                written.append(number)
                number += 1

        writer = threading.Thread(target=lambda: asyncio.run(writing()))
        writer.start()
        copy = tmp_path / "copy.db"
        before = len(written)
        store.snapshot(copy, OTHER_KEY)
        during = len(written) - before
        stop.set()
        writer.join()
        store.close_now()
        operations, evidence = count(copy, OTHER_KEY)
        assert operations == evidence
        assert 300 <= operations <= 300 + len(written)
        assert during > 0, "the writer was held up"

    def test_a_file_is_never_replaced(self, made: Path) -> None:
        before = made.read_bytes()
        with pytest.raises(Conflict) as caught:
            back_up(made.parent / "source", made)
        assert caught.value.problem_code == "backup_exists"
        assert made.read_bytes() == before

    def test_a_short_pass_phrase_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            storage.back_up(tmp_path / "x", "short", copy=lambda *_: None)
        assert caught.value.problem_code == "backup_passphrase_short"
        assert list(tmp_path.iterdir()) == []

    def test_a_copy_that_fails_leaves_nothing(self, tmp_path: Path) -> None:
        def fails(target: Path, key: bytes) -> None:
            target.write_bytes(b"half")
            raise StoreError(code="storage_full")

        with pytest.raises(StoreError):
            storage.back_up(tmp_path / "x", PHRASE, copy=fails)
        assert list(tmp_path.iterdir()) == []

    def test_a_damaged_database_makes_no_backup(self, tmp_path: Path) -> None:
        write(tmp_path, range(50), size=20_000)
        content = bytearray(name(tmp_path).read_bytes())
        content[len(content) // 2] ^= 1
        name(tmp_path).write_bytes(content)
        with pytest.raises(StoreError):
            back_up(tmp_path, tmp_path / "x")
        assert not (tmp_path / "x").exists()

    def test_keys_do_not_show_themselves(self) -> None:
        keys = backup.BackupKeys(b"secret-one", b"secret-two")
        assert "secret" not in f"{keys!r}{keys}"


class TestRestore:
    def test_what_was_backed_up_is_there_and_what_was_there_is_kept(
        self, made: Path, target: Path
    ) -> None:
        manifest, kept = put_back(made, target)
        assert count(name(target)) == (5, 5)
        assert kept is not None
        assert kept.name == "replaced-20261124T100000Z"
        assert count(kept / "carebridge.db") == (2, 2)
        assert manifest.schema == restore.NEWEST
        assert sorted(path.name for path in target.iterdir() if path.is_file()) in (
            ["carebridge.db"],
            ["carebridge.db", "carebridge.db-shm", "carebridge.db-wal"],
        )

    def test_into_an_empty_folder(self, made: Path, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        _, kept = put_back(made, tmp_path / "other")
        assert kept is None
        assert count(name(tmp_path / "other")) == (5, 5)

    def test_rows_in_the_journal_of_the_old_one_are_kept_too(
        self, made: Path, target: Path
    ) -> None:
        def left_open(reached: Any) -> None:
            store = SqlStore.open(name(target), stores.KEY)
            asyncio.run(store.write(partial(add, number=9, size=100)))
            reached("written")

        killed_at(left_open, "written")
        assert name(target).with_name("carebridge.db-wal").stat().st_size > 0
        _, kept = put_back(made, target)
        assert kept is not None
        assert count(kept / "carebridge.db") == (3, 3)
        assert count(name(target)) == (5, 5)

    def test_an_older_schema_is_brought_up_to_date(self, made: Path, target: Path) -> None:
        put_back(made, target)
        store = SqlStore.open(name(target), stores.KEY)
        counted = asyncio.run(store.read(lambda unit: unit.operations.count(client_id="client-a")))
        store.close_now()
        assert counted == 5

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            pytest.param(lambda c: c[:-1], "backup_damaged", id="one byte short"),
            pytest.param(lambda c: c[: len(c) // 2], "backup_damaged", id="half"),
            pytest.param(lambda c: c[:10], "backup_damaged", id="a few bytes"),
            pytest.param(lambda c: c[:60], "backup_damaged", id="within the manifest"),
            pytest.param(lambda c: c + b"\0", "backup_damaged", id="one byte more"),
            pytest.param(lambda c: flipped(c, len(c) - 5), "backup_damaged", id="last page"),
            pytest.param(lambda c: flipped(c, len(c) // 2), "backup_damaged", id="a page"),
            pytest.param(lambda c: flipped(c, 60), "backup_damaged", id="manifest"),
            pytest.param(lambda c: flipped(c, 22), "backup_damaged", id="length"),
            pytest.param(lambda c: b"", "backup_foreign", id="empty"),
            pytest.param(lambda c: b"PK\3\4" + c, "backup_foreign", id="a zip file"),
            pytest.param(lambda c: c.replace(b"\r\n", b"\n", 1), "backup_foreign", id="as text"),
        ],
    )
    def test_a_file_that_does_not_hold_is_refused(
        self, made: Path, target: Path, change, code: str
    ) -> None:
        made.write_bytes(change(made.read_bytes()))
        assert refused(made, target) == code

    def test_every_region_of_the_file_is_covered(self, made: Path, target: Path) -> None:
        content = made.read_bytes()
        places = [*range(0, 360, 24), *range(360, len(content), len(content) // 6)]
        for place in places:
            made.write_bytes(flipped(content, place))
            with pytest.raises(InputError) as caught:
                put_back(made, target)
            assert caught.value.problem_code.startswith("backup_"), place
        assert count(name(target)) == (2, 2)

    def test_another_pass_phrase_is_refused(self, made: Path, target: Path) -> None:
        assert refused(made, target, phrase=PHRASE + "!") == "backup_passphrase_wrong"

    def test_a_manifest_somebody_rewrote_is_refused(self, made: Path, target: Path) -> None:
        # The plain checksum can be made again by anybody, the keyed one cannot.
        content = made.read_bytes()
        forged = reheaded(content, lambda manifest: {**manifest, "schema": "0001"})
        made.write_bytes(forged)
        assert refused(made, target) == "backup_passphrase_wrong"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"format": 2, "anything": 1}, "backup_too_new"),
            ({"format": "x"}, "backup_passphrase_wrong"),
            ({"salt": "00"}, "backup_damaged"),
            ({"salt": "zz"}, "backup_damaged"),
            ({"more": 1}, "backup_damaged"),
        ],
    )
    def test_manifests_that_are_none(self, made: Path, target: Path, change, code) -> None:
        made.write_bytes(reheaded(made.read_bytes(), lambda manifest: {**manifest, **change}))
        assert refused(made, target) == code

    def test_a_backup_of_a_newer_schema_is_refused(
        self, made: Path, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(restore, "NEWEST", "0001")
        assert refused(made, target) == "backup_too_new"

    def test_a_foreign_database_under_the_right_keys_is_refused(
        self, tmp_path: Path, target: Path
    ) -> None:
        salt = bytes(backup.SALT_BYTES)
        keys = backup.keys_of(PHRASE, salt)
        foreign, file = tmp_path / "foreign.db", tmp_path / "foreign.backup"
        (tmp_path / "source").mkdir()
        write(tmp_path / "source", range(1))
        copy_encrypted(name(tmp_path / "source"), stores.KEY, foreign, keys.database)
        backup.seal(foreign, file, keys=keys, salt=salt, schema="0000", program="x", created_at=NOW)
        assert refused(file, target) == "backup_damaged"

    def test_a_damaged_database_is_kept_as_it_is(self, made: Path, target: Path) -> None:
        write(target, range(10, 60), size=20_000)
        damaged = flipped(name(target).read_bytes(), 9000)
        name(target).write_bytes(damaged)
        _, kept = put_back(made, target)
        assert kept is not None
        assert (kept / "carebridge.db").read_bytes() == damaged
        assert count(name(target)) == (5, 5)

    def test_a_running_daemon_keeps_its_database(self, made: Path, tmp_path: Path) -> None:
        folders = storage.Folders.under(tmp_path / "base")
        folders.create()
        lock = storage.InstanceLock(folders.runtime / storage.LOCK)
        with lock, pytest.raises(Conflict) as caught:
            storage.put_back(made, PHRASE, folders=folders, secrets=MemorySecrets)
        assert caught.value.problem_code == "daemon_running"
        assert list(folders.data.iterdir()) == []

    def test_beginning_with_nothing_is_a_persons_word(self, target: Path) -> None:
        kept = restore.start_empty(name(target), key=stores.KEY, now=NOW)
        assert kept is not None
        assert count(kept / "carebridge.db") == (2, 2)
        assert count(name(target)) == (0, 0)


class TestKill:
    @pytest.mark.parametrize("step", ["backup.copied", "backup.sealed"])
    def test_a_backup_killed_at_a_step_leaves_no_backup(self, tmp_path: Path, step: str) -> None:
        write(tmp_path, range(3))
        file = tmp_path / "my.backup"
        killed_at(lambda reached: back_up(tmp_path, file, reached=reached), step)
        assert not file.exists()
        assert count(name(tmp_path)) == (3, 3)
        back_up(tmp_path, file)
        (tmp_path / "other").mkdir()
        put_back(file, tmp_path / "other")
        assert count(name(tmp_path / "other")) == (3, 3)
        assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".my")]

    def test_a_backup_killed_anywhere_harms_nothing(self, tmp_path: Path) -> None:
        write(tmp_path, range(200), size=50_000)
        file = tmp_path / "my.backup"
        ends = [
            killed_after(lambda: back_up(tmp_path, file), seconds) for seconds in (0.05, 0.3, 0.5)
        ]
        assert -9 in ends
        if file.exists():
            file.unlink()
        back_up(tmp_path, file)
        assert count(name(tmp_path)) == (200, 200)

    @pytest.mark.parametrize(
        ("step", "rows"),
        [
            ("restore.prepared", 2),
            ("restore.kept", 2),
            ("restore.cleared", 2),
            ("restore.replaced", 5),
        ],
    )
    def test_a_restore_killed_at_a_step_leaves_the_old_or_the_new(
        self, made: Path, target: Path, step: str, rows: int
    ) -> None:
        killed_at(lambda reached: put_back(made, target, reached=reached), step)
        assert count(name(target)) == (rows, rows)
        put_back(made, target)
        assert count(name(target)) == (5, 5)
        assert not [path.name for path in target.iterdir() if ".restore" in path.name]


def flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def reheaded(content: bytes, change) -> bytes:
    """Rewrite the manifest with its plain checksum; the keyed one stays what it was."""
    begin = len(backup.MAGIC)
    length = int.from_bytes(content[begin : begin + 4], "big")
    end = begin + 4 + length
    document = json.dumps(change(json.loads(content[begin + 4 : end]))).encode()
    said = backup.MAGIC + len(document).to_bytes(4, "big") + document
    return said + hashlib.sha256(said).digest() + content[end + 32 :]


def refused(file: Path, target: Path, *, phrase: str = PHRASE) -> str:
    before = {path: path.read_bytes() for path in target.iterdir() if path.suffix == ".db"}
    with pytest.raises(BridgeError) as caught:
        put_back(file, target, phrase)
    assert {path: path.read_bytes() for path in before} == before
    assert count(name(target)) == (2, 2)
    assert not [path.name for path in target.iterdir() if path.is_dir()]
    return caught.value.problem_code
