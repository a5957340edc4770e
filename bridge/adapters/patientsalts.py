"""The salts of patients' pseudonyms in the audit log, in a small file beside it (SEC-163).

A patient is found there by a keyed hash of her number; her salt goes into every pseudonym of hers.
Erasing overwrites both in place: from then on nobody, with her number and all keys, can say which
records were about her.

::

    keyed hash of the number (32 bytes) | salt (32 bytes)      for each patient, zeros when erased
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

from bridge.adapters.ownfiles import create_private_file, ensure_private_folder, store_error
from bridge.errors import KeyStoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from bridge.domain.ids import IdSource

FILE_NAME: Final = "patient-salts"
SALT_BYTES: Final = 32
_INDEX_BYTES: Final = 32
_RECORD: Final = _INDEX_BYTES + SALT_BYTES


class FileSalts:
    """Port ``PatientSalts`` on one file."""

    def __init__(self, folder: Path, ids: IdSource) -> None:
        """Choose the folder; the file is made with the first patient."""
        self._path = folder / FILE_NAME
        self._ids = ids
        self._mutex = threading.Lock()
        self._known: dict[bytes, tuple[int, bytes]] | None = None
        self._end = 0

    def salt(self, index: bytes) -> bytes:
        """Give the salt of a patient, made now when there is none.

        Raises:
            StoreError: it cannot be read or written.
        """
        try:
            with self._mutex:
                known = self._load()
                if index not in known:
                    self._add(index, self._ids.secret(SALT_BYTES))
                return known[index][1]
        except OSError as error:
            raise store_error(error) from error

    def find(self, index: bytes) -> bytes | None:
        """Give the salt of a patient; ``None`` when there is none.

        Raises:
            StoreError: it cannot be read.
        """
        try:
            with self._mutex:
                found = self._load().get(index)
        except OSError as error:
            raise store_error(error) from error
        return None if found is None else found[1]

    def forget(self, index: bytes) -> None:
        """Destroy the salt of a patient, on the disk when this returns.

        Raises:
            StoreError: it cannot be written; the salt is still there.
        """
        try:
            with self._mutex:
                place = self._load().get(index)
                if place is not None:
                    self._write(place[0], bytes(_RECORD))
                    self._load().pop(index)
        except OSError as error:
            raise store_error(error) from error

    def _load(self) -> dict[bytes, tuple[int, bytes]]:
        if self._known is None:
            content = self._path.read_bytes() if self._path.exists() else b""
            # What a power cut left of a record is no record, and is written over.
            whole = range(0, len(content) - len(content) % _RECORD, _RECORD)
            records = {place: content[place : place + _RECORD] for place in whole}
            self._known = {
                record[:_INDEX_BYTES]: (place, record[_INDEX_BYTES:])
                for place, record in records.items()
                if any(record)
            }
            self._end = len(whole) * _RECORD
        return self._known

    def _add(self, index: bytes, salt: bytes) -> None:
        ensure_private_folder(self._path.parent)
        create_private_file(self._path)
        self._write(self._end, index + salt)
        self._load()[index] = (self._end, salt)
        self._end += _RECORD

    def _write(self, place: int, record: bytes) -> None:
        with self._path.open("rb+") as file:
            file.seek(place)
            file.write(record)
            file.flush()
            if not any(record):
                os.fsync(file.fileno())


class NoSalts:
    """Port ``PatientSalts`` where no key store is: nothing may be kept, so nobody has a name."""

    def salt(self, index: bytes) -> bytes:
        """Refuse."""
        del index  # nobody is looked for
        raise KeyStoreUnavailable

    def find(self, index: bytes) -> bytes | None:
        """Refuse."""
        return self.salt(index)

    def forget(self, index: bytes) -> None:
        """Refuse."""
        self.salt(index)
