"""New keys for a profile: whole, resumable after a kill anywhere, old keys gone (SEC-133)."""

from __future__ import annotations

import asyncio
import shutil
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.adapters.db.engine import copy_encrypted, looking
from bridge.adapters.db.restore import restore, start_empty
from bridge.adapters.db.soundness import Soundness, examine
from bridge.adapters.db.store import SqlStore
from bridge.adapters.ids import SystemIds
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.keyversions import DATABASE_KEY, KeyVersions
from bridge.daemon import storage
from bridge.daemon.audit import own_trail
from bridge.daemon.rotation import KeyRotation, Keys, rotated_by_daemon
from bridge.daemon.storage import ClosedStore, database_key
from bridge.errors import Conflict, KeystoreUnreadable, StoreError
from bridge.sandbox.world import World
from tests.support import stores
from tests.support.audit import records_of
from tests.support.daemon import opened_keystore
from tests.support.disksecrets import DiskSecrets
from tests.support.fakes import FixedClock
from tests.support.keypool import PooledKeys
from tests.support.killed import killed_at

pytestmark = pytest.mark.timeout(120)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PHRASE = "juist paard batterij nietje"
ROWS = 12
STEPS = (
    "rotation.key_kept",
    "rotation.copied",
    "rotation.replaced",
    "rotation.old_key_gone",
    "rotation.certificate_key_kept",
    "rotation.certificate",
    "rotation.certificate_key_gone",
)


class Profile:
    """What one user has: a database, two sealed certificates, a key store elsewhere."""

    def __init__(self, folder: Path, clock: FixedClock | None = None) -> None:
        self.clock = clock or FixedClock()
        self.ids = SystemIds(self.clock)
        self.data = folder / "data"
        self.path = self.data / "carebridge.db"
        self.secrets = DiskSecrets(folder / "key-store.json")
        self.keys = Keys.of(self.secrets, self.ids, self.clock)

    @property
    def vault(self) -> KeystoreVault:
        return KeystoreVault(self.data / "certificates", secrets=self.secrets, ids=self.ids)

    def open(self) -> SqlStore:
        return SqlStore.open(self.path, database_key(self.path, self.secrets, self.ids))

    def rotate(self, reached: Any = lambda _step: None) -> int:
        store = self.open()
        trail = own_trail(self.data, self.secrets)
        try:
            return self.rotation(store, trail, reached).run()
        finally:
            trail.finish()
            store.close_now()

    def rotation(self, store: Any, trail: Any, reached: Any = lambda _step: None) -> KeyRotation:
        return KeyRotation(
            store, self.path, vault=self.vault, keys=self.keys, audit=trail, reached=reached
        )

    def check(self) -> None:
        """See that everything opens as it was."""
        store = self.open()
        found = asyncio.run(store.read(rows))
        store.close_now()
        assert found == ROWS
        for name in ("reg_1", "reg_2"):
            assert self.vault.load(name).certificate
        assert not self.path.with_name("carebridge.db-wal").exists()


def rows(unit: Any) -> int:
    query = "SELECT count(*) FROM operations"
    return int(unit.connection.exec_driver_sql(query).scalar_one())


def add(unit: Any, *, number: int) -> None:
    unit.operations.add(stores.operation(number))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    (folder / "data").mkdir(mode=0o700)
    profile = Profile(folder)
    store = profile.open()
    for number in range(ROWS):
        asyncio.run(store.write(partial(add, number=number)))
    store.close_now()
    nurse = World.create(clock=profile.clock, ids=profile.ids, key_maker=PooledKeys()).nurse
    for name in ("reg_1", "reg_2"):
        profile.vault.keep(opened_keystore(nurse), registration_id=name)
    own_trail(profile.data, profile.secrets).finish()
    return folder


@pytest.fixture
def profile(original: Path, tmp_path: Path) -> Profile:
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return Profile(tmp_path)


def test_sec_133_everything_is_under_new_keys_and_the_old_ones_are_gone(profile: Profile) -> None:
    old = profile.secrets.get("database")
    assert old is not None
    before = {file: file.read_bytes() for file in profile.data.rglob("*.sealed")}
    assert profile.rotate() == 2
    profile.check()
    assert examine(profile.path, old, is_thorough=False) is Soundness.LOCKED
    assert {"database", "keystore-key-1"}.isdisjoint(profile.secrets.names)
    assert {"database-2", "keystore-key-2"} <= profile.secrets.names
    assert all(file.read_bytes() != content for file, content in before.items())
    assert profile.rotate() == 3
    profile.check()
    records = [each for each in records_of(profile.data) if each]
    told = [each["object_id"] for each in records if each["action"] == "key_rotated"]
    assert told == ["database:2", "database:3"]


@pytest.mark.parametrize("step", STEPS)
def test_sec_133_killed_anywhere_everything_opens_and_the_change_is_taken_up(
    profile: Profile, step: str
) -> None:
    killed_at(profile.rotate, step)
    profile.check()
    assert profile.keys.are_due() == (step != STEPS[-1])
    profile.rotate()
    profile.check()
    kept = {name for name in profile.secrets.names if name.startswith(("database", "keystore"))}
    versions = (profile.keys.database.version, profile.keys.certificates.version)
    assert kept == {
        f"database-{versions[0]}",
        f"keystore-key-{versions[1]}",
        "database-versions",
        "keystore-key-versions",
    }
    assert not list(profile.data.glob("*.rekey*"))


def test_readers_and_writers_go_on_beside_it(profile: Profile) -> None:
    store = profile.open()
    stop, written, read = threading.Event(), [], []

    async def use() -> None:
        number = 1000
        while not stop.is_set():
            await store.write(partial(add, number=number))
            written.append(number)
            read.append(await store.read(rows))
            number += 1

    user = threading.Thread(target=lambda: asyncio.run(use()))
    user.start()
    for value in (1, 2):
        store.rekey(bytes([value] * 32))
    stop.set()
    user.join()
    store.close_now()
    with looking(profile.path, bytes([2] * 32)) as connection:
        found = connection.execute("SELECT count(*) FROM operations").fetchone()[0]
    assert found == ROWS + len(written)
    assert read == sorted(read)


def test_a_disk_that_is_full_leaves_everything_as_it_was(profile: Profile) -> None:
    profile.path.with_name("carebridge.db.rekey").mkdir()  # nothing can be written under that name
    with pytest.raises(StoreError):
        profile.rotate()
    profile.path.with_name("carebridge.db.rekey").rmdir()
    profile.check()
    assert profile.keys.are_due(), "what was begun is taken up"
    assert profile.rotate() == 2


def test_what_lies_aside_is_brought_along_and_what_is_damaged_keeps_the_old_key(
    profile: Profile,
) -> None:
    old = profile.secrets.get("database")
    assert old is not None
    kept = start_empty(profile.path, key=old, now=NOW)
    assert kept is not None
    assert profile.rotate() == 2
    new = profile.secrets.get("database-2")
    assert new is not None
    assert examine(kept / "carebridge.db", new, is_thorough=True) is Soundness.SOUND
    content = bytearray((kept / "carebridge.db").read_bytes())
    content[9000] ^= 1
    (kept / "carebridge.db").write_bytes(content)
    with pytest.raises(StoreError) as refused:
        profile.rotate()
    assert refused.value.problem_code == "storage_damaged"
    assert profile.secrets.get("database-2") == new
    assert examine(profile.path, new, is_thorough=True) is Soundness.SOUND


def test_sec_135_a_backup_from_before_opens_afterwards(profile: Profile) -> None:
    old = profile.secrets.get("database")
    assert old is not None
    file = profile.data.parent / "my.backup"
    storage.back_up(file, PHRASE, copy=partial(copy_encrypted, profile.path, old))
    profile.rotate()
    key = database_key(profile.path, profile.secrets, profile.ids)
    restore(file, PHRASE, path=profile.path, key=key, now=NOW)
    profile.check()


def test_a_certificate_that_does_not_open_keeps_its_key(profile: Profile) -> None:
    (profile.data / "certificates" / "reg_2.sealed").write_bytes(b"{}")
    with pytest.raises(KeystoreUnreadable):
        profile.rotate()
    assert profile.vault.load("reg_1").certificate
    assert profile.keys.certificates.pending == 2


def test_a_key_is_replaced_after_a_year(profile: Profile) -> None:
    store = profile.open()
    trail = own_trail(profile.data, profile.secrets)
    rotation = profile.rotation(store, trail)
    for days, version in ((0, 1), (364, 1), (1, 2), (364, 2), (2, 3)):
        profile.clock.advance(days=days)
        asyncio.run(rotation.daily())
        assert profile.keys.database.version == version
    trail.finish()
    store.close_now()
    assert profile.clock.now() - (profile.keys.database.made_at or NOW) < timedelta(days=1)


def test_the_command_line_asks_the_daemon_and_one_change_goes_on_at_a_time(
    profile: Profile,
) -> None:
    store, reaching, going = profile.open(), threading.Event(), threading.Event()

    def reached(_step: str) -> None:
        reaching.set()
        assert going.wait(30)

    trail = own_trail(profile.data, profile.secrets)
    rotation = profile.rotation(store, trail, reached)
    verbs = rotation.handlers()
    assert verbs["rotate-key-state"]({}) == {"state": "none"}
    assert verbs["rotate-key"]({}) == {"state": "running"}
    assert reaching.wait(30)
    assert verbs["rotate-key"]({}) == {"state": "running"}
    with pytest.raises(Conflict):
        rotation.run()
    going.set()
    assert rotated_by_daemon(lambda request: verbs[request["verb"]](request)) == {"version": 2}
    trail.finish()
    store.close_now()


def test_a_database_that_was_set_aside_is_not_touched(profile: Profile) -> None:
    trail = own_trail(profile.data, profile.secrets)
    rotation = profile.rotation(ClosedStore("storage_damaged"), trail)
    with pytest.raises(StoreError) as refused:
        rotated_by_daemon(lambda request: rotation.handlers()[request["verb"]](request))
    assert refused.value.problem_code == "storage_damaged"
    asyncio.run(rotation.daily())
    trail.finish()
    assert KeyVersions(profile.secrets, profile.ids, DATABASE_KEY).version == 1
    assert not (profile.data / "audit" / "audit.jsonl").exists(), "nothing was recorded"
