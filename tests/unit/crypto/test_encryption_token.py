"""Encryption tokens: what they tell, and which are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.crypto.cms.schemes import Scheme
from bridge.crypto.etk import EtkTrust, read_token
from bridge.crypto.trust import TrustList
from bridge.errors import (
    CertificateOutOfTime,
    CertificateUntrusted,
    SignatureInvalid,
    TheirAnswerInvalid,
)
from tests.support import pki, sealing
from tests.support.sealing import AUTHORITY_CBE, authority, encryption, issue_encryption, token

OWNER = pki.ehealth()
TRUST = EtkTrust(anchors=TrustList([pki.root().certificate]), signer_cbe=AUTHORITY_CBE)
PINNED = EtkTrust(anchors=TrustList([authority().certificate]), signer_cbe=AUTHORITY_CBE)


def read(encoded, *, trust=TRUST, at=pki.NOW):
    return read_token(encoded, trust=trust, at=at)


@pytest.mark.parametrize("trust", [TRUST, PINNED], ids=["issued", "pinned"])
@pytest.mark.parametrize("scheme", [Scheme.RSA_PSS, Scheme.RSA_PKCS1])
def test_a_token_tells_certificates_and_owner(trust, scheme):
    encoded = token(scheme=scheme)
    found = read(encoded, trust=trust)
    assert found.encoded == encoded
    assert found.encryption == encryption().certificate
    assert found.authentication == OWNER.certificate
    assert found.authority == authority().certificate
    assert (found.owner.niss, found.owner.cbe, found.application) == (pki.NISS, None, None)
    assert found.not_after == encryption().certificate.not_after


def test_an_application_is_part_of_the_owner():
    subject = pki.ehealth_name(f"CBE={pki.CBE}", application="MYCARENET")
    owner = pki.issue(subject, pki.key("rsa", "application"), issuer=pki.root())
    found = read(token(owner=owner, encrypted=issue_encryption(owner)))
    assert (found.owner.cbe, found.application) == (pki.CBE, "MYCARENET")


def test_a_token_ends_with_the_first_of_its_certificates():
    longer = issue_encryption(OWNER, days=(-1, 900))
    found = read(token(encrypted=longer))
    assert found.not_after == OWNER.certificate.not_after < longer.certificate.not_after


def test_indefinite_lengths_are_read():
    assert read(sealing.to_ber(token())).encryption == encryption().certificate


def test_the_authority_need_not_be_in_the_set_when_it_is_an_anchor():
    encoded = token(certificates=[OWNER.certificate])
    assert read(encoded, trust=PINNED).authority == authority().certificate
    with pytest.raises(SignatureInvalid):
        read(encoded)


# -- the authority -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"anchors": TrustList([])}, id="nobody-trusted"),
        pytest.param({"anchors": TrustList([pki.root("Other CA").certificate])}, id="other-root"),
        pytest.param({"signer_cbe": pki.CBE}, id="other-enterprise"),
    ],
)
def test_another_authority_is_refused(changed):
    with pytest.raises(CertificateUntrusted):
        read(token(), trust=replace(TRUST, **changed))


def test_a_care_provider_cannot_vouch_for_a_token():
    thief = pki.ehealth(identifier=f"SSIN={pki.OTHER_NISS}")
    with pytest.raises(CertificateUntrusted):
        read(token(signed_by=thief))


def test_without_an_expected_enterprise_the_anchors_decide():
    thief = pki.ehealth(identifier=f"SSIN={pki.OTHER_NISS}")
    trust = replace(TRUST, signer_cbe=None)
    assert read(token(signed_by=thief), trust=trust).authority == thief.certificate


def test_a_signature_that_does_not_hold_is_refused():
    encoded = bytearray(token())
    encoded[-1] ^= 1
    with pytest.raises(SignatureInvalid):
        read(bytes(encoded))


def test_no_byte_of_the_content_can_be_changed():
    encoded = token()
    start = encoded.index(encryption().certificate.der)
    for position in range(start, start + len(encryption().certificate.der), 5):
        changed = bytearray(encoded)
        changed[position] ^= 1
        with pytest.raises(TheirAnswerInvalid):
            read(bytes(changed))


@pytest.mark.parametrize("trust", [TRUST, PINNED], ids=["issued", "pinned"])
def test_an_authority_out_of_its_time_is_refused(trust):
    late = authority().certificate.not_after + timedelta(days=1)
    with pytest.raises(CertificateOutOfTime):
        read(token(), trust=trust, at=late)


# -- the owner -----------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)], ids=["expired", "not-yet"])
def test_an_encryption_certificate_out_of_its_time_is_refused(days):
    with pytest.raises(CertificateOutOfTime):
        read(token(encrypted=issue_encryption(OWNER, days=days)))


@pytest.mark.parametrize("months", [-13, 13], ids=["not-yet", "expired"])
def test_an_authentication_certificate_out_of_its_time_is_refused(months):
    start = pki.NOW + timedelta(days=30 * months)
    owner = pki.issue(
        OWNER.certificate.x509.subject,
        pki.key("rsa", "owner out of time"),
        issuer=pki.root(),
        not_before=start,
        not_after=start + timedelta(days=60),
    )
    with pytest.raises(CertificateOutOfTime):
        read(token(owner=owner, encrypted=issue_encryption(owner)))


@pytest.mark.parametrize("usage", ["digital_signature", "content_commitment", "key_cert_sign"])
def test_a_certificate_for_something_else_is_refused(usage):
    with pytest.raises(CertificateUntrusted):
        read(token(encrypted=issue_encryption(OWNER, usage=usage)))


def test_a_short_key_is_refused():
    weak = issue_encryption(OWNER, key=rsa.generate_private_key(65537, 1024))
    with pytest.raises(CertificateUntrusted):
        read(token(encrypted=weak))


def test_an_elliptic_curve_is_refused():
    with pytest.raises(CertificateUntrusted):
        read(token(encrypted=issue_encryption(OWNER, key=pki.key("ec", "encryption"))))


def test_an_owner_who_names_somebody_else_is_refused():
    other = pki.ehealth_name(f"SSIN={pki.OTHER_NISS}")
    with pytest.raises(CertificateUntrusted):
        read(token(encrypted=issue_encryption(OWNER, subject=other)))


def test_an_encryption_certificate_of_somebody_else_is_refused():
    namesake = pki.issue(
        OWNER.certificate.x509.subject, pki.key("rsa", "namesake"), issuer=pki.root()
    )
    with pytest.raises(CertificateUntrusted):
        read(token(owner=OWNER, encrypted=issue_encryption(namesake)))


def test_an_owner_missing_from_the_set_is_refused():
    with pytest.raises(CertificateUntrusted):
        read(token(certificates=[authority().certificate]))


# -- no token ------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"<xml/>", b"\x30\x80\0\0"], ids=["empty", "xml", "ber"])
def test_other_bytes_are_refused(content):
    with pytest.raises(TheirAnswerInvalid):
        read(content)


def test_content_that_is_no_certificate_is_refused():
    with pytest.raises(CertificateUntrusted):
        read(token(content=b"no certificate"))


def test_a_token_that_is_too_long_is_refused():
    with pytest.raises(CertificateUntrusted):
        read(token() + b"\0" * 70_000)


def test_nothing_of_the_owner_is_shown():
    shown = repr(read(token()))
    assert pki.NISS not in shown
    assert isinstance(read(token()).encryption.x509, x509.Certificate)
