"""Versions of a data key in the key store, and the change from one to the next (SEC-133).

While the data is brought from one key to the next both are kept, so that whatever a kill leaves
can be opened; the old one is destroyed when nothing needs it any more.
A small record beside the keys says which is which::

    {"version": 2, "made_at": "2026-11-24T…", "pending": 3, "retired": 1}
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from bridge.adapters.secrets import DATA_KEY_BYTES, data_key
from bridge.errors import KeyStoreUnavailable

if TYPE_CHECKING:
    from bridge.domain.ids import IdSource
    from bridge.ports.secrets import SecretStore

DATABASE_KEY: Final = "database"
"""Name of the first key of the database; later ones carry their version."""

CERTIFICATE_KEY: Final = "keystore-key"
"""Name of the keys that seal eHealth certificates; each carries its version."""

_RECORD: Final = "-versions"


class KeyVersions:
    """The versions of one data key."""

    def __init__(self, secrets: SecretStore, ids: IdSource, name: str) -> None:
        """Look after the key of that name; nothing is read yet."""
        self._secrets = secrets
        self._ids = ids
        self._name = name

    @property
    def version(self) -> int:
        """The version in use.

        Raises:
            KeyStoreUnavailable: the record cannot be read.
        """
        return int(self._read()["version"])

    @property
    def is_kept(self) -> bool:
        """Tell whether the key in use is in the key store.

        Raises:
            KeyStoreUnavailable: that cannot be asked.
        """
        return self._secrets.get(self._entry(self.version)) is not None

    @property
    def pending(self) -> int | None:
        """The version that is being introduced, if any."""
        found: int | None = self._read()["pending"]
        return found

    @property
    def made_at(self) -> datetime | None:
        """When the version in use became so; ``None`` when nobody wrote it down."""
        text = self._read()["made_at"]
        return None if text is None else datetime.fromisoformat(text)

    def key(self, version: int, *, creates: bool = False) -> bytes:
        """Give a version of the key.

        Raises:
            KeyStoreUnavailable: there is none, it cannot be kept, or what is kept is no key.
        """
        return data_key(self._secrets, self._entry(version), self._ids, creates=creates)

    def note(self, now: datetime) -> None:
        """Write down when the key in use was first seen, and destroy what is retired."""
        record = self._read()
        if record["retired"] is not None:
            self._destroy(record)
        if record["made_at"] is None:
            self._write({**self._read(), "made_at": now.isoformat()})

    def begin(self) -> tuple[int, bytes]:
        """Make the next key, or take up the one that was begun; gives its version too."""
        record = self._read()
        if record["retired"] is not None:
            self._destroy(record)
        version = record["pending"] or record["version"] + 1
        # The key first: a record of a key that is not there would be a lie.
        if self._secrets.get(self._entry(version)) is None:
            self._secrets.put(self._entry(version), self._ids.secret(DATA_KEY_BYTES))
        key = self.key(version)
        self._write({**self._read(), "pending": version})
        return version, key

    def finish(self, now: datetime) -> None:
        """Let the pending key be the one in use, and destroy the one before it."""
        record = self._read()
        if record["pending"] is None:
            return
        done = {
            "version": record["pending"],
            "made_at": now.isoformat(),
            "pending": None,
            "retired": record["version"],
        }
        self._write(done)
        self._destroy(done)

    def abandon(self) -> None:
        """Forget the pending key, under which nothing is."""
        record = self._read()
        if record["pending"] is not None:
            self._write({**record, "pending": None})
            self._secrets.delete(self._entry(record["pending"]))

    def forget(self) -> None:
        """Destroy every version: what is sealed under them can never be opened again."""
        try:
            record = self._read()
        except KeyStoreUnavailable:
            record = {"version": 1, "pending": None, "retired": None}
        last = max(filter(None, (record["version"], record["pending"], record["retired"])))
        for version in range(1, last + 1):
            self._secrets.delete(self._entry(version))
        self._secrets.delete(self._name + _RECORD)

    def _destroy(self, record: dict[str, Any]) -> None:
        self._secrets.delete(self._entry(record["retired"]))
        self._write({**record, "retired": None})

    def _entry(self, version: int) -> str:
        # Before there were versions, the database had one key, without a number.
        if version == 1 and self._name == DATABASE_KEY:
            return self._name
        return f"{self._name}-{version}"

    def _read(self) -> dict[str, Any]:
        kept = self._secrets.get(self._name + _RECORD)
        record: dict[str, Any] = {"version": 1, "made_at": None, "pending": None, "retired": None}
        if kept is None:
            return record
        try:
            record |= json.loads(kept)
        except (ValueError, TypeError) as error:
            raise KeyStoreUnavailable("the record of key versions cannot be read") from error
        return record

    def _write(self, record: dict[str, Any]) -> None:
        self._secrets.put(self._name + _RECORD, json.dumps(record).encode())
