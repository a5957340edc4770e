"""Which key stores are used, and what happens when they fail."""

from __future__ import annotations

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringLocked, NoKeyringError

from bridge.adapters.ids import SystemIds
from bridge.adapters.secrets import (
    ACCEPTED_BACKENDS,
    KeyringSecrets,
    MemorySecrets,
    accepted_backends,
    data_key,
)
from bridge.errors import KeyStoreUnavailable
from tests.support.fakes import FixedClock


class Backend(KeyringBackend):
    """A back end that does what the tests tell it."""

    priority = 1

    def __init__(self, *, error: Exception | None = None, spoils: bool = False) -> None:
        super().__init__()
        self._error = error
        self._spoils = spoils
        self.values: dict[str, str] = {}

    def _fail(self) -> None:
        if self._error is not None:
            raise self._error

    def get_password(self, service: str, username: str) -> str | None:
        self._fail()
        return self.values.get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail()
        self.values[f"{service}/{username}"] = password[:-4] if self._spoils else password

    def delete_password(self, service: str, username: str) -> None:
        self._fail()
        del self.values[f"{service}/{username}"]


Accepted = type("Keyring", (Backend,), {"__module__": "keyring.backends.kwallet"})
Accepted.__qualname__ = "DBusKeyring"
Plaintext = type("PlaintextKeyring", (Backend,), {"__module__": "keyrings.alt.file"})


class Chain(ChainerBackend):
    """The chain keyring makes when there are several back ends."""

    priority = 1
    backends = ()


def chain(*members: KeyringBackend) -> Chain:
    made = Chain()
    made.backends = list(members)
    return made


def ids() -> SystemIds:
    return SystemIds(FixedClock())


@pytest.mark.parametrize(
    "backend",
    [
        pytest.param(NullKeyring(), id="null"),
        pytest.param(FailKeyring(), id="fail"),
        pytest.param(Plaintext(), id="plain-file"),
        pytest.param(chain(), id="empty-chain"),
        pytest.param(chain(Plaintext(), NullKeyring()), id="chain-of-refused"),
    ],
)
def test_a_back_end_that_does_not_protect_is_refused_sec_131(backend):
    with pytest.raises(KeyStoreUnavailable):
        KeyringSecrets(backend=backend)


def test_nothing_is_written_to_a_refused_member_of_a_chain():
    plain, good = Plaintext(), Accepted()
    KeyringSecrets(backend=chain(plain, good)).put("name", b"value")
    assert plain.values == {}
    assert list(good.values) == ["Carebridge/name"]


def test_a_key_in_the_second_accepted_back_end_is_found():
    first, second = Accepted(), Accepted()
    KeyringSecrets(backend=second).put("name", b"value")
    assert KeyringSecrets(backend=chain(first, second)).get("name") == b"value"


def test_deleting_reaches_every_accepted_back_end():
    first, second = Accepted(), Accepted()
    for each in (first, second):
        KeyringSecrets(backend=each).put("name", b"value")
    KeyringSecrets(backend=chain(first, second)).delete("name")
    assert (first.values, second.values) == ({}, {})


def test_each_service_has_entries_of_its_own():
    backend = Accepted()
    KeyringSecrets(backend=backend, service="One").put("name", b"1")
    assert KeyringSecrets(backend=backend, service="Two").get("name") is None


@pytest.mark.parametrize(
    "error", [KeyringLocked(), NoKeyringError(), OSError("bus"), RuntimeError("platform")]
)
@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda store: store.get("name"), id="get"),
        pytest.param(lambda store: store.put("name", b"v"), id="put"),
        pytest.param(lambda store: store.delete("name"), id="delete"),
        pytest.param(lambda store: store.probe(), id="probe"),
    ],
)
def test_every_failure_is_an_unavailable_key_store(error, use):
    store = KeyringSecrets(backend=Accepted(error=error))
    with pytest.raises(KeyStoreUnavailable) as caught:
        use(store)
    assert caught.value.__cause__ is error


def test_text_that_is_not_ours_is_an_unavailable_key_store():
    backend = Accepted()
    backend.values["Carebridge/name"] = "not base64!"
    with pytest.raises(KeyStoreUnavailable):
        KeyringSecrets(backend=backend).get("name")


def test_the_probe_leaves_nothing_behind():
    backend = Accepted()
    KeyringSecrets(backend=backend).probe()
    assert backend.values == {}


def test_the_probe_notices_a_store_that_cuts_values():
    with pytest.raises(KeyStoreUnavailable):
        KeyringSecrets(backend=Accepted(spoils=True)).probe()


def test_the_list_names_the_four_systems():
    modules = {name.split(".")[2] for name in ACCEPTED_BACKENDS}
    assert modules == {"Windows", "macOS", "SecretService", "libsecret", "kwallet"}
    assert accepted_backends(NullKeyring()) == []


def test_a_data_key_is_made_once():
    store = MemorySecrets()
    first = data_key(store, "database", ids())
    assert len(first) == 32
    assert data_key(store, "database", ids()) == first
    assert data_key(store, "other", ids()) != first


def test_a_data_key_that_must_be_there_is_not_made():
    store = MemorySecrets()
    with pytest.raises(KeyStoreUnavailable):
        data_key(store, "database", ids(), creates=False)
    assert store.get("database") is None
    made = data_key(store, "database", ids())
    assert data_key(store, "database", ids(), creates=False) == made


def test_a_data_key_of_another_length_is_refused_not_replaced():
    store = MemorySecrets()
    store.put("database", b"short")
    with pytest.raises(KeyStoreUnavailable):
        data_key(store, "database", ids())
    assert store.get("database") == b"short"


class Forgetful(MemorySecrets):
    """Takes everything and keeps nothing."""

    def put(self, name: str, value: bytes) -> None:
        """Forget."""


def test_a_data_key_that_is_not_kept_is_never_used():
    with pytest.raises(KeyStoreUnavailable):
        data_key(Forgetful(), "database", ids())
