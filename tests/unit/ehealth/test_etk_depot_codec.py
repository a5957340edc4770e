"""Requests to the token depot, and its answers."""

from __future__ import annotations

import pytest

from bridge.ehealth.etkdepot import (
    DepotError,
    EtkAnswer,
    EtkIdentifier,
    EtkSettings,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
    identifier_of,
    is_well_formed,
)
from bridge.errors import CertificateUntrusted, OurMessageInvalid, TheirAnswerInvalid
from bridge.soap import xml
from tests.support import pki

SPACE = "urn:be:fgov:ehealth:etkdepot:1_0:protocol"
CORE = "urn:be:fgov:ehealth:commons:1_0:core"
NURSE = EtkIdentifier(type="SSIN", value=pki.NISS)
STATUS = "<c:Status><Code>200</Code><Message>ok</Message></c:Status>"


def response(inside):
    text = f'<e:GetEtkResponse xmlns:e="{SPACE}" xmlns:c="{CORE}">{inside}</e:GetEtkResponse>'
    return xml.parse(text.encode())


def request(inside):
    return xml.parse(f'<e:GetEtkRequest xmlns:e="{SPACE}">{inside}</e:GetEtkRequest>'.encode())


# -- requests ------------------------------------------------------------------------------------


def test_mycarenet_is_asked_for_by_enterprise_and_application():
    mycarenet = EtkSettings().mycarenet
    assert (mycarenet.type, mycarenet.value) == ("CBE", "0820563481")
    assert mycarenet.application == "MYCARENET"
    assert decode_request(encode_request(mycarenet)) == (mycarenet,)


def test_an_empty_application_is_left_out():
    assert b"ApplicationID" not in xml.serialize(encode_request(NURSE))
    assert decode_request(encode_request(NURSE)) == (NURSE,)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("CBE", "0" * 10), ("SSIN", "0" * 11), ("NIHII", "0" * 8), ("NIHII11", "0" * 11),
     ("NIHII-GROUP", "0" * 8), ("NIHII-HOSPITAL", "0" * 8)],
)  # fmt: skip
def test_every_known_type_has_its_digits(kind, value):
    assert is_well_formed(EtkIdentifier(type=kind, value=value))
    for wrong in (value + "0", value[1:], value[:-1] + "x", value[:-1] + "²"):
        assert not is_well_formed(EtkIdentifier(type=kind, value=wrong))


@pytest.mark.parametrize(
    "identifier",
    [EtkIdentifier(type="PASSPORT", value="0" * 10), EtkIdentifier(type="CBE", value="BE0")],
    ids=str,
)
def test_nothing_the_depot_does_not_know_is_asked(identifier):
    with pytest.raises(OurMessageInvalid):
        encode_request(identifier)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(xml.parse(b"<GetEtkRequest/>"), id="other-name-space"),
        pytest.param(request(""), id="no-criteria"),
        pytest.param(request("<e:SearchCriteria/>"), id="no-identifier"),
        pytest.param(request("<e:SearchCriteria><e:Identifier/></e:SearchCriteria>"), id="no-type"),
        pytest.param(
            request(
                "<e:SearchCriteria><e:Identifier><e:Type>CBE</e:Type><e:Value>1</e:Value>"
                "<e:Value>2</e:Value></e:Identifier></e:SearchCriteria>"
            ),
            id="two-values",
        ),
    ],
)
def test_other_requests_are_refused(payload):
    with pytest.raises(TheirAnswerInvalid):
        decode_request(payload)


# -- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(EtkAnswer(code="200", asked=(NURSE,), etk=b"\x30\x80token"), id="found"),
        pytest.param(
            EtkAnswer(
                code="200",
                asked=(NURSE,),
                matching=((EtkSettings().mycarenet,), (NURSE, EtkSettings().mycarenet)),
            ),
            id="matching",
        ),
        pytest.param(EtkAnswer(code="404"), id="not-found"),
        pytest.param(
            EtkAnswer(
                code="500", asked=(NURSE,), errors=(DepotError(code="1", message="broken"),) * 2
            ),
            id="errors",
        ),
    ],
)
def test_what_was_written_is_read(answer):
    assert decode_answer(encode_answer(answer)) == answer


def test_parts_are_found_whatever_their_name_space():
    answer = response("<Status><Code> 200 </Code></Status><ETK> AA\nAA </ETK>")
    assert decode_answer(answer) == EtkAnswer(code="200", etk=b"\0\0\0")


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(xml.parse(b"<GetEtkResponse/>"), id="other-name-space"),
        pytest.param(response(""), id="no-status"),
        pytest.param(response(STATUS), id="nothing-found"),
        pytest.param(response("<c:Status/><e:ETK>AAAA</e:ETK>"), id="no-code"),
        pytest.param(
            response("<c:Status><Code>OK</Code></c:Status><e:ETK>AAAA</e:ETK>"), id="other-code"
        ),
        pytest.param(response(STATUS + STATUS + "<e:ETK>AAAA</e:ETK>"), id="two-statuses"),
        pytest.param(response(STATUS + "<e:ETK>AAAA</e:ETK>" * 2), id="two-tokens"),
        pytest.param(response(STATUS + "<e:ETK>%</e:ETK>"), id="no-base64"),
        pytest.param(response(STATUS + f"<e:ETK>{'A' * 600_000}</e:ETK>"), id="too-long"),
        pytest.param(
            response(STATUS + "<e:ETK>AAAA</e:ETK><e:Error><e:Code>1</e:Code></e:Error>"),
            id="token-and-error",
        ),
        pytest.param(response(STATUS + "<e:MatchingEtk/>"), id="nobody-matching"),
    ],
)
def test_other_answers_are_refused(payload):
    with pytest.raises(TheirAnswerInvalid):
        decode_answer(payload)


# -- owners --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identifier", "application", "expected"),
    [
        (f"SSIN={pki.NISS}", None, NURSE),
        (
            f"CBE={pki.CBE}",
            "MYCARENET",
            EtkIdentifier(type="CBE", value=pki.CBE, application="MYCARENET"),
        ),
        ("NIHII-GROUP=40000028", None, EtkIdentifier(type="NIHII-GROUP", value="40000028")),
    ],
)
def test_a_certificate_names_the_owner_of_a_token(identifier, application, expected):
    subject = pki.ehealth_name(identifier, application=application)
    certificate = pki.issue(subject, pki.key("rsa", "owner"), issuer=pki.root()).certificate
    assert identifier_of(certificate) == expected


def test_an_identity_card_owns_no_token():
    with pytest.raises(CertificateUntrusted):
        identifier_of(pki.eid().certificate)


def test_no_number_is_shown():
    assert pki.NISS not in repr(NURSE) + repr(EtkAnswer(code="200", asked=(NURSE,)))
