"""The ASGI face of the sandbox."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from bridge.ehealth import sts
from bridge.ehealth.endpoints import STS_PATH
from bridge.sandbox.app import MOST_BYTES, SandboxApp
from bridge.sandbox.exchange import SandboxReply
from tests.support.stsdrive import driving, fault_of, read


@pytest.fixture
def drive():
    with driving("ec") as started:
        yield started


class Visit:
    """One HTTP request, and what the application sent back."""

    def __init__(self, path=STS_PATH, method="POST", client=("127.0.0.1", 5000), **headers):
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "client": client,
            "headers": [
                (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
            ],
        }
        self.sent = []

    async def send(self, message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    async def make(self, app, *chunks: bytes):
        messages = [
            {"type": "http.request", "body": chunk, "more_body": more}
            for chunk, more in zip(chunks, [True] * (len(chunks) - 1) + [False], strict=True)
        ]
        messages.append({"type": "http.disconnect"})

        async def receive():
            return messages.pop(0)

        await app(self.scope, receive, self.send)
        return self


async def test_a_message_in_pieces_reaches_the_service(drive) -> None:
    message = drive.issue_message()
    visit = Visit(soapaction=f'"{sts.ISSUE_ACTION}"', content_type="text/xml; charset=utf-8")
    await visit.make(SandboxApp(drive.world), message[:100], message[100:], b"")
    body = visit.sent[1]["body"]
    assert isinstance(read(SandboxReply(status=visit.status, body=body)), sts.ChallengeReply)
    assert visit.headers[b"content-length"] == str(len(body)).encode()
    assert visit.headers[b"content-type"] == b"text/xml; charset=utf-8"


async def test_the_date_is_the_platforms(drive) -> None:
    drive.world.clock.set_offset(3600)
    visit = Visit(soapaction="x", content_type="text/xml")
    await visit.make(SandboxApp(drive.world), b"<a/>")
    sent_at = parsedate_to_datetime(visit.headers[b"date"].decode())
    assert (sent_at - drive.clock.now()).total_seconds() == 3600
    assert [name for name, _ in visit.sent[0]["headers"]].count(b"date") == 1


async def test_faults_are_http_500(drive) -> None:
    visit = Visit(content_type="text/xml")
    await visit.make(SandboxApp(drive.world), b"<a/>")
    assert visit.status == 500
    assert fault_of(SandboxReply(status=500, body=visit.sent[1]["body"])) == "SOA-03004"


@pytest.mark.parametrize(
    ("visit", "status"),
    [
        pytest.param(Visit(path="/other"), 404, id="unknown-path"),
        pytest.param(Visit(method="GET"), 405, id="get"),
        pytest.param(Visit(client=("192.0.2.1", 5000)), 403, id="from-elsewhere"),
        pytest.param(Visit(client=None), 403, id="unknown-peer"),
        pytest.param(Visit(client=("::1", 5000)), 500, id="loopback-v6"),
    ],
)
async def test_what_is_served(drive, visit: Visit, status: int) -> None:
    visit.sent.clear()
    await visit.make(SandboxApp(drive.world), b"")
    assert visit.status == status
    assert (visit.headers.get(b"allow") == b"POST") == (status == 405)


async def test_too_long(drive) -> None:
    chunk = bytes(MOST_BYTES // 2)
    visit = await Visit().make(SandboxApp(drive.world), chunk, chunk, b"xx", b"y")
    assert visit.status == 413


async def test_a_client_that_leaves_is_not_served(drive) -> None:
    before = len(drive.world.ledger.entries())
    visit = Visit()

    async def receive():
        return {"type": "http.disconnect"}

    await SandboxApp(drive.world)(visit.scope, receive, visit.send)
    assert visit.status == 413
    assert len(drive.world.ledger.entries()) == before


async def test_a_service_that_is_down_answers_503(drive) -> None:
    drive.world.scenario.choose("sts_down")
    visit = await Visit().make(SandboxApp(drive.world), b"<a/>")
    assert (visit.status, visit.sent[1]["body"]) == (503, b"")


async def test_other_connections_are_ignored(drive) -> None:
    visit = Visit()
    await SandboxApp(drive.world)({"type": "lifespan"}, visit.send, visit.send)
    assert visit.sent == []
