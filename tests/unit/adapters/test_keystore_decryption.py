"""The keys beside ``authentication``: kept with it, and used for seals only."""

from __future__ import annotations

import base64
import json
import subprocess

import pytest
from cryptography import x509

from bridge.adapters.ids import SystemIds
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.pkcs12 import open_pkcs12
from bridge.adapters.secrets import MemorySecrets
from bridge.crypto.cms.signed import CmsSigner
from bridge.crypto.seal import seal, unseal
from bridge.errors import KeystoreUnreadable, PassphraseWrong
from bridge.sandbox.keystorefile import write_keystore
from bridge.sandbox.pki import Credential
from bridge.service.etks import signer_of
from tests.support import pki
from tests.support.fakes import CountingIds, FixedClock
from tests.support.sealing import encryption, issue_encryption

PASSPHRASE = "pass phräse"
REGISTRATION = "reg_1"


def in_sandbox(credential):
    return Credential(key=credential.key, certificate=credential.certificate)


def file(*keys, owner=None):
    return write_keystore(
        in_sandbox(owner or pki.ehealth()),
        encryption=[in_sandbox(each) for each in keys],
        others=[pki.root().certificate],
        passphrase=PASSPHRASE,
    )


@pytest.fixture
def vault(tmp_path):
    return KeystoreVault(tmp_path, secrets=MemorySecrets(), ids=SystemIds(FixedClock()))


def imported(vault, *keys, owner=None):
    content = file(*keys, owner=owner)
    vault.import_pkcs12(content, PASSPHRASE, registration_id=REGISTRATION)
    return vault.load(REGISTRATION)


def test_every_decryption_key_is_kept(vault):
    keys = [encryption(), encryption(name="older")]
    loaded = imported(vault, *keys)
    assert loaded.certificate == pki.ehealth().certificate
    found = [each.certificate for each in loaded.decryption_keys]
    assert found == [each.certificate for each in keys]


def test_kept_keys_seal_and_unseal(vault):
    loaded = imported(vault, encryption())
    recipients = [encryption().certificate]
    sealed = seal(b"x", signer=signer_of(loaded), recipients=recipients, ids=CountingIds())
    opened = unseal(sealed, keys=loaded.decryption_keys)
    assert (opened.content, opened.sender) == (b"x", pki.ehealth().certificate)


def test_an_elliptic_curve_signs_seals_too(vault):
    signer = signer_of(imported(vault, encryption(), owner=pki.ehealth("ec")))
    recipients = [encryption().certificate]
    sealed = seal(b"x", signer=signer, recipients=recipients, ids=CountingIds())
    keys = vault.load(REGISTRATION).decryption_keys
    assert unseal(sealed, keys=keys).sender == pki.ehealth("ec").certificate
    assert isinstance(signer, CmsSigner)


def test_a_file_without_them_still_opens(vault):
    assert imported(vault).decryption_keys == ()


def test_a_file_sealed_before_there_were_any_still_opens(vault):
    imported(vault, encryption())
    document = json.loads(vault._unseal(vault._path(REGISTRATION).read_bytes(), REGISTRATION))
    del document["decryption"]
    vault._path(REGISTRATION).write_bytes(
        vault._seal(json.dumps(document).encode(), REGISTRATION, 1)
    )
    loaded = vault.load(REGISTRATION)
    assert (loaded.certificate, loaded.decryption_keys) == (pki.ehealth().certificate, ())


def test_a_decryption_key_of_another_kind_is_refused(vault):
    imported(vault, encryption())
    document = json.loads(vault._unseal(vault._path(REGISTRATION).read_bytes(), REGISTRATION))
    wrong = imported(vault, owner=pki.ehealth("ec"))
    assert wrong.decryption_keys == ()
    other = json.loads(vault._unseal(vault._path(REGISTRATION).read_bytes(), REGISTRATION))
    document["decryption"][0]["key"] = other["key"]
    vault._path(REGISTRATION).write_bytes(
        vault._seal(json.dumps(document).encode(), REGISTRATION, 1)
    )
    with pytest.raises(KeystoreUnreadable):
        vault.load(REGISTRATION)


def test_keys_of_another_kind_are_passed_over():
    curved = issue_encryption(pki.ehealth(), key=pki.key("ec", "encryption"))
    opened = open_pkcs12(file(curved, encryption()), PASSPHRASE)
    assert [certificate for _, certificate in opened.decryption] == [encryption().certificate.x509]


def test_nothing_secret_is_shown_or_stored_openly(vault, tmp_path):
    loaded = imported(vault, encryption())
    secret = pki.ehealth().key_pem.splitlines()[3]
    stored = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert secret not in stored
    assert base64.b64encode(encryption().certificate.der)[:60] not in stored
    assert pki.NISS not in repr(loaded) + repr(loaded.decryption_keys)


def test_openssl_reads_a_file_with_several_keys(tmp_path):
    path = tmp_path / "several.p12"
    path.write_bytes(file(encryption(), encryption(name="older")))
    command = ["openssl", "pkcs12", "-in", str(path), "-nodes", "-passin", f"pass:{PASSPHRASE}"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=8)
    assert done.stdout.count(b"BEGIN PRIVATE KEY") == 3
    serial = str(encryption().certificate.x509.serial_number).encode()
    assert b"friendlyName: authentication" in done.stdout
    assert b"friendlyName: " + serial in done.stdout
    assert len(x509.load_pem_x509_certificates(done.stdout)) == 4


def test_the_check_value_notices_another_pass_phrase_and_damage():
    content = bytearray(file(encryption()))
    with pytest.raises(PassphraseWrong):
        open_pkcs12(bytes(content), "other")
    content[len(content) // 2] ^= 1
    with pytest.raises((PassphraseWrong, KeystoreUnreadable)):
        open_pkcs12(bytes(content), PASSPHRASE)
