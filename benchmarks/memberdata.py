"""One MemberData request: building and signing it, without the key operation."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from benchmarks.table import Row, quiet, row, show, timed
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import CheckStatus, InsurabilityCheck, InsurabilityQuestion
from bridge.domain.periods import Period, brussels_day
from bridge.mycarenet.common import Package
from bridge.mycarenet.memberdata import MemberDataSettings
from bridge.ports.keystore import EhealthCredential
from bridge.service.consultation import MemberDataPlace, prepare
from bridge.service.sessionshelf import OpenSession
from bridge.soap import xml
from bridge.soap.names import SOAP, q
from tests.support.daemon import TestDaemon, running_daemon

RUNS = 200


class TimedCredential:
    """A credential that adds up the time of its key operation."""

    def __init__(self, inner: EhealthCredential) -> None:
        """Measure ``inner``."""
        self._inner = inner
        self.certificate = inner.certificate
        self.sign_seal = inner.sign_seal
        self.decryption_keys = inner.decryption_keys
        self.seconds = 0.0

    def sign(self, data: bytes) -> bytes:
        """Sign, measured."""
        begun = time.perf_counter()
        try:
            return self._inner.sign(data)
        finally:
            self.seconds += time.perf_counter() - begun


def check_of(daemon: TestDaemon, session: OpenSession) -> InsurabilityCheck:
    """Make a check about somebody fictitious."""
    now = daemon.clock.now()
    today = brussels_day(now)
    question = InsurabilityQuestion(
        patient=Niss.parse("60010100172"),
        period=Period(from_on=today, to_on=today),
    )
    return InsurabilityCheck(
        id="ins_1",
        registration_id=session.registration.id,
        operation_id="op_1",
        question=question,
        status=CheckStatus.TO_SEND,
        created_at=now,
        updated_at=now,
    )


def our_rows(daemon: TestDaemon, session: OpenSession) -> tuple[list[Row], bytes]:
    """Measure our own request; gives the rows and one message."""
    credential = TimedCredential(session.credential)
    measured = OpenSession(
        facts=session.facts,
        registration=session.registration,
        assertion=session.assertion,
        credential=credential,
    )
    place = MemberDataPlace(
        url="http://127.0.0.1:1",
        generic_url="http://127.0.0.1:1",
        package=Package(name="Carebridge", licence=daemon.world.licence),
        is_test=True,
        settings=MemberDataSettings(),
    )
    check = check_of(daemon, session)
    whole, own, body = [], [], b""
    for _ in range(RUNS):
        before, begun = credential.seconds, time.perf_counter()
        body = prepare(
            check,
            session=measured,
            place=place,
            clock=daemon.clock,
            ids=daemon.parts.ids,
        ).body
        seconds = time.perf_counter() - begun
        whole.append(seconds * 1000)
        own.append((seconds - (credential.seconds - before)) * 1000)
    return [
        row("ours: build and sign, without the key operation", own, unit="ms"),
        row("ours: build and sign, with the key operation (RSA-2048)", whole, unit="ms"),
    ], body


def peer_rows(daemon: TestDaemon, body: bytes) -> list[Row]:
    """Let libxmlsec and signxml sign the body of the same message with the same key."""
    key = daemon.world.nurse.ehealth.key
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    text = etree.tostring(xml.only_child(xml.parse(body), q(SOAP, "Body")))

    def by_libxmlsec() -> None:
        root = xml.parse(text)
        root.set("Id", "body")
        xmlsec.tree.add_ids(root, ["Id"])
        node = xmlsec.template.create(
            root,
            xmlsec.constants.TransformExclC14N,
            xmlsec.constants.TransformRsaSha256,
        )
        root.append(node)
        for _ in range(2):
            reference = xmlsec.template.add_reference(
                node,
                xmlsec.constants.TransformSha256,
                uri="#body",
            )
            xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
            xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
        context.sign(node)

    def by_signxml() -> None:
        root = xml.parse(text)
        root.set("Id", "body")
        signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
        signer.sign(root, key=pem, reference_uri=["#body"])

    return [
        timed("libxmlsec: sign the same body, with the key operation", by_libxmlsec, runs=RUNS),
        timed("signxml: sign the same body, with the key operation", by_signxml, runs=RUNS),
    ]


async def measure() -> list[Row]:
    """Open a session and measure."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_daemon(Path(folder)) as daemon:
            await daemon.open_session()
            facts = await daemon.services.sessions.current()
            session = daemon.services.sessions.require(facts.registration_id)
            rows, body = our_rows(daemon, session)
            return rows + peer_rows(daemon, body)


def main() -> None:
    """Print the table."""
    quiet()
    show("One MemberData request", asyncio.run(measure()))


if __name__ == "__main__":
    main()
