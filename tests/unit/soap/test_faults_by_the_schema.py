"""Faults as the official schema wants them, and as diverse parties write them."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.soap import faults, xml
from bridge.soap.names import ERR, SOAP, WSSE, q
from tests.support.shared import SCHEMAS

FOLDER = SCHEMAS / "connector" / "ehealth-errors" / "XSD"


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(file=str(FOLDER / "ehealth-errors-schema-soa-1_1.xsd"))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(faults.Fault("SOA-01002", "no access"), id="least"),
        pytest.param(faults.Fault("SOA-02002", "later", "id-1", "Provider", retry=True), id="most"),
        pytest.param(faults.Fault("wst:InvalidRequest", "<&> é", "", "Consumer"), id="odd-text"),
    ],
)
@pytest.mark.parametrize("environment", ["Simulation", "Acceptation", "Production"])
def test_our_error_detail_is_valid(schema, fault, environment):
    envelope = xml.parse(faults.encode(fault, environment=environment))
    error = next(envelope.iter(q(ERR, "SystemError")))
    schema.assertValid(error)
    assert xml.text_of(error, q(ERR, "Environment")) == environment


def test_faultstring_repeats_code_and_message():
    envelope = xml.parse(faults.encode(faults.Fault("SOA-03004", "wrong action")))
    fault = xml.descend(envelope, q(SOAP, "Body"), q(SOAP, "Fault"))
    assert xml.text_of(fault, "faultcode") == "soap:Server"
    assert xml.text_of(fault, "faultstring") == "SOA-03004: wrong action"


def test_security_faults_are_qualified_and_have_no_detail():
    envelope = xml.parse(faults.wsse_fault("MessageExpired", "too old"))
    fault = xml.descend(envelope, q(SOAP, "Body"), q(SOAP, "Fault"))
    prefix, _, local = xml.text_of(fault, "faultcode").partition(":")
    assert (fault.nsmap[prefix], local) == (WSSE, "MessageExpired")
    assert fault.find("detail") is None
    assert faults.decode(envelope) == faults.Fault("MessageExpired", "too old")


def decode(content):
    return faults.decode(
        xml.parse(
            f'<s:Envelope xmlns:s="{SOAP}" xmlns:e="{ERR}" xmlns:w="urn:wst"><s:Header/><s:Body>'
            f"<s:Fault>{content}</s:Fault></s:Body></s:Envelope>".encode()
        )
    )


PLAIN = "<faultcode>s:Server</faultcode><faultstring>{}</faultstring>"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            PLAIN.format("SOA-01002") + "<detail><e:SystemError Id='i'><Origin>Consumer</Origin>"
            "<Code>SOA-01002</Code><Message xml:lang='en'>no</Message>"
            "<Message xml:lang='fr'>non</Message><Retry>false</Retry>"
            "<e:Environment>Acceptation</e:Environment></e:SystemError></detail>",
            faults.Fault("SOA-01002", "no", "i", "Consumer", retry=False),
            id="as-documented",
        ),
        pytest.param(
            PLAIN.format("x") + "<detail><e:BusinessError><e:Origin>Client</e:Origin>"
            "<e:Code>w:InvalidRequest</e:Code></e:BusinessError></detail>",
            faults.Fault("InvalidRequest", "x", None, "Client"),
            id="qualified-and-prefixed",
        ),
        pytest.param(
            PLAIN.format("x") + "<detail><w:trace/><e:SystemError><Code> a:b:Code </Code>"
            "<Retry>1</Retry></e:SystemError></detail>",
            faults.Fault("Code", "x", retry=True),
            id="second-in-detail",
        ),
        pytest.param(
            PLAIN.format("x") + "<detail><e:SystemError><Code>C</Code><Retry>maybe</Retry>"
            "</e:SystemError></detail>",
            faults.Fault("C", "x"),
            id="retry-unreadable",
        ),
        pytest.param(
            PLAIN.format("SOA-02001: contact desk"),
            faults.Fault("SOA-02001", "SOA-02001: contact desk"),
            id="code-in-text-only",
        ),
        pytest.param(
            PLAIN.format("something else") + "<detail><w:a/></detail>",
            faults.Fault("Server", "something else"),
            id="no-code-at-all",
        ),
        pytest.param(
            "<faultcode>InvalidSecurity</faultcode>",
            faults.Fault("InvalidSecurity", ""),
            id="faultcode-without-prefix",
        ),
        pytest.param("", faults.Fault("", ""), id="empty"),
    ],
)
def test_faults_of_others_are_read(content, expected):
    assert decode(content) == expected


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("<a/>", id="no-envelope"),
        pytest.param(f"<s:Envelope xmlns:s='{SOAP}'/>", id="no-body"),
        pytest.param(f"<s:Envelope xmlns:s='{SOAP}'><s:Body/></s:Envelope>", id="empty-body"),
        pytest.param(
            f"<s:Envelope xmlns:s='{SOAP}'><s:Body><a><s:Fault/></a></s:Body></s:Envelope>",
            id="fault-inside-payload",
        ),
    ],
)
def test_no_fault_is_none(document):
    assert faults.decode(xml.parse(document.encode())) is None
