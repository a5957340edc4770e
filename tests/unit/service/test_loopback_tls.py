"""https on loopback: off by default, on with consent, gone without a trace (SEC-63)."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridge.adapters.secrets import MemorySecrets
from bridge.adapters.tlsfiles import LeafFiles
from bridge.adapters.truststores import MacKeychain, TrustFile, WindowsRootStore
from bridge.crypto.loopbackleaf import new_key
from bridge.daemon.tls import document_of, open_door
from bridge.errors import KeyStoreUnavailable, TrustStoreError
from bridge.service.loopbacktls import KEY, TlsDesk, TlsParts
from tests.support.fakes import CountingIds, FixedClock
from tests.support.truststores import PlayedTool


@dataclass
class Computer:
    """One user's files, key store, and stores of trusted certificates."""

    data: Path
    windows: PlayedTool = field(default_factory=PlayedTool)
    mac: PlayedTool = field(default_factory=PlayedTool)
    secrets: MemorySecrets = field(default_factory=MemorySecrets)
    clock: FixedClock = field(default_factory=FixedClock)

    @property
    def folder(self) -> Path:
        return self.data / "tls"

    def desk(self) -> TlsDesk:
        """Give the desk as a fresh process has it."""
        return TlsDesk(
            TlsParts(
                clock=self.clock,
                ids=CountingIds(),
                secrets=self.secrets,
                shelf=LeafFiles(self.folder),
                stores=[
                    TrustFile(path=self.folder / "trust.pem"),
                    WindowsRootStore(certutil="/certutil", tool=self.windows),
                    MacKeychain(keychain=self.data / "login", tool=self.mac),
                ],
            )
        )

    def traces(self) -> list[str]:
        """Name everything that is left."""
        kept = [] if self.secrets.get(KEY) is None else ["key"]
        files = [path.name for path in self.folder.iterdir()] if self.folder.exists() else []
        return [*kept, *files, *self.windows.held, *self.mac.held]


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def test_tls_01_it_is_off_by_default(computer):
    desk = computer.desk()
    assert desk.ready() is None
    door = open_door(desk, computer.data)
    assert (door.port, door.has_failed, door.checks(computer.clock)) == (None, False, [])
    assert document_of(desk)["is_on"] is False
    assert list(desk.ends()) == []
    assert computer.traces() == []


def test_tls_02_the_key_is_in_the_key_store_alone(computer):
    computer.desk().enable()
    key = computer.secrets.get(KEY)
    files = {path.name: path.read_bytes() for path in computer.folder.iterdir()}
    assert not any(key in content or b"PRIVATE" in content for content in files.values())
    leaf = computer.desk().leaf
    LeafFiles(computer.folder).context(key, leaf)
    assert {path.name for path in computer.folder.iterdir()} == set(files)


def test_every_store_of_the_user_trusts_it_and_twice_changes_nothing(computer):
    leaf = computer.desk().enable()
    assert set(computer.windows.held) == set(computer.mac.held) == {leaf.sha1}
    assert computer.desk().enable() == leaf
    document = document_of(computer.desk())
    assert document["trusted_by"] == {"file": True, "Windows": True, "macOS": True}
    assert document["fingerprint"] == leaf.sha256
    (end,) = computer.desk().ends()
    assert (end.name, end.at) == ("tls_leaf", leaf.not_after)


def test_only_the_users_own_stores_are_touched(computer):
    computer.desk().enable()
    assert all(command[0] == "-user" for command in computer.windows.commands)
    adding = next(words for words in computer.mac.commands if words[0] == "add-trusted-cert")
    assert "-d" not in adding
    assert adding[adding.index("-k") + 1] == str(computer.data / "login")


def test_a_store_that_lost_it_gets_it_again(computer):
    leaf = computer.desk().enable()
    computer.windows.held.clear()
    assert computer.desk().enable() == leaf
    assert set(computer.windows.held) == {leaf.sha1}


def test_tls_03_disabling_leaves_no_trace(computer):
    computer.desk().enable()
    computer.desk().disable()
    assert computer.traces() == []
    computer.desk().disable()  # twice changes nothing


def test_tls_03_certificates_of_others_stay(computer):
    computer.windows.held["ab" * 20] = b"of somebody else"
    computer.desk().enable()
    other = computer.folder / "trust.pem"
    other.write_text(ssl.DER_cert_to_PEM_cert(b"another"))
    computer.desk().disable()
    assert list(computer.windows.held) == ["ab" * 20]
    assert other.exists()


@pytest.mark.parametrize(("store", "verb"), [("windows", "-addstore"), ("mac", "add-trusted-cert")])
def test_when_the_user_says_no_nothing_stays(computer, store, verb):
    getattr(computer, store).says_no.add(verb)
    with pytest.raises(TrustStoreError) as caught:
        computer.desk().enable()
    assert caught.value.problem_code == "trust_store_failed"
    assert computer.traces() == []


def test_what_could_not_be_removed_stays_known_and_is_removed_later(computer):
    leaf = computer.desk().enable()
    computer.mac.says_no.add("delete-certificate")
    with pytest.raises(TrustStoreError):
        computer.desk().disable()
    assert computer.secrets.get(KEY) is None  # the key is gone whatever happens
    assert list(computer.mac.held) == [leaf.sha1]
    computer.mac.says_no.clear()
    computer.desk().disable()
    assert computer.traces() == []


def test_it_is_renewed_with_a_new_key_and_the_old_one_is_forgotten(computer):
    old, key = computer.desk().enable(), computer.secrets.get(KEY)
    computer.clock.advance(days=364)
    assert computer.desk().ready() == (key, old)
    computer.clock.advance(days=1)
    renewed, leaf = computer.desk().ready()
    assert renewed != key
    assert set(computer.windows.held) == set(computer.mac.held) == {leaf.sha1}
    assert computer.desk().leaf == leaf != old


def test_a_renewal_that_is_declined_leaves_what_is_there(computer):
    old, key = computer.desk().enable(), computer.secrets.get(KEY)
    computer.clock.advance(days=370)
    computer.windows.says_no.add("-addstore")
    assert computer.desk().ready() == (key, old)
    assert computer.desk().trusted_by() == {"file": True, "Windows": True, "macOS": True}
    computer.windows.says_no.clear()
    _, leaf = computer.desk().ready()
    assert leaf != old


def test_without_its_key_the_listener_is_a_warning_and_enabling_makes_another(computer):
    old = computer.desk().enable()
    computer.secrets.delete(KEY)
    door = open_door(computer.desk(), computer.data)
    (check,) = door.checks(computer.clock)
    assert (door.port, check.code, check.status.value) == (None, "tls_unavailable", "warn")
    assert computer.desk().enable() != old
    assert len(computer.windows.held) == 1


def test_another_key_is_not_taken(computer):
    leaf = computer.desk().enable()
    with pytest.raises(KeyStoreUnavailable):
        LeafFiles(computer.folder).context(new_key(), leaf)
    assert not (computer.folder / "moment.pem").exists()


def test_a_file_that_is_no_certificate_is_none(computer):
    computer.folder.mkdir(mode=0o700)
    (computer.folder / "leaf-0.pem").write_text("no certificate")
    (computer.folder / "leaf-1.pem").write_bytes(b"\xff")
    assert computer.desk().leaf is None
