"""What makes the client refuse an assertion, each with an error of its own (*STS session* 11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bridge.crypto.certificates import Certificate
from bridge.crypto.trust import TrustList
from bridge.domain.identifiers import Nihii, Niss
from bridge.domain.registrations import Holder, Registration, RegistrationKind
from bridge.ehealth import saml
from bridge.ehealth.assertions import HOLDER_OF_KEY
from bridge.ehealth.profiles import (
    CERTIFICATE_HOLDER,
    CERTIFIED,
    IDENTIFICATION,
    NURSE,
    NURSE_NIHII,
    PERSON,
    profile_for,
)
from bridge.errors import (
    AssertionExpired,
    AssertionForeign,
    AssertionSignatureInvalid,
    AssertionUnsigned,
    AssertionUntrusted,
    ClockSkew,
    NotRecognised,
)
from bridge.soap import xml
from bridge.xmldsig.sign import prepare_enveloped
from tests.support import foreign, pki

REGISTRATION = Registration(
    id="reg_1",
    kind=RegistrationKind.NURSE,
    holder=Holder(
        niss=Niss(pki.NISS),
        nihii=Nihii.parse("40000028"),
        first_name="Fien",
        last_name="Testens",
    ),
)
HOLDER = pki.ehealth("ec").certificate
EXPECTED = saml.Expected(holder=HOLDER, profile=profile_for(REGISTRATION))
TRUST = saml.StsTrust(anchors=TrustList([pki.root().certificate]))
VALUES = {
    (CERTIFICATE_HOLDER, IDENTIFICATION): (pki.NISS,),
    (PERSON, IDENTIFICATION): (pki.NISS,),
    (NURSE, CERTIFIED): ("true",),
    (NURSE_NIHII, CERTIFIED): ("40000028401",),
}
CONTENT = saml.AssertionContent(
    id="_0123456789abcdef0123456789abcdef",
    issued_at=pki.NOW,
    not_before=pki.NOW - timedelta(minutes=5),
    not_on_or_after=pki.NOW + timedelta(hours=12),
    subject=pki.eid("ec").certificate,
    holder=HOLDER,
    attributes=(),
)


def with_values(**changes: tuple[str, ...]) -> saml.AssertionContent:
    """Give content in which values were replaced, by the last part of the attribute's name."""
    return replace(
        CONTENT,
        attributes=tuple(
            (name, namespace, value)
            for (name, namespace), values in VALUES.items()
            for value in changes.get(name.rpartition(":")[2], values)
        ),
    )


def signed(
    content: saml.AssertionContent,
    signer: pki.Credential | None = None,
    shown: Certificate | None = None,
) -> bytes:
    signer = signer or pki.sts("ec")
    root = saml.build_assertion(content)
    pending = prepare_enveloped(
        root,
        id_attribute="AssertionID",
        certificate=shown or signer.certificate,
        algorithm=signer.algorithm,
    )
    pending.finish(signer.sign(pending.to_be_signed))
    return xml.serialize(root)


def verify(
    body: bytes,
    *,
    now: datetime = pki.NOW,
    trust: saml.StsTrust = TRUST,
    expected: saml.Expected = EXPECTED,
    skew_s: int = 60,
) -> None:
    assertion = saml.parse_assertion(body)
    saml.verify_assertion(assertion, expected=expected, trust=trust, now=now, skew_s=skew_s)


GENUINE = signed(with_values())


@pytest.mark.parametrize("kind", [pytest.param("rsa", id="rsa"), pytest.param("ec", id="ec")])
def test_a_genuine_assertion_passes(kind: pki.KeyKind) -> None:
    verify(signed(with_values(), pki.sts(kind)))
    assert saml.parse_assertion(GENUINE).values(NURSE) == ("true",)


def test_one_signed_by_another_program_passes() -> None:
    unsigned = xml.serialize(saml.build_assertion(with_values())).decode()
    body = foreign.sign_assertion_with_xmlsec(unsigned, pki.sts("ec"), uri=f"#{CONTENT.id}")
    verify(body)
    assert b"SignatureValue" in body


def test_unsigned() -> None:
    with pytest.raises(AssertionUnsigned):
        verify(xml.serialize(saml.build_assertion(with_values())))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b">true<", b">True<", id="attribute"),
        pytest.param(b"T20:00:00.000Z", b"T20:00:00.001Z", id="window"),
        pytest.param(b"sts:1_0", b"sts:1_1", id="issuer"),
        pytest.param(HOLDER_OF_KEY.encode(), b"urn:oasis:names:tc:SAML:1.0:cm:bearer", id="method"),
        pytest.param(b'"_0123', b'"_1123', id="identifier"),
        pytest.param(b"<AttributeStatement>", b"<AttributeStatement> ", id="blank"),
    ],
)
def test_changed_after_signing(old: bytes, new: bytes) -> None:
    assert old in GENUINE
    with pytest.raises(AssertionSignatureInvalid):
        verify(GENUINE.replace(old, new))


def test_signed_with_another_key_than_shown() -> None:
    body = signed(with_values(), pki.ehealth("ec"), shown=pki.sts("ec").certificate)
    with pytest.raises(AssertionSignatureInvalid):
        verify(body)


def test_sha1_is_not_accepted() -> None:
    unsigned = xml.serialize(saml.build_assertion(with_values())).decode()
    body = foreign.sign_assertion_with_xmlsec(
        unsigned,
        pki.sts("rsa"),
        uri=f"#{CONTENT.id}",
        method=foreign.RSA_SHA1,
        digest_method=foreign.SHA1,
    )
    with pytest.raises(AssertionSignatureInvalid):
        verify(body)


def test_a_signer_of_another_authority() -> None:
    stranger = pki.issue(
        pki.sts("ec").certificate.x509.subject,
        pki.key("ec", "false sts"),
        issuer=pki.root("Stranger CA"),
    )
    with pytest.raises(AssertionUntrusted):
        verify(signed(with_values(), stranger))


def test_a_signer_whose_certificate_has_expired() -> None:
    expired = pki.issue(
        pki.sts("ec").certificate.x509.subject,
        pki.key("ec", "sts"),
        issuer=pki.root(),
        not_after=pki.NOW - timedelta(days=1),
    )
    with pytest.raises(AssertionUntrusted):
        verify(signed(with_values(), expired))


def test_a_signer_of_another_enterprise() -> None:
    body = signed(with_values(), pki.ehealth("ec", identifier=f"CBE={pki.CBE}"))
    with pytest.raises(AssertionUntrusted):
        verify(body)
    verify(body, trust=replace(TRUST, signer_cbe=pki.CBE))
    verify(body, trust=replace(TRUST, signer_cbe=None))


def test_another_issuer() -> None:
    body = signed(replace(with_values(), issuer="urn:other"))
    with pytest.raises(AssertionUntrusted):
        verify(body)
    verify(body, trust=replace(TRUST, issuer="urn:other"))


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(timedelta(hours=12), id="to-the-second"),
        pytest.param(timedelta(days=1), id="day"),
    ],
)
def test_its_window_is_over(later: timedelta) -> None:
    with pytest.raises(AssertionExpired):
        verify(GENUINE, now=pki.NOW + later)


def test_a_second_before_the_end_it_still_passes() -> None:
    now = pki.NOW + timedelta(hours=12, seconds=-1)
    verify(GENUINE, now=now)
    assert saml.parse_assertion(GENUINE).not_on_or_after > now


def test_a_window_in_the_future_is_blamed_on_the_clock() -> None:
    start = CONTENT.not_before
    verify(GENUINE, now=start - timedelta(seconds=60))
    with pytest.raises(ClockSkew) as caught:
        verify(GENUINE, now=start - timedelta(seconds=61))
    assert caught.value.params == {"skew_s": -61}


def test_bound_to_another_key() -> None:
    expected = replace(EXPECTED, holder=pki.ehealth("rsa").certificate)
    with pytest.raises(AssertionForeign):
        verify(GENUINE, expected=expected)


def test_not_holder_of_key() -> None:
    root = saml.build_assertion(with_values())
    next(root.iter("{*}ConfirmationMethod")).text = "urn:oasis:names:tc:SAML:1.0:cm:bearer"
    unsigned = xml.serialize(root).decode()
    body = foreign.sign_assertion_with_xmlsec(unsigned, pki.sts("ec"), uri=f"#{CONTENT.id}")
    with pytest.raises(AssertionForeign):
        verify(body)


@pytest.mark.parametrize(
    "ssin",
    [
        pytest.param((pki.OTHER_NISS,), id="other-person"),
        pytest.param((pki.NISS, pki.OTHER_NISS), id="two-people"),
        pytest.param(("",), id="empty"),
        pytest.param((), id="missing"),
    ],
)
def test_about_another_person(ssin: tuple[str, ...]) -> None:
    with pytest.raises(AssertionForeign):
        verify(signed(with_values(ssin=ssin)))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"boolean": ("false",)}, id="false"),
        pytest.param({"boolean": ("",)}, id="empty"),
        pytest.param({"boolean": ()}, id="missing"),
        pytest.param({"boolean": ("true", "false")}, id="both"),
        pytest.param({"boolean": ("TRUE",)}, id="other-spelling"),
        pytest.param({"nihii11": ("",)}, id="no-number"),
        pytest.param({"nihii11": ()}, id="number-missing"),
    ],
)
def test_not_recognised(changes: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(NotRecognised):
        verify(signed(with_values(**changes)))


def test_another_care_provider_number() -> None:
    with pytest.raises(AssertionForeign):
        verify(signed(with_values(nihii11=("50000136401",))))


def test_the_first_thing_wrong_decides() -> None:
    everything = replace(
        with_values(boolean=("false",), ssin=(pki.OTHER_NISS,)),
        not_on_or_after=pki.NOW - timedelta(minutes=1),
    )
    with pytest.raises(AssertionExpired):
        verify(signed(everything))
    with pytest.raises(AssertionUntrusted):
        verify(signed(everything, pki.ehealth("ec")))
    with pytest.raises(AssertionSignatureInvalid):
        verify(signed(everything).replace(b">false<", b">true<"))


def test_only_what_was_signed_is_believed() -> None:
    not_recognised = saml.parse_assertion(signed(with_values(boolean=("false",))))
    claimed = replace(not_recognised, attributes=saml.parse_assertion(GENUINE).attributes)
    with pytest.raises(NotRecognised):
        saml.verify_assertion(claimed, expected=EXPECTED, trust=TRUST, now=pki.NOW)


def test_a_signed_assertion_inside_another_is_refused() -> None:
    outer = with_values(boolean=("true",))
    root = saml.build_assertion(replace(outer, id="_ffff"))
    root.append(xml.parse(GENUINE).find(f"{{{foreign.DS}}}Signature"))
    with pytest.raises(AssertionSignatureInvalid):
        verify(xml.serialize(root))
