"""The backup file: an encrypted copy of the database behind a manifest.

::

    magic | length of the manifest (4 bytes) | manifest (JSON)
          | SHA-256 of all that | HMAC-SHA-256 of all that | encrypted database

Pass phrase and salt give two keys: one of the database, one of the HMAC.
The plain checksum tells a damaged manifest from a wrong pass phrase; the HMAC tells that nobody
changed it; the manifest holds size and checksum of the database.
Source: SEC-135; scrypt is RFC 7914, with the cost that the format fixes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from bridge.adapters.ownfiles import store_error, sync_file
from bridge.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

FORMAT: Final = 1
MAGIC: Final = b"CAREBRIDGE BACKUP\r\n\x1a\n"
"""Ends as PNG's does: a transfer that changes line ends is noticed at once."""

SALT_BYTES: Final = 16
LEAST_PASSPHRASE: Final = 12
"""Fewest characters of a pass phrase; the file may lie where anybody can copy it."""

_KEY_BYTES: Final = 32
_DIGEST_BYTES: Final = 32
_LENGTH_BYTES: Final = 4
_MOST_MANIFEST: Final = 4096
_CHUNK: Final = 2**20
_SCRYPT: Final = {"n": 2**16, "r": 8, "p": 1, "maxmem": 2**27}


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is known of a backup.

    Attributes:
        program: Version of the program that wrote it.
        schema: Revision of the database.
        created_at: ISO 8601, UTC.
        salt: Of the keys, hexadecimal.
        size: Bytes of the encrypted database.
        sha256: Its checksum, hexadecimal.
    """

    program: str
    schema: str
    created_at: str
    salt: str
    size: int
    sha256: str
    format: int = FORMAT


@dataclass(frozen=True)
class BackupKeys:
    """The two keys of one backup; shows neither."""

    database: bytes
    manifest: bytes

    def __repr__(self) -> str:
        return "BackupKeys(***)"


def keys_of(passphrase: str, salt: bytes) -> BackupKeys:
    """Derive the keys; takes a good part of a second and 64 MiB on purpose.

    Raises:
        InputError: ``backup_passphrase_short``.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise InputError(code="backup_passphrase_short", least=LEAST_PASSPHRASE)
    both = hashlib.scrypt(passphrase.encode(), salt=salt, dklen=2 * _KEY_BYTES, **_SCRYPT)
    return BackupKeys(database=both[:_KEY_BYTES], manifest=both[_KEY_BYTES:])


def seal(
    database: Path,
    target: Path,
    *,
    keys: BackupKeys,
    salt: bytes,
    schema: str,
    program: str,
    created_at: datetime,
) -> Manifest:
    """Write the backup file of an encrypted database, complete on disk when it returns.

    Args:
        database: The copy, encrypted under ``keys.database``.
        target: Replaced when it exists.
        keys: From ``keys_of``.
        salt: What they were derived with.
        schema: Revision of the database.
        program: Version of this program.
        created_at: Moment of the copy.

    Raises:
        StoreError: it cannot be written; ``storage_full`` when there is no room.
    """
    try:
        with database.open("rb") as source:
            size, digest = _measure(source)
            manifest = Manifest(
                program=program,
                schema=schema,
                created_at=created_at.isoformat(timespec="seconds"),
                salt=salt.hex(),
                size=size,
                sha256=digest,
            )
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_header(manifest, keys.manifest))
                source.seek(0)
                while chunk := source.read(_CHUNK):
                    file.write(chunk)
                sync_file(file)
    except OSError as error:
        raise store_error(error) from error
    return manifest


def unseal(backup: Path, target: Path, passphrase: str) -> tuple[Manifest, BackupKeys]:
    """Check a backup file and write the encrypted database in it to ``target``.

    Raises:
        InputError: ``backup_foreign``, ``backup_too_new``, ``backup_damaged``,
            ``backup_passphrase_wrong``; then ``target`` is worth nothing.
        StoreError: it cannot be read or written.
    """
    try:
        with backup.open("rb") as file:
            manifest, keys = _read_header(file, passphrase)
            with target.open("wb") as out:
                digest, size = hashlib.sha256(), 0
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    out.write(chunk)
                sync_file(out)
    except OSError as error:
        raise store_error(error) from error
    if (size, digest.hexdigest()) != (manifest.size, manifest.sha256):
        raise InputError(code="backup_damaged")
    return manifest, keys


_BINARY: Final[int] = getattr(os, "O_BINARY", 0)


def _measure(file: BinaryIO) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def _header(manifest: Manifest, key: bytes) -> bytes:
    document = json.dumps(asdict(manifest)).encode()
    said = MAGIC + len(document).to_bytes(_LENGTH_BYTES, "big") + document
    return said + hashlib.sha256(said).digest() + _proof(said, key)


def _proof(said: bytes, key: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")


def _read_header(file: BinaryIO, passphrase: str) -> tuple[Manifest, BackupKeys]:
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        # Enough of ours to be recognised, or the beginning of it and then nothing: damaged.
        is_ours = bool(magic) and MAGIC.startswith(magic)
        raise InputError(code="backup_damaged" if is_ours else "backup_foreign")
    prefix = file.read(_LENGTH_BYTES)
    length = int.from_bytes(prefix, "big")
    if length > _MOST_MANIFEST:
        raise InputError(code="backup_damaged")
    document = file.read(length)
    said = magic + prefix + document
    checksum, proof = file.read(_DIGEST_BYTES), file.read(_DIGEST_BYTES)
    if checksum != hashlib.sha256(said).digest():
        raise InputError(code="backup_damaged")
    manifest = _parse(document)
    keys = keys_of(passphrase, bytes.fromhex(manifest.salt))
    if not hmac.compare_digest(proof, _proof(said, keys.manifest)):
        raise InputError(code="backup_passphrase_wrong")
    return manifest, keys


def _parse(document: bytes) -> Manifest:
    try:
        members: dict[str, Any] = json.loads(document)
        number = members["format"]
        if isinstance(number, int) and number > FORMAT:
            raise InputError(code="backup_too_new")
        manifest = Manifest(**members)
        is_right = len(bytes.fromhex(manifest.salt)) == SALT_BYTES
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(code="backup_damaged") from error
    if not is_right:
        raise InputError(code="backup_damaged")
    return manifest
