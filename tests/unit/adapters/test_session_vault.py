"""Sealed sessions open within one start, sign-in and account, and only the newest (SEC-91)."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from bridge.adapters.oslogin import login_binding
from bridge.adapters.secrets import MemorySecrets
from bridge.adapters.sessionvault import FILE_NAME, KEY_NAME, SealedSessions
from bridge.errors import KeyStoreUnavailable, StoreError
from bridge.ports.sessionvault import Kept
from tests.support.fakes import CountingIds

CONTENT = b"canary-assertion-of-a-nurse"
HERE = b"boot-1\nsession-1\nlogin-1\n1000"


class Bench:
    """A folder, a key store, and vaults as different processes open them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secrets = MemorySecrets()
        self.ids = CountingIds()

    def vault(self, binding: bytes = HERE, secrets: MemorySecrets | None = None) -> SealedSessions:
        return SealedSessions(
            self.folder,
            secrets=secrets or self.secrets,
            ids=Random(self.ids),
            binding=lambda: binding,
        )

    @property
    def path(self) -> Path:
        return self.folder / FILE_NAME


class Random:
    """Secrets of the asked size that differ each time."""

    def __init__(self, ids: CountingIds) -> None:
        self.ids = ids

    def secret(self, size: int) -> bytes:
        return self.ids.secret(size).rjust(size, b"\x07")[-size:]


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_what_was_kept_comes_back_once(bench):
    bench.vault().keep(CONTENT)
    assert bench.vault().take() == Kept(content=CONTENT)
    assert bench.vault().take() == Kept()
    assert not bench.path.exists()
    assert bench.secrets.get(KEY_NAME) is None


def test_nothing_was_kept(bench):
    assert bench.vault().take() == Kept()
    bench.vault().destroy()


def test_the_file_is_for_its_owner_and_says_nothing(bench):
    bench.vault().keep(CONTENT)
    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o600
    assert CONTENT not in bench.path.read_bytes()
    assert b"boot-1" not in bench.path.read_bytes()


@pytest.mark.parametrize(
    "binding",
    [
        pytest.param(b"boot-2\nsession-1\nlogin-1\n1000", id="another-boot"),
        pytest.param(b"boot-1\nsession-2\nlogin-1\n1000", id="another-os-session"),
        pytest.param(b"boot-1\nsession-1\nlogin-2\n1000", id="another-sign-in"),
        pytest.param(b"boot-1\nsession-1\nlogin-1\n1001", id="another-account"),
    ],
)
def test_sec_91_elsewhere_or_later_nothing_opens_and_all_is_destroyed(bench, binding):
    bench.vault().keep(CONTENT)
    assert bench.vault(binding).take() == Kept(is_refused=True)
    assert not bench.path.exists()
    assert bench.vault().take() == Kept()


def test_sec_91_a_copy_for_another_key_store_does_not_open(bench):
    bench.vault().keep(CONTENT)
    stranger = MemorySecrets()
    assert bench.vault(secrets=stranger).take() == Kept(is_refused=True)
    stranger.put(KEY_NAME, b"short")
    bench.vault().keep(CONTENT)
    assert bench.vault(secrets=stranger).take() == Kept(is_refused=True)


def test_sec_91_an_older_file_does_not_open(bench, tmp_path):
    bench.vault().keep(b"the older one")
    older = tmp_path / "copy"
    shutil.copy(bench.path, older)
    bench.vault().keep(CONTENT)
    shutil.copy(older, bench.path)
    assert bench.vault().take() == Kept(is_refused=True)


def test_sec_91_a_file_put_back_after_its_session_ended_does_not_open(bench, tmp_path):
    bench.vault().keep(CONTENT)
    kept = tmp_path / "copy"
    shutil.copy(bench.path, kept)
    bench.vault().destroy()
    shutil.copy(kept, bench.path)
    assert bench.vault().take() == Kept(is_refused=True)


def test_sec_91_no_flipped_bit_and_no_missing_byte_opens(bench):
    bench.vault().keep(CONTENT)
    whole, key = bench.path.read_bytes(), bench.secrets.get(KEY_NAME)
    assert key is not None
    changed = [
        whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        for place in range(0, len(whole), 5)
    ]
    for content in [*changed, whole[:-1], whole[:11], b"", whole + b"\0"]:
        bench.path.write_bytes(content)
        bench.secrets.put(KEY_NAME, key)
        assert bench.vault().take() == Kept(is_refused=True)
        assert not bench.path.exists()


def test_sec_91_a_link_in_its_place_is_not_followed(bench, tmp_path):
    bench.vault().keep(CONTENT)
    target = tmp_path / "elsewhere"
    bench.path.rename(target)
    bench.path.symlink_to(target)
    assert bench.vault().take() == Kept(is_refused=True)
    assert target.exists()


class LostSecrets(MemorySecrets):
    """A key store that went away."""

    def put(self, name: str, value: bytes) -> None:
        raise KeyStoreUnavailable


def test_without_a_key_store_nothing_is_kept(bench):
    vault = bench.vault(secrets=LostSecrets())
    with pytest.raises(KeyStoreUnavailable):
        vault.keep(CONTENT)
    assert not bench.path.exists()


def test_where_nothing_tells_the_start_nothing_is_kept(bench):
    def untold() -> bytes:
        raise StoreError

    vault = SealedSessions(
        bench.folder, secrets=bench.secrets, ids=Random(bench.ids), binding=untold
    )
    with pytest.raises(StoreError):
        vault.keep(CONTENT)
    assert not bench.path.exists()
    assert bench.secrets.get(KEY_NAME) is None


def test_a_folder_in_its_place_cannot_be_read(bench):
    bench.path.mkdir()
    with pytest.raises(StoreError):
        bench.vault().take()
    with pytest.raises(StoreError):
        bench.vault().destroy()


def test_the_binding_of_this_computer_stays_and_has_every_part():
    parts = login_binding().split(b"\n")
    assert len(parts) == 4
    assert all(parts)
    assert login_binding() == login_binding()
