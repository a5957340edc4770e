from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from bridge.crypto.certificates import Certificate
from bridge.crypto.names import identity_of, name_text
from bridge.errors import CertificateUntrusted
from tests.support import pki

EID = pki.eid("ec").certificate


@pytest.mark.parametrize(
    "padding",
    [
        pytest.param(b"", id="none"),
        pytest.param(b"\0", id="one"),
        pytest.param(bytes(700), id="700"),
    ],
)
def test_padding_of_cards_is_removed(padding):
    assert Certificate.parse(EID.der + padding) == EID


@pytest.mark.parametrize(
    "der",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x30", id="one-byte"),
        pytest.param(bytes(64), id="zeros"),
        pytest.param(b"\x30\x00", id="empty-sequence"),
        pytest.param(b"\x30\x80\x00\x00", id="indefinite-length"),
        pytest.param(b"\x30\x03\x02\x01\x05", id="other-sequence"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", id="huge-length"),
        pytest.param(b"\x30\xff" + b"\xff" * 64, id="huge-length-of-length"),
        pytest.param(EID.der[:-1], id="cut"),
        pytest.param(EID.der + b"\1", id="more-behind"),
        pytest.param(EID.der + b"\0\1", id="more-behind-padding"),
        pytest.param(b"\0" + EID.der, id="zero-before"),
        pytest.param(b"-----BEGIN CERTIFICATE-----", id="pem"),
    ],
)
def test_what_is_no_certificate_is_refused(der):
    with pytest.raises(CertificateUntrusted) as caught:
        Certificate.parse(der)
    assert caught.value.problem_code == "certificate_unreadable"


def test_key_of_unknown_kind_is_unreadable():
    p384 = bytes.fromhex("06052b81040022")
    assert p384 in EID.der
    with pytest.raises(CertificateUntrusted):
        Certificate.parse(EID.der.replace(p384, bytes.fromhex("06052b8104007f")))


def test_certificate_tells_what_it_says():
    assert EID.common_name == "Fien Testens (Authentication)"
    assert EID.issuer == "CN=Test Root CA, C=BE"
    assert EID.public_key == pki.eid("ec").key.public_key()
    assert EID.x509.public_key() == EID.public_key
    assert "\n" not in EID.base64
    assert len(EID.fingerprint) == 64


def test_a_version_that_does_not_exist_is_unreadable():
    version_3 = bytes.fromhex("a003020102")
    assert version_3 in EID.der
    with pytest.raises(CertificateUntrusted):
        Certificate.parse(EID.der.replace(version_3, bytes.fromhex("a003020103")))


def test_an_oddity_of_the_issuer_can_be_read():
    """A country of many letters makes ``cryptography`` warn; here warnings are errors."""
    common_name, country = b"\x55\x04\x03", b"\x55\x04\x06"
    odd = Certificate.parse(EID.der.replace(common_name, country))
    assert "C=Test Root CA" in odd.issuer


def test_validity_includes_both_ends():
    second = timedelta(seconds=1)
    assert EID.is_valid_at(EID.not_before)
    assert EID.is_valid_at(EID.not_after)
    assert not EID.is_valid_at(EID.not_before - second)
    assert not EID.is_valid_at(EID.not_after + second)


def test_nothing_personal_is_shown():
    for shown in (repr(EID), str(EID), repr(EID.identity)):
        assert pki.NISS not in shown
        assert "Fien" not in shown


def test_certificates_are_equal_by_their_bytes():
    assert EID == Certificate(EID.der)
    assert len({EID, Certificate(EID.der), pki.eid("rsa").certificate}) == 2


# -- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        pytest.param(
            [(NameOID.COUNTRY_NAME, "BE"), (NameOID.COMMON_NAME, "Someone")],
            "CN=Someone, C=BE",
            id="most-specific-first",
        ),
        pytest.param(
            [(NameOID.COMMON_NAME, "CBE=0809394427, IAMACC")],
            'CN="CBE=0809394427, IAMACC"',
            id="equals-and-comma",
        ),
        pytest.param([(NameOID.COMMON_NAME, 'a "b" \\')], 'CN="a \\"b\\" \\\\"', id="quotes"),
        pytest.param([(NameOID.COMMON_NAME, " a")], 'CN=" a"', id="blank-before"),
        pytest.param([(NameOID.COMMON_NAME, "a;b")], 'CN="a;b"', id="semicolon"),
        pytest.param(
            [(NameOID.SERIAL_NUMBER, "1"), (NameOID.GIVEN_NAME, "Fien")],
            "OID.2.5.4.42=Fien, OID.2.5.4.5=1",
            id="types-without-keyword",
        ),
        pytest.param(
            [
                (NameOID.LOCALITY_NAME, "Gent"),
                (NameOID.STATE_OR_PROVINCE_NAME, "O-V"),
                (NameOID.STREET_ADDRESS, "Veldstraat 1"),
            ],
            "STREET=Veldstraat 1, ST=O-V, L=Gent",
            id="other-keywords",
        ),
    ],
)
def test_names_are_written_as_the_sts_does(attributes, text):
    assert name_text(pki.name(*attributes)) == text


def test_parts_with_several_values_are_joined():
    part = x509.RelativeDistinguishedName(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "a"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "b"),
        ]
    )
    assert name_text(x509.Name([part])) in ("CN=a + O=b", "O=b + CN=a")


def test_values_that_are_no_text_are_written_in_hexadecimal():
    unique = x509.NameAttribute(
        NameOID.X500_UNIQUE_IDENTIFIER, b"\1\2", x509.name._ASN1Type.BitString
    )
    assert name_text(x509.Name([unique])) == 'OID.2.5.4.45="#0102"'


def identity(**changes):
    nobody = dict.fromkeys(("niss", "cbe", "nihii", "first_name", "last_name"))
    return nobody | changes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            pki.eid_name(),
            identity(niss=pki.NISS, first_name="Fien Maria", last_name="Testens"),
            id="eid",
        ),
        pytest.param(
            pki.ehealth_name("SSIN=90010100121"), identity(niss="90010100121"), id="person"
        ),
        pytest.param(
            pki.ehealth_name("SSIN=90010100121", application="CAREAPP"),
            identity(niss="90010100121"),
            id="person-with-application",
        ),
        pytest.param(
            pki.ehealth_name("CBE=0123456749"), identity(cbe="0123456749"), id="enterprise"
        ),
        pytest.param(
            pki.ehealth_name("NIHII-GROUP=47012345"), identity(nihii="47012345"), id="group"
        ),
        pytest.param(
            pki.name(
                (NameOID.COMMON_NAME, "SSIN=90010100121"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, "SSIN=85073003328"),
            ),
            identity(),
            id="contradiction-names-nobody",
        ),
        pytest.param(
            pki.name((NameOID.SERIAL_NUMBER, "202002"), (NameOID.COMMON_NAME, "Citizen CA")),
            identity(),
            id="authority-number-is-no-niss",
        ),
        pytest.param(
            pki.name((NameOID.COMMON_NAME, "xSSIN=90010100121")), identity(), id="other-text"
        ),
        pytest.param(
            pki.name((NameOID.COMMON_NAME, "SSIN=90010100121x")), identity(), id="more-text"
        ),
        pytest.param(
            pki.name((NameOID.ORGANIZATION_NAME, "SSIN=90010100121")), identity(), id="elsewhere"
        ),
    ],
)
def test_identity_is_read_from_the_subject(name, expected):
    found = identity_of(name)
    assert {member: getattr(found, member) for member in expected} == expected


def test_two_common_names_are_none():
    name = pki.name((NameOID.COMMON_NAME, "a"), (NameOID.COMMON_NAME, "b"))
    assert pki.issue(name, pki.key("ec", "two names")).certificate.common_name is None
