"""Every message of the main job, judged by the official schemas, libxmlsec and zeep (D4, D26)."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
import zeep
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from bridge.soap import xml
from bridge.soap.names import SOAP, WSSE, q
from tests.support.recorded import main_job
from tests.support.shared import SCHEMAS

MEMBERDATA = SCHEMAS / "memberdata"
WSDL = MEMBERDATA / "MyCareNetMemberData_v1.wsdl"
PROTOCOL = "urn:be:fgov:ehealth:mycarenet:memberdata:protocol:v1"
DETAIL = "{urn:be:fgov:ehealth:mycarenet:commons:protocol:v3}Detail"
KINDS = [pytest.param("rsa", id="rsa-2048"), pytest.param("ec", id="p-384")]


def schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(path))  # noqa: TID251  # a trusted file of the judges


def payload(body: bytes) -> etree._Element:
    return xml.only_child(xml.parse(body), q(SOAP, "Body"))[0]


def validate(path: Path, element: etree._Element) -> None:
    schema(path).assertValid(etree.fromstring(etree.tostring(element)))  # noqa: TID251  # as above


def security(body: bytes) -> etree._Element:
    header = xml.only_child(xml.parse(body), q(SOAP, "Header"))
    return xml.only_child(header, q(WSSE, "Security"))


@pytest.mark.parametrize("key_kind", KINDS)
async def test_the_consultation_is_valid_against_the_official_schemas(
    tmp_path: Path, key_kind: str
) -> None:
    async with main_job(tmp_path, key_kind) as daemon:
        transport = daemon.parts.transport
        for wire in (transport.sent["consult"], transport.received["consult"]):
            element = payload(wire.body)
            validate(MEMBERDATA / "mycarenet-memberdata-protocol-1_0.xsd", element)
            content = base64.b64decode(next(element.iter(DETAIL)).text)
            inner = xml.parse(content)
            validate(SCHEMAS / "memberdata-saml-extension" / "Extensions.xsd", inner)


async def test_zeep_reads_the_consultation_through_the_official_wsdl(tmp_path: Path) -> None:
    client = zeep.Client(str(WSDL))
    async with main_job(tmp_path) as daemon:
        request = payload(daemon.parts.transport.sent["consult"].body)
        element = client.get_element(f"{{{PROTOCOL}}}MemberDataConsultationRequest")
        read = element.parse(request, client.wsdl.types)
        holder = daemon.world.nurse.registration.holder
        origin = read.CommonInput.Origin
        assert origin.Package.License.Username == daemon.world.licence.username
        assert origin.CareProvider.Nihii.Value._value_1 == holder.nihii.long
        assert read.Detail.ContentType == "text/xml"
        assert b"AttributeQuery" in base64.b64decode(request.find(f".//{DETAIL}").text)


async def test_zeep_reads_the_sandbox_answer_through_the_official_wsdl(tmp_path: Path) -> None:
    client = zeep.Client(str(WSDL))
    async with main_job(tmp_path) as daemon:
        answer = payload(daemon.parts.transport.received["consult"].body)
        element = client.get_element(f"{{{PROTOCOL}}}MemberDataConsultationResponse")
        read = element.parse(answer, client.wsdl.types)
        assert read.Return.Detail.ContentType == "text/xml"
        sent = payload(daemon.parts.transport.sent["consult"].body)
        assert read.InResponseTo == sent.get("Id")


@pytest.mark.parametrize("key_kind", KINDS)
async def test_the_issued_assertion_is_valid_against_the_official_schema(
    tmp_path: Path, key_kind: str
) -> None:
    async with main_job(tmp_path, key_kind) as daemon:
        assertion = next(
            child
            for child in security(daemon.parts.transport.sent["consult"].body)
            if child.tag.endswith("}Assertion")
        )
        external = SCHEMAS / "connector" / "external" / "XSD"
        validate(external / "oasis-sstc-saml-schema-assertion-1.1.xsd", assertion)


@pytest.mark.parametrize("name", ["issue", "challenge", "consult"])
async def test_security_headers_are_valid_against_the_official_schema(
    tmp_path: Path, name: str
) -> None:
    async with main_job(tmp_path) as daemon:
        header = security(daemon.parts.transport.sent[name].body)
        path = SCHEMAS / "ws-security" / "oasis-200401-wss-wssecurity-secext-1.0.xsd"
        header.attrib.clear()  # mustUnderstand belongs to SOAP, which this schema does not know
        validate(path, header)


@pytest.mark.parametrize("key_kind", KINDS)
@pytest.mark.parametrize("name", ["issue", "challenge", "consult"])
async def test_xmlsec1_verifies_every_message(tmp_path: Path, name: str, key_kind: str) -> None:
    async with main_job(tmp_path, key_kind) as daemon:
        nurse = daemon.world.nurse
        signer = nurse.eid if name == "issue" else nurse.ehealth
        certificate = tmp_path / "signer.pem"
        certificate.write_bytes(signer.certificate.x509.public_bytes(Encoding.PEM))
        message = tmp_path / "message.xml"
        message.write_bytes(daemon.parts.transport.sent[name].body)
        wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
        steps = ("Envelope", "Header", "Security", "Signature")
        path = "".join(f"/*[local-name()='{step}']" for step in steps)
        command = [
            "xmlsec1",
            "--verify",
            "--pubkey-cert-pem",
            str(certificate),
            "--node-xpath",
            path,
        ]
        soap = "http://schemas.xmlsoap.org/soap/envelope/"
        wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
        for space, local in ((soap, "Body"), (wsu, "Timestamp"), (wsse, "BinarySecurityToken")):
            command += ["--id-attr:Id", f"{space}:{local}"]
        judged = subprocess.run([*command, str(message)], capture_output=True, check=False)
        assert judged.returncode == 0, judged.stderr


async def test_openssl_reads_the_certificate_we_send(tmp_path: Path) -> None:
    async with main_job(tmp_path) as daemon:
        header = security(daemon.parts.transport.sent["issue"].body)
        token = xml.only_child(header, q(WSSE, "BinarySecurityToken"))
        shown = subprocess.run(
            ["openssl", "x509", "-inform", "DER", "-noout", "-subject"],
            input=base64.b64decode(token.text),
            capture_output=True,
            check=True,
        )
        assert daemon.world.nurse.registration.holder.niss.digits.encode() in shown.stdout


@pytest.mark.parametrize("name", ["issue", "challenge", "consult"])
async def test_sec_13_no_personal_number_in_an_address(tmp_path: Path, name: str) -> None:
    async with main_job(tmp_path) as daemon:
        request = daemon.parts.transport.sent[name]
        assert not any(character.isdigit() for character in request.url.split("/", 3)[3][:-1])
