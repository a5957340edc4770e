"""The played security token service: WS-Trust 1.3, verified as *STS session* 18 asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bridge.domain.ids import IdSource
from bridge.ehealth import sts
from bridge.errors import TheirAnswerInvalid
from bridge.ports.clock import Clock
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.pki import Pki
from bridge.sandbox.refusals import (
    INVALID_REQUEST,
    INVALID_TIME_RANGE,
    NOT_COMPLIANT,
    UNAVAILABLE,
    Refused,
    fault_reply,
)
from bridge.sandbox.scenarios import ScenarioBoard
from bridge.sandbox.sts_challenges import ChallengeBook, PendingIssue
from bridge.sandbox.sts_claims import NurseRegister, check_claims
from bridge.sandbox.sts_gate import StsGate, StsPolicy
from bridge.sandbox.sts_issue import Issuer
from bridge.soap import envelope, xml
from bridge.soap.names import WST, q
from bridge.soap.wsse import VerifiedMessage

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

SERVICE: Final = "sts"
_OPERATIONS: Final = {sts.ISSUE_ACTION: "issue", sts.CHALLENGE_ACTION: "challenge"}
_GARBAGE: Final = b"<html><body><h1>It works!</h1>"
_HTTP_OK: Final = 200


@dataclass(frozen=True)
class _Visit:
    """What is known of a message while it is being verified."""

    now: datetime
    operation: str
    reference: str | None = None


class StsService:
    """Answers both legs of a token request; safe to use from several threads."""

    def __init__(
        self,
        *,
        clock: Clock,
        ids: IdSource,
        pki: Pki,
        scenario: ScenarioBoard,
        ledger: Ledger,
        nurses: NurseRegister,
        policy: StsPolicy | None = None,
    ) -> None:
        """Keep the parts; ``policy`` is the strict one unless given."""
        self._clock = clock
        self._ids = ids
        self._scenario = scenario
        self._ledger = ledger
        self._policy = policy or StsPolicy()
        self._gate = StsGate(pki, self._policy)
        self._challenges = ChallengeBook(ids)
        self._issuer = Issuer(pki=pki, ids=ids, scenario=scenario, nurses=nurses)

    def answer(self, request: SandboxRequest) -> SandboxReply:
        """Verify a message, write it into the ledger and answer it."""
        operation = _OPERATIONS.get(request.action, "unknown")
        visit = _Visit(self._clock.now(), operation)
        try:
            message = self._receive(request, visit)
            visit = replace(visit, reference=_reference(message.payload))
            payload = self._read(message, visit)
        except Refused as refusal:
            return self._refuse(visit, refusal)
        return self._accept(visit, payload)

    def _receive(self, request: SandboxRequest, visit: _Visit) -> VerifiedMessage:
        if visit.operation == "unknown":
            raise Refused(NOT_COMPLIANT, "SOAPAction")
        return self._gate.receive(request, now=visit.now)

    def _read(self, message: VerifiedMessage, visit: _Visit) -> Element:
        expected = "RequestSecurityToken" + ("" if visit.operation == "issue" else "Response")
        if xml.local_name(message.payload) != expected:
            raise Refused(NOT_COMPLIANT, "SOAPAction does not fit the body")
        if visit.operation == "issue":
            return self._issue(message, visit)
        return self._redeem(message, visit)

    def _issue(self, message: VerifiedMessage, visit: _Visit) -> Element:
        """Check a request; answer with a challenge, or the token when none is needed."""
        try:
            request = sts.decode_issue(message.payload)
        except TheirAnswerInvalid as error:
            raise Refused(INVALID_REQUEST, f"request: {error}") from error
        holder = request.holder or message.certificate
        self._gate.check_certificate(holder, now=visit.now, code=INVALID_REQUEST)
        check_claims(request.claims, subject=message.certificate, holder=holder)
        self._check_lifetime(request, visit.now)
        pending = PendingIssue(request=request, subject=message.certificate, holder=holder)
        is_same = holder == message.certificate
        if self._scenario.name == "challenge_direct" or (
            is_same and self._scenario.name != "challenge_always"
        ):
            return self._token(pending, visit)
        text = self._challenges.ask(pending, now=visit.now)
        return sts.encode_challenge(sts.ChallengeReply(context=request.context, text=text))

    def _redeem(self, message: VerifiedMessage, visit: _Visit) -> Element:
        try:
            answer = sts.decode_challenge_answer(message.payload)
        except TheirAnswerInvalid as error:
            raise Refused(INVALID_REQUEST, f"request: {error}") from error
        pending = self._challenges.redeem(answer, signer=message.certificate, now=visit.now)
        return self._token(pending, visit)

    def _token(self, pending: PendingIssue, visit: _Visit) -> Element:
        assertion = self._issuer.issue(pending, now=visit.now)
        context = pending.request.context
        return sts.encode_token(sts.TokenReply(context=context, assertion=assertion))

    def _check_lifetime(self, request: sts.IssueRequest, now: datetime) -> None:
        is_near = abs(request.not_before - now) <= self._policy.most_start_difference
        length = request.not_after - request.not_before
        is_fit = request.not_after > max(now, request.not_before)
        if not (is_near and is_fit and length <= self._policy.longest_lifetime):
            raise Refused(INVALID_TIME_RANGE, "lifetime")

    def _refuse(self, visit: _Visit, refusal: Refused) -> SandboxReply:
        self._ledger.refuse(
            at=visit.now,
            service=SERVICE,
            operation=visit.operation,
            reference=visit.reference,
            code=refusal.fault_code,
            check=refusal.check,
        )
        return fault_reply(refusal.fault_code, reference=self._ids.uuid())

    def _accept(self, visit: _Visit, payload: Element) -> SandboxReply:
        """Answer, unless the scenario wants another answer than the right one."""
        scenario = self._scenario.name
        is_fault = scenario == "sts_soap_fault"
        is_disturbed = is_fault or scenario == "sts_garbage"
        self._ledger.accept(
            at=visit.now,
            service=SERVICE,
            operation=visit.operation,
            reference=visit.reference,
            code=UNAVAILABLE if is_fault else None,
            check=f"scenario {scenario}" if is_disturbed else None,
        )
        if is_fault:
            return fault_reply(UNAVAILABLE, reference=self._ids.uuid())
        if is_disturbed:
            return SandboxReply(status=_HTTP_OK, body=_GARBAGE, content_type="text/html")
        return SandboxReply(status=_HTTP_OK, body=xml.serialize(envelope.wrap(payload)))


def _reference(payload: Element) -> str | None:
    """Give the context of a message, before anything else of it is read."""
    return payload.get("Context") or payload.get(q(WST, "Context"))
