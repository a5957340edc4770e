"""Messages of the token depot judged by the official schema, and by zeep through the WSDL (D26)."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import zeep
from lxml import etree

from bridge.ehealth import etkdepot
from bridge.ehealth.etkdepot import DepotError, EtkAnswer, EtkIdentifier, EtkSettings
from bridge.errors import TheirAnswerInvalid
from bridge.soap import envelope, xml
from tests.support.shared import SCHEMAS

FOLDER = SCHEMAS / "etkdepot"
MYCARENET = EtkSettings().mycarenet
NURSE = EtkIdentifier(type="SSIN", value="00000000097")
ANSWERS = [
    pytest.param(EtkAnswer(code="200", asked=(NURSE,), etk=b"token"), id="found"),
    pytest.param(
        EtkAnswer(code="200", asked=(MYCARENET,), matching=((MYCARENET,), (NURSE,))), id="matching"
    ),
    pytest.param(EtkAnswer(code="404"), id="not-found"),
    pytest.param(
        EtkAnswer(code="400", asked=(NURSE,), errors=(DepotError(code="7", message="no"),)),
        id="error",
    ),
]


@cache
def official() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(FOLDER / "ehealth-etkdepot-schema-protocol-1_0.xsd"))


@cache
def client() -> Any:
    return zeep.Client(str(FOLDER / "EtkDepot-v1.wsdl"))


@pytest.mark.parametrize("identifier", [MYCARENET, NURSE], ids=["application", "plain"])
def test_requests_are_valid(identifier):
    request = etkdepot.encode_request(identifier)
    official().assertValid(request)
    read = client().get_element(request.tag).parse(request, client().wsdl.types)
    (found,) = read.SearchCriteria.Identifier
    assert (found.Type, found.Value) == (identifier.type, identifier.value)
    assert (found.ApplicationID or "") == identifier.application


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_are_valid(answer):
    response = etkdepot.encode_answer(answer)
    official().assertValid(response)
    read = client().get_element(response.tag).parse(response, client().wsdl.types)
    assert read.Status.Code == answer.code
    assert read.ETK == answer.etk
    assert len(read.MatchingEtk or []) == len(answer.matching)
    assert [each.Code for each in read.Error or []] == [each.code for each in answer.errors]


def test_zeep_and_we_write_the_same_request():
    service = client().bind("EtkDepotService", "EtkDepotPort")
    asked = {"Type": "CBE", "Value": MYCARENET.value, "ApplicationID": MYCARENET.application}
    theirs = client().create_message(service, "GetEtk", SearchCriteria={"Identifier": [asked]})
    ours = envelope.wrap(etkdepot.encode_request(MYCARENET))

    def canonical(message: etree._Element) -> list[tuple[str, str]]:
        return [(str(each.tag), (each.text or "").strip()) for each in message.iter()]

    assert canonical(theirs) == canonical(ours)
    assert etkdepot.decode_request(envelope.unwrap(xml.parse(etree.tostring(theirs)))) == (
        MYCARENET,
    )


def test_the_operation_has_an_empty_action():
    operations = client().wsdl.bindings.values()
    (binding,) = operations
    assert binding.get("GetEtk").soapaction == etkdepot.ACTION


def test_what_the_schema_refuses_we_refuse():
    response = etkdepot.encode_answer(EtkAnswer(code="200", asked=(NURSE,), etk=b"token"))
    response.append(xml.parse(xml.serialize(response[-1])))
    assert not official().validate(response)
    with pytest.raises(TheirAnswerInvalid):
        etkdepot.decode_answer(response)
