"""The played legacy token service: SAML 1.1, verified as *STS session* 18 asks (row 12)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from bridge.domain.ids import IdSource
from bridge.ehealth import saml11, sts
from bridge.errors import TheirAnswerInvalid
from bridge.ports.clock import Clock
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.pki import Pki
from bridge.sandbox.refusals import INVALID_REQUEST, INVALID_TIME_RANGE, NOT_COMPLIANT, Refused
from bridge.sandbox.refusals import fault_reply as fault
from bridge.sandbox.scenarios import ScenarioBoard
from bridge.sandbox.sts_challenges import PendingIssue
from bridge.sandbox.sts_claims import NurseRegister, check_claims
from bridge.sandbox.sts_gate import StsGate, StsPolicy
from bridge.sandbox.sts_issue import Issuer
from bridge.soap import envelope, xml

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from bridge.soap.wsse import VerifiedMessage

SERVICE: Final = "sts_saml11"
OPERATION: Final = "query"
ACTIONS: Final = frozenset(
    {sts.ISSUE_ACTION, "urn:be:fgov:ehealth:sts:protocol:v1:RequestSecureToken"}
)
"""The action of the newer and of the older description (*STS session* 2)."""

_HTTP_OK: Final = 200
_REQUESTER: Final = "Requester"


class Saml11StsService:
    """Answers attribute queries; safe to use from several threads."""

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
        self._ledger = ledger
        self._policy = policy or StsPolicy()
        self._gate = StsGate(pki, self._policy)
        self._issuer = Issuer(pki=pki, ids=ids, scenario=scenario, nurses=nurses)

    def answer(self, request: SandboxRequest) -> SandboxReply:
        """Verify a message, write it into the ledger and answer it.

        What the gate refuses is a fault; what the query does wrong is a status of failure.
        """
        now = self._clock.now()
        try:
            message = self._receive(request, now)
        except Refused as refusal:
            self._refuse(refusal, None, now)
            return fault(refusal.fault_code, reference=self._ids.uuid())
        reference = message.payload.get(saml11.REQUEST_ID) or ""
        try:
            assertion = self._issue(message, now)
        except Refused as refusal:
            self._refuse(refusal, reference, now)
            return self._reply(reference, now, None, status=_REQUESTER)
        self._ledger.accept(
            at=now, service=SERVICE, operation=OPERATION, reference=reference, code=None, check=None
        )
        return self._reply(reference, now, assertion, status=saml11.SUCCESS)

    def _receive(self, request: SandboxRequest, now: datetime) -> VerifiedMessage:
        if request.action not in ACTIONS:
            raise Refused(NOT_COMPLIANT, "SOAPAction")
        return self._gate.receive(request, now=now)

    def _issue(self, message: VerifiedMessage, now: datetime) -> bytes:
        query = self._read(message.payload)
        subject = message.certificate
        if query.subject_name != subject.subject:
            raise Refused(INVALID_REQUEST, "subject is not the one who signed the message")
        if query.holder != subject and not query.is_signed:
            raise Refused(INVALID_REQUEST, "the holder's key did not sign the query")
        self._gate.check_certificate(query.holder, now=now, code=INVALID_REQUEST)
        check_claims(query.claims, subject=subject, holder=query.holder)
        self._check_window(query, now)
        request = sts.IssueRequest(
            context=None,
            claims=query.claims,
            not_before=query.not_before,
            not_after=query.not_after,
            holder=query.holder,
        )
        pending = PendingIssue(request=request, subject=subject, holder=query.holder)
        return self._issuer.issue(pending, now=now)

    @staticmethod
    def _read(payload: Element) -> saml11.ReceivedQuery:
        try:
            return saml11.decode_query(payload)
        except TheirAnswerInvalid as error:
            raise Refused(INVALID_REQUEST, f"query: {error}") from error

    def _check_window(self, query: saml11.ReceivedQuery, now: datetime) -> None:
        is_near = abs(query.not_before - now) <= self._policy.most_start_difference
        length = query.not_after - query.not_before
        is_fit = query.not_after > max(now, query.not_before)
        if not (is_near and is_fit and length <= self._policy.longest_lifetime):
            raise Refused(INVALID_TIME_RANGE, "lifetime")

    def _refuse(self, refusal: Refused, reference: str | None, now: datetime) -> None:
        self._ledger.refuse(
            at=now,
            service=SERVICE,
            operation=OPERATION,
            reference=reference,
            code=refusal.fault_code,
            check=refusal.check,
        )

    def _reply(
        self, reference: str, now: datetime, assertion: bytes | None, *, status: str
    ) -> SandboxReply:
        payload = saml11.encode_reply(
            assertion,
            in_response_to=reference,
            response_id=f"response-{self._ids.uuid()}",
            issued_at=now,
            status=status,
        )
        return SandboxReply(status=_HTTP_OK, body=xml.serialize(envelope.wrap(payload)))
