"""The applet: what the chip answers to each command (*Belgian eID card* 2, 6, 7 and 8)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from bridge.eid.carddata import CardData
from bridge.eid.files import APPLET_AID, MASTER_FILE, PKCS15_AID

MOST_TRIES: Final = 3
AUTHENTICATION: Final = 0x82
SIGNATURE: Final = 0x83

_OK: Final = 0x9000
_MORE: Final = 0x6100
_EXACT: Final = 0x6C00
_TRIES: Final = 0x63C0
_LENGTH_WRONG: Final = 0x6700
_NOT_VERIFIED: Final = 0x6982
_BLOCKED: Final = 0x6983
_NOT_SATISFIED: Final = 0x6985
_NO_FILE: Final = 0x6986
_NOT_FOUND: Final = 0x6A82
_PARAMETERS: Final = 0x6A86
_NO_KEY: Final = 0x6A88
_OFFSET: Final = 0x6B00
_UNKNOWN: Final = 0x6D00
_CLASS: Final = 0x6E00

_MOST_BYTES: Final = 256
_HEADER: Final = 5
_FIRST_WITH_FREE_STATE: Final = 0x17
_RSA_PADDING: Final = 11

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, kw_only=True)
class CardContent:
    """What a card is born with.

    Attributes:
        files: Path from the master file, such as ``3F00DF005038``, to content; a card without
            files is no eID.
        keys: Key reference to key.
        pin_block: The PIN as the card compares it, 8 bytes.
    """

    atr: bytes
    card_data: CardData
    files: Mapping[bytes, bytes] = field(repr=False)
    keys: Mapping[int, Key] = field(repr=False)
    pin_block: bytes = field(repr=False)


@dataclass
class Counters:
    """By which tests prove what a card was asked."""

    verifications: int = 0
    signatures: int = 0
    log_offs: int = 0
    resets: int = 0


class Applet:
    """One card; power and reset forget everything but the tries."""

    def __init__(self, content: CardContent) -> None:
        """Take a card out of the factory."""
        self._content = content
        self.tries_left = MOST_TRIES
        self.counters = Counters()
        self.headers: list[bytes] = []
        self._directory = MASTER_FILE
        self._file: bytes | None = None
        self._environment: tuple[int, int] | None = None
        self._ready = b""
        self._is_verified = False
        self._was_verified = False
        self._may_sign_now = False
        self._handlers: dict[tuple[int, int], Callable[[bytes, bytes], int]] = {
            (0x00, 0xA4): self._select,
            (0x00, 0xB0): self._read_binary,
            (0x00, 0xC0): self._get_response,
            (0x00, 0x20): self._verify,
            (0x00, 0x22): self._set_environment,
            (0x00, 0x2A): self._compute_signature,
            (0x00, 0x84): self._get_challenge,
            (0x80, 0xE4): self._get_card_data,
            (0x80, 0xE6): self._log_off,
        }

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        return self._content.atr

    @property
    def is_verified(self) -> bool:
        """Tell whether the authentication key signs without a PIN now."""
        return self._is_verified

    def reset(self) -> None:
        """Forget selection, environment and the verified PIN."""
        self.counters.resets += 1
        self._directory, self._file, self._environment = MASTER_FILE, None, None
        self._ready = b""
        self._is_verified = self._was_verified = self._may_sign_now = False

    def unblock(self) -> None:
        """Give all tries back, as the municipality does."""
        self.tries_left = MOST_TRIES

    def transmit(self, command: bytes) -> bytes:
        """Answer a command with data and status word."""
        self.headers.append(bytes(command[:4]))
        if len(command) < 4:  # noqa: PLR2004  # class, instruction and two parameters
            return _status(_LENGTH_WRONG)
        handler = self._handlers.get((command[0], command[1]))
        if handler is None:
            is_known_class = command[0] in {0x00, 0x80}
            return _status(_UNKNOWN if is_known_class else _CLASS)
        is_right_after_verify = self._may_sign_now
        self._may_sign_now = False
        if command[1] == 0x2A:  # noqa: PLR2004  # compute digital signature
            self._may_sign_now = is_right_after_verify
        if command[1] != 0xC0:  # noqa: PLR2004  # what was ready is lost with any other command
            self._ready = b""
        body = bytes(command[_HEADER:])
        if body and len(body) != command[_HEADER - 1]:
            return _status(_LENGTH_WRONG)
        status = handler(bytes(command), body)
        if status != _OK or not self._ready:
            return _status(status)
        return self._hand_out(command)

    # -- files ------------------------------------------------------------------------------

    def _select(self, command: bytes, body: bytes) -> int:
        how = command[2]
        if how == 0x04:  # noqa: PLR2004  # by application identifier
            if body not in {APPLET_AID, PKCS15_AID} or not self._content.files:
                return _NOT_FOUND
            self._directory = MASTER_FILE + (b"" if body == APPLET_AID else b"\xdf\x00")
            self._file = None
            return _OK
        if how == 0x08:  # noqa: PLR2004  # by path
            path = body if body.startswith(MASTER_FILE) else MASTER_FILE + body
        elif how in {0x00, 0x02} and len(body) == 2:  # noqa: PLR2004  # by file identifier
            path = self._near(body)
        else:
            return _PARAMETERS
        if path in self._directories:
            self._directory, self._file = path, None
        elif path in self._content.files:
            self._directory, self._file = path[:-2], path
        else:
            return _NOT_FOUND
        return _OK

    def _near(self, identifier: bytes) -> bytes:
        if identifier == MASTER_FILE:
            return MASTER_FILE
        below, beside = self._directory + identifier, MASTER_FILE + identifier
        known = self._directories | self._content.files.keys()
        return below if below in known else beside

    @property
    def _directories(self) -> set[bytes]:
        return {MASTER_FILE} | {path[:-2] for path in self._content.files}

    def _read_binary(self, command: bytes, _body: bytes) -> int:
        if not self._content.card_data.is_activated:
            return _UNKNOWN
        if self._file is None:
            return _NO_FILE
        if len(command) != _HEADER:
            return _LENGTH_WRONG
        content = self._content.files[self._file]
        offset = int.from_bytes(command[2:4], "big")
        if offset >= len(content):
            return _OFFSET
        wanted = command[4] or _MOST_BYTES
        left = len(content) - offset
        if wanted > left:
            return _EXACT + left
        self._ready = content[offset : offset + wanted]
        return _OK

    # -- card and PIN -----------------------------------------------------------------------

    def _get_card_data(self, command: bytes, _body: bytes) -> int:
        is_long = command[3] == 0x01
        data = self._content.card_data
        if is_long and not data.has_long_form:
            return _PARAMETERS
        whole = CardData(
            serial=data.serial,
            applet_byte=data.applet_byte,
            life_cycle=data.life_cycle,
            tries_left=self.tries_left if is_long else None,
        ).encode()
        if len(command) == _HEADER and command[4] not in {0, len(whole)}:
            return _EXACT + len(whole)
        self._ready = whole
        return _OK

    def _verify(self, command: bytes, body: bytes) -> int:
        if command[2:4] != b"\x00\x01":
            return _PARAMETERS
        if not body and self._content.card_data.applet_byte >= _FIRST_WITH_FREE_STATE:
            if self.tries_left == 0:
                return _BLOCKED
            return _OK if self._is_verified else _TRIES + self.tries_left
        self.counters.verifications += 1
        if self.tries_left == 0:
            return _BLOCKED
        if len(body) == len(self._content.pin_block) and hmac.compare_digest(
            body, self._content.pin_block
        ):
            self.tries_left = MOST_TRIES
            self._was_verified = self._is_verified
            self._is_verified = self._may_sign_now = True
            return _OK
        self._is_verified = False
        self.tries_left -= 1
        return _TRIES + self.tries_left if self.tries_left else _BLOCKED

    def _log_off(self, _command: bytes, _body: bytes) -> int:
        self.counters.log_offs += 1
        self._is_verified = False
        return _OK

    # -- signature --------------------------------------------------------------------------

    def _set_environment(self, command: bytes, body: bytes) -> int:
        if command[2:4] != b"\x41\xb6" or len(body) != 5 or body[:2] != b"\x04\x80":  # noqa: PLR2004  # its only form
            return _PARAMETERS
        if body[4] not in self._content.keys:
            return _NO_KEY
        self._environment = (body[2], body[4])
        return _OK

    def _compute_signature(self, command: bytes, body: bytes) -> int:
        is_right_after_verify, self._may_sign_now = self._may_sign_now, False
        if command[2:4] != b"\x9e\x9a":
            return _PARAMETERS
        if self._environment is None:
            return _NOT_SATISFIED
        algorithm, reference = self._environment
        is_open = is_right_after_verify if reference == SIGNATURE else self._is_verified
        if not is_open:
            return _NOT_VERIFIED
        made = sign_raw(self._content.keys[reference], algorithm, body)
        if made is None:
            return _LENGTH_WRONG
        if reference == SIGNATURE:  # a PIN spent on this key does not open the other one
            self._is_verified = self._was_verified
        self.counters.signatures += 1
        self._ready = made
        return _OK

    def _get_challenge(self, command: bytes, _body: bytes) -> int:
        if len(command) != _HEADER:
            return _LENGTH_WRONG
        self._ready = secrets.token_bytes(command[4] or _MOST_BYTES)
        return _OK

    # -- answers ----------------------------------------------------------------------------

    def _get_response(self, command: bytes, _body: bytes) -> int:
        if not self._ready:
            return _NOT_SATISFIED
        wanted = (command[4] if len(command) >= _HEADER else 0) or _MOST_BYTES
        if wanted > len(self._ready):
            return _EXACT + len(self._ready)
        return _OK

    def _hand_out(self, command: bytes) -> bytes:
        """Answer at once where an Le was given, else say how much can be fetched (T=0)."""
        if command[1] in {0xB0, 0xE4, 0x84}:
            given, self._ready = self._ready, b""
            return given + _status(_OK)
        if command[1] != 0xC0:  # noqa: PLR2004  # get response
            return _status(_MORE + len(self._ready) % _MOST_BYTES)
        wanted = (command[4] if len(command) >= _HEADER else 0) or _MOST_BYTES
        given, self._ready = self._ready[:wanted], self._ready[wanted:]
        left = len(self._ready)
        return given + _status(_MORE + left % _MOST_BYTES if left else _OK)


def sign_raw(key: Key, algorithm: int, data: bytes) -> bytes | None:
    """Sign as the chip does; ``None`` for data that does not fit the algorithm."""
    if isinstance(key, rsa.RSAPrivateKey):
        return _sign_rsa(key, data) if algorithm == 0x01 else _sign_rsa_hash(key, algorithm, data)
    hashed = {0x01: hashes.SHA256(), 0x02: hashes.SHA384(), 0x04: hashes.SHA512()}.get(algorithm)
    if hashed is None or len(data) != hashed.digest_size:
        return None
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(Prehashed(hashed))))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


_SHA256_PREFIX: Final = bytes.fromhex("3031300d060960864801650304020105000420")


def _sign_rsa_hash(key: rsa.RSAPrivateKey, algorithm: int, data: bytes) -> bytes | None:
    if algorithm != 0x08 or len(data) != hashes.SHA256.digest_size:  # noqa: PLR2004  # PKCS#1 with SHA-256
        return None
    return _sign_rsa(key, _SHA256_PREFIX + data)


def _sign_rsa(key: rsa.RSAPrivateKey, data: bytes) -> bytes | None:
    """Pad and sign without a hash; no library offers this for data of any form."""
    size = key.key_size // 8
    if len(data) > size - _RSA_PADDING:
        return None
    padded = b"\x00\x01" + b"\xff" * (size - 3 - len(data)) + b"\x00" + data
    numbers = key.private_numbers()
    signed = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n)
    return signed.to_bytes(size, "big")


def _status(word: int) -> bytes:
    return word.to_bytes(2, "big")
