"""SoftHSM2 tokens for tests: one private folder per test process, one token per kind of key.

The library reads its folder when it is initialised, so all tests of a process share it, and they
share the one thread that may use it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pkcs11.job import CardChoice
from bridge.adapters.pkcs11.modules import SOFTHSM_MODULES, discover_modules
from bridge.adapters.pkcs11.signer import Pkcs11Signer
from bridge.adapters.pkcs11.softhsm import SoftHsmToken
from bridge.crypto.certificates import Certificate
from tests.support import pki

PIN: Final = b"1234"
WRONG_PIN: Final = b"4321"


@cache
def folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="carebridge-softhsm-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@cache
def thread() -> CardThread:
    return CardThread()


def require() -> None:
    """Skip the test on a computer without SoftHSM2; where it is promised, it must be there."""
    is_promised = sys.platform == "linux" and os.environ.get("CI") == "true"
    if not is_promised and not discover_modules(sys.platform, os.environ, SOFTHSM_MODULES):
        pytest.skip("SoftHSM2 is not installed")


@cache
def token(kind: pki.KeyKind, _name: str = "card") -> SoftHsmToken:
    """Give the token of that name, made on first use with the credential of ``pki.eid``."""
    require()
    credential = pki.eid(kind)
    return SoftHsmToken.create(folder() / "softhsm", credential.key, credential.certificate, PIN)


@cache
def blank_token(name: str) -> SoftHsmToken:
    """Give a token without authentication objects."""
    require()
    made = SoftHsmToken.create(
        folder() / "softhsm", pki.eid("ec").key, pki.eid("ec").certificate, PIN, label=name
    )
    with opened(made) as session:
        for found in list(session.get_objects({})):
            found.destroy()
    return made


def signer(made: SoftHsmToken, *, key_label: str = "Authentication") -> Pkcs11Signer:
    choice = CardChoice(token_serial=made.serial, key_label=key_label)
    return Pkcs11Signer(made.module, choice=choice, thread=thread())


def opened(made: SoftHsmToken) -> Any:
    """Open a token for writing, to prepare a test."""
    library = pkcs11.lib(str(made.module))
    return library.get_token(token_serial=made.serial.encode()).open(rw=True, user_pin=PIN.decode())


def add_certificate(made: SoftHsmToken, certificate: Certificate, *, label: str) -> None:
    attributes = pkcs11.util.x509.decode_x509_certificate(certificate.der)
    with opened(made) as session:
        session.create_object(
            attributes | {Attribute.TOKEN: True, Attribute.PRIVATE: False, Attribute.LABEL: label}
        )


def add_data(made: SoftHsmToken, label: str, value: bytes) -> None:
    with opened(made) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: False,
                Attribute.LABEL: label,
                Attribute.VALUE: value,
            }
        )
