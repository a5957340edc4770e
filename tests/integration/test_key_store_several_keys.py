"""A PKCS#12 file with several keys, as eHealth gives it, made by Java's own keytool."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from bridge.adapters.pkcs12 import open_pkcs12
from bridge.errors import KeystoreUnreadable, PassphraseWrong

KEYTOOL = shutil.which("keytool")
OPENSSL = shutil.which("openssl")
OLD_KEYS = ("98765432109876", "12345678901234")

pytestmark = pytest.mark.timeout(60)
needs_keytool = pytest.mark.skipif(KEYTOOL is None, reason="needs Java's keytool")
needs_openssl = pytest.mark.skipif(
    OPENSSL is None and not (os.environ.get("CI") and sys.platform == "linux"),
    reason="needs OpenSSL",
)


def add_key(path, alias, *options):
    subprocess.run(
        [
            *(KEYTOOL, "-genkeypair", "-keystore", str(path), "-storetype", "PKCS12"),
            *("-alias", alias, "-dname", f"CN={alias}", "-keyalg", "EC"),
            *("-storepass", "secret1", "-validity", "10", *options),
        ],
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("p12") / "several.p12"
    for alias in (OLD_KEYS[0], "authentication", OLD_KEYS[1]):
        add_key(path, alias)
    return path.read_bytes()


def common_name(found):
    return found.certificate.subject.rfc4514_string()


@needs_keytool
def test_the_authentication_key_is_taken_although_it_is_not_the_first(file):
    found = open_pkcs12(file, "secret1")
    assert common_name(found) == "CN=authentication"
    assert found.key.public_key() == found.certificate.public_key()
    assert len(found.others) == 2


@needs_keytool
def test_another_key_can_be_named(file):
    assert common_name(open_pkcs12(file, "secret1", alias=OLD_KEYS[1])) == f"CN={OLD_KEYS[1]}"


@needs_keytool
def test_several_keys_without_the_wanted_one_are_not_guessed_at(file):
    with pytest.raises(KeystoreUnreadable):
        open_pkcs12(file, "secret1", alias="absent")


@needs_keytool
def test_a_wrong_passphrase_is_named(file):
    with pytest.raises(PassphraseWrong):
        open_pkcs12(file, "secret2")


@needs_openssl
@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="current"),
        pytest.param(("-keypbe", "NONE", "-certpbe", "NONE"), id="without-encryption"),
        pytest.param(("-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"), id="old"),
    ],
)
def test_files_of_openssl_are_read(tmp_path, options):
    both, path = tmp_path / "both.pem", tmp_path / "x.p12"
    make = [
        *(OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=openssl"),
        *("-keyout", str(both), "-out", str(tmp_path / "certificate.pem"), "-days", "5"),
    ]
    subprocess.run(make, check=True, capture_output=True)
    both.write_bytes(both.read_bytes() + (tmp_path / "certificate.pem").read_bytes())
    pack = [
        *(OPENSSL, "pkcs12", "-export", "-in", str(both), "-out", str(path)),
        *("-name", "authentication", "-passout", "pass:secret1", *options),
    ]
    subprocess.run(pack, check=True, capture_output=True)
    assert common_name(open_pkcs12(path.read_bytes(), "secret1")) == "CN=openssl"
