"""The certificate of the https listener: a leaf for loopback and nothing else (SEC-63, TLS-02)."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from bridge.crypto import loopbackleaf
from bridge.crypto.loopbackleaf import Leaf, issue, new_key
from bridge.errors import KeyStoreUnavailable

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
KEY = new_key()


def certificate(serial: bytes = b"\xff" * 16) -> x509.Certificate:
    return x509.load_der_x509_certificate(issue(KEY, now=NOW, serial=serial).der)


def extension(kind):
    return certificate().extensions.get_extension_for_class(kind)


def test_tls_02_it_is_no_authority():
    constraints = extension(x509.BasicConstraints)
    assert (constraints.value.ca, constraints.critical) == (False, True)
    usage = extension(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_cert_sign, usage.crl_sign) == (True, False, False)
    purposes = extension(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_tls_02_it_is_for_the_names_of_loopback_only():
    names = extension(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    assert set(addresses) == {ipaddress.ip_address(text) for text in ("127.0.0.1", "::1")}
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert len(list(names)) == 3


def test_tls_02_it_lives_for_397_days_at_most():
    made = certificate()
    assert made.not_valid_before_utc < NOW
    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=397)


def test_tls_02_each_computer_has_a_key_of_its_own():
    keys = {loopbackleaf.private_key(new_key()).public_key().public_numbers().x for _ in range(3)}
    assert len(keys) == 3


def test_it_is_signed_with_its_own_key():
    made = certificate()
    made.verify_directly_issued_by(made)


@pytest.mark.parametrize("serial", [b"\x00" * 16, b"\xff" * 16], ids=["zeros", "ones"])
def test_serial_numbers_are_positive(serial):
    number = certificate(serial).serial_number
    assert 0 < number < 2**159


@pytest.mark.parametrize(("days", "is_due"), [(364, False), (365, True), (400, True)])
def test_it_is_renewed_30_days_ahead(days, is_due):
    leaf = issue(KEY, now=NOW, serial=b"1" * 16)
    assert leaf.is_due(NOW + timedelta(days=days)) is is_due


def test_it_is_read_again_and_named_by_its_fingerprints():
    leaf = issue(KEY, now=NOW, serial=b"1" * 16)
    assert Leaf.parse(leaf.der) == leaf
    assert (len(leaf.sha256), len(leaf.sha1)) == (64, 40)
    with pytest.raises(ValueError, match=r"pars|decod|ASN"):
        Leaf.parse(b"no certificate")


def _rsa() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("wrong", [b"", b"no key", None], ids=["none", "text", "rsa"])
def test_what_is_no_such_key_is_refused(wrong):
    with pytest.raises(KeyStoreUnavailable):
        loopbackleaf.private_key(_rsa() if wrong is None else wrong)


def test_the_key_is_on_a_curve_every_browser_knows():
    assert isinstance(loopbackleaf.private_key(KEY).curve, ec.SECP256R1)
