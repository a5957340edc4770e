"""Register signatures, chains and holders: what is believed, and every damage that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from bridge.domain.cards import DocumentKind
from bridge.eid import register
from bridge.eid.files import ADDRESS_FILES, CardFiles, EidFile
from bridge.eid.holder import CardChain, certificate, verified_holder
from bridge.eid.identity import IdentityTag, document_kind, portrait_hash, read_holder
from bridge.eid.tlv import read_fields, write_fields
from bridge.eid.trust import BELGIAN_ROOT_KEYS, BelgianRoots, key_hash
from bridge.errors import (
    CardDataInvalid,
    CardError,
    CardExpired,
    CardUntrusted,
    CardWithoutCertificate,
)
from bridge.sandbox.documents import Person, new_document
from bridge.sandbox.nurse import niss_of
from bridge.sandbox.pki import Pki

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PERSON = Person(
    niss=niss_of("600101", "001"),
    last_name="Voorbeeld",
    first_names="Denkbeeldige Ånne",
    born_on=date(1960, 1, 1),
)
KINDS = ["rsa", "ec"]
REGISTER_HASHES = [hashes.SHA256(), hashes.SHA1()]  # noqa: S303  # what old cards have


def document(kind="ec", document_type=1):
    return _document(kind, document_type)


@cache
def _document(kind, document_type):
    return new_document(
        Pki(now=NOW, key_kind=kind), PERSON, pin=b"1234", document_type=document_type
    )


def roots(kind="ec"):
    return BelgianRoots([document(kind).root_key])


def changed(files: CardFiles, file: EidFile, content: bytes | None) -> CardFiles:
    contents = {key: value for key, value in files.contents.items() if key is not file}
    if content is not None:
        contents[file] = content
    return replace(files, contents=contents)


def believed(files: CardFiles, kind="ec", *, has_address=True):
    return verified_holder(files, roots=roots(kind), at=NOW, has_address=has_address)


@pytest.mark.parametrize("kind", KINDS)
def test_a_genuine_card_is_believed(kind):
    holder = believed(document(kind).files(), kind)
    assert holder == document(kind).holder
    assert holder.address is not None


def test_without_address_none_is_read():
    assert believed(document().files(), has_address=False).address is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "file",
    [
        EidFile.IDENTITY,
        EidFile.IDENTITY_SIGNATURE,
        EidFile.ADDRESS,
        EidFile.ADDRESS_SIGNATURE,
    ],
)
def test_every_damaged_byte_is_refused(kind, file):
    files = document(kind).files()
    content = files.contents[file]
    length = len(content.rstrip(b"\0"))
    for place in range(0, length, 7):
        damaged = bytearray(content)
        damaged[place] ^= 0x01
        with pytest.raises(CardDataInvalid):
            believed(changed(files, file, bytes(damaged)), kind)


@pytest.mark.parametrize("file", sorted(ADDRESS_FILES, key=lambda each: each.value))
def test_a_missing_file_is_refused_where_it_is_needed(file):
    files = changed(document().files(), file, None)
    if file in {EidFile.AUTHENTICATION_CERTIFICATE, EidFile.CITIZEN_CA}:
        assert believed(files)  # the identity is the Register's word, not the certificate's
    else:
        with pytest.raises((CardDataInvalid, CardUntrusted)):
            believed(files)


def test_certificate_and_identity_of_two_people_are_refused():
    other = Person(
        niss=niss_of("610101", "001"), last_name="A", first_names="B", born_on=date(1961, 1, 1)
    )
    stranger = new_document(document().pki, other, pin=b"1234")
    assert stranger.authentication is not None
    leaf = stranger.authentication.certificate.der
    with pytest.raises(CardDataInvalid):
        believed(changed(document().files(), EidFile.AUTHENTICATION_CERTIFICATE, leaf))


def test_a_card_of_another_state_is_refused_though_all_its_signatures_hold():
    with pytest.raises(CardUntrusted):
        verified_holder(document("rsa").files(), roots=roots("ec"), at=NOW)


def test_a_root_that_the_card_exchanged_is_refused():
    foreign = document("rsa").files().contents[EidFile.ROOT_CA]
    with pytest.raises(CardUntrusted):
        believed(changed(document().files(), EidFile.ROOT_CA, foreign))


def test_a_listed_root_that_did_not_sign_is_no_path():
    both = BelgianRoots([document("ec").root_key, document("rsa").root_key])
    foreign = document("rsa").files().contents[EidFile.ROOT_CA]
    files = changed(document().files(), EidFile.ROOT_CA, foreign)
    with pytest.raises(CardUntrusted):
        verified_holder(files, roots=both, at=NOW)


def test_a_register_certificate_that_is_none_is_an_error():
    with pytest.raises(CardError):
        believed(changed(document().files(), EidFile.REGISTER_CERTIFICATE, b"\x30\x03abc"))


def test_the_known_belgian_roots_are_three():
    assert len(BELGIAN_ROOT_KEYS) == 3
    assert document().root_key not in BELGIAN_ROOT_KEYS


def test_a_pin_may_be_written_with_colons_and_capitals():
    key = document().root_key.upper()
    spelled = ":".join(key[n : n + 2] for n in range(0, len(key), 2))
    chain = CardChain.of(document().files())
    assert chain.verify(BelgianRoots([spelled]), at=NOW) == chain.leaf


def test_the_chain_of_an_expired_card_is_expired():
    with pytest.raises(CardExpired):
        CardChain.of(document().files()).verify(roots(), at=NOW + timedelta(days=4 * 365))


def test_a_card_without_certificate_says_so():
    child = document(document_type=6)
    with pytest.raises(CardWithoutCertificate):
        CardChain.of(child.files()).verify(BelgianRoots([child.root_key]), at=NOW)
    holder = verified_holder(child.files(), roots=BelgianRoots([child.root_key]), at=NOW)
    assert holder.document is DocumentKind.KIDS


def test_the_signature_certificate_is_not_for_authentication():
    issued = document()
    assert issued.signature is not None
    with pytest.raises(CardUntrusted):
        roots().verify(
            issued.signature.certificate,
            authority=issued.pki.eid_authority.certificate,
            root=issued.pki.root.certificate,
            at=NOW,
        )


def test_a_root_that_is_missing_is_not_trusted():
    chain = CardChain.of(changed(document().files(), EidFile.ROOT_CA, None))
    with pytest.raises(CardUntrusted):
        chain.verify(roots(), at=NOW)


@pytest.mark.parametrize("content", [None, b"", bytes(1300)])
def test_a_certificate_file_of_zeros_is_no_certificate(content):
    assert certificate(content) is None


def test_the_key_is_what_is_trusted():
    assert key_hash(document().pki.root.certificate) == document().root_key


# -- old register keys ----------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", REGISTER_HASHES, ids=lambda each: each.name)
def test_rsa_registers_sign_with_sha256_and_older_ones_with_sha1(algorithm):
    issued = document("rsa").pki
    signer = issued.root.credential(
        issued.national_register.certificate.x509.subject,
        generate_private_key(public_exponent=65537, key_size=2048),
        now=NOW,
    )
    signature = signer.key.sign(b"identity", padding.PKCS1v15(), algorithm)
    register.verify_identity(b"identity", signature, signer.certificate)
    with pytest.raises(CardDataInvalid):
        register.verify_identity(b"Identity", signature, signer.certificate)


@pytest.mark.parametrize(
    "broken", [b"", b"\x30", bytes(256), b"\x31\x02\x01\x01", b"\x30\x81\x02\x01\x01"]
)
def test_an_ecdsa_value_that_is_none_is_refused(broken):
    signer = document().pki.national_register
    if not isinstance(signer.key, ec.EllipticCurvePrivateKey):
        pytest.fail("the register of a 1.8 card signs with EC")
    with pytest.raises(CardDataInvalid):
        register.verify_identity(b"identity", broken, signer.certificate)


def test_more_after_an_ecdsa_value_is_refused():
    signer = document().pki.national_register
    signature = register.sign(signer.key, b"identity")
    register.verify_identity(b"identity", signature, signer.certificate)
    with pytest.raises(CardDataInvalid):
        register.verify_identity(b"identity", signature[:-1] + b"\x01", signer.certificate)


# -- portrait, kinds of document, fields ----------------------------------------------------------


def test_the_portrait_is_known_by_its_hash():
    files = document().files()
    expected = portrait_hash(files.contents[EidFile.IDENTITY])
    register.verify_portrait(files.contents[EidFile.PORTRAIT], expected)
    for wrong in (None, b"", b"x" * 32, bytes(20)):
        with pytest.raises(CardDataInvalid):
            register.verify_portrait(files.contents[EidFile.PORTRAIT], wrong)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1, DocumentKind.CITIZEN),
        (6, DocumentKind.KIDS),
        (11, DocumentKind.FOREIGNER),
        (18, DocumentKind.FOREIGNER),
        (27, DocumentKind.FOREIGNER),
        (36, DocumentKind.FOREIGNER),
        (61, DocumentKind.KIDS_FOREIGNER),
        (69, DocumentKind.KIDS_FOREIGNER),
        (2, DocumentKind.OTHER),
        (19, DocumentKind.OTHER),
        (70, DocumentKind.OTHER),
    ],
)
def test_document_types(number, kind):
    assert document_kind(number) is kind


def with_field(tag: int, value: bytes) -> bytes:
    fields = read_fields(document().files().contents[EidFile.IDENTITY])
    fields[tag] = value
    return write_fields(sorted(fields.items()))


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (IdentityTag.NISS, b"00000000000"),
        (IdentityTag.NISS, b""),
        (IdentityTag.DOCUMENT_TYPE, b""),
        (IdentityTag.DOCUMENT_TYPE, b"x"),
        (IdentityTag.DOCUMENT_TYPE, "²".encode()),
        (IdentityTag.VALID_UNTIL, b"tomorrow"),
        (IdentityTag.CARD_NUMBER, b"12"),
        (IdentityTag.LAST_NAME, b"\xff\xfe"),
    ],
)
def test_a_field_that_cannot_be_read_is_refused(tag, value):
    with pytest.raises(CardDataInvalid):
        read_holder(with_field(tag, value))


@pytest.mark.parametrize(
    ("letter", "sex"),
    [(b"M", "male"), (b"F", "female"), (b"V", "female"), (b"W", "female"), (b"", "unknown")],
)
def test_letters_of_the_sexes(letter, sex):
    assert read_holder(with_field(IdentityTag.SEX, letter)).sex == sex


def test_a_birth_without_day_is_kept_as_text():
    holder = read_holder(with_field(IdentityTag.BIRTH_DATE, b"00 JAN 1960"))
    assert holder.born_on is None
    assert holder.born_text == "00 JAN 1960"


def test_a_holder_does_not_speak():
    shown = repr(document().holder)
    for secret in (PERSON.niss.digits, PERSON.last_name, document().holder.card_number):
        assert secret not in shown


def test_a_bis_number_is_a_person_number():
    number = niss_of("602101", "001")
    holder = read_holder(with_field(IdentityTag.NISS, number.digits.encode()))
    assert holder.niss == number
