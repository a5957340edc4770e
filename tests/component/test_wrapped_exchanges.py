"""Sealed and signed messages through the whole engine, against a platform that verifies both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.codecs import blob
from bridge.codecs.blob import Encoding
from bridge.daemon.parts import Platform
from bridge.domain.exchanges import Exchange
from bridge.ehealth.endpoints import GENASYNC_INVOICING_PATH, GENASYNC_MEDADMIN_PATH
from bridge.ehealth.profiles import StsSettings
from bridge.mycarenet import genasync
from bridge.mycarenet.common import Package
from bridge.mycarenet.encrypted import unseal_known
from bridge.mycarenet.memberdata import MemberDataSettings
from bridge.mycarenet.services import INVOICING, MEDADMIN, AsyncService
from bridge.sandbox import genasync_scenarios as scenarios
from bridge.sandbox.etkdepot import DOWN as DEPOT_DOWN
from bridge.sandbox.etkdepot import FORGED, MISSING
from bridge.sandbox.genasync_answers import Parcel, parceled
from bridge.sandbox.genasync_business import BusinessAnswer, MessageBusiness
from bridge.sandbox.tokens import decryption_key
from bridge.service.aftermath import LONGEST_PAUSE
from bridge.service.wrapping import SignatureCheck, WrappingSettings
from bridge.soap import envelope, xml
from tests.support.daemon import CLIENT, TestDaemon, running_daemon
from tests.support.exchanging import (
    KIND,
    NO,
    YES,
    TrivialInsurers,
    TrivialKind,
    evidence_of,
    fetched,
    now_of,
    played,
    release,
    responses_of,
    sent,
)
from tests.support.wire import GET, POST, WatchedTransport

pytestmark = pytest.mark.timeout(60)
REQUEST = b"<m:ask xmlns:m='urn:trivial'>\n  fictitious  </m:ask>"
FILE = b"20000012345 A FILE OF FIXED COLUMNS   \r\n" * 40
PATHS = {MEDADMIN.name: GENASYNC_MEDADMIN_PATH, INVOICING.name: GENASYNC_INVOICING_PATH}
CONTENTS = {MEDADMIN.name: REQUEST, INVOICING.name: FILE}
BOTH = pytest.mark.parametrize("service", [MEDADMIN, INVOICING], ids=lambda each: each.name)


@asynccontextmanager
async def opened(folder: Path, *, key_kind: Any = "rsa", **wrapping: Any) -> AsyncIterator[Any]:
    """Give a daemon with an open session, whose insurers say yes."""
    kind = TrivialKind()
    async with running_daemon(
        folder,
        key_kind=key_kind,
        transport=WatchedTransport,
        kinds=lambda _world: {KIND: kind},
        platform=lambda world: _platform(world, wrapping),
    ) as daemon:
        await daemon.open_session()
        for service, path in PATHS.items():
            name = {MEDADMIN.name: "M4A_XML", INVOICING.name: "HCPFAC"}[service]
            insurers = TrivialInsurers(BusinessAnswer(content=YES, message_name=name))
            business_of(daemon, path).insurers = insurers
        yield daemon


def _platform(world: Any, wrapping: dict[str, Any]) -> Any:
    chosen = {"check": SignatureCheck.ENFORCE, "signers": world.signers(), **wrapping}
    return Platform(
        endpoints=world.endpoints("http://127.0.0.1:1"),
        trust=world.sts_trust(),
        etk_trust=world.etk_trust(),
        package=Package(name="Carebridge", licence=world.licence),
        is_test=True,
        sts_settings=StsSettings(),
        memberdata_settings=MemberDataSettings(),
        wrapping=WrappingSettings(**chosen),
    )


def business_of(daemon: TestDaemon, path: str) -> MessageBusiness:
    business = played(daemon, path).business
    assert isinstance(business, MessageBusiness)
    return business


def seen(daemon: TestDaemon) -> list[bytes]:
    kind = daemon.parts.kinds[KIND]
    assert isinstance(kind, TrivialKind)
    return kind.seen


def codes(exchange: Exchange) -> list[str]:
    return [problem.code for problem in exchange.send_status]


def posted(body: bytes) -> Any:
    return genasync.decode_post(envelope.unwrap(xml.parse(body)))


@pytest.fixture
async def daemon(tmp_path: Path) -> Any:
    async with opened(tmp_path) as running:
        yield running


class TestJourney:
    @BOTH
    async def test_a_message_and_its_answer(
        self, daemon: TestDaemon, service: AsyncService
    ) -> None:
        exchange = await sent(daemon, service, CONTENTS[service.name])
        assert (exchange.status.value, exchange.has_tack) == ("sent", True)
        (received,) = business_of(daemon, PATHS[service.name]).insurers.received
        assert received.content == CONTENTS[service.name]
        assert received.provider == daemon.world.nurse.registration.holder.nihii.long
        assert (received.insurer, received.reference) == ("300", exchange.input_reference)
        found = await fetched(daemon, service)
        assert (found.messages, found.receipts) == (1, 1)
        after = await now_of(daemon, exchange)
        assert (after.status.value, codes(after)) == ("accepted", [])
        assert seen(daemon) == [YES]
        assert played(daemon, PATHS[service.name]).mailboxes.count() == 0

    @pytest.mark.parametrize("key_kind", ["rsa", "ec"])
    async def test_nobody_between_can_read_a_sealed_message(
        self, tmp_path: Path, key_kind: str
    ) -> None:
        async with opened(tmp_path, key_kind=key_kind) as daemon:
            exchange = await sent(daemon, MEDADMIN, REQUEST)
            assert exchange.status.value == "sent"
            (body,) = (await evidence_of(daemon, exchange.id))["request"]
            post = posted(body)
            assert b"fictitious" not in body
            assert b"fictitious" not in post.detail.content
            assert post.detail.content_encryption == "encryptedForKnownBED"
            assert post.xades is None

    async def test_the_delivered_bytes_and_what_was_in_them_are_kept(
        self, daemon: TestDaemon
    ) -> None:
        exchange = await sent(daemon, MEDADMIN, REQUEST)
        await fetched(daemon, MEDADMIN)
        (answer,) = [
            each for each in await responses_of(daemon, exchange) if each.kind.value == "message"
        ]
        kept = await evidence_of(daemon, answer.id)
        assert kept["opened"] == [YES]
        (sealed,) = kept["answer"]
        keys = [decryption_key(daemon.world.nurse.encryption)]
        assert unseal_known(sealed, keys=keys).known.business.content == YES
        async with daemon.http() as http:
            pieces = (await http.get(f"/v1/exchanges/{exchange.id}/evidence")).json()["items"]
        kinds = [piece["kind"] for piece in pieces]
        assert kinds[:3] == ["content", "request", "answer"]
        assert kinds[3:] == ["answer", "opened"]

    async def test_a_refusal_of_a_sealed_message_is_read(self, daemon: TestDaemon) -> None:
        daemon.world.scenario.choose(scenarios.REJECT)
        exchange = await sent(daemon, MEDADMIN, REQUEST)
        await fetched(daemon, MEDADMIN)
        after = await now_of(daemon, exchange)
        assert (after.status.value, after.problem_code) == ("error", "remote_refused")

    @BOTH
    async def test_the_same_answer_twice_is_read_once(
        self, daemon: TestDaemon, service: AsyncService
    ) -> None:
        daemon.world.scenario.choose(scenarios.DUPLICATE)
        exchange = await sent(daemon, service, CONTENTS[service.name])
        await fetched(daemon, service)
        assert (await now_of(daemon, exchange)).status.value == "accepted"
        assert seen(daemon) == [YES]

    async def test_answers_come_when_the_insurer_says(self, daemon: TestDaemon) -> None:
        insurers = business_of(daemon, GENASYNC_MEDADMIN_PATH).insurers
        insurers.answers = (
            BusinessAnswer(content=NO, message_name="M4A_XML", after=timedelta(minutes=10)),
            BusinessAnswer(content=YES, message_name="M4A_XML", after=timedelta(days=3)),
        )
        exchange = await sent(daemon, MEDADMIN, REQUEST)
        await fetched(daemon, MEDADMIN, ahead_s=599)
        assert (await now_of(daemon, exchange)).status.value == "received"
        await fetched(daemon, MEDADMIN, ahead_s=600)
        assert (await now_of(daemon, exchange)).status.value == "refused"
        await fetched(daemon, MEDADMIN, ahead_s=3 * 24 * 3600)
        after = await now_of(daemon, exchange)
        assert [each.status.value for each in after.decisions] == ["refused", "accepted"]

    async def test_what_nobody_asked_for_waits_for_a_person(self, daemon: TestDaemon) -> None:
        await sent(daemon, MEDADMIN, REQUEST)
        service = played(daemon, GENASYNC_MEDADMIN_PATH)
        parcel = Parcel(reference=None, name="M4A_CNF_XML", scenario="normal", ids=daemon.parts.ids)
        provider = daemon.world.nurse.registration.holder.nihii.long
        service.send(parceled(NO, parcel), provider=provider, insurer="500")
        await fetched(daemon, MEDADMIN)
        rows = await daemon.parts.store.read(
            lambda unit: unit.exchanges.with_status("manual_action_required")
        )
        assert [row.kind for row in rows] == ["unsolicited"]
        assert service.mailboxes.count() == 0

    async def test_the_query_brings_the_token_along(self, daemon: TestDaemon) -> None:
        asked: list[bytes] = []

        async def watch(request: Any, reply: Any) -> Any:
            if request.soap_action == GET:
                asked.append(request.body)
            return reply

        daemon.parts.transport.after = watch
        await sent(daemon, MEDADMIN, REQUEST)
        await fetched(daemon, MEDADMIN)
        await fetched(daemon, INVOICING)
        for body, is_there in zip(asked, (True, False), strict=True):
            query = genasync.decode_get(envelope.unwrap(xml.parse(body)))
            assert (query.reply_to_etk is not None) is is_there

    @pytest.mark.parametrize("encoding", list(Encoding))
    async def test_other_habits_are_settings(self, tmp_path: Path, encoding: Encoding) -> None:
        async with opened(tmp_path, content_encoding=encoding, blob_encoding=encoding) as daemon:
            exchange = await sent(daemon, MEDADMIN, REQUEST)
            assert exchange.status.value == "sent"
            (body,) = (await evidence_of(daemon, exchange.id))["request"]
            post = posted(body)
            assert post.detail.encoding is encoding
            opened_post = unseal_known(
                post.detail.content, keys=[daemon.world.tokens.mycarenet.key]
            )
            assert opened_post.known.business.encoding is encoding


class TestBeforeSending:
    @pytest.mark.parametrize(
        ("scenario", "code"),
        [
            (DEPOT_DOWN, "remote_unavailable"),
            (MISSING, "remote_refused"),
            (FORGED, "certificate_untrusted"),
        ],
    )
    async def test_without_tokens_nothing_leaves_and_it_is_tried_again(
        self, daemon: TestDaemon, scenario: str, code: str
    ) -> None:
        daemon.world.scenario.choose(scenario)
        exchange = await sent(daemon, MEDADMIN, REQUEST)
        assert (exchange.status.value, codes(exchange)) == ("to_send", [code])
        assert exchange.next_attempt_at > daemon.clock.now()
        assert [e for e in daemon.world.ledger.entries() if e.operation == "post"] == []
        for _ in range(3):
            daemon.clock.advance(seconds=LONGEST_PAUSE.total_seconds())
            await daemon.services.outbox.send_due()
        still = await now_of(daemon, exchange)
        assert (still.status.value, codes(still), still.attempts) == ("to_send", [code], 4)
        daemon.world.scenario.choose("normal")
        daemon.clock.advance(seconds=LONGEST_PAUSE.total_seconds())
        await daemon.services.outbox.send_due()
        assert (await now_of(daemon, exchange)).status.value == "sent"
        posts = [each for each in daemon.world.ledger.entries() if each.operation == "post"]
        assert [each.reference for each in posts] == [exchange.input_reference]

    async def test_a_message_in_clear_needs_no_token(self, daemon: TestDaemon) -> None:
        daemon.world.scenario.choose(DEPOT_DOWN)
        assert (await sent(daemon, INVOICING, FILE)).status.value == "sent"

    async def test_tokens_are_looked_up_once_for_many_messages(self, daemon: TestDaemon) -> None:
        for number in range(5):
            await sent(daemon, MEDADMIN, REQUEST + b"<!-- %d -->" % number)
        depot = [e for e in daemon.world.ledger.entries() if e.service == "etk_depot"]
        assert len(depot) == 2

    async def test_a_message_sealed_again_by_hand_is_the_same_for_the_platform(
        self, daemon: TestDaemon
    ) -> None:
        daemon.world.scenario.choose(scenarios.LOST_ANSWER)
        exchange = await sent(daemon, MEDADMIN, REQUEST)
        assert exchange.status.value == "outcome_unknown"
        daemon.world.scenario.choose("normal")
        await daemon.services.outbox.resend(exchange.id, client=CLIENT)
        await daemon.services.outbox.send_due()
        assert (await now_of(daemon, exchange)).status.value == "sent"
        assert len(business_of(daemon, GENASYNC_MEDADMIN_PATH).insurers.received) == 1


class TestAnswersThatDoNotHold:
    @pytest.mark.parametrize(
        ("scenario", "code"),
        [
            (scenarios.SEALED_FOR_ANOTHER, "seal_for_another_key"),
            (scenarios.BROKEN_SEAL, "signature_invalid"),
            (scenarios.WRONG_SIGNATURE, "answer_signature_invalid"),
            (scenarios.STRANGE_SIGNER, "answer_signature_invalid"),
            (scenarios.WRONG_HASH, "answer_unreadable"),
        ],
    )
    async def test_it_is_asked_for_again_and_then_a_person_looks(
        self, daemon: TestDaemon, scenario: str, code: str
    ) -> None:
        daemon.world.scenario.choose(scenario)
        exchange = await sent(daemon, MEDADMIN, REQUEST)
        service = played(daemon, GENASYNC_MEDADMIN_PATH)
        for _ in range(2):
            await fetched(daemon, MEDADMIN)
            before = await now_of(daemon, exchange)
            assert (before.status.value, codes(before)) == ("received", [code])
            assert service.mailboxes.count() == 1
        await fetched(daemon, MEDADMIN)
        after = await now_of(daemon, exchange)
        assert (after.status.value, after.problem_code) == ("manual_action_required", code)
        assert service.mailboxes.count() == 0
        assert seen(daemon) == []
        (answer,) = [
            each for each in await responses_of(daemon, exchange) if each.kind.value == "message"
        ]
        kept = await evidence_of(daemon, answer.id)
        assert kept["answer"]
        assert "opened" not in kept

    @pytest.mark.parametrize(
        ("check", "expected"),
        [(SignatureCheck.WARN, ["answer_signature_invalid"]), (SignatureCheck.OFF, [])],
    )
    async def test_less_strictness_is_a_setting(
        self, tmp_path: Path, check: SignatureCheck, expected: list[str]
    ) -> None:
        async with opened(tmp_path, check=check) as daemon:
            for scenario in (scenarios.WRONG_SIGNATURE, scenarios.STRANGE_SIGNER):
                for service in (MEDADMIN, INVOICING):
                    daemon.world.scenario.choose(scenario)
                    daemon.world.clock.set_insurers_ahead(0)
                    content = CONTENTS[service.name] + scenario.encode() * (service is INVOICING)
                    exchange = await sent(daemon, service, content)
                    await fetched(daemon, service)
                    after = await now_of(daemon, exchange)
                    assert (after.status.value, codes(after)) == ("accepted", expected)

    async def test_a_signed_answer_of_somebody_unknown_is_not_believed(
        self, daemon: TestDaemon
    ) -> None:
        daemon.world.scenario.choose(scenarios.STRANGE_SIGNER)
        exchange = await sent(daemon, INVOICING, FILE)
        await fetched(daemon, INVOICING)
        after = await now_of(daemon, exchange)
        assert (after.status.value, codes(after)) == ("received", ["answer_signature_invalid"])

    async def test_without_anchors_nobody_asks_who_signed(self, tmp_path: Path) -> None:
        async with opened(tmp_path, signers=None) as daemon:
            daemon.world.scenario.choose(scenarios.STRANGE_SIGNER)
            exchange = await sent(daemon, MEDADMIN, REQUEST)
            await fetched(daemon, MEDADMIN)
            assert (await now_of(daemon, exchange)).status.value == "accepted"


class TestPlatform:
    """What the played platform refuses, each beside the genuine message."""

    @pytest.mark.parametrize(
        ("service", "changed"),
        [
            pytest.param(MEDADMIN, {"is_sealed": False}, id="not-sealed"),
            pytest.param(MEDADMIN, {"sent_name": "M4A_FLAT"}, id="other-name"),
            pytest.param(INVOICING, {"signs_blob": False}, id="not-signed"),
            pytest.param(INVOICING, {"is_sealed": True, "signs_blob": False}, id="sealed-invoice"),
        ],
    )
    async def test_other_wrappings(
        self, daemon: TestDaemon, service: AsyncService, changed: dict[str, Any]
    ) -> None:
        parts = daemon.services.poller._parts
        known = dict(parts.services)
        object.__setattr__(parts, "services", {**known, service.name: replace(service, **changed)})
        exchange = await sent(daemon, service, CONTENTS[service.name])
        assert (exchange.status.value, exchange.problem_code) == ("error", "remote_refused")
        object.__setattr__(parts, "services", known)
        assert (await sent(daemon, service, CONTENTS[service.name])).status.value == "sent"

    async def test_content_that_is_none(self, daemon: TestDaemon) -> None:
        exchange = await sent(daemon, MEDADMIN, b"<nonsense/>")
        assert exchange.status.value == "error"

    async def test_an_invoice_changed_on_the_way(self, daemon: TestDaemon) -> None:
        exchange = await release(daemon, INVOICING, FILE)
        inner = daemon.parts.transport._inner
        other = genasync_text(FILE.replace(b"12345", b"54321"))

        class Changing:
            async def exchange(self, request: Any) -> Any:
                if request.soap_action == POST:
                    body = request.body.replace(genasync_text(FILE), other)
                    assert body != request.body
                    request = replace(request, body=body)
                return await inner.exchange(request)

        daemon.parts.transport._inner = Changing()
        await daemon.services.outbox.send_due()
        daemon.parts.transport._inner = inner
        after = await now_of(daemon, exchange)
        assert (after.status.value, after.problem_code) == ("error", "remote_refused")
        refused = [e for e in daemon.world.ledger.entries() if not e.accepted]
        assert refused[-1].check.startswith("Xades-t")


def genasync_text(content: bytes) -> bytes:
    return blob.encode(content, encoding=Encoding.DEFLATE).encode()
