"""Attacks on what lies on the disk and on the key store (REST-02 to REST-05)."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringLocked

from bridge.adapters.ids import SystemIds
from bridge.adapters.secrets import KeyringSecrets, MemorySecrets
from bridge.daemon import userkeys
from bridge.daemon.opening import Opened, open_profile
from bridge.domain.health import HealthStatus
from bridge.errors import InputError, KeyStoreUnavailable, KeystoreUnreadable, StoreError
from bridge.ports.secrets import MOST_BYTES
from tests.support import stores
from tests.support.canaries import found_below
from tests.support.daemon import opened_keystore, running_daemon
from tests.support.fakes import FixedClock

pytestmark = pytest.mark.timeout(60)
CLOCK = FixedClock()
IDS = SystemIds(CLOCK)
QUESTION = {"patient": {"niss": stores.NISS}, "purpose": "information", "contact_type": "other"}
PAGE = 4096
KEY = {"Idempotency-Key": "a2b1c0d9e8f7a6b5"}


class Limited(KeyringBackend):
    """An accepted key store that, as Windows does, takes so many characters and no more."""

    priority = 1

    def __init__(self, *, most: int = 1280, is_locked: bool = False, cuts: bool = False) -> None:
        super().__init__()
        self.values: dict[tuple[str, str], str] = {}
        self._most, self._is_locked, self._cuts = most, is_locked, cuts

    def get_password(self, service: str, username: str) -> str | None:
        if self._is_locked:
            raise KeyringLocked
        return self.values.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self._is_locked:
            raise KeyringLocked
        if len(password) > self._most and not self._cuts:
            raise OSError(1783, "The stub received bad data")
        self.values[service, username] = password[: self._most]

    def delete_password(self, service: str, username: str) -> None:
        del self.values[service, username]


def accepted(**how: Any) -> KeyringBackend:
    made = type("Keyring", (Limited,), {"__module__": "keyring.backends.kwallet"})
    made.__qualname__ = "DBusKeyring"
    backend: KeyringBackend = made(**how)
    return backend


class PlainFile(Limited):
    """A back end of another package that writes plain files."""


def key_store(backend: KeyringBackend) -> KeyringSecrets:
    secrets = KeyringSecrets(backend=backend)
    secrets.probe()
    return secrets


def opened(folder: Path, secrets: Any) -> Opened:
    return open_profile(folder, secrets=secrets, clock=CLOCK, ids=IDS)


@pytest.fixture
def profile(tmp_path: Path) -> tuple[Path, MemorySecrets]:
    """A folder with a row, and the key store it belongs to."""
    folder, secrets = tmp_path / "data", MemorySecrets()
    folder.mkdir(mode=0o700)
    mine = opened(folder, lambda: secrets)
    asyncio.run(mine.store.write(lambda unit: unit.registrations.put(stores.REGISTRATION)))
    asyncio.run(mine.store.close())
    mine.audit.finish()
    return folder, secrets


def others() -> dict[str, MemorySecrets]:
    """Give key stores a copied profile may meet."""
    used, cold = MemorySecrets(), MemorySecrets()
    used.put("database", bytes(range(1, 33)))
    used.put("audit-log", bytes(range(1, 33)))
    return {"an account with Carebridge": used, "an account without": cold}


@pytest.mark.parametrize("where", ["an account with Carebridge", "an account without"])
def test_rest_02_a_copied_profile_is_not_opened_and_says_why(
    where: str, profile: tuple[Path, MemorySecrets], tmp_path: Path
) -> None:
    folder, _ = profile
    copy = shutil.copytree(folder, tmp_path / "copy")
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    found = opened(copy, lambda: others()[where])
    assert (found.trouble, found.is_closed) == ("storage_foreign", True)
    with pytest.raises(StoreError) as refused:
        asyncio.run(found.store.read(lambda unit: unit.registrations.all()))
    assert refused.value.problem_code == "storage_foreign"
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def unlocked() -> dict[str, KeyringBackend]:
    return {
        "null": NullKeyring(),
        "fail": FailKeyring(),
        "plain-file": PlainFile(),
        "locked": accepted(is_locked=True),
        "cuts-values": accepted(most=100, cuts=True),
    }


@pytest.mark.parametrize("kind", unlocked())
async def test_rest_03_without_a_key_store_it_is_503_and_no_file_appears_sec_14_sec_131(
    kind: str, tmp_path: Path
) -> None:
    backend = unlocked()[kind]
    folder = tmp_path / "profile"
    folder.mkdir(mode=0o700)
    found = await asyncio.to_thread(opened, folder, lambda: key_store(backend))
    assert found.trouble == "key_store_unavailable"
    async with (
        running_daemon(
            tmp_path,
            store=lambda _w: found.store,
            storage_problem=found.trouble,
            keystore=lambda _w: found.vault,
            audit=lambda _w: found.audit,
        ) as daemon,
        daemon.http() as http,
    ):
        answer = await http.post("/v1/insurability-checks", json=QUESTION, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (503, "key_store_unavailable")
        health = (await http.get("/v1/health")).json()
        (check,) = health["checks"]["storage:integrity"]
        assert (check["status"], check["output"]) == ("fail", "key_store_unavailable")
        assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/readyz")).status_code == 503
    assert list(folder.rglob("*")) == []
    assert not getattr(backend, "values", None) or "Carebridge" not in str(backend.values)


def flip(path: Path) -> None:
    """Change a bit in the middle of a file, and in each page behind it."""
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 2, len(content), PAGE):
        content[place] ^= 1
    path.write_bytes(content)


def swap(path: Path) -> None:
    """Let pages of a file, and so the rows in them, change places."""
    content = path.read_bytes()
    pages = [content[place : place + PAGE] for place in range(0, len(content), PAGE)]
    middle = len(pages) // 2
    path.write_bytes(b"".join([*pages[:middle], *reversed(pages[middle:])]))


DAMAGES = {"flip": flip, "swap": swap}


def fill(path: Path) -> None:
    async def main() -> None:
        async with stores.opened(path) as store:
            for number in range(40):
                piece = stores.evidence(number, subject_id="x", content=bytes([number]) * 9_000)
                await store.write(lambda unit, piece=piece: unit.evidence.add(piece))

    asyncio.run(main())


@pytest.mark.parametrize("how", ["flip", "swap"])
async def test_rest_04_damage_while_it_runs_is_told_and_the_daemon_goes_on(
    how: str, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir(mode=0o700)
    await asyncio.to_thread(fill, folder)
    store = stores.SqlStore.open(folder / "carebridge.db", stores.KEY)
    async with running_daemon(tmp_path, store=lambda _w: store) as daemon, daemon.http() as http:
        assert storage_check(daemon)[0] is HealthStatus.PASS
        await store.write(lambda unit: unit.connection.exec_driver_sql("SELECT 1").all())
        await asyncio.to_thread(DAMAGES[how], store_file(folder))
        with pytest.raises(StoreError) as refused:
            await store.read(everything)
        assert refused.value.problem_code == "storage_damaged"
        assert storage_check(daemon) == (HealthStatus.FAIL, "storage_damaged")
        assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/v1/registrations")).status_code in {200, 503}
        assert (await http.get("/v1/health")).status_code in {200, 503}


def store_file(folder: Path) -> Path:
    return folder / "carebridge.db"


def everything(unit: Any) -> int:
    found = unit.connection.exec_driver_sql("SELECT content FROM evidence").scalars().all()
    return sum(map(len, found))


def storage_check(daemon: Any) -> tuple[HealthStatus, str | None]:
    (check,) = [
        each for each in daemon.services.health.report() if each.name == "storage:integrity"
    ]
    return check.status, check.code


@pytest.mark.parametrize("how", ["flip", "swap"])
async def test_rest_04_a_changed_or_swapped_certificate_is_noticed(
    how: str, tmp_path: Path
) -> None:
    async with running_daemon(tmp_path) as daemon:
        vault, own = daemon.parts.keystore, daemon.world.nurse.registration.id
        mine = tmp_path / "certificates" / f"{own}.sealed"
        if how == "flip":
            await asyncio.to_thread(flip, mine)
        else:
            vault.keep(opened_keystore(daemon.world.nurse), registration_id="reg_other")
            shutil.copyfile(mine.with_name("reg_other.sealed"), mine)
        with pytest.raises(KeystoreUnreadable):
            vault.load(own)
        await daemon.services.health.refresh()
        (check,) = [
            each for each in daemon.services.health.report() if each.name == "certificate:validity"
        ]
        assert (check.status, check.code) == (HealthStatus.FAIL, "certificate_unreadable")


class TestLongSecrets:
    def test_rest_05_the_longest_value_fits_where_windows_keeps_it(self) -> None:
        backend = accepted(most=1280)
        key_store(backend).put("key", bytes(MOST_BYTES))
        assert key_store(backend).get("key") == bytes(MOST_BYTES)
        assert all(len(value) <= 1280 for value in backend.values.values())

    def test_rest_05_a_longer_one_is_refused_and_kept_nowhere(self, tmp_path: Path) -> None:
        backend = accepted(most=1280)
        secrets = KeyringSecrets(backend=backend)
        secrets.put("key", b"old")
        with pytest.raises(ValueError, match="too large"):
            secrets.put("key", b"canary" * 200)
        assert secrets.get("key") == b"old"
        assert found_below(tmp_path, {"secret": "canary"}) == set()

    @pytest.mark.parametrize(
        "backend",
        [
            pytest.param(accepted(most=200), id="refuses"),
            pytest.param(accepted(most=200, cuts=True), id="cuts"),
        ],
    )
    def test_rest_05_a_key_store_that_takes_less_is_none(self, backend: KeyringBackend) -> None:
        with pytest.raises(KeyStoreUnavailable):
            key_store(backend)

    def test_rest_05_a_password_that_is_too_long_is_said(self) -> None:
        with pytest.raises(InputError) as refused:
            userkeys.keep_licence_password("x" * (MOST_BYTES + 1), configuration=None)
        assert refused.value.problem_code == "secret_too_long"
        assert refused.value.params == {"most": MOST_BYTES}
