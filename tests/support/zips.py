"""Reading encrypted ZIP files as other programs do, written apart from what writes them."""

from __future__ import annotations

import hashlib
import hmac
import io
import zipfile
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def read_zip(content: bytes, passphrase: str) -> dict[str, bytes]:
    """Open every file; raises ``ValueError`` when something does not hold."""
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        infos = whole.infolist()
    return {info.filename: _open(content, info, passphrase) for info in infos}


def _open(content: bytes, info: zipfile.ZipInfo, passphrase: str) -> bytes:
    if info.compress_type != 99 or info.extra[:4] != b"\x01\x99\x07\x00":
        raise ValueError("not encrypted with AES")
    name_size = int.from_bytes(content[info.header_offset + 26 :][:2], "little")
    extra_size = int.from_bytes(content[info.header_offset + 28 :][:2], "little")
    start = info.header_offset + 30 + name_size + extra_size
    sealed = content[start : start + info.compress_size]
    salt, check, mac = sealed[:16], sealed[16:18], sealed[-10:]
    derived = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt, 1000, 66)
    if derived[64:] != check:
        raise ValueError("wrong pass phrase")
    if hmac.new(derived[32:64], sealed[18:-10], "sha1").digest()[:10] != mac:
        raise ValueError("changed")
    plain = zlib.decompress(_decrypted(sealed[18:-10], derived[:32]), wbits=-15)
    if len(plain) != info.file_size:
        raise ValueError("cut")
    return plain


def _decrypted(sealed: bytes, key: bytes) -> bytes:
    """Decrypt block by block, each in a counter mode of its own."""
    plain = b""
    for number, start in enumerate(range(0, len(sealed), 16), 1):
        counter = modes.CTR(number.to_bytes(16, "little"))
        plain += Cipher(algorithms.AES(key), counter).decryptor().update(sealed[start : start + 16])
    return plain
