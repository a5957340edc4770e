"""Versions of a data key: which is in use, what a cut-off change leaves, what is destroyed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.adapters.ids import SystemIds
from bridge.adapters.keyversions import CERTIFICATE_KEY, DATABASE_KEY, KeyVersions
from bridge.adapters.secrets import MemorySecrets, data_key
from bridge.errors import KeyStoreUnavailable
from tests.support.fakes import FixedClock

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
IDS = SystemIds(FixedClock())


@pytest.fixture
def secrets() -> MemorySecrets:
    return MemorySecrets()


def versions(secrets: MemorySecrets, name: str = DATABASE_KEY) -> KeyVersions:
    return KeyVersions(secrets, IDS, name)


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        pytest.param(DATABASE_KEY, "database", id="database"),
        pytest.param(CERTIFICATE_KEY, "keystore-key-1", id="certificates"),
    ],
)
def test_sec_133_the_first_key_has_the_name_it_always_had(secrets, name, entry):
    known = data_key(secrets, entry, IDS)
    found = versions(secrets, name)
    assert (found.version, found.pending, found.made_at) == (1, None, None)
    assert found.key(1) == known


def test_sec_133_a_change_keeps_both_keys_until_it_is_finished(secrets):
    change = versions(secrets)
    old = change.key(1, creates=True)
    version, new = change.begin()
    assert (version, change.version, change.pending) == (2, 1, 2)
    assert change.key(1) == old
    change.finish(NOW)
    assert (change.version, change.pending, change.made_at) == (2, None, NOW)
    assert change.key(2) == new != old
    with pytest.raises(KeyStoreUnavailable):
        change.key(1)
    assert secrets.get("database") is None


def test_a_change_that_was_cut_off_goes_on_with_the_same_key(secrets):
    versions(secrets).key(1, creates=True)
    begun = versions(secrets).begin()
    assert versions(secrets).begin() == begun


def test_a_key_that_was_kept_before_the_record_is_taken(secrets):
    versions(secrets).key(1, creates=True)
    secrets.put("database-2", bytes(range(32)))
    assert versions(secrets).begin() == (2, bytes(range(32)))


def test_what_a_kill_left_retired_is_destroyed_later(secrets):
    change = versions(secrets)
    change.key(1, creates=True)
    change.begin()
    kept = secrets.get("database")
    change.finish(NOW)
    record = b'{"version": 2, "made_at": null, "pending": null, "retired": 1}'
    secrets.put("database-versions", record)
    secrets.put("database", kept)
    change.note(NOW)
    assert secrets.get("database") is None
    assert change.made_at == NOW
    change.note(datetime(2027, 1, 1, tzinfo=UTC))
    assert change.made_at == NOW


def test_nothing_pending_is_nothing_to_finish(secrets):
    change = versions(secrets)
    key = change.key(1, creates=True)
    change.finish(NOW)
    change.abandon()
    assert change.key(1) == key


def test_a_change_can_be_abandoned(secrets):
    change = versions(secrets)
    change.key(1, creates=True)
    change.begin()
    change.abandon()
    assert (change.version, change.pending) == (1, None)
    assert secrets.get("database-2") is None


def test_forgetting_leaves_no_version(secrets):
    change = versions(secrets)
    change.key(1, creates=True)
    change.begin()
    change.finish(NOW)
    change.begin()
    change.forget()
    assert repr(secrets) == "MemorySecrets(0 secrets)"


@pytest.mark.parametrize("content", [b"", b"x", b"[1]", b"\xff"])
def test_a_record_that_cannot_be_read_is_no_new_key(secrets, content):
    secrets.put("database-versions", content)
    with pytest.raises(KeyStoreUnavailable):
        versions(secrets).begin()
    versions(secrets).forget()
    assert secrets.get("database-versions") is None
