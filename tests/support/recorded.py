"""The three messages of the main job as the daemon really sends them, caught on the wire."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.domain.identifiers import Niss
from bridge.domain.insurability import InsurabilityQuestion
from bridge.domain.periods import Period, brussels_day
from bridge.ehealth import sts
from bridge.errors import NotDelivered
from bridge.mycarenet.memberdata import MEMBERDATA_ACTION
from bridge.ports.transport import WireReply, WireRequest
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.transport import SandboxTransport
from bridge.service.keys import KeyClaim
from tests.support.daemon import CLIENT, TestDaemon, running_daemon

ACTIONS = {
    "issue": sts.ISSUE_ACTION,
    "challenge": sts.CHALLENGE_ACTION,
    "consult": MEMBERDATA_ACTION,
}
PERSON = "60010100172"
CLAIM = KeyClaim(key="k" * 16, route="POST /v1/insurability-checks", fingerprint="f")


class Recorder:
    """Carries messages to the sandbox and keeps them; one action can be held back."""

    def __init__(self, world: Any) -> None:
        self._inner = SandboxTransport(world)
        self.held: str | None = None
        self.sent: dict[str, WireRequest] = {}
        self.received: dict[str, WireReply] = {}

    async def exchange(self, request: WireRequest) -> WireReply:
        name = next(name for name, action in ACTIONS.items() if action == request.soap_action)
        self.sent[name] = request
        if name == self.held:
            raise NotDelivered
        self.received[name] = await self._inner.exchange(request)
        return self.received[name]


@dataclass(frozen=True)
class Caught:
    """A message that was signed but not delivered, and the sandbox it is meant for."""

    daemon: TestDaemon
    request: WireRequest

    def deliver(self, body: bytes | None = None, *, action: str | None = None) -> SandboxReply:
        """Hand the message, or another body in its place, to the sandbox."""
        return self.daemon.world.dispatch(
            SandboxRequest(
                path="/" + self.request.url.split("/", 3)[3],
                soap_action=action or self.request.soap_action,
                content_type=self.request.content_type,
                body=self.request.body if body is None else body,
            ),
        )

    def was_accepted(self) -> bool:
        """Tell what the sandbox thought of the last message."""
        return self.daemon.world.ledger.entries()[-1].accepted


async def ask(daemon: TestDaemon) -> Any:
    today = brussels_day(daemon.clock.now())
    question = InsurabilityQuestion(
        patient=Niss.parse(PERSON), period=Period(from_on=today, to_on=today)
    )
    accepted = await daemon.services.checks.ask(question, client=CLIENT, claim=CLAIM)
    await daemon.finished(accepted.operation)
    return await daemon.services.checks.get(accepted.check.id, client=CLIENT)


@asynccontextmanager
async def main_job(folder: Path, key_kind: str = "rsa"):
    """Do the whole main job and give the daemon, with everything that went over the wire."""
    async with running_daemon(folder, key_kind=key_kind, transport=Recorder) as daemon:
        daemon.parts.simulator.add_person({"niss": PERSON, "mutuality": "319"})
        await daemon.open_session()
        await ask(daemon)
        yield daemon


@asynccontextmanager
async def caught(folder: Path, name: str, key_kind: str = "rsa"):
    """Do the main job up to one message, and hold that one back."""
    async with running_daemon(folder, key_kind=key_kind, transport=Recorder) as daemon:
        daemon.parts.simulator.add_person({"niss": PERSON, "mutuality": "319"})
        daemon.parts.transport.held = name
        await daemon.open_session()
        if name == "consult":
            await ask(daemon)
        yield Caught(daemon, daemon.parts.transport.sent[name])
