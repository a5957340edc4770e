"""GenericInsurability about one patient: the official schemas, libxmlsec and zeep as judges."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree

from bridge.domain.identifiers import MembershipNumber, Mutuality, Niss
from bridge.domain.insurability import InsurabilityQuestion, Membership
from bridge.domain.periods import Period
from bridge.domain.registrations import InsurabilityService
from bridge.errors import RemoteRefusal, TheirAnswerInvalid
from bridge.mycarenet import genins_single
from bridge.mycarenet.common import CommonInput, Licence, Origin, Package
from bridge.mycarenet.genins_values import GenInsAnswer, GenInsDetail, GenInsFault, Reason
from bridge.ports.transport import WireReply, WireRequest
from bridge.sandbox.exchange import SandboxRequest
from bridge.sandbox.transport import SandboxTransport
from bridge.sandbox.world import World
from bridge.soap import xml
from bridge.soap.names import SOAP, q
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.registrations import set_registrations
from tests.support.shared import SCHEMAS

FOLDER = SCHEMAS / "genins"
NISS = Niss.parse("86103130262")
DAY = Period(from_on=date(2026, 11, 22), to_on=date(2026, 11, 22))
MEMBER = Membership(
    mutuality=Mutuality.parse("319"), membership_number=MembershipNumber.parse("1234567890123")
)
ASKED = genins_single.SingleQuestion(
    common=CommonInput(
        is_test=True,
        origin=Origin(package=Package(name="P", licence=Licence(username="u", password="p"))),
        input_reference="00000000000012",
    ),
    reference="00000000000012",
    question=InsurabilityQuestion(patient=NISS, period=DAY),
)
INSURED = GenInsAnswer(
    reference=ASKED.reference,
    output_reference="77",
    patient=NISS,
    detail=GenInsDetail(pays_provider=False, event="closedBefore"),
)
REFUSED = replace(
    INSURED,
    detail=None,
    fault=GenInsFault(
        code="INPUT_ERROR", source="MYCARENET", reasons=(Reason(code="23", location="Inss"),)
    ),
)


class Recorder:
    """Keeps the last exchange with the service."""

    def __init__(self, world: World) -> None:
        self._inner = SandboxTransport(world)
        self.sent: WireRequest | None = None
        self.received: WireReply | None = None

    async def exchange(self, request: WireRequest) -> WireReply:
        reply = await self._inner.exchange(request)
        if request.soap_action == genins_single.ACTION:
            self.sent, self.received = request, reply
        return reply


@dataclass(frozen=True)
class Asked:
    daemon: TestDaemon
    check: dict[str, Any]
    sent: WireRequest
    received: WireReply


@asynccontextmanager
async def asked(folder: Path, key_kind: str = "rsa", niss: str = "") -> AsyncIterator[Asked]:
    async with running_daemon(folder, key_kind=key_kind, transport=Recorder) as daemon:
        await set_registrations(
            daemon, insurability_service=InsurabilityService.GENERIC_INSURABILITY
        )
        await daemon.open_session()
        known = daemon.parts.simulator.add_person({"niss": NISS.digits, "mutuality": "319"})
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=30"}
        body = {"patient": {"niss": niss or known["niss"]}}
        async with daemon.http() as http:
            answer = await http.post("/v1/insurability-checks", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        wire: Any = daemon.parts.transport
        yield Asked(daemon, answer.json(), wire.sent, wire.received)


def payload(body: bytes) -> Any:
    return xml.only_child(xml.parse(body), q(SOAP, "Body"))[0]


def judged(element: Any) -> Any:
    schema = etree.XMLSchema(file=str(FOLDER / "gen_ins_services_protocol-1_0.xsd"))
    schema.assertValid(xml.parse(etree.tostring(element)))
    return element


class TestThroughTheDaemon:
    @pytest.mark.parametrize("key_kind", ["rsa", "ec"])
    async def test_official_schema_accepts_question_and_answer(
        self, tmp_path: Path, key_kind: str
    ) -> None:
        async with asked(tmp_path, key_kind) as found:
            assert found.check["is_insured"] is True
            assert (found.check["insurer"], found.check["mutuality"]) == ("300", "319")
            judged(payload(found.sent.body))
            judged(payload(found.received.body))

    async def test_zeep_reads_the_question_through_the_official_wsdl(self, tmp_path: Path) -> None:
        client = await asyncio.to_thread(
            zeep.Client, str(FOLDER / "GenericInsurabilityWebService-1_0.wsdl")
        )
        async with asked(tmp_path) as found:
            element = client.get_element(f"{{{genins_single.PROTOCOL}}}GetInsurabilityRequest")
            read = element.parse(payload(found.sent.body), client.wsdl.types)
            assert read.Request.CareReceiverId.Inss == NISS.digits
            assert read.Request.InsurabilityRequestDetail.InsurabilityRequestType == "information"
            licence = read.CommonInput.Origin.Package.License
            assert licence.Username == found.daemon.world.licence.username

    async def test_an_unknown_patient_is_a_refusal_with_a_meaning(self, tmp_path: Path) -> None:
        async with asked(tmp_path, niss="00000000097") as found:
            assert found.check["status"] == "refused"
            assert [each["code"] for each in found.check["refusals"]] == ["patient_unknown"]
            judged(payload(found.received.body))

    async def test_a_changed_question_is_refused(self, tmp_path: Path) -> None:
        async with asked(tmp_path) as found:
            changed = found.sent.body.replace(NISS.digits.encode(), b"00000000097")
            assert changed != found.sent.body
            for body, action in ((changed, genins_single.ACTION), (found.sent.body, "other")):
                found.daemon.world.dispatch(
                    SandboxRequest(
                        path="/GenericInsurability/v1",
                        soap_action=action,
                        content_type=found.sent.content_type,
                        body=body,
                    )
                )
                assert not found.daemon.world.ledger.entries()[-1].accepted


class TestCodec:
    @pytest.mark.parametrize("patient", [NISS, MEMBER], ids=["niss", "member"])
    def test_a_question_comes_back(self, patient: Any) -> None:
        one = replace(ASKED, question=replace(ASKED.question, patient=patient))
        element = judged(genins_single.encode_question(one))
        assert genins_single.decode_question(element) == one

    def test_an_answer_is_read(self) -> None:
        element = judged(genins_single.encode_answer(INSURED, ASKED))
        facts = genins_single.decode_answer(element, ASKED)
        assert (facts.is_insured, facts.insurer_pays_provider) == (False, False)

    def test_a_refusal_is_read(self) -> None:
        element = judged(genins_single.encode_answer(REFUSED, ASKED))
        facts = genins_single.decode_answer(element, ASKED)
        assert [each.code for each in facts.refusals] == ["patient_unknown"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"GetInsurabilityResponse", b"GetInsurabilityAnswer"),
            (b"<gic:InputReference>00000000000012</gic:InputReference></gi:RecordC", None),
            (b"<gic:PaymentByIo>false</gic:PaymentByIo>", b""),
        ],
    )
    def test_what_answers_something_else_is_refused(self, old: bytes, new: bytes | None) -> None:
        content = xml.serialize(genins_single.encode_answer(INSURED, ASKED))
        assert old in content
        changed = content.replace(old, old.replace(b"012", b"013") if new is None else new)
        with pytest.raises(TheirAnswerInvalid):
            genins_single.decode_answer(xml.parse(changed), ASKED)

    def test_leading_zeros_of_the_reference_do_not_count(self) -> None:
        content = xml.serialize(genins_single.encode_answer(INSURED, ASKED))
        shorter = content.replace(
            b"00000000000012</gic:InputReference></gi:RecordC",
            b"12</gic:InputReference></gi:RecordC",
        )
        assert shorter != content
        assert genins_single.decode_answer(xml.parse(shorter), ASKED).is_insured is False

    def test_a_status_that_is_no_success_is_a_refusal_of_the_platform(self) -> None:
        content = xml.serialize(genins_single.encode_answer(INSURED, ASKED))
        refused = content.replace(b"<Code>200", b"<Code>SOA-02001")
        with pytest.raises(RemoteRefusal) as caught:
            genins_single.decode_answer(xml.parse(refused), ASKED)
        assert caught.value.remote is not None
        assert caught.value.remote.code == "SOA-02001"
