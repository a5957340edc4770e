"""Messages of the token service judged by the official schemas and by xmlsec1 (D26).

The shared folder holds no WSDL of the token service and no WS-Trust schema, so zeep cannot read
these messages through an official description; every part for which an official schema exists is
judged by it: SOAP security header, token reference, timestamp, XML signature, SAML 1.1 assertion
and error detail.
"""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from bridge.ehealth import sts
from bridge.sandbox import refusals
from bridge.soap import xml
from tests.support.foreign import DS, WSSE, WSU
from tests.support.shared import SCHEMAS
from tests.support.stsdrive import StsDrive, driving, read

KINDS = [pytest.param("rsa", id="rsa-2048"), pytest.param("ec", id="p-384")]
SAML = "urn:oasis:names:tc:SAML:1.0:assertion"
ERR = "urn:be:fgov:ehealth:errors:soa:v1"

SECEXT = "ws-security/oasis-200401-wss-wssecurity-secext-1.0.xsd"
UTILITY = "ws-security/oasis-200401-wss-wssecurity-utility-1.0.xsd"
XMLDSIG = "ws-security/xmldsig-core-schema.xsd"
ASSERTION = "connector/external/XSD/oasis-sstc-saml-schema-assertion-1.1.xsd"
ERRORS = "connector/ehealth-errors/XSD/ehealth-errors-schema-soa-1_1.xsd"


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(SCHEMAS / name))


def judge(name: str, element: etree._Element) -> None:
    """Let an official schema judge a copy of an element."""
    schema(name).assertValid(xml.parse(xml.serialize(element)))


def only(root: etree._Element, namespace: str, local: str) -> etree._Element:
    found = list(root.iter(f"{{{namespace}}}{local}"))
    assert len(found) == 1
    return found[0]


@pytest.fixture(params=KINDS)
def drive(request):
    with driving(request.param) as started:
        yield started


@pytest.fixture
def messages(drive: StsDrive) -> dict[str, bytes]:
    challenge = drive.challenge()
    return {"issue": drive.issue_message(), "challenge": drive.answer_message(challenge)}


@pytest.mark.parametrize("leg", ["issue", "challenge"])
def test_security_header_against_the_official_schemas(messages, leg: str) -> None:
    message = xml.parse(messages[leg])
    judge(SECEXT, only(message, WSSE, "Security"))
    judge(SECEXT, only(message, WSSE, "BinarySecurityToken"))
    judge(UTILITY, only(message, WSU, "Timestamp"))
    judge(XMLDSIG, only(message, DS, "Signature"))
    references = list(message.iter(f"{{{WSSE}}}SecurityTokenReference"))
    for reference in references:
        judge(SECEXT, reference)
    assert len(references) == (2 if leg == "issue" else 1)


def test_parts_of_the_request_against_the_official_schemas(messages) -> None:
    payload = next(xml.parse(messages["issue"]).iter("{*}RequestSecurityToken"))
    judge(SECEXT, only(payload, WSSE, "SecurityTokenReference"))
    judge(XMLDSIG, only(payload, DS, "X509Data"))
    judge(UTILITY, only(payload, WSU, "Created"))
    judge(UTILITY, only(payload, WSU, "Expires"))
    assert len(payload) == 6


def test_the_schemas_refuse_what_is_wrong(messages) -> None:
    security = only(xml.parse(messages["issue"]), WSSE, "Security")
    timestamp = only(security, WSU, "Timestamp")
    timestamp.append(xml.parse(b"<nonsense xmlns='" + WSU.encode() + b"'/>"))
    with pytest.raises(etree.DocumentInvalid):
        judge(UTILITY, timestamp)
    signature = only(security, DS, "Signature")
    signature.remove(signature[0])
    with pytest.raises(etree.DocumentInvalid):
        judge(XMLDSIG, signature)


def test_the_assertion_against_the_official_schema(drive) -> None:
    assertion = xml.parse(drive.assertion())
    judge(ASSERTION, assertion)
    del assertion.attrib["AssertionID"]
    with pytest.raises(etree.DocumentInvalid):
        judge(ASSERTION, assertion)


def test_the_assertion_of_somebody_unknown_against_the_official_schema(drive) -> None:
    drive.world.scenario.choose("not_recognised")
    judge(ASSERTION, xml.parse(drive.assertion()))
    assert drive.world.scenario.name == "not_recognised"


@pytest.mark.parametrize(
    "code", [refusals.NOT_AUTHENTICATED, refusals.INVALID_REQUEST, refusals.UNAVAILABLE]
)
def test_faults_against_the_official_schema(code: str) -> None:
    message = xml.parse(refusals.fault_reply(code, reference="ref-1").body)
    error = only(message, ERR, "SystemError")
    judge(ERRORS, error)
    assert error.findtext("Code") == code


def xmlsec1(folder: Path, document: bytes, certificate: bytes, *options: str) -> int:
    """Verify the signature of a document with the program of libxmlsec; gives its exit status."""
    pem, file = folder / "signer.pem", folder / "message.xml"
    pem.write_bytes(certificate)
    file.write_bytes(document)
    done = subprocess.run(
        ["xmlsec1", "--verify", "--pubkey-cert-pem", str(pem), *options, str(file)],
        capture_output=True,
        check=False,
        timeout=8,
    )
    return done.returncode


def pem(certificate) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % (
        "\n".join(
            certificate.base64[at : at + 64] for at in range(0, len(certificate.base64), 64)
        ).encode()
    )


@pytest.mark.parametrize("leg", ["issue", "challenge"])
def test_xmlsec1_judges_what_we_send(drive, messages, leg: str, tmp_path: Path) -> None:
    signer = drive.eid if leg == "issue" else drive.ehealth
    options = [
        option
        for name in (
            f"{WSU}:Timestamp",
            f"{WSSE}:BinarySecurityToken",
            "http://schemas.xmlsoap.org/soap/envelope/:Body",
        )
        for option in ("--id-attr:Id", name)
    ]
    certificate = pem(signer.certificate)
    message = messages[leg]
    assert xmlsec1(tmp_path, message, certificate, *options) == 0
    attacked = message.replace(b"</wsu:Created>", b" </wsu:Created>", 1)
    assert xmlsec1(tmp_path, attacked, certificate, *options) != 0


def test_xmlsec1_judges_the_issued_assertion(drive, tmp_path: Path) -> None:
    options = ("--id-attr:AssertionID", f"{SAML}:Assertion")
    certificate = pem(drive.world.pki.sts.certificate)
    assertion = drive.assertion()
    assert xmlsec1(tmp_path, assertion, certificate, *options) == 0
    attacked = assertion.replace(b">true<", b">True<")
    assert attacked != assertion
    assert xmlsec1(tmp_path, attacked, certificate, *options) != 0


def test_openssl_believes_the_chain_of_what_is_shown(drive, tmp_path: Path) -> None:
    pki = drive.world.pki
    root, helper = tmp_path / "root.pem", tmp_path / "authority.pem"
    root.write_bytes(pem(pki.root.certificate))
    for authority, credential in (
        (pki.eid_authority, drive.eid),
        (pki.ehealth_authority, drive.ehealth),
        (pki.sts_authority, pki.sts),
    ):
        helper.write_bytes(pem(authority.certificate))
        leaf = tmp_path / "leaf.pem"
        leaf.write_bytes(pem(credential.certificate))
        at = str(int(drive.clock.now().timestamp()))
        command = ["openssl", "verify", "-attime", at, "-CAfile", str(root)]
        done = subprocess.run(
            [*command, "-untrusted", str(helper), str(leaf)],
            capture_output=True,
            check=False,
            timeout=8,
        )
        assert done.returncode == 0, done.stderr


def test_the_assertion_reaches_the_client_as_it_was_signed(drive) -> None:
    reply = read(drive.answer(drive.challenge()))
    assert isinstance(reply, sts.TokenReply)
    again = xml.serialize(xml.parse(reply.assertion))
    assert again == reply.assertion
