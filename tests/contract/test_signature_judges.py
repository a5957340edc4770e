"""Signatures judged by others: libxmlsec on what we sign, we on what others sign (D26)."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest
import xmlsec
from lxml import etree

from bridge.crypto.algorithms import CURRENT_ALGORITHMS, SignatureAlgorithm
from bridge.errors import MessageExpired, SignatureInvalid, TheirAnswerInvalid
from bridge.soap import wsse, xml
from bridge.xmldsig.sign import prepare_enveloped
from bridge.xmldsig.verify import verify_enveloped
from tests.support import foreign, pki
from tests.support.attacks import ATTACKS
from tests.support.fakes import CountingIds

OUTER = "/soap:Envelope/soap:Header/wsse:Security/ds:Signature"
INNER = "/soap:Envelope/soap:Header/wsse:Security/saml:Assertion/ds:Signature"

KINDS = [pytest.param("rsa", id="rsa-2048"), pytest.param("ec", id="p-384")]
STYLES = [pytest.param("certificate", id="x509-token"), pytest.param("assertion", id="assertion")]
SIGNERS = [
    pytest.param(foreign.sign_with_xmlsec, id="xmlsec"),
    pytest.param(foreign.sign_with_signxml, id="signxml"),
]


def our_assertion(kind):
    """An assertion signed by our own code, as the sandbox's STS does it."""
    root = xml.parse(foreign.assertion_xml().encode())
    signer = pki.sts(kind)
    pending = prepare_enveloped(
        root,
        id_attribute="AssertionID",
        certificate=signer.certificate,
        algorithm=signer.algorithm,
    )
    pending.finish(signer.sign(pending.to_be_signed))
    return xml.serialize(root)


def our_message(kind, style, *, payload=b"<q xmlns='urn:test:question'>insured?</q>"):
    """A message signed by our own code, and who signed it."""
    if style == "certificate":
        signer, profile = pki.eid(kind), wsse.STS_PROFILE
        token = wsse.X509Token(signer.certificate)
    else:
        signer, profile = pki.ehealth(kind), wsse.ESB_PROFILE
        token = wsse.AssertionToken(our_assertion(kind), "token")
    pending = wsse.prepare(
        xml.parse(payload),
        token=token,
        profile=profile,
        algorithm=signer.algorithm,
        now=pki.NOW,
        ids=CountingIds(),
    )
    return pending.finish(signer.sign(pending.to_be_signed)), signer


def their_recipe(kind, style):
    """The same message, to be signed by somebody else's code."""
    if style == "certificate":
        return foreign.Recipe(credential=pki.eid(kind))
    assertion = foreign.sign_assertion_with_xmlsec(foreign.assertion_xml(), pki.sts(kind))
    return foreign.Recipe(
        credential=pki.ehealth(kind), assertion=assertion, parts=foreign.ESB_PARTS
    )


def accept(message, recipe, *, now=pki.NOW, **options):
    """Verify a message as the sandbox does: the assertion is judged before its key is used."""
    holder = None
    if recipe.assertion is not None:

        def holder(assertion):
            verify_enveloped(assertion, id_attribute="AssertionID")
            return recipe.credential.certificate

    profile = wsse.STS_PROFILE if holder is None else wsse.ESB_PROFILE
    profile = options.pop("profile", profile)
    return wsse.verify(xml.parse(message), profile=profile, now=now, holder=holder)


def run_xmlsec1(message, signature_path, credential, folder):
    """Judge with the command line; the key is given, as xmlsec1 knows no token references."""
    (folder / "message.xml").write_bytes(message)
    (folder / "certificate.pem").write_bytes(credential.certificate_pem)
    path = signature_path
    for prefix, namespace in foreign.NAMESPACES.items():
        for local in ("Envelope", "Header", "Security", "Assertion", "Signature"):
            test = f"*[local-name()='{local}' and namespace-uri()='{namespace}']"
            path = path.replace(f"{prefix}:{local}", test)
    return subprocess.run(
        [
            "xmlsec1",
            "--verify",
            "--pubkey-cert-pem",
            str(folder / "certificate.pem"),
            *("--node-xpath", path),
            *("--id-attr:Id", f"{foreign.SOAP}:Body"),
            *("--id-attr:Id", f"{foreign.WSU}:Timestamp"),
            *("--id-attr:Id", f"{foreign.WSSE}:BinarySecurityToken"),
            *("--id-attr:AssertionID", f"{foreign.SAML}:Assertion"),
            str(folder / "message.xml"),
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=10,
    )


# -- what we sign --------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", KINDS)
def test_xmlsec1_accepts_our_messages(kind, style, tmp_path):
    message, signer = our_message(kind, style)
    judgement = run_xmlsec1(message, OUTER, signer, tmp_path)
    assert judgement.returncode == 0, judgement.stderr
    parts = 3 if style == "certificate" else 2
    assert f"SignedInfo References (ok/all): {parts}/{parts}" in judgement.stdout + judgement.stderr


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", KINDS)
def test_xmlsec1_refuses_our_message_with_another_key(kind, style, tmp_path):
    message, _ = our_message(kind, style)
    judgement = run_xmlsec1(message, OUTER, pki.sts(kind), tmp_path)
    assert judgement.returncode != 0


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", KINDS)
def test_python_xmlsec_accepts_our_messages(kind, style):
    message, signer = our_message(kind, style)
    foreign.verify_with_xmlsec(message, OUTER, signer)
    with pytest.raises(xmlsec.Error):
        foreign.verify_with_xmlsec(message.replace(b"insured?", b"insured!"), OUTER, signer)


@pytest.mark.parametrize("kind", KINDS)
def test_an_embedded_assertion_still_verifies(kind, tmp_path):
    message, _ = our_message(kind, "assertion")
    judgement = run_xmlsec1(message, INNER, pki.sts(kind), tmp_path)
    assert judgement.returncode == 0, judgement.stderr
    foreign.verify_with_xmlsec(message, INNER, pki.sts(kind))


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"<a>carriage\r\nreturn &#13; and tab\t</a>", id="line-ends"),
        pytest.param("<a b='&#10;&#9;&quot;'>é € 𝄞</a>".encode(), id="attributes-and-unicode"),
        pytest.param(b"<a>one<!-- remark -->two<?pi?></a>", id="comment-dropped"),
        pytest.param(b"<a><![CDATA[<&>]]></a>", id="cdata"),
        pytest.param(b"<p:a xmlns:p='urn:p' xmlns:wsu='urn:not-wsu'/>", id="prefix-rebound"),
        pytest.param(
            f"<s:a xmlns:s='{foreign.SOAP}' xmlns:t='{foreign.WSU}'><t:b/></s:a>".encode(),
            id="other-prefixes-for-ours",
        ),
    ],
)
def test_xmlsec_reads_odd_payloads_as_we_signed_them(payload):
    message, signer = our_message("ec", "certificate", payload=payload)
    foreign.verify_with_xmlsec(message, OUTER, signer)
    assert wsse.verify(xml.parse(message), profile=wsse.STS_PROFILE, now=pki.NOW)


# -- what others sign ----------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sign", SIGNERS)
def test_a_genuine_foreign_message_is_accepted(sign, kind, style):
    recipe = their_recipe(kind, style)
    verified = accept(sign(recipe), recipe)
    assert verified.payload.text == "is she insured?"
    assert verified.certificate == recipe.credential.certificate
    assert (verified.assertion is None) == (style == "certificate")
    assert (verified.created, verified.expires) == (pki.NOW, pki.NOW + timedelta(seconds=60))


@pytest.mark.parametrize("prefixes", ["", "soap wsu", "#default soap", "unknown"])
@pytest.mark.parametrize("style", STYLES)
def test_inclusive_name_spaces_are_honoured(style, prefixes):
    recipe = their_recipe("rsa", style).changed(prefixes=prefixes)
    assert accept(foreign.sign_with_xmlsec(recipe), recipe).payload is not None


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_attacked_foreign_message_is_refused(kind, style, attack):
    recipe = their_recipe(kind, style)
    message = foreign.sign_with_xmlsec(recipe)
    accept(message, recipe)
    with pytest.raises(TheirAnswerInvalid):
        accept(ATTACKS[attack](message), recipe)


@pytest.mark.parametrize("style", STYLES)
def test_a_comment_cannot_change_what_is_read(style):
    recipe = their_recipe("rsa", style)
    message = foreign.sign_with_xmlsec(recipe)
    split = message.replace(b"is she insured?", b"is she<!-- --> insured?")
    assert split != message
    assert accept(split, recipe).payload.text == "is she insured?"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param(
            {"method": foreign.RSA_SHA1, "digest_method": foreign.SHA1},
            SignatureInvalid,
            id="sha1",
        ),
        pytest.param({"method": foreign.RSA_SHA1}, SignatureInvalid, id="sha1-signature"),
        pytest.param({"digest_method": foreign.SHA1}, SignatureInvalid, id="sha1-digest"),
        pytest.param(
            {"digest_method": "http://www.w3.org/2001/04/xmlenc#sha512"},
            SignatureInvalid,
            id="sha512-digest",
        ),
        pytest.param(
            {"method": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"},
            SignatureInvalid,
            id="rsa-sha512",
        ),
        pytest.param({"method": foreign.HMAC_SHA256}, SignatureInvalid, id="hmac"),
        pytest.param({"parts": ("body", "ts")}, SignatureInvalid, id="token-not-signed"),
        pytest.param({"parts": ("body", "token")}, SignatureInvalid, id="timestamp-not-signed"),
        pytest.param({"parts": ("ts", "token")}, SignatureInvalid, id="body-not-signed"),
        pytest.param(
            {
                "parts": ("body", "ts", "token", "extra"),
                "payload": "<q xmlns='urn:q' Id='extra'/>",
            },
            SignatureInvalid,
            id="additional-reference",
        ),
        pytest.param(
            {
                "parts": ("extra", "ts", "token"),
                "payload": "<q xmlns='urn:q' Id='extra'/>",
            },
            SignatureInvalid,
            id="payload-instead-of-body",
        ),
        pytest.param({"created": pki.NOW - timedelta(seconds=91)}, MessageExpired, id="expired"),
        pytest.param(
            {"created": pki.NOW + timedelta(seconds=31)}, MessageExpired, id="in-the-future"
        ),
        pytest.param({"lifetime": timedelta(seconds=301)}, MessageExpired, id="too-long"),
        pytest.param({"lifetime": timedelta(0)}, MessageExpired, id="no-lifetime"),
        pytest.param({"lifetime": timedelta(seconds=-5)}, MessageExpired, id="reversed"),
        pytest.param({"payload": ""}, TheirAnswerInvalid, id="no-payload"),
        pytest.param({"payload": "<a xmlns='urn:a'/><b/>"}, TheirAnswerInvalid, id="two-payloads"),
    ],
)
def test_a_genuinely_signed_message_outside_the_profile_is_refused(changes, error):
    recipe = their_recipe("rsa", "certificate").changed(**changes)
    with pytest.raises(error):
        accept(foreign.sign_with_xmlsec(recipe), recipe)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"created": pki.NOW - timedelta(seconds=89)}, id="expired-within-skew"),
        pytest.param({"created": pki.NOW + timedelta(seconds=30)}, id="future-within-skew"),
        pytest.param({"lifetime": timedelta(seconds=300)}, id="longest"),
    ],
)
def test_a_message_at_the_edge_of_the_profile_is_accepted(changes):
    recipe = their_recipe("rsa", "certificate").changed(**changes)
    assert accept(foreign.sign_with_xmlsec(recipe), recipe).created == recipe.created


def test_sha1_is_accepted_only_where_a_profile_says_so():
    recipe = their_recipe("rsa", "certificate").changed(
        method=foreign.RSA_SHA1, digest_method=foreign.SHA1
    )
    old = wsse.SigningProfile(
        name="old",
        parts=wsse.STS_PROFILE.parts,
        algorithms=CURRENT_ALGORITHMS | {SignatureAlgorithm.RSA_SHA1},
    )
    assert accept(foreign.sign_with_xmlsec(recipe), recipe, profile=old).payload is not None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "transforms",
    [
        pytest.param(["urn:test:unknown", foreign.EXC], id="unknown-first"),
        pytest.param([foreign.EXC, "urn:test:unknown"], id="unknown-last"),
        pytest.param([foreign.EXC + "WithComments"], id="with-comments"),
        pytest.param(["http://www.w3.org/TR/2001/REC-xml-c14n-20010315"], id="inclusive"),
        pytest.param([foreign.ENVELOPED, foreign.EXC], id="enveloped"),
        pytest.param([foreign.EXC, foreign.EXC], id="twice"),
        pytest.param(["http://www.w3.org/TR/1999/REC-xslt-19991116", foreign.EXC], id="xslt"),
        pytest.param(["http://www.w3.org/2002/06/xmldsig-filter2", foreign.EXC], id="xpath"),
        pytest.param([], id="none"),
    ],
)
def test_other_transforms_are_refused_even_when_signed(kind, transforms):
    recipe = their_recipe(kind, "certificate")
    envelope = xml.parse(foreign.sign_with_xmlsec(recipe))
    signature = foreign.outer_signature(envelope)
    listed = signature[0][2][0]
    for transform in list(listed):
        listed.remove(transform)
    for name in transforms:
        etree.SubElement(listed, f"{{{foreign.DS}}}Transform", Algorithm=name)
    foreign.resign(signature, recipe.credential)
    with pytest.raises(SignatureInvalid):
        accept(etree.tostring(envelope), recipe)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("style", STYLES)
def test_a_signature_by_another_key_is_refused(kind, style):
    recipe = their_recipe(kind, style)
    envelope = xml.parse(foreign.sign_with_xmlsec(recipe))
    foreign.resign(foreign.outer_signature(envelope), pki.eid(kind, niss=pki.OTHER_NISS))
    with pytest.raises(SignatureInvalid):
        accept(etree.tostring(envelope), recipe)


@pytest.mark.parametrize("style", STYLES)
def test_signing_again_with_the_right_key_is_accepted(style):
    """Shows that the refusals around are about what was changed, not about signing again."""
    recipe = their_recipe("ec", style)
    envelope = xml.parse(foreign.sign_with_xmlsec(recipe))
    foreign.resign(foreign.outer_signature(envelope), recipe.credential)
    assert accept(etree.tostring(envelope), recipe).payload is not None


def test_an_attackers_own_message_names_the_attacker():
    """It is genuine, so it is accepted: as the attacker's, which trust then refuses."""
    attacker = pki.issue(pki.eid_name(), pki.key("ec", "attacker"))
    recipe = foreign.Recipe(credential=attacker)
    verified = accept(foreign.sign_with_xmlsec(recipe), recipe)
    assert verified.certificate == attacker.certificate != pki.eid("ec").certificate


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        pytest.param(foreign.METHODS["rsa"], "ec", id="rsa-method-ec-key"),
        pytest.param(foreign.METHODS["ec"], "rsa", id="ec-method-rsa-key"),
    ],
)
def test_a_method_that_does_not_fit_the_key_is_refused(method, kind):
    recipe = their_recipe(kind, "certificate")
    envelope = xml.parse(foreign.sign_with_xmlsec(recipe))
    signature = foreign.outer_signature(envelope)
    signature[0][1].set("Algorithm", method)
    foreign.resign(signature, recipe.credential)
    with pytest.raises(SignatureInvalid):
        accept(etree.tostring(envelope), recipe)


# -- enveloped signatures ------------------------------------------------------------------------


def verify_assertion(document):
    return verify_enveloped(xml.parse(document), id_attribute="AssertionID")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prefixes", [None, "", "#default"])
def test_a_foreign_assertion_is_accepted(kind, prefixes):
    signed = foreign.sign_assertion_with_xmlsec(
        foreign.assertion_xml(), pki.sts(kind), prefixes=prefixes
    )
    assert verify_assertion(signed) == pki.sts(kind).certificate


@pytest.mark.parametrize("kind", KINDS)
def test_xmlsec_accepts_our_assertion(kind):
    foreign.verify_with_xmlsec(our_assertion(kind), "/saml:Assertion/ds:Signature", pki.sts(kind))


def test_an_old_assertion_with_sha1_needs_permission():
    signed = foreign.sign_assertion_with_xmlsec(
        foreign.assertion_xml(),
        pki.sts("rsa"),
        method=foreign.RSA_SHA1,
        digest_method=foreign.SHA1,
    )
    with pytest.raises(SignatureInvalid):
        verify_assertion(signed)
    old = {SignatureAlgorithm.RSA_SHA1}
    root = xml.parse(signed)
    assert verify_enveloped(root, id_attribute="AssertionID", algorithms=old)


def signed_assertion():
    return xml.parse(foreign.sign_assertion_with_xmlsec(foreign.assertion_xml(), pki.sts("rsa")))


def evil_assertion(identifier):
    document = foreign.assertion_xml(identifier=identifier).replace("nurse", "attacker")
    return xml.parse(document.encode())


def wrapped(identifier, *, move_signature):
    genuine = signed_assertion()
    evil = evil_assertion(identifier)
    signature = genuine[-1]
    evil[0].append(genuine)
    if move_signature:
        evil.append(signature)
    return evil


def in_advice_of_signature():
    genuine = signed_assertion()
    evil = evil_assertion("evil")
    signature = genuine[-1]
    evil.append(signature)
    etree.SubElement(signature, f"{{{foreign.DS}}}Object").append(genuine)
    return evil


def with_moved_signature():
    genuine = signed_assertion()
    genuine[0].append(genuine[-1])
    return genuine


def with_two_signatures():
    genuine = signed_assertion()
    genuine.append(signed_assertion()[-1])
    return genuine


def with_changed_text():
    genuine = signed_assertion()
    genuine[0][0].text = "attacker"
    return genuine


def with_text_after_signature():
    genuine = signed_assertion()
    genuine[-1].tail = "attacker"
    return genuine


def with_changed_id():
    genuine = signed_assertion()
    genuine.set("AssertionID", "other")
    return genuine


def with_twin_id():
    genuine = signed_assertion()
    etree.SubElement(genuine[-1][2], "{urn:test}Twin", ID="token")
    return genuine


def with_other_certificate():
    genuine = signed_assertion()
    genuine[-1][2][0][0].text = pki.ehealth("rsa").certificate.base64
    return genuine


def with_two_certificates():
    genuine = signed_assertion()
    data = genuine[-1][2][0]
    etree.SubElement(data, f"{{{foreign.DS}}}X509Certificate").text = data[0].text
    return genuine


def without_signature():
    genuine = signed_assertion()
    genuine.remove(genuine[-1])
    return genuine


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(lambda: wrapped("evil", move_signature=False), id="wrapped"),
        pytest.param(lambda: wrapped("token", move_signature=False), id="wrapped-same-id"),
        pytest.param(lambda: wrapped("evil", move_signature=True), id="wrapped-signature-moved"),
        pytest.param(
            lambda: wrapped("token", move_signature=True), id="wrapped-same-id-signature-moved"
        ),
        pytest.param(in_advice_of_signature, id="genuine-in-object"),
        pytest.param(with_moved_signature, id="signature-deeper"),
        pytest.param(with_two_signatures, id="two-signatures"),
        pytest.param(with_changed_text, id="text-changed"),
        pytest.param(with_text_after_signature, id="text-after-signature"),
        pytest.param(with_changed_id, id="id-changed"),
        pytest.param(with_twin_id, id="id-twice"),
        pytest.param(with_other_certificate, id="certificate-changed"),
        pytest.param(with_two_certificates, id="two-certificates"),
        pytest.param(without_signature, id="unsigned"),
    ],
)
def test_an_attacked_assertion_is_refused(attack):
    with pytest.raises(SignatureInvalid):
        verify_assertion(etree.tostring(attack()))


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("", id="whole-document"),
        pytest.param("#inner", id="other-id"),
        pytest.param("#xpointer(/)", id="xpointer-root"),
        pytest.param("#xpointer(id('token'))", id="xpointer-id"),
    ],
)
def test_a_reference_to_anything_else_is_refused_even_when_signed(uri):
    document = foreign.assertion_xml(extra='<Attribute Id="inner">x</Attribute>')
    signed = foreign.sign_assertion_with_xmlsec(document, pki.sts("rsa"), uri=uri)
    with pytest.raises(SignatureInvalid):
        verify_assertion(signed)


def test_a_reference_without_the_enveloped_step_is_refused():
    root = signed_assertion()
    transforms = root[-1][0][2][0]
    transforms.remove(transforms[0])
    foreign.resign(root[-1], pki.sts("rsa"))
    with pytest.raises(SignatureInvalid):
        verify_assertion(etree.tostring(root))
