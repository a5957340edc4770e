"""A software card for the simulator build and the tests: a SoftHSM2 token made to measure.

The library reads where its tokens lie when it is initialised, so a process uses one folder at a
time; several tokens in it are told apart by their serial numbers.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, TokenFlag
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

from bridge.adapters.ownfiles import ensure_private_folder, write_private_file
from bridge.adapters.pkcs11.errors import pkcs11_errors
from bridge.adapters.pkcs11.job import CardChoice
from bridge.adapters.pkcs11.modules import SOFTHSM_MODULES, discover_modules
from bridge.errors import CardError, MiddlewareMissing

if TYPE_CHECKING:
    from pathlib import Path

    from pkcs11.types import Token

    from bridge.crypto.certificates import Certificate

_SETTING: Final = "SOFTHSM2_CONF"
_KEY_ID: Final = b"\x02"
_LABEL_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True)
class SoftHsmToken:
    """One token with an authentication key that cannot be taken out, and its certificate.

    Attributes:
        module: Full path of the library.
        serial: Serial number of the token.
    """

    module: Path
    serial: str

    @property
    def choice(self) -> CardChoice:
        """The choice by which a signer finds this token."""
        return CardChoice(token_serial=self.serial)

    @classmethod
    def create(
        cls,
        directory: Path,
        private_key: RSAPrivateKey | EllipticCurvePrivateKey,
        certificate: Certificate,
        pin: bytes,
        *,
        label: str = "BELPIC",
    ) -> Self:
        """Make a token in a folder of its own, or one more in a folder made before.

        Call it before signers use the library, or while they rest.

        Args:
            directory: Holds the tokens and the library's settings.
            private_key: RSA or EC; imported as sensitive and not extractable.
            certificate: Certificate of the key.
            pin: PIN of the user, 4 to 12 digits.
            label: Label of the token.

        Raises:
            MiddlewareMissing: SoftHSM2 is not installed.
            CardError: the token cannot be made.
        """
        modules = discover_modules(sys.platform, os.environ, SOFTHSM_MODULES)
        if not modules:
            raise MiddlewareMissing("SoftHSM2 is not installed")
        with pkcs11_errors():
            library = _library_in(directory, modules[0])
            token = _new_token(library, modules[0], label, pin)
            _import(token, pin, private_key, certificate)
        return cls(module=modules[0], serial=token.serial.decode("ascii"))


def _library_in(directory: Path, module: Path) -> Any:
    settings = directory / "softhsm2.conf"
    tokens = directory / "tokens"
    ensure_private_folder(directory)
    ensure_private_folder(tokens)
    if os.environ.get(_SETTING) == str(settings):
        return pkcs11.lib(str(module))
    text = f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
    write_private_file(settings, text.encode())
    os.environ[_SETTING] = str(settings)
    library = pkcs11.lib(str(module))
    # It may have been initialised with another folder.
    library.reinitialize()
    return library


def _new_token(library: Any, module: Path, label: str, pin: bytes) -> Token:
    before = {token.serial for token in _initialised(library)}
    free = next(slot for slot in library.get_slots() if not _is_initialised(slot.get_token()))
    officer_pin = secrets.token_hex(8)
    _initialise(module, free.slot_id, officer_pin.encode(), label)
    token = next(token for token in _initialised(library) if token.serial not in before)
    with token.open(rw=True, so_pin=officer_pin) as session:
        session.init_pin(pin.decode("ascii"))
    return token


def _initialise(module: Path, slot: int, officer_pin: bytes, label: str) -> None:
    padded = label.encode().ljust(_LABEL_BYTES)
    initialise = ctypes.CDLL(str(module)).C_InitToken
    initialise.argtypes = [ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
    initialise.restype = ctypes.c_ulong
    result: int = initialise(slot, officer_pin, len(officer_pin), padded)
    if result != 0:
        raise CardError(f"token cannot be initialised: {result:#x}")


def _import(
    token: Token,
    pin: bytes,
    private_key: RSAPrivateKey | EllipticCurvePrivateKey,
    certificate: Certificate,
) -> None:
    shared = {Attribute.TOKEN: True, Attribute.LABEL: "Authentication", Attribute.ID: _KEY_ID}
    protected = {
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
        Attribute.SIGN: True,
    }
    with token.open(rw=True, user_pin=pin.decode("ascii")) as session:
        session.create_object(_key_attributes(private_key) | shared | protected)
        public = decode_x509_certificate(certificate.der) | {Attribute.PRIVATE: False}
        session.create_object(public | shared)


def _key_attributes(
    private_key: RSAPrivateKey | EllipticCurvePrivateKey,
) -> dict[Attribute, Any]:
    der = private_key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    if isinstance(private_key, RSAPrivateKey):
        return decode_rsa_private_key(der)
    return decode_ec_private_key(der)


def _initialised(library: Any) -> list[Token]:
    tokens = [slot.get_token() for slot in library.get_slots()]
    return [token for token in tokens if _is_initialised(token)]


def _is_initialised(token: Token) -> bool:
    return bool(token.flags & TokenFlag.TOKEN_INITIALIZED)
