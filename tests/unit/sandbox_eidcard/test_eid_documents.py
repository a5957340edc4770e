"""Documents of the sandbox are believed by the code that judges real ones."""

from __future__ import annotations

import dataclasses
import json
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bridge.crypto.certificates import Certificate
from bridge.domain.cards import CardHolder, DocumentKind
from bridge.eid import atr, register
from bridge.eid.carddata import CardData
from bridge.eid.files import CardFiles, EidFile
from bridge.eid.holder import CardChain, verified_holder
from bridge.eid.identity import portrait_hash
from bridge.eid.trust import BelgianRoots
from bridge.errors import CardDataInvalid, CardExpired, CardUntrusted, CardWithoutCertificate
from bridge.sandbox.documents import EidDocument, card_number_of, new_document
from bridge.sandbox.eidcard import description
from bridge.sandbox.pki import Credential
from tests.support import virtualreader as vr

KINDS = [("rsa", "rsa"), ("rsa", "ec"), ("ec", "ec")]
"""Applet 1.7, applet 1.7 with new certificates, applet 1.8."""


@cache
def document(kind: str = "ec", issuers: str = "ec", document_type: int = 1) -> EidDocument:
    return vr.document(kind, document_type=document_type, issuers=issuers)


def holder_of(issued: EidDocument, files: CardFiles | None = None) -> CardHolder:
    return verified_holder(
        files or issued.files(),
        roots=BelgianRoots([issued.root_key]),
        at=issued.pki.now,
        has_address=True,
    )


@pytest.mark.parametrize(("kind", "issuers"), KINDS)
def test_the_holder_is_believed_with_every_signature_verified(kind, issuers):
    issued = document(kind, issuers)
    assert holder_of(issued) == issued.holder


@pytest.mark.parametrize(("kind", "issuers"), KINDS)
def test_the_chain_leads_to_the_root_of_the_sandbox_and_to_no_belgian_one(kind, issuers):
    issued = document(kind, issuers)
    chain = CardChain.of(issued.files())
    trusted = BelgianRoots([issued.root_key])
    assert chain.verify(trusted, at=issued.pki.now) == issued.authentication.certificate
    with pytest.raises(CardUntrusted):
        chain.verify(BelgianRoots(), at=issued.pki.now)


@pytest.mark.parametrize(
    ("kind", "issuers", "leaf", "issuer"),
    [
        ("rsa", "rsa", rsa.RSAPublicKey, rsa.RSAPublicKey),
        ("rsa", "ec", rsa.RSAPublicKey, ec.EllipticCurvePublicKey),
        ("ec", "ec", ec.EllipticCurvePublicKey, ec.EllipticCurvePublicKey),
    ],
)
def test_keys_are_those_of_the_generation(kind, issuers, leaf, issuer):
    files = document(kind, issuers).files()
    held = Certificate.parse(files.contents[EidFile.AUTHENTICATION_CERTIFICATE])
    assert isinstance(held.public_key, leaf)
    for file in (EidFile.CITIZEN_CA, EidFile.ROOT_CA, EidFile.REGISTER_CERTIFICATE):
        assert isinstance(Certificate.parse(files.contents[file]).public_key, issuer)


@pytest.mark.parametrize(
    ("kind", "expected", "applet"), [("rsa", atr.ATR_17, "1.7"), ("ec", atr.ATR_18, "1.8")]
)
def test_the_generation_shows_in_answer_to_reset_and_card_data(kind, expected, applet):
    issued = document(kind)
    assert issued.content().atr == expected
    assert CardData.parse(issued.files().card_data).applet == applet == issued.applet


def test_the_portrait_is_the_one_of_the_identity_file():
    contents = document().contents
    expected = portrait_hash(contents[EidFile.IDENTITY])
    register.verify_portrait(contents[EidFile.PORTRAIT], expected)


@pytest.mark.parametrize(("kind", "padding", "absent"), [("rsa", 50, 1300), ("ec", 1100, 2500)])
def test_certificates_are_padded_as_on_the_card(kind, padding, absent):
    issued, childs = document(kind), document(kind, document_type=6)
    held = issued.contents[EidFile.AUTHENTICATION_CERTIFICATE]
    assert held == issued.authentication.certificate.der + bytes(padding)
    assert childs.contents[EidFile.AUTHENTICATION_CERTIFICATE] == bytes(absent)


def test_only_applet_18_has_a_key_of_its_own():
    assert len(document("ec").contents[EidFile.CARD_KEY]) == 120
    assert EidFile.CARD_KEY not in document("rsa").contents


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_child_has_an_identity_and_no_certificate(kind):
    issued = document(kind, document_type=6)
    assert holder_of(issued).document == DocumentKind.KIDS
    with pytest.raises(CardWithoutCertificate):
        CardChain.of(issued.files()).verify(BelgianRoots([issued.root_key]), at=issued.pki.now)
    assert b"Authentication" not in issued.contents[EidFile.CERTIFICATES]


@pytest.mark.parametrize(
    ("document_type", "kind"), [(11, DocumentKind.FOREIGNER), (61, DocumentKind.KIDS_FOREIGNER)]
)
def test_documents_of_foreigners_are_read_like_others(document_type, kind):
    assert holder_of(document(document_type=document_type)).document == kind


def test_an_expired_certificate_is_still_somebodys():
    fresh = document()
    expired = Credential(
        key=fresh.authentication.key,
        certificate=fresh.pki.expired(fresh.authentication),
    )
    issued = new_document(fresh.pki, vr.NURSE, pin=vr.PIN, authentication=expired)
    assert holder_of(issued).niss == vr.NURSE.niss
    with pytest.raises(CardExpired):
        CardChain.of(issued.files()).verify(BelgianRoots([issued.root_key]), at=issued.pki.now)


def test_a_document_that_is_not_activated_says_so():
    issued = new_document(
        document().pki,
        vr.NURSE,
        pin=vr.PIN,
        authentication=document().authentication,
        is_activated=False,
    )
    assert not CardData.parse(issued.files().card_data).is_activated


def test_a_changed_identity_is_refused():
    issued = document()
    contents = dict(issued.contents)
    contents[EidFile.IDENTITY] = contents[EidFile.IDENTITY].replace(b"Fictive", b"Fictief")
    with pytest.raises(CardDataInvalid):
        holder_of(issued, dataclasses.replace(issued.files(), contents=contents))


def test_card_numbers_have_twelve_digits_and_hold_their_check():
    number = card_number_of(vr.PATIENT.niss)
    assert len(number) == 12
    assert int(number[:10]) % 97 in {int(number[10:]), 0}


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_card_is_the_same_after_it_travelled_as_a_line_of_text(kind):
    made = document(kind).content()
    line = json.dumps(description.to_json(made))
    assert "\n" not in line
    arrived = description.from_json(json.loads(line))
    assert {number: key.private_numbers() for number, key in arrived.keys.items()} == {
        number: key.private_numbers() for number, key in made.keys.items()
    }
    without_keys = {"keys": {}}
    assert dataclasses.replace(arrived, **without_keys) == dataclasses.replace(made, **without_keys)


def test_nothing_secret_shows_in_a_document():
    shown = repr(document())
    assert "PrivateKey" not in shown
    assert repr(vr.PIN) not in shown
