from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from bridge.crypto.certificates import Certificate
from bridge.crypto.trust import TrustList
from bridge.errors import CertificateOutOfTime, CertificateUntrusted
from tests.support import pki

ROOTS = TrustList([pki.root().certificate])
DAY = timedelta(days=1)


def authority(name, issuer, **options):
    subject = pki.name((NameOID.COMMON_NAME, name))
    return pki.issue(subject, pki.key("rsa", "some authority"), issuer=issuer, **options)


def leaf(issuer, **options):
    return pki.issue(pki.eid_name(), pki.key("ec", "some leaf"), issuer=issuer, **options)


def bare(*extensions):
    """A certificate of the root with nothing but the given extensions."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(pki.eid_name())
        .issuer_name(pki.root().certificate.x509.subject)
        .public_key(pki.key("ec", "some leaf").public_key())
        .serial_number(5)
        .not_valid_before(pki.NOW - DAY)
        .not_valid_after(pki.NOW + DAY)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return Certificate.from_x509(builder.sign(pki.root().key, hashes.SHA256()))


INTERMEDIATE = authority("Intermediate", pki.root(), authority=True)


@pytest.mark.parametrize(
    ("certificate", "intermediates"),
    [
        pytest.param(pki.eid("rsa").certificate, [], id="rsa"),
        pytest.param(pki.eid("ec").certificate, [], id="p-384"),
        pytest.param(leaf(INTERMEDIATE).certificate, [INTERMEDIATE.certificate], id="intermediate"),
        pytest.param(bare(), [], id="without-extensions"),
    ],
)
def test_path_to_an_anchor_is_found(certificate, intermediates):
    ROOTS.verify(certificate, at=pki.NOW, intermediates=intermediates)
    ROOTS.verify(
        certificate,
        at=pki.NOW.astimezone(ZoneInfo("Europe/Brussels")),
        intermediates=intermediates,
    )


def test_a_leaf_can_be_an_anchor_itself():
    TrustList([pki.eid().certificate]).verify(pki.eid().certificate, at=pki.NOW)


def untrusted_cases():
    no_authority = authority("No authority", pki.root(), authority=False)
    expired = authority("Expired", pki.root(), authority=True, not_after=pki.NOW - DAY)
    false_root = pki.issue(
        pki.root().certificate.x509.subject, pki.key("rsa", "false root"), authority=True
    )
    yield "no-intermediate", leaf(INTERMEDIATE), []
    yield "self-signed", leaf(None), []
    yield "leaf-as-issuer", leaf(pki.eid()), [pki.eid()]
    yield "issuer-without-authority", leaf(no_authority), [no_authority]
    yield "expired-intermediate", leaf(expired), [expired]
    yield "root-of-the-same-name", leaf(false_root), [false_root]
    yield "authority-as-leaf", INTERMEDIATE, []


@pytest.mark.parametrize(
    ("credential", "helpers"),
    [pytest.param(*case, id=name) for name, *case in untrusted_cases()],
)
def test_no_path_is_no_trust(credential, helpers):
    with pytest.raises(CertificateUntrusted):
        ROOTS.verify(
            credential.certificate,
            at=pki.NOW,
            intermediates=[helper.certificate for helper in helpers],
        )


def test_an_issuer_that_may_not_sign_certificates_is_no_issuer():
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    issuer = pki.Credential(
        pki.key("ec", "some leaf"),
        bare(x509.BasicConstraints(ca=True, path_length=None), usage),
    )
    with pytest.raises(CertificateUntrusted):
        ROOTS.verify(leaf(issuer).certificate, at=pki.NOW, intermediates=[issuer.certificate])


def test_unknown_critical_extensions_are_refused():
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")
    with pytest.raises(CertificateUntrusted):
        ROOTS.verify(bare(strange), at=pki.NOW)


@pytest.mark.parametrize("distance", [timedelta(days=-366), timedelta(days=366)])
def test_a_leaf_out_of_time_is_told_apart(distance):
    with pytest.raises(CertificateOutOfTime):
        ROOTS.verify(pki.eid().certificate, at=pki.NOW + distance)


def test_nobody_is_trusted_by_an_empty_list():
    with pytest.raises(CertificateUntrusted):
        TrustList([]).verify(pki.eid().certificate, at=pki.NOW)


def test_anchors_are_read_from_pem():
    pem = pki.root().certificate_pem + pki.root("Other Root CA").certificate_pem
    trust = TrustList.from_pem(b"a remark before\n" + pem)
    assert trust.anchors == (pki.root().certificate, pki.root("Other Root CA").certificate)
    assert repr(trust) == "TrustList(2 anchors)"
    trust.verify(pki.eid().certificate, at=pki.NOW)


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"nothing", id="text"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", id="broken"
        ),
    ],
)
def test_anchors_that_cannot_be_read_are_refused(pem):
    with pytest.raises(CertificateUntrusted) as caught:
        TrustList.from_pem(pem)
    assert caught.value.problem_code == "certificate_unreadable"
