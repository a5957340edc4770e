"""How a billing service recognises us, through the interface: certificate or access token.

Whatever goes wrong with it, an invoice either waits or is an error that one click sends again.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from bridge.adapters.billing.installed import InstalledConnectors
from bridge.adapters.clienttls import HttpRestOpener
from bridge.adapters.pdfinspection import FileInspector
from bridge.daemon.parts import BillingParts
from bridge.domain.billingservices import BillingSettings
from bridge.ports.rest import RestReply, RestRequest
from bridge.sandbox.billing_transport import PlayedRest
from tests.support import tls
from tests.support.billingfront import INVOICES, SERVICES, Front
from tests.support.billingtls import Gate, gate
from tests.support.daemon import running_daemon

pytestmark = pytest.mark.timeout(60)

PATCH = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}


def file_of(credential: tls.TlsCredential) -> str:
    """Give a certificate file as a billing service hands it out."""
    content = pkcs12.serialize_key_and_certificates(
        b"practice", credential.key, credential.certificate, None, BestAvailableEncryption(b"pw")
    )
    return base64.b64encode(content).decode()


@dataclass
class Guarded:
    """A front end, and a service that wants a certificate."""

    front: Front
    gate: Gate | None = None

    async def register(self, credential: tls.TlsCredential) -> None:
        made = await self.front.register(
            base_url=self.gate.url,
            token_url=None,
            client_id="",
            client_secret=None,
            authentication="mutual_tls",
            certificate_base64=file_of(credential),
            certificate_passphrase="pw",
        )
        assert made.status_code == 201, made.text

    async def change(self, credential: tls.TlsCredential) -> None:
        body = {"certificate_base64": file_of(credential), "certificate_passphrase": "pw"}
        changed = await self.front.http.patch(
            f"{SERVICES}/{self.front.service_id}", json=body, headers=PATCH
        )
        assert changed.status_code == 200, changed.text

    async def refreshed(self) -> Any:
        """Ask the service now; gives how that went."""
        path = f"{SERVICES}/{self.front.service_id}/refresh"
        reply = await self.front.http.post(path, json={})
        assert reply.status_code == 200, reply.text
        return reply.json()["synchronisation"]

    async def send(self, number: int = 1) -> Any:
        """Send an invoice and give it as it is kept."""
        await self.front.daemon.services.billing_outbox.close()
        await self.front.send(number, wait=0)
        await self.front.daemon.services.billing_outbox.send_due()
        listed = await self.front.get(INVOICES)
        return await self.again(listed["items"][0])

    async def again(self, item: Any) -> Any:
        return await self.front.get(item["links"]["self"])

    async def resend(self, item: Any) -> None:
        released = await self.front.http.post(
            f"{item['links']['exchange']}/resending",
            json={},
            headers={"Idempotency-Key": f"again-{item['id']}"},
        )
        assert released.status_code == 200, released.text
        await self.front.daemon.services.billing_outbox.send_due()

    def come_to_today(self) -> None:
        """Let days pass here until the simulated day is the real one."""
        self.front.pass_days(
            (datetime.now(UTC) - self.front.daemon.clock.now()) / timedelta(days=1)
        )

    def certificate(self) -> tuple[str, str | None, float | None]:
        """Give what health says of our certificate: status, code, days left."""
        report = self.front.daemon.services.health.report()
        (check,) = [each for each in report if each.name == "billing_service:certificate"]
        return check.status.value, check.code, check.observed_value

    def uploads(self) -> list[str | None]:
        entries = self.front.daemon.world.ledger.entries()
        return [each.reference for each in entries if each.operation == "upload"]


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    opener = HttpRestOpener(program="carebridge/test", trust_file=tls.trust_file(tmp_path))
    parts = BillingParts(
        connectors=InstalledConnectors(()),
        opener=opener,
        settings=BillingSettings(),
        inspector=FileInspector(),
    )
    async with running_daemon(tmp_path, billing=parts) as daemon, daemon.http() as http:
        await daemon.services.billing_sync.close()
        with gate(daemon.world.billing, tmp_path) as opened:
            yield Guarded(Front(daemon, http), opened)


async def test_with_a_certificate_an_invoice_is_sent_and_its_states_are_kept_in_step(guarded):
    guarded.come_to_today()  # which is when the certificate begins: TLS asks the real clock
    await guarded.register(tls.client_credential())
    sent = await guarded.send()
    assert (sent["status"], sent["state"]["code"]) == ("received", "sent")
    guarded.front.pass_days(1)
    assert (await guarded.refreshed())["problem_code"] is None
    assert guarded.certificate() == ("warn", "billing_certificate_expiring", 8)
    assert (await guarded.again(sent))["state"]["code"] == "open"
    live = await guarded.front.get(sent["links"]["service_information"])
    assert live["said"]["raw_state"] == "open"
    assert guarded.uploads() == [sent["id"]]
    guarded.front.pass_days(30)  # the certificate is valid for ten days
    progress = await guarded.refreshed()
    assert (progress["failures"], progress["problem_code"]) == (1, "billing_certificate_expired")
    assert guarded.certificate()[:2] == ("warn", "billing_certificate_expired")
    asked = await guarded.front.http.get(sent["links"]["service_information"])
    assert (asked.status_code, asked.json()["code"]) == (409, "billing_certificate_expired")
    assert guarded.gate.refused == 0  # nobody was asked: we know ourselves
    assert (await guarded.again(sent))["state"]["code"] == "open"


REFUSED = {
    "of another authority": (lambda: tls.client_credential("Other CA"), "unknown_ca"),
    "expired": (lambda: tls.client_credential(expired=True), "certificate_expired"),
}


async def test_a_certificate_that_is_refused_is_said_and_nothing_is_lost(guarded):
    await guarded.register(tls.client_credential())
    for number, (case, (credential, remote)) in enumerate(REFUSED.items(), 1):
        await guarded.change(credential())
        refused = await guarded.send(number)
        assert (refused["status"], refused["problem"]["code"]) == (
            "error",
            "billing_access_refused",
        ), case
        exchange = await guarded.front.get(refused["links"]["exchange"])
        assert exchange["send_status"][-1]["remote_code"] == remote
        assert (await guarded.refreshed())["problem_code"] == "billing_access_refused"
        assert guarded.front.daemon.services.billing_sync.standings() == {
            guarded.front.service_id: "billing_access_refused"
        }
        assert len(guarded.uploads()) == number - 1
        await guarded.change(tls.client_credential())
        await guarded.resend(refused)
        assert (await guarded.again(refused))["status"] == "received"
        assert (await guarded.refreshed())["problem_code"] is None
        assert guarded.front.daemon.services.billing_sync.standings() == {
            guarded.front.service_id: None
        }
    assert len(set(guarded.uploads())) == len(guarded.uploads()) == len(REFUSED)


async def test_without_a_key_in_the_key_store_nothing_leaves_and_it_goes_once_it_is_back(guarded):
    await guarded.register(tls.client_credential())
    secrets, name = guarded.front.daemon.parts.secrets, f"billing-{guarded.front.service_id}-0"
    key = secrets.get(name)
    assert key is not None
    secrets.delete(name)
    reply = await guarded.front.send(1)
    assert (reply.status_code, reply.json()["code"]) == (409, "billing_credentials_missing")
    assert (await guarded.refreshed())["problem_code"] == "billing_credentials_missing"
    assert (await guarded.front.get(INVOICES))["page"]["total"] == 0
    secrets.put(name, key)
    assert (await guarded.send())["status"] == "received"
    assert guarded.gate.refused == 0


class Forgetful:
    """The way to a service that does not know a token any more, so often."""

    def __init__(self, inner: PlayedRest) -> None:
        self._inner = inner
        self.forgets = 0
        self.tokens = 0

    def __call__(self, _identity: object) -> Forgetful:
        return self

    async def send(self, request: RestRequest) -> RestReply:
        if request.url.endswith("/token"):
            self.tokens += 1
        elif self.forgets:
            self.forgets -= 1
            return RestReply(status=401, body=b'{"code": "invalid_token"}')
        return await self._inner.send(request)

    async def close(self) -> None:
        """Close nothing."""


async def test_an_access_token_is_renewed_and_a_refusal_is_said_and_nothing_is_lost(tmp_path):
    ways = []

    def parts(world):
        ways.append(Forgetful(PlayedRest(world.billing)))
        made = BillingParts(connectors=InstalledConnectors(()), opener=ways[0])
        return replace(made, inspector=FileInspector())

    async with running_daemon(tmp_path, billing=parts) as daemon, daemon.http() as http:
        await daemon.services.billing_sync.close()
        office, way = Guarded(Front(daemon, http)), ways[0]
        await office.front.register()
        sent = await office.send()
        assert (sent["status"], way.tokens) == ("received", 1)
        office.front.pass_days(1)
        assert (await office.refreshed())["problem_code"] is None
        assert way.tokens == 2  # the first one was good for minutes
        way.forgets = 1
        daemon.clock.advance(seconds=60)
        assert (await office.refreshed())["problem_code"] is None
        assert (way.forgets, way.tokens) == (0, 3)
        way.forgets = 2
        assert (await office.refreshed())["problem_code"] == "billing_access_refused"
        assert (await office.refreshed())["problem_code"] is None
        way.forgets = 1
        refused = await office.send(2)
        assert refused["problem"]["code"] == "billing_access_refused"
        await office.resend(refused)
        assert (await office.again(refused))["status"] == "received"
        assert sorted(office.uploads()) == sorted({sent["id"], refused["id"]})
