"""ZIP files that open with a pass phrase: AES-256 as WinZip, 7-Zip and others read it.

Source: *AES Encryption Information: Encryption Specification AE-1 and AE-2* (WinZip, version
1.04), on top of the APPNOTE of ZIP; AE-2 leaves the checksum of the content out, the MAC is enough.
The key is derived with only 1 000 rounds, because the format fixes that: hence the least length of
a pass phrase.
Names of files are not hidden.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bridge.domain.ids import IdSource
from bridge.domain.madefiles import LEAST_PASSPHRASE
from bridge.errors import InputError
from bridge.ports.clock import Clock

SALT_BYTES: Final = 16
_KEY_BYTES: Final = 32
_CHECK_BYTES: Final = 2
_MAC_BYTES: Final = 10
_ROUNDS: Final = 1000
_BLOCK: Final = 16
_DEFLATED: Final = 8
_AES: Final = 99
_VERSION: Final = 51
_FLAGS: Final = 0x0001 | 0x0800
"""Encrypted; names are UTF-8."""

_EXTRA: Final = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, _DEFLATED)
_COMMON: Final = struct.Struct("<HHHHHIIIHH")
_LOCAL: Final = b"PK\x03\x04"
_CENTRAL: Final = b"PK\x01\x02"
_END: Final = struct.Struct("<4sHHHHIIH")
_FIRST_YEAR: Final = 1980


def write(
    files: Mapping[str, bytes], passphrase: str, *, salts: Mapping[str, bytes], at: datetime
) -> bytes:
    """Write files into one that opens with a pass phrase.

    Args:
        files: Names to contents.
        passphrase: At least ``LEAST_PASSPHRASE`` characters.
        salts: Names to ``SALT_BYTES`` fresh random bytes.
        at: What is shown as the time of each file.

    Raises:
        InputError: ``backup_passphrase_short``.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise InputError(code="backup_passphrase_short", least=LEAST_PASSPHRASE)
    body, directory = b"", b""
    for name, content in files.items():
        sealed = _seal(content, passphrase, salts[name])
        encoded = name.encode()
        common = _COMMON.pack(
            _VERSION, _FLAGS, _AES, *_time_of(at), 0, len(sealed), len(content), len(encoded),
            len(_EXTRA),
        )  # fmt: skip
        place = struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        made_by = struct.pack("<H", _VERSION)
        directory += _CENTRAL + made_by + common + place + encoded + _EXTRA
        body += _LOCAL + common + encoded + _EXTRA + sealed
    count = len(files)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end


class AesZip:
    """Port ``FileSealer``: one file in a ZIP file."""

    def __init__(self, *, ids: IdSource, clock: Clock) -> None:
        """Keep where salts and times come from."""
        self._ids = ids
        self._clock = clock

    def seal(self, name: str, content: bytes, passphrase: str) -> bytes:
        """Seal a file; see the port."""
        salts = {name: self._ids.secret(SALT_BYTES)}
        return write({name: content}, passphrase, salts=salts, at=self._clock.now())


def _seal(content: bytes, passphrase: str, salt: bytes) -> bytes:
    if len(salt) != SALT_BYTES:
        raise ValueError("the salt has 16 bytes")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    plain = packer.compress(content) + packer.flush()
    size = 2 * _KEY_BYTES + _CHECK_BYTES
    derived = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt, _ROUNDS, size)
    key, mac_key = derived[:_KEY_BYTES], derived[_KEY_BYTES : 2 * _KEY_BYTES]
    encrypted = _encrypt(plain, key)
    mac = hmac.digest(mac_key, encrypted, "sha1")[:_MAC_BYTES]
    return salt + derived[-_CHECK_BYTES:] + encrypted + mac


def _encrypt(plain: bytes, key: bytes) -> bytes:
    """Encrypt in counter mode; the counter is little-endian and begins with 1.

    The library counts big-endian, so the counters are encrypted one by one and added.
    """
    blocks = -(-len(plain) // _BLOCK)
    counters = b"".join(number.to_bytes(_BLOCK, "little") for number in range(1, blocks + 1))
    encryptor = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()  # noqa: S305  counters only, each once
    stream = (encryptor.update(counters) + encryptor.finalize())[: len(plain)]
    both = int.from_bytes(plain) ^ int.from_bytes(stream)
    return both.to_bytes(len(plain))


def _time_of(at: datetime) -> tuple[int, int]:
    date = (max(at.year - _FIRST_YEAR, 0) << 9) | (at.month << 5) | at.day
    return (at.hour << 11) | (at.minute << 5) | (at.second // 2), date
