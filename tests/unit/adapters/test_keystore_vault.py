"""The imported eHealth certificate: which key is taken, and how it is kept."""

from __future__ import annotations

import copy
import json
import pickle
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from bridge.adapters.ids import SystemIds
from bridge.adapters.keystore import Credential, KeystoreVault
from bridge.adapters.secrets import MemorySecrets
from bridge.crypto.algorithms import verify
from bridge.errors import (
    CertificateMissing,
    KeyStoreUnavailable,
    KeystoreUnreadable,
    PassphraseWrong,
)
from tests.support import pki
from tests.support.fakes import FixedClock

PASSPHRASE = "pass phräse"
REGISTRATION = "reg_1"
QUICK = (
    PrivateFormat.PKCS12.encryption_builder()
    .kdf_rounds(10)
    .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
    .build(PASSPHRASE.encode())
)


def p12(
    credential: pki.Credential | None = None,
    *,
    name: bytes | None = b"authentication",
    others: tuple[x509.Certificate, ...] = (),
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    chosen = credential or pki.ehealth()
    return pkcs12.serialize_key_and_certificates(
        name,
        chosen.key,
        chosen.certificate.x509,
        list(others),
        encryption or QUICK,
    )


@pytest.fixture
def secrets():
    return MemorySecrets()


@pytest.fixture
def vault(tmp_path, secrets):
    return KeystoreVault(tmp_path / "certificates", secrets=secrets, ids=SystemIds(FixedClock()))


def imported(vault: KeystoreVault, content: bytes | None = None, passphrase: str = PASSPHRASE):
    return vault.import_pkcs12(content or p12(), passphrase, registration_id=REGISTRATION)


def sealed_file(tmp_path):
    return tmp_path / "certificates" / f"{REGISTRATION}.sealed"


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_what_was_imported_signs(vault, kind):
    credential = pki.ehealth(kind)
    facts = imported(vault, p12(credential))
    loaded = vault.load(REGISTRATION)
    signature = loaded.sign(b"data")
    verify(credential.key.public_key(), loaded.algorithm, signature=signature, data=b"data")
    assert facts.certificate == loaded.certificate == credential.certificate


def test_the_other_certificates_of_the_file_are_the_chain(vault):
    facts = imported(vault, p12(others=(pki.root().certificate.x509,)))
    assert facts.chain == (pki.root().certificate,)
    assert vault.load(REGISTRATION).chain == (pki.root().certificate,)
    assert vault.facts(REGISTRATION) == facts


def test_files_encrypted_the_old_way_are_read(vault):
    old = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(10)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .build(PASSPHRASE.encode())
    )
    assert imported(vault, p12(encryption=old)).certificate == pki.ehealth().certificate


def test_a_wrong_passphrase_is_told_from_a_wrong_file(vault):
    with pytest.raises(PassphraseWrong):
        imported(vault, passphrase="wrong")
    with pytest.raises(CertificateMissing):
        vault.load(REGISTRATION)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"garbage", id="garbage"),
        pytest.param(pki.root().certificate.der, id="a-certificate"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\n", id="pem"),
        pytest.param(p12()[:-50], id="cut-off"),
        pytest.param(p12() + b"more", id="with-a-tail"),
    ],
)
def test_a_file_that_is_no_pkcs12_is_unreadable(vault, content):
    with pytest.raises(KeystoreUnreadable):
        vault.import_pkcs12(content, PASSPHRASE, registration_id=REGISTRATION)


def test_a_file_without_key_is_unreadable(vault):
    content = pkcs12.serialize_key_and_certificates(
        None, None, None, [pki.root().certificate.x509], BestAvailableEncryption(b"x")
    )
    with pytest.raises(KeystoreUnreadable):
        imported(vault, content, "x")


def test_a_key_without_its_certificate_is_unreadable(vault):
    content = pkcs12.serialize_key_and_certificates(
        b"authentication",
        pki.ehealth().key,
        None,
        [pki.root().certificate.x509],
        QUICK,
    )
    with pytest.raises(KeystoreUnreadable):
        imported(vault, content)


def test_a_key_that_cannot_sign_our_messages_is_unreadable(vault):
    key = ed25519.Ed25519PrivateKey.generate()
    content = pkcs12.serialize_key_and_certificates(b"authentication", key, None, None, QUICK)
    with pytest.raises(KeystoreUnreadable):
        imported(vault, content)


@pytest.mark.parametrize("name", [b"AUTHENTICATION", b"other", None])
def test_a_single_key_is_taken_whatever_its_name(vault, name):
    assert imported(vault, p12(name=name)).certificate == pki.ehealth().certificate


def test_a_single_key_of_another_name_can_be_refused(tmp_path, secrets):
    strict = KeystoreVault(
        tmp_path, secrets=secrets, ids=SystemIds(FixedClock()), accepts_single_key=False
    )
    assert imported(strict, p12(name=b"Authentication"))
    with pytest.raises(KeystoreUnreadable):
        imported(strict, p12(name=b"other"))


def test_the_name_of_the_key_is_a_setting(tmp_path, secrets):
    vault = KeystoreVault(
        tmp_path,
        secrets=secrets,
        ids=SystemIds(FixedClock()),
        alias="signing",
        accepts_single_key=False,
    )
    assert imported(vault, p12(name=b"signing"))


def test_a_second_import_replaces_the_first(vault):
    imported(vault)
    imported(vault, p12(pki.ehealth("ec")))
    assert vault.load(REGISTRATION).certificate == pki.ehealth("ec").certificate


def test_a_failed_import_keeps_the_one_before(vault):
    imported(vault)
    with pytest.raises(PassphraseWrong):
        imported(vault, p12(pki.ehealth("ec")), "wrong")
    assert vault.load(REGISTRATION).certificate == pki.ehealth().certificate


def test_what_was_removed_is_missing(vault):
    imported(vault)
    vault.remove(REGISTRATION)
    vault.remove(REGISTRATION)
    with pytest.raises(CertificateMissing):
        vault.load(REGISTRATION)


def test_the_file_shows_neither_key_nor_certificate_nor_passphrase_sec_136(vault, tmp_path):
    imported(vault)
    content = sealed_file(tmp_path).read_bytes()
    key = pki.ehealth().key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for secret in (key[30:60], pki.ehealth().certificate.der[60:90], PASSPHRASE.encode()):
        assert secret not in content
        assert secret.hex().encode() not in content
    assert set(json.loads(content)) == {"format", "key_version", "nonce", "sealed"}


def test_the_passphrase_is_kept_nowhere_sec_136(vault, tmp_path, secrets):
    imported(vault)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert all(PASSPHRASE.encode() not in content for content in kept)
    assert secrets.get("keystore-key-1") not in {None, PASSPHRASE.encode()}


def test_each_sealing_has_its_own_nonce(vault, tmp_path):
    nonces = set()
    for _ in range(5):
        imported(vault)
        nonces.add(json.loads(sealed_file(tmp_path).read_bytes())["nonce"])
    assert len(nonces) == 5


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists, not modes")
def test_the_file_is_for_its_owner_alone(vault, tmp_path):
    imported(vault)
    assert sealed_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert sealed_file(tmp_path).parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in sealed_file(tmp_path).parent.iterdir()] == ["reg_1.sealed"]


@pytest.mark.parametrize("place", [0, 40, -1, -40])
def test_a_changed_byte_is_noticed(vault, tmp_path, place):
    imported(vault)
    document = json.loads(sealed_file(tmp_path).read_bytes())
    text = document["sealed"]
    at = place % (len(text) - 4)
    document["sealed"] = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
    sealed_file(tmp_path).write_text(json.dumps(document))
    with pytest.raises(KeystoreUnreadable):
        vault.load(REGISTRATION)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"not json", b'{"nonce": 1, "sealed": 2}'])
def test_a_damaged_file_is_unreadable(vault, tmp_path, content):
    imported(vault)
    sealed_file(tmp_path).write_bytes(content)
    with pytest.raises(KeystoreUnreadable):
        vault.load(REGISTRATION)


def test_a_file_moved_to_another_registration_does_not_open(vault, tmp_path):
    imported(vault)
    sealed_file(tmp_path).rename(tmp_path / "certificates" / "reg_2.sealed")
    with pytest.raises(KeystoreUnreadable):
        vault.load("reg_2")


def test_without_its_data_key_it_does_not_open_and_no_new_key_is_made(vault, secrets):
    imported(vault)
    secrets.delete("keystore-key-1")
    with pytest.raises(KeyStoreUnavailable):
        vault.load(REGISTRATION)
    assert secrets.get("keystore-key-1") is None


def test_under_another_data_key_it_does_not_open(vault, secrets):
    imported(vault)
    secrets.put("keystore-key-1", bytes(32))
    with pytest.raises(KeystoreUnreadable):
        vault.load(REGISTRATION)


class Broken(MemorySecrets):
    """A key store that is locked."""

    def get(self, name: str) -> bytes | None:
        raise KeyStoreUnavailable(name)


def test_a_locked_key_store_is_told_from_a_damaged_file(vault, tmp_path):
    imported(vault)
    locked = KeystoreVault(tmp_path / "certificates", secrets=Broken(), ids=SystemIds(FixedClock()))
    with pytest.raises(KeyStoreUnavailable):
        locked.load(REGISTRATION)


@pytest.mark.parametrize("registration_id", ["", "../x", "a/b", "a.b", "x" * 65])
def test_an_identifier_never_leads_out_of_the_folder(vault, registration_id):
    with pytest.raises(ValueError, match="identifier"):
        vault.load(registration_id)


def test_a_credential_shows_and_gives_nothing(vault):
    facts = imported(vault)
    loaded = vault.load(REGISTRATION)
    assert repr(loaded) == "Credential(***)"
    assert repr(facts) == "KeystoreFacts(***)"
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            take(loaded)
    assert isinstance(loaded, Credential)
