"""The operating system's key store, through keyring (SEC-131).

Only back ends of the allow-list are used: what keeps secrets in plain files, in memory, or
nowhere at all is refused, and then nothing is stored.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import keyring
from keyring.backends.chainer import ChainerBackend

from bridge.errors import KeyStoreUnavailable
from bridge.ports.secrets import MOST_BYTES

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

    from bridge.domain.ids import IdSource
    from bridge.ports.secrets import SecretStore

ACCEPTED_BACKENDS: Final = frozenset(
    {
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
    },
)
"""Full names of the back ends that protect what they keep."""

DATA_KEY_BYTES: Final = 32
_PROBE: Final = "probe"


@contextmanager
def keyring_errors() -> Iterator[None]:
    """Map everything a back end raises to ``KeyStoreUnavailable``."""
    try:
        yield
    except KeyStoreUnavailable:
        raise
    except Exception as error:
        # Back ends let errors of their platform through: D-Bus, Win32, Keychain.
        raise KeyStoreUnavailable from error


class KeyringSecrets:
    """Port ``SecretStore`` on the key store of the current user.

    Values are written as base64 text, because the key stores keep text.
    With several accepted back ends, the preferred one is written; all are searched, so that a
    change of desktop session does not hide a key.
    """

    def __init__(
        self,
        *,
        service: str = "Carebridge",
        backend: KeyringBackend | None = None,
    ) -> None:
        """Choose the back ends.

        Args:
            service: Name under which entries appear in the key store's own window.
            backend: Instead of the one keyring finds.

        Raises:
            KeyStoreUnavailable: there is no accepted back end.
        """
        self._service = service
        with keyring_errors():
            self._backends = accepted_backends(backend or keyring.get_keyring())
        if not self._backends:
            raise KeyStoreUnavailable("no accepted back end")

    def get(self, name: str) -> bytes | None:
        """Read a secret; ``None`` when there is none.

        Raises:
            KeyStoreUnavailable: cannot be read.
        """
        with keyring_errors():
            for backend in self._backends:
                text = backend.get_password(self._service, name)
                if text is not None:
                    return base64.b64decode(text, validate=True)
        return None

    def put(self, name: str, value: bytes) -> None:
        """Write a secret, replacing an older one.

        Raises:
            KeyStoreUnavailable: cannot be written.
        """
        _check_size(value)
        text = base64.b64encode(value).decode("ascii")
        with keyring_errors():
            self._backends[0].set_password(self._service, name, text)

    def delete(self, name: str) -> None:
        """Remove a secret; nothing happens when there is none.

        Raises:
            KeyStoreUnavailable: cannot be removed.
        """
        with keyring_errors():
            for backend in self._backends:
                if backend.get_password(self._service, name) is not None:
                    backend.delete_password(self._service, name)

    def probe(self) -> None:
        """Write, read and remove a value of the largest size.

        Raises:
            KeyStoreUnavailable: what was written does not come back unchanged.
        """
        value = secrets.token_bytes(MOST_BYTES)
        self.put(_PROBE, value)
        found = self.get(_PROBE)
        self.delete(_PROBE)
        if found != value:
            raise KeyStoreUnavailable("a value does not come back unchanged")


class MemorySecrets:
    """Port ``SecretStore`` in the memory of this process.

    For the simulator build and for tests only: everything is gone when the process ends.
    """

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        """Read a secret; ``None`` when there is none."""
        return self._values.get(name)

    def put(self, name: str, value: bytes) -> None:
        """Write a secret, replacing an older one."""
        _check_size(value)
        self._values[name] = value

    def delete(self, name: str) -> None:
        """Remove a secret; nothing happens when there is none."""
        self._values.pop(name, None)

    def __repr__(self) -> str:
        return f"MemorySecrets({len(self._values)} secrets)"


class ClosedSecrets:
    """Port ``SecretStore`` where there is no key store: it gives and takes nothing (REST-03)."""

    def get(self, name: str) -> bytes | None:
        """Refuse."""
        raise KeyStoreUnavailable(f"no key store for {name}")

    def put(self, name: str, value: bytes) -> None:
        """Refuse."""
        del value  # is kept nowhere
        self.get(name)

    def delete(self, name: str) -> None:
        """Refuse."""
        self.get(name)


def accepted_backends(backend: KeyringBackend) -> list[KeyringBackend]:
    """Give the accepted back ends behind one, best first; a chain is looked into."""
    members: Sequence[KeyringBackend] = (
        backend.backends if isinstance(backend, ChainerBackend) else [backend]
    )
    return [member for member in members if _full_name(member) in ACCEPTED_BACKENDS]


def data_key(
    store: SecretStore,
    name: str,
    ids: IdSource,
    *,
    creates: bool = True,
) -> bytes:
    """Give the 256-bit key of that name; the first call creates it (SEC-131).

    Args:
        store: Where it is kept.
        name: Its name there.
        ids: Source of a new key.
        creates: ``False`` when something is already sealed under the key: a new one would not
            open it, and would hide the right one should that come back.

    Raises:
        KeyStoreUnavailable: there is no key, it cannot be kept, or what is kept is no key.
    """
    key = store.get(name)
    if key is None and creates:
        store.put(name, ids.secret(DATA_KEY_BYTES))
        key = store.get(name)
    if key is None or len(key) != DATA_KEY_BYTES:
        raise KeyStoreUnavailable("the key store does not give the key")
    return key


def _full_name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _check_size(value: bytes) -> None:
    if len(value) > MOST_BYTES:
        raise ValueError("secret is too large for a key store")
