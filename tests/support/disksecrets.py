"""A key store that outlives a process, for tests that kill one; nothing in it is protected."""

from __future__ import annotations

import json
from pathlib import Path

from bridge.adapters.ownfiles import write_private_file
from bridge.ports.secrets import MOST_BYTES


class DiskSecrets:
    """Port ``SecretStore`` on a file beside the profile, never within it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def names(self) -> set[str]:
        return set(self._read())

    def get(self, name: str) -> bytes | None:
        text = self._read().get(name)
        return None if text is None else bytes.fromhex(text)

    def put(self, name: str, value: bytes) -> None:
        if len(value) > MOST_BYTES:
            raise ValueError("secret is too large for a key store")
        self._write({**self._read(), name: value.hex()})

    def delete(self, name: str) -> None:
        kept = self._read()
        kept.pop(name, None)
        self._write(kept)

    def _read(self) -> dict[str, str]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    def _write(self, values: dict[str, str]) -> None:
        write_private_file(self._path, json.dumps(values).encode())
