"""A damaged database is noticed at start, set aside as it is, reported, and never replaced."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.adapters.db import safekeeping, soundness
from bridge.adapters.db.backup import unseal
from bridge.adapters.db.engine import looking
from bridge.adapters.db.restore import start_empty
from bridge.adapters.db.safekeeping import open_sound, was_left_open
from bridge.adapters.db.soundness import Soundness, examine
from bridge.adapters.db.store import SqlStore
from bridge.adapters.secrets import MemorySecrets, data_key
from bridge.daemon import storage
from bridge.errors import Conflict, InputError, KeyStoreUnavailable, StoreError
from tests.support import stores
from tests.support.daemon import running_daemon
from tests.support.killed import killed_at

pytestmark = pytest.mark.timeout(120)
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
PHRASE = "juist paard batterij nietje"


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def fill(path: Path, *, rows: int = 60) -> None:
    store = SqlStore.open(path, stores.KEY)

    async def main() -> None:
        for number in range(rows):
            piece = stores.evidence(number, subject_id="x", content=bytes(10_000))
            await store.write(lambda unit, piece=piece: unit.evidence.add(piece))

    asyncio.run(main())
    store.close_now()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "carebridge.db"
    fill(made)
    return made


def open_it(path: Path) -> SqlStore:
    return open_sound(path, stores.KEY, now=NOW)


class TestExamine:
    @pytest.mark.parametrize("is_thorough", [False, True])
    def test_a_sound_file(self, path: Path, *, is_thorough: bool) -> None:
        before = path.read_bytes()
        assert examine(path, stores.KEY, is_thorough=is_thorough) is Soundness.SOUND
        assert path.read_bytes() == before

    @pytest.mark.parametrize("is_thorough", [False, True])
    @pytest.mark.parametrize("part", [0.01, 0.3, 0.6, 0.999])
    def test_a_flipped_bit_anywhere(self, path: Path, part: float, *, is_thorough: bool) -> None:
        flip(path, max(200, int(path.stat().st_size * part)))
        assert examine(path, stores.KEY, is_thorough=is_thorough) is Soundness.DAMAGED

    def test_the_first_page(self, path: Path) -> None:
        flip(path, 500)
        assert examine(path, stores.KEY, is_thorough=False) is Soundness.DAMAGED

    @pytest.mark.parametrize("left", [0.5, 0.9])
    def test_a_file_that_is_cut(self, path: Path, left: float) -> None:
        os.truncate(path, int(path.stat().st_size * left))
        assert examine(path, stores.KEY, is_thorough=False) is Soundness.DAMAGED

    def test_a_large_file_is_not_walked_but_a_cut_one_is_noticed(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(soundness, "WALKED_BYTES", 0)
        assert examine(path, stores.KEY, is_thorough=False) is Soundness.SOUND
        os.truncate(path, path.stat().st_size // 2)
        assert examine(path, stores.KEY, is_thorough=False) is Soundness.DAMAGED

    def test_another_key_is_not_called_damage(self, path: Path) -> None:
        assert examine(path, bytes(32), is_thorough=True) is Soundness.LOCKED

    def test_an_empty_file_is_sound(self, tmp_path: Path) -> None:
        (tmp_path / "new.db").touch()
        assert examine(tmp_path / "new.db", stores.KEY, is_thorough=False) is Soundness.SOUND


class TestOpening:
    def test_a_new_one_is_made(self, tmp_path: Path) -> None:
        open_it(tmp_path / "new.db").close_now()
        assert (tmp_path / "new.db").stat().st_size > 0

    def test_a_damaged_one_is_set_aside_as_it_is(self, path: Path) -> None:
        flip(path, 9000)
        damaged = path.read_bytes()
        with pytest.raises(StoreError) as caught:
            open_it(path)
        assert caught.value.problem_code == "storage_damaged"
        assert not path.exists()
        assert (path.parent / "damaged-20261124T100000Z" / path.name).read_bytes() == damaged

    def test_it_is_never_replaced_silently(self, path: Path) -> None:
        flip(path, 9000)
        for _ in range(3):
            with pytest.raises(StoreError) as caught:
                open_it(path)
            assert caught.value.problem_code == "storage_damaged"
            assert not path.exists()
        start_empty(path, key=stores.KEY, now=NOW)
        open_it(path).close_now()

    def test_killed_while_it_is_set_aside(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flip(path, 9000)

        def work(reached: Any) -> None:
            monkeypatch.setattr(safekeeping, "set_aside", lambda *_a, **_k: reached("moving"))
            open_it(path)

        killed_at(work, "moving")
        with pytest.raises(StoreError) as caught:
            open_it(path)
        assert caught.value.problem_code == "storage_damaged"

    def test_a_wrong_key_leaves_it_where_it_is(self, path: Path) -> None:
        before = path.read_bytes()
        with pytest.raises(StoreError) as caught:
            open_sound(path, bytes(32), now=NOW)
        assert caught.value.problem_code == "storage_foreign"
        assert path.read_bytes() == before

    def test_after_an_unclean_stop_every_page_is_looked_at(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def left_open(reached: Any) -> None:
            store = SqlStore.open(path, stores.KEY)
            asyncio.run(store.write(lambda unit: unit.evidence.add(stores.evidence(999))))
            reached("written")

        assert not was_left_open(path)
        looks = []
        real = safekeeping.examine

        def watched(*args: Any, is_thorough: bool) -> Soundness:
            looks.append(is_thorough)
            return real(*args, is_thorough=is_thorough)

        monkeypatch.setattr(safekeeping, "examine", watched)
        open_it(path).close_now()
        killed_at(left_open, "written")
        assert was_left_open(path)
        open_it(path).close_now()
        open_it(path).close_now()
        assert looks == [False, True, False]

    def test_the_key_is_made_for_a_new_database_only(self, path: Path) -> None:
        secrets = MemorySecrets()
        with pytest.raises(KeyStoreUnavailable):
            storage.database_key(path, secrets, stores_ids())
        fresh = storage.database_key(path.with_name("none.db"), secrets, stores_ids())
        assert data_key(secrets, "database", stores_ids(), creates=False) == fresh


def stores_ids() -> Any:
    return storage.SystemIds(storage.SystemClock())


class TestDaemonWithoutDatabase:
    async def test_it_says_what_is_wrong_and_sends_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "kept" / "carebridge.db"
        path.parent.mkdir(mode=0o700)
        await asyncio.to_thread(fill, path)
        flip(path, 9000)
        store, trouble = storage.open_store(path, stores.KEY)
        assert trouble == "storage_damaged"
        async with (
            running_daemon(tmp_path, store=lambda _w: store, storage_problem=trouble) as daemon,
            daemon.http() as http,
        ):
            health = await http.get("/v1/health")
            assert health.status_code == 503
            entry = health.json()["checks"]["storage:integrity"][0]
            assert (entry["status"], entry["output"]) == ("fail", "storage_damaged")
            body = {"patient": {"niss": daemon.world.people.people()[0].niss.digits}}
            key = {"Idempotency-Key": str(uuid.uuid4())}
            for answer in (
                await http.post("/v1/insurability-checks", json=body, headers=key),
                await http.post("/v1/ehealth-sessions", json={}),
                await http.get("/v1/exchanges"),
            ):
                assert answer.status_code == 503, answer.text
                assert answer.json()["code"] == "storage_damaged"
            assert daemon.world.ledger.entries() == []
        assert not path.exists()


class TestDesk:
    def test_only_a_whole_request_is_taken(self, path: Path) -> None:
        store = SqlStore.open(path, stores.KEY)
        desk = storage.SnapshotDesk(store)
        key = bytes(32).hex()
        for request in ({}, {"path": "here", "key": key}, {"path": "/x", "key": "00"}, {"path": 1}):
            with pytest.raises(InputError):
                desk.begin(request)
        assert desk.state({}) == {"state": "none"}
        store.close_now()

    def test_one_copy_at_a_time(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store = SqlStore.open(path, stores.KEY)
        desk = storage.SnapshotDesk(store)
        waiting, request = [], {"path": str(path.with_name("c")), "key": bytes(32).hex()}

        def hold(thread: threading.Thread) -> None:
            waiting.append(thread)

        monkeypatch.setattr(threading.Thread, "start", hold)
        assert desk.begin(request) == {"state": "running"}
        with pytest.raises(Conflict):
            desk.begin(request)
        monkeypatch.undo()
        waiting[0].run()
        assert desk.state({}) == {"state": "done"}
        store.close_now()

    def test_a_damaged_store_is_not_copied(self, tmp_path: Path) -> None:
        desk = storage.SnapshotDesk(storage.ClosedStore("storage_damaged"))

        def channel(request: dict[str, Any]) -> dict[str, Any]:
            return desk.begin(request) if request["verb"] == "snapshot" else desk.state(request)

        with pytest.raises(StoreError) as caught:
            storage.back_up(tmp_path / "x", PHRASE, copy=storage.copy_by_daemon(channel))
        assert caught.value.problem_code == "storage_damaged"
        assert list(tmp_path.iterdir()) == []


@contextmanager
def demo(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "bridge", "demo", "--headless", "--json", "--port", "0"]
    command += ["--folder", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def carebridge(*words: str, phrase: str = PHRASE) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridge", *words]
    run = partial(subprocess.run, capture_output=True, text=True, cwd=ROOT, check=False)
    return run(command, input=phrase + "\n")


class TestCommands:
    @pytest.mark.slow
    def test_a_running_daemon_is_backed_up_and_is_not_restored(self, tmp_path: Path) -> None:
        file, folder = tmp_path / "my.backup", tmp_path / "demo"
        with demo(folder):
            done = carebridge("backup", str(file), "--folder", str(folder), "--json")
            assert done.returncode == 0, done.stderr
            assert '"schema"' in done.stdout
            assert PHRASE not in done.stdout + done.stderr
            again = carebridge("backup", str(file), "--folder", str(folder))
            assert (again.returncode, "[backup_exists]" in again.stderr) == (1, True)
        manifest, keys = unseal(file, tmp_path / "inside.db", PHRASE)
        with looking(tmp_path / "inside.db", keys.database) as connection:
            rows = connection.execute("SELECT count(*) FROM registrations").fetchone()
        assert rows == (1,)
        assert manifest.size == (tmp_path / "inside.db").stat().st_size

    @pytest.mark.slow
    def test_what_a_person_sees_when_it_cannot_be(self, tmp_path: Path) -> None:
        folder = tmp_path / "base"
        short = carebridge("backup", str(tmp_path / "x"), "--folder", str(folder), phrase="short")
        assert (short.returncode, "[backup_passphrase_short]" in short.stderr) == (1, True)
        both = carebridge("restore", "--folder", str(folder))
        assert both.returncode == 2
        absent = carebridge("restore", str(tmp_path / "no"), "--folder", str(folder))
        assert absent.returncode == 2
        assert not (tmp_path / "x").exists()

    def test_a_running_daemon_keeps_its_database(self, tmp_path: Path) -> None:
        folders = storage.Folders.under(tmp_path / "base")
        folders.create()
        (tmp_path / "some.backup").write_bytes(b"anything")
        with storage.InstanceLock(folders.runtime / storage.LOCK):
            refused = carebridge(
                "restore", str(tmp_path / "some.backup"), "--folder", str(tmp_path / "base")
            )
        assert (refused.returncode, "[daemon_running]" in refused.stderr) == (1, True)
