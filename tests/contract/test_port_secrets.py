"""The conformance suite of the port ``SecretStore``.

The real key store of a desktop is judged in ``tests/integration/test_key_store_real.py``.
"""

from __future__ import annotations

import pytest
from keyring.backend import KeyringBackend

from bridge.adapters import secrets
from bridge.adapters.secrets import KeyringSecrets, MemorySecrets
from bridge.ports.secrets import MOST_BYTES


class DictBackend(KeyringBackend):
    """A back end that keeps text, as those of the operating systems do."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._values.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        assert password.isascii()
        assert len(password) <= 1280
        self._values[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self._values[service, username]


# The allow-list goes by the full name of the class, so the double takes an accepted one.
DictBackend.__module__ = "keyring.backends.SecretService"
DictBackend.__qualname__ = "Keyring"


@pytest.fixture(params=["memory", "keyring"])
def store(request):
    return MemorySecrets() if request.param == "memory" else KeyringSecrets(backend=DictBackend())


def test_the_double_passes_as_an_accepted_back_end():
    assert secrets.accepted_backends(DictBackend())


def test_an_absent_secret_is_none(store):
    assert store.get("absent") is None


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(range(256)), id="every-byte"),
        pytest.param(b"\xff" * MOST_BYTES, id="largest"),
    ],
)
def test_what_was_put_comes_back_unchanged(store, value):
    store.put("name", value)
    assert store.get("name") == value


def test_a_second_value_replaces_the_first(store):
    store.put("name", b"old")
    store.put("name", b"new")
    assert store.get("name") == b"new"


def test_names_do_not_mix(store):
    store.put("a", b"1")
    store.put("b", b"2")
    store.delete("a")
    assert (store.get("a"), store.get("b")) == (None, b"2")


def test_deleting_what_is_not_there_is_no_error(store):
    store.delete("absent")
    assert store.get("absent") is None


def test_a_value_that_is_too_large_is_a_mistake_of_ours(store):
    with pytest.raises(ValueError, match="too large"):
        store.put("name", bytes(MOST_BYTES + 1))
    assert store.get("name") is None


def test_no_secret_is_shown(store):
    store.put("name", b"very secret")
    assert "secret'" not in repr(store)
    assert "very" not in repr(store)
