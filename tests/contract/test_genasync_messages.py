"""Every GenAsync message, judged by the official schemas, libxmlsec and zeep (D4, D26)."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zeep
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from bridge.ehealth.endpoints import GENASYNC_INVOICING_PATH, GENASYNC_MEDADMIN_PATH
from bridge.mycarenet import genasync
from bridge.mycarenet.common import Package
from bridge.mycarenet.encrypted import encode_known, unseal_known
from bridge.mycarenet.genasync_values import Blob
from bridge.mycarenet.services import INVOICING, MEDADMIN, MEMBERDATA, AsyncService
from bridge.mycarenet.signedblob import verify_signed_blob
from bridge.ports.transport import WireReply, WireRequest
from bridge.sandbox.transport import SandboxTransport
from bridge.sandbox.world import World
from bridge.service.genasync import GenAsyncClient, GenAsyncPlace
from bridge.soap import xml
from bridge.soap.names import SOAP, q
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.exchanging import KIND, TrivialKind, fetched, listens_to, release
from tests.support.shared import SCHEMAS

GENASYNC = SCHEMAS / "genasync"
ENCRYPTED = SCHEMAS / "connector/encryption/XSD/businessContent.xsd"
SPACE = "urn:be:cin:nip:async:generic"
ACTIONS = {
    "post": genasync.POST_ACTION,
    "get": genasync.GET_ACTION,
    "confirm": genasync.CONFIRM_ACTION,
}
PATHS = {
    MEDADMIN.name: GENASYNC_MEDADMIN_PATH,
    INVOICING.name: GENASYNC_INVOICING_PATH,
}
KINDS = [pytest.param("rsa", id="rsa-2048"), pytest.param("ec", id="p-384")]
pytestmark = pytest.mark.parametrize("key_kind", KINDS)


class Recorder:
    """Keeps the last exchange of each action."""

    def __init__(self, world: World) -> None:
        self._inner = SandboxTransport(world)
        self.sent: dict[str, bytes] = {}
        self.received: dict[str, bytes] = {}

    async def exchange(self, request: WireRequest) -> WireReply:
        reply = await self._inner.exchange(request)
        self.sent[request.soap_action or ""] = request.body
        self.received[request.soap_action or ""] = reply.body
        return reply


@asynccontextmanager
async def all_three(folder: Path, key_kind: str) -> AsyncIterator[tuple[TestDaemon, Recorder]]:
    async with running_daemon(folder, key_kind=key_kind, transport=Recorder) as daemon:
        await daemon.open_session()
        person = daemon.world.people.people()[0]
        patient = {"patient": {"niss": person.niss.digits}, "insurer": person.mutuality.insurer}
        headers = {"Prefer": "wait=30"}
        async with daemon.http() as http:
            for path, body in (
                ("/v1/insurability-batches", {"purpose": "new_patients", "patients": [patient]}),
                ("/v1/response-fetches", {"service": MEMBERDATA.name}),
            ):
                key = {"Idempotency-Key": str(uuid.uuid4())}
                await http.post(path, json=body, headers={**headers, **key})
                daemon.world.clock.set_insurers_ahead(3600)
        recorder: Any = daemon.parts.transport
        yield daemon, recorder


def payload(body: bytes) -> etree._Element:
    return xml.only_child(xml.parse(body), q(SOAP, "Body"))[0]


def judge(path: Path, element: etree._Element) -> None:
    schema = etree.XMLSchema(etree.parse(path))  # noqa: TID251  # a trusted file of the judges
    schema.assertValid(etree.fromstring(etree.tostring(element)))  # noqa: TID251  # as above


@pytest.mark.parametrize("operation", ACTIONS)
async def test_valid_against_the_official_schema(
    tmp_path: Path, key_kind: str, operation: str
) -> None:
    async with all_three(tmp_path, key_kind) as (_, recorder):
        for body in (recorder.sent[ACTIONS[operation]], recorder.received[ACTIONS[operation]]):
            judge(GENASYNC / "GenericAsync-V3.xsd", payload(body))


async def test_lists_are_valid_against_the_official_schema(tmp_path: Path, key_kind: str) -> None:
    async with all_three(tmp_path, key_kind) as (_, recorder):
        sent = genasync.decode_post(payload(recorder.sent[genasync.POST_ACTION]))
        received = genasync.decode_get_answer(payload(recorder.received[genasync.GET_ACTION]))
    answer: Any = received.messages[0].detail
    for content in (sent.detail.content, answer.content):
        judge(SCHEMAS / "memberdata-saml-extension" / "Extensions.xsd", xml.parse(content))


async def test_zeep_reads_a_post_through_the_official_wsdl(tmp_path: Path, key_kind: str) -> None:
    client = zeep.Client(str(GENASYNC / "GenericAsync-V3.wsdl"))
    async with all_three(tmp_path, key_kind) as (daemon, recorder):
        element = client.get_element(f"{{{SPACE}}}post")
        read = element.parse(payload(recorder.sent[genasync.POST_ACTION]), client.wsdl.types)
        holder = daemon.world.nurse.registration.holder
        assert read.CommonInput.Origin.CareProvider.Nihii.Value._value_1 == holder.nihii.long
        assert read.Detail.MessageName == "MDA"


@pytest.mark.parametrize("operation", ACTIONS)
async def test_xmlsec1_verifies_every_message(
    tmp_path: Path, key_kind: str, operation: str
) -> None:
    async with all_three(tmp_path, key_kind) as (daemon, recorder):
        certificate = tmp_path / "signer.pem"
        x509 = daemon.world.nurse.ehealth.certificate.x509
        certificate.write_bytes(x509.public_bytes(Encoding.PEM))
        message = tmp_path / "message.xml"
        message.write_bytes(recorder.sent[ACTIONS[operation]])
    steps = ("Envelope", "Header", "Security", "Signature")
    path = "".join(f"/*[local-name()='{step}']" for step in steps)
    wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    command = ["xmlsec1", "--verify", "--pubkey-cert-pem", str(certificate), "--node-xpath", path]
    command += ["--id-attr:Id", f"{wsu}:Timestamp", str(message)]
    judged = subprocess.run(command, capture_output=True, check=False)
    assert judged.returncode == 0, judged.stderr


async def test_receipt_value_is_the_hmac_of_the_content(tmp_path: Path, key_kind: str) -> None:
    async with all_three(tmp_path, key_kind) as (_, recorder):
        sent = genasync.decode_post(payload(recorder.sent[genasync.POST_ACTION]))
        returned = payload(recorder.received[genasync.POST_ACTION])[0]
    judged = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", returned.get("ResultMajor"), "-binary"],
        input=sent.detail.content,
        capture_output=True,
        check=True,
    )
    assert base64.b64decode(returned.text) == judged.stdout


async def test_a_service_that_wants_it_gets_its_blob_signed(tmp_path: Path, key_kind: str) -> None:
    async with all_three(tmp_path, key_kind) as (daemon, _):
        session = next(iter(daemon.services.sessions.opened()))
        opened = daemon.services.sessions.require(session.registration_id)
        client = GenAsyncClient(
            place=GenAsyncPlace(
                urls={}, package=Package(name="P", licence=daemon.world.licence), is_test=True
            ),
            transport=daemon.parts.transport,
            clock=daemon.clock,
            ids=daemon.parts.ids,
        )
        exchange = (
            await daemon.parts.store.read(
                lambda u: u.exchanges.with_status(
                    "accepted", "sent", "refused", "partially_accepted"
                )
            )
        )[0]
        for signs_blob in (True, False):
            service = replace(MEMBERDATA, signs_blob=signs_blob)
            detail = Blob(content=b"<a/>", content_type="text/xml", message_name="MDA", id="_1")
            body = client.prepare_post(exchange, detail, service=service, session=opened)
            element = payload(body)
            judge(GENASYNC / "GenericAsync.xsd", element)
            post = genasync.decode_post(element)
            assert (post.xades is not None) is signs_blob
            if post.xades is not None:
                verified = verify_signed_blob(post.detail, post.xades)
                assert verified.certificate == opened.credential.certificate


@pytest.mark.parametrize("service", [MEDADMIN, INVOICING], ids=lambda each: each.name)
async def test_sealed_and_signed_messages_are_valid_too(
    tmp_path: Path, key_kind: str, service: AsyncService
) -> None:
    kinds = {KIND: TrivialKind()}
    async with running_daemon(
        tmp_path, key_kind=key_kind, transport=Recorder, kinds=kinds
    ) as daemon:
        await daemon.open_session()
        listens_to(daemon, PATHS[service.name])
        await release(daemon, service, b"<a/>")
        await daemon.services.outbox.send_due()
        await fetched(daemon, service)
        recorder: Any = daemon.parts.transport
        for action in ACTIONS.values():
            for body in (recorder.sent[action], recorder.received[action]):
                judge(GENASYNC / "GenericAsync-V3.xsd", payload(body))
        post = genasync.decode_post(payload(recorder.sent[genasync.POST_ACTION]))
        assert post.detail.message_name == service.sent_name
        if service is MEDADMIN:
            key = daemon.world.tokens.mycarenet.key
            known = unseal_known(post.detail.content, keys=[key]).known
            inside = encode_known(known)
            judge(ENCRYPTED, xml.parse(inside))
