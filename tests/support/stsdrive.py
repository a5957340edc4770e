"""Driving the two legs of a token request by hand, message by message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from lxml import etree

from bridge.crypto.algorithms import algorithm_for
from bridge.ehealth import profiles, sts
from bridge.ehealth.endpoints import STS_PATH
from bridge.sandbox.exchange import XML_TYPE, SandboxReply, SandboxRequest
from bridge.sandbox.pki import Credential, KeyKind
from bridge.sandbox.world import World
from bridge.soap import envelope, faults, wsse, xml
from tests.support.fakes import CountingIds, FixedClock
from tests.support.keypool import PooledKeys


@cache
def shared_world(key_kind: KeyKind) -> tuple[World, FixedClock]:
    """Make one world per process and kind: fresh RSA keys for every test would take long."""
    clock = FixedClock()
    keys = PooledKeys()
    world = World.create(clock=clock, ids=CountingIds(), key_kind=key_kind, key_maker=keys)
    return world, clock


@dataclass
class StsDrive:
    """A client that can do everything right, and lets tests do each thing wrong."""

    world: World
    clock: FixedClock

    @property
    def eid(self) -> Credential:
        return self.world.nurse.eid

    @property
    def ehealth(self) -> Credential:
        return self.world.nurse.ehealth

    @property
    def profile(self) -> profiles.SessionProfile:
        return profiles.profile_for(self.world.nurse.registration)

    def request(self, **changes: Any) -> sts.IssueRequest:
        now = self.clock.now()
        request = sts.IssueRequest(
            context=self.world.ids.uuid(),
            claims=self.profile.claims,
            not_before=now,
            not_after=now + timedelta(hours=12),
            holder=self.ehealth.certificate,
        )
        return replace(request, **changes)

    def signed(
        self,
        payload: etree._Element,
        credential: Credential,
        *,
        profile: wsse.SigningProfile = wsse.STS_PROFILE,
        shown: Credential | None = None,
        ago: timedelta = timedelta(),
    ) -> bytes:
        """Sign with ``credential``, showing its certificate or that of ``shown``."""
        pending = wsse.prepare(
            payload,
            token=wsse.X509Token((shown or credential).certificate),
            profile=profile,
            algorithm=algorithm_for(credential.certificate.public_key),
            now=self.clock.now() - ago,
            ids=self.world.ids,
        )
        return pending.finish(credential.sign(pending.to_be_signed))

    def post(
        self,
        body: bytes,
        action: str = sts.ISSUE_ACTION,
        *,
        content_type: str = XML_TYPE,
    ) -> SandboxReply:
        return self.world.dispatch(
            SandboxRequest(
                path=STS_PATH,
                soap_action=f'"{action}"',
                content_type=content_type,
                body=body,
            ),
        )

    def issue_message(self, **changes: Any) -> bytes:
        return self.signed(sts.encode_issue(self.request(**changes)), self.eid)

    def issue(self, **changes: Any) -> SandboxReply:
        return self.post(self.issue_message(**changes))

    def challenge(self, **changes: Any) -> sts.ChallengeReply:
        """Do the first leg and give the challenge."""
        reply = read(self.issue(**changes))
        assert isinstance(reply, sts.ChallengeReply)
        return reply

    def answer_message(
        self,
        challenge: sts.ChallengeReply,
        credential: Credential | None = None,
        **changes: Any,
    ) -> bytes:
        answer = sts.ChallengeAnswer(context=challenge.context, text=challenge.text)
        payload = sts.encode_challenge_answer(replace(answer, **changes))
        return self.signed(payload, credential or self.ehealth)

    def answer(
        self,
        challenge: sts.ChallengeReply,
        credential: Credential | None = None,
        **changes: Any,
    ) -> SandboxReply:
        body = self.answer_message(challenge, credential, **changes)
        return self.post(body, sts.CHALLENGE_ACTION)

    def assertion(self) -> bytes:
        """Do both legs and give the assertion."""
        reply = read(self.answer(self.challenge()))
        assert isinstance(reply, sts.TokenReply)
        return reply.assertion


def read(reply: SandboxReply) -> sts.ChallengeReply | sts.TokenReply:
    """Read an answer that must not be a fault."""
    message = xml.parse(reply.body)
    assert faults.decode(message) is None, faults.decode(message)
    assert reply.status == 200
    return sts.decode_reply(envelope.unwrap(message))


def fault_of(reply: SandboxReply) -> str:
    """Give the code of a fault; ``accepted`` when there is none."""
    fault = faults.decode(xml.parse(reply.body))
    if fault is None:
        return "accepted"
    assert reply.status == 500
    return fault.code


@contextmanager
def driving(key_kind: KeyKind) -> Iterator[StsDrive]:
    """Lend the shared world in its normal state, and put it back into it."""
    world, clock = shared_world(key_kind)
    before = clock.now()
    _calm(world)
    try:
        yield StsDrive(world, clock)
    finally:
        clock.advance(seconds=(before - clock.now()).total_seconds())
        _calm(world)


def _calm(world: World) -> None:
    world.scenario.choose("normal")
    world.clock.set_offset(0)
    world.pki.revoked.clear()
