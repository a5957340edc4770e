"""Keys, certificates and nurse of one run."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from bridge.crypto.trust import TrustList
from bridge.errors import CertificateUntrusted
from tests.support.stsdrive import shared_world

WORLD, CLOCK = shared_world("ec")
PKI, NURSE = WORLD.pki, WORLD.nurse


def test_the_card_names_the_nurse_as_an_eid_does() -> None:
    holder = NURSE.registration.holder
    identity = NURSE.eid.certificate.identity
    assert (identity.niss, identity.first_name, identity.last_name) == (
        holder.niss.digits,
        holder.first_name,
        holder.last_name,
    )
    assert NURSE.eid.certificate.common_name == "Fictive Voorbeeld (Authentication)"


def test_the_ehealth_certificate_has_the_shape_of_the_spec() -> None:
    niss = NURSE.registration.holder.niss.digits
    assert NURSE.ehealth.certificate.subject == (
        f'CN="SSIN={niss}", OU="SSIN={niss}", OU=Fictive Voorbeeld, '
        "OU=eHealth-platform Belgium, O=Federal Government, C=BE"
    )
    assert NURSE.ehealth.certificate.identity.niss == niss


def test_the_sts_signer_has_the_shape_of_the_spec() -> None:
    assert PKI.sts.certificate.common_name == "CBE=0809394427, IAMACC"
    assert PKI.sts.certificate.identity.cbe == "0809394427"


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_kind_of_key_is_that_of_the_card_only(kind) -> None:
    world, _ = shared_world(kind)
    is_rsa = isinstance(world.nurse.eid.key, rsa.RSAPrivateKey)
    assert is_rsa == (kind == "rsa")
    if not is_rsa:
        assert isinstance(world.nurse.eid.key.curve, ec.SECP384R1)
    assert isinstance(world.nurse.ehealth.key, rsa.RSAPrivateKey)
    assert isinstance(world.pki.sts.key, rsa.RSAPrivateKey)


def test_certificates_are_for_authentication() -> None:
    for credential in (NURSE.eid, NURSE.ehealth, PKI.sts):
        usage = credential.certificate.x509.extensions.get_extension_for_class(x509.KeyUsage).value
        assert usage.digital_signature
        assert not usage.content_commitment
        assert not usage.key_cert_sign


def test_each_role_has_its_own_authority() -> None:
    now = CLOCK.now()
    roles = {
        PKI.eid_authority: NURSE.eid,
        PKI.ehealth_authority: NURSE.ehealth,
        PKI.sts_authority: PKI.sts,
        PKI.stranger: PKI.false_sts,
    }
    for authority in roles:
        for other, credential in roles.items():
            if other is authority:
                authority.trust.verify(credential.certificate, at=now)
                continue
            with pytest.raises(CertificateUntrusted):
                authority.trust.verify(credential.certificate, at=now)


def test_the_chain_reaches_the_root() -> None:
    root = TrustList([PKI.root.certificate])
    helpers = [PKI.eid_authority.certificate]
    root.verify(NURSE.eid.certificate, at=CLOCK.now(), intermediates=helpers)
    with pytest.raises(CertificateUntrusted):
        root.verify(PKI.false_sts.certificate, at=CLOCK.now(), intermediates=helpers)


def test_the_keystore_opens_with_its_pass_phrase() -> None:
    file = pkcs12.load_pkcs12(NURSE.keystore_p12, NURSE.keystore_passphrase.encode())
    assert file.cert is not None
    assert file.cert.friendly_name == b"authentication"
    assert file.cert.certificate == NURSE.ehealth.certificate.x509
    with pytest.raises(ValueError, match=r"[Pp]assword|MAC|decrypt"):
        pkcs12.load_pkcs12(NURSE.keystore_p12, b"wrong")


def test_what_is_revoked() -> None:
    certificate = PKI.expired(NURSE.eid)
    assert not PKI.is_revoked(certificate)
    PKI.revoke(certificate)
    assert PKI.is_revoked(certificate)
    assert not PKI.is_revoked(NURSE.eid.certificate)


def test_the_nurse_does_not_show_her_secrets() -> None:
    shown = repr(NURSE) + repr(PKI.sts) + repr(WORLD.licence)
    assert NURSE.keystore_passphrase not in shown
    assert NURSE.registration.holder.niss.digits not in shown
    assert WORLD.licence.password not in shown
    assert "PrivateKey" not in shown
