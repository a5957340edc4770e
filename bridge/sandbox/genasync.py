"""The played GenAsync services: take posts, let insurers answer later, deliver until confirmed.

Source: *MyCareNet transport* 2, 5.5 and 11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from lxml.etree import _Element as Element

from bridge.domain.ids import IdSource
from bridge.domain.periods import brussels_day
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet import genasync
from bridge.mycarenet.common import CareProvider, Origin
from bridge.mycarenet.genasync_values import (
    DESTINATION_PREFIX,
    ISSUER_PREFIX,
    REFERENCE_PREFIX,
    TACK_FAILURE,
    TACK_SUCCESS,
    Post,
    Tack,
    WaitingTack,
)
from bridge.sandbox import genasync_scenarios as scenarios
from bridge.sandbox.callers import INVALID_CONTENT
from bridge.sandbox.clock import SandboxClock
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.genasync_answers import Business, Due, Postbox
from bridge.sandbox.genasync_mailbox import Delivery, Mailboxes
from bridge.sandbox.genasync_wrappings import OpenedPost, PlainPosts, Wrapping
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.memberdata_gate import Admitted, MemberDataGate
from bridge.sandbox.refusals import NOT_COMPLIANT, Refused, fault_reply
from bridge.sandbox.scenarios import ScenarioBoard
from bridge.sandbox.soap_reading import parse
from bridge.soap import addressing, envelope, faults, wsse, xml

UNIONS: Final = ("100", "200", "300", "400", "500", "600", "900")
MOST_REFERENCE: Final = 14
DELAYS: Final = {
    union: timedelta(seconds=60 * place) for place, union in enumerate(UNIONS, start=1)
}
"""How long each union takes to answer, by the insurers' time."""

_HTTP_OK: Final = 200
_HTTP_FAULT: Final = 500
_OPERATIONS: Final = {
    genasync.POST_ACTION: "post",
    genasync.GET_ACTION: "get",
    genasync.CONFIRM_ACTION: "confirm",
}


@dataclass(frozen=True)
class _Visit:
    """What is known of a message while it is being verified."""

    now: datetime
    operation: str = "unknown"
    reference: str | None = None


@dataclass(frozen=True)
class _Taken:
    """A post that was verified and opened."""

    post: Post
    provider: str
    insurer: str
    opened: OpenedPost


class GenAsyncService:
    """Answers post, get and confirm; safe to use from several threads.

    Attributes:
        business: What the messages are about, and whom the insurers know.
        least_interval_s: Least seconds between two queries of a care provider.
        mailboxes: What waits until it is confirmed.
        postbox: Where insurers put what they write in their own time.
    """

    def __init__(
        self,
        *,
        clock: SandboxClock,
        ids: IdSource,
        scenario: ScenarioBoard,
        ledger: Ledger,
        business: Business,
        gate: MemberDataGate,
        wrapping: Wrapping | None = None,
    ) -> None:
        """Keep the parts.

        Args:
            clock: The platform's clock, with the insurers' time.
            ids: Source of identifiers.
            scenario: Disturbs answers, never checks.
            ledger: Gets an entry for every message: the oracle of kill tests (D27).
            business: What the messages are about, and whom the insurers know.
            gate: Verifies messages, assertions and envelopes.
            wrapping: What is around content; nothing unless it is said.
        """
        self._clock = clock
        self._ids = ids
        self._scenario = scenario
        self._ledger = ledger
        self._gate = gate
        self.business = business
        self._wrapping = PlainPosts() if wrapping is None else wrapping
        self.postbox: Postbox | None = None
        self.least_interval_s = 0.0
        self._reply_tokens: dict[str, bytes] = {}
        self.mailboxes = Mailboxes()

    def answer(self, request: SandboxRequest) -> SandboxReply:
        """Verify a message, write it into the ledger and answer it."""
        visit = _Visit(self._clock.now())
        try:
            message = parse(request)
            action = addressing.read(message).action or ""
            visit = replace(visit, operation=_OPERATIONS.get(action, "unknown"))
            return self._route(message, visit)
        except Refused as refusal:
            return self._refuse(visit, refusal)
        except TheirAnswerInvalid as error:
            return self._refuse(visit, Refused(INVALID_CONTENT, f"content: {error}"))

    def _route(self, message: Element, visit: _Visit) -> SandboxReply:
        admitted = self._admit(message, visit)
        if visit.operation == "post":
            return self._post(admitted, addressing.read(message).to or "", visit)
        if visit.operation == "get":
            return self._get(admitted, visit)
        if visit.operation == "confirm":
            return self._confirm(admitted, visit)
        raise Refused(NOT_COMPLIANT, "wsa:Action")

    def _admit(self, message: Element, visit: _Visit) -> Admitted:
        """Accept the timestamp alone signed, or the Body with it: two clients differ (1.6)."""
        try:
            return self._gate.admit(message, profile=wsse.GENASYNC_PROFILE, now=visit.now)
        except Refused:
            return self._gate.admit(message, profile=wsse.GENASYNC_BODY_PROFILE, now=visit.now)

    # -- post --------------------------------------------------------------------------------

    def _post(self, admitted: Admitted, to: str, visit: _Visit) -> SandboxReply:
        post = genasync.decode_post(admitted.payload)
        reference = post.common.input_reference or ""
        visit = replace(visit, reference=reference)
        try:
            provider = self._provider(post.common.origin, admitted)
            insurer = self._insurer(post, to)
            opened = self._wrapping.open(post, caller=admitted.caller, now=visit.now)
            taken = _Taken(post, provider.nihii.value or "", insurer, opened)
            return self._take(taken, visit)
        except Refused as refusal:
            return self._refuse(visit, refusal)

    def _insurer(self, post: Post, to: str) -> str:
        insurer = to.removeprefix(DESTINATION_PREFIX)
        if insurer not in UNIONS:
            raise Refused(INVALID_CONTENT, "wsa:To")
        reference = post.common.input_reference or ""
        is_known = post.detail.message_name == self.business.message_name
        if not 0 < len(reference) <= MOST_REFERENCE or not is_known:
            raise Refused(INVALID_CONTENT, "reference or message name")
        return insurer

    def _take(self, taken: _Taken, visit: _Visit) -> SandboxReply:
        queries = self.business.read(taken.opened.content)
        scenario = self._scenario.name
        if scenario == scenarios.FAULT:
            raise Refused("FAULT", "scenario genasync_fault")
        if scenario == scenarios.TACK_FAILURE:
            self._note(visit, "scenario genasync_tack_failure", code="failure")
            return self._receipt(taken.post, taken.insurer, TACK_FAILURE)
        reference = visit.reference or ""
        is_new = self.mailboxes.admit(
            taken.provider, reference, taken.opened.content, taken.insurer
        )
        if is_new is None:
            raise Refused(INVALID_CONTENT, "reference was used for another message")
        if is_new:
            answers = self.business.write(
                queries,
                reference=reference,
                provider=taken.provider,
                insurer=taken.insurer,
                today=brussels_day(visit.now),
                now=visit.now,
                scenario=scenario,
            )
            self._defer(taken, answers, visit.now)
        self._note(visit, None if is_new else "repeat of a known reference")
        if scenario == scenarios.LOST_ANSWER:
            return SandboxReply(status=_HTTP_FAULT, body=b"", content_type="text/plain")
        return self._receipt(taken.post, taken.insurer, TACK_SUCCESS)

    def _defer(self, taken: _Taken, answers: list[Due], now: datetime) -> None:
        usual = DELAYS[taken.insurer]
        receipt = WaitingTack(tack=self._tack(taken.post, taken.insurer, TACK_SUCCESS))
        if taken.opened.reply_to_etk is not None:
            self._reply_tokens[taken.provider] = taken.opened.reply_to_etk
        received_at = self._clock.insurers_now()
        self.mailboxes.put(
            [
                Delivery(
                    provider=taken.provider,
                    insurer=taken.insurer,
                    ready_at=received_at + usual,
                    item=receipt,
                ),
                *self._wrapped(answers, taken.provider, taken.insurer, now),
            ]
        )

    def send(self, answers: list[Due], *, provider: str, insurer: str) -> None:
        """Let messages wait that answer nothing, such as a decision taken on another way.

        Raises:
            Refused: they must be sealed, and the care provider never told for which token.
        """
        self.mailboxes.put(self._wrapped(answers, provider, insurer, self._clock.now()))

    def _wrapped(
        self, answers: list[Due], provider: str, insurer: str, now: datetime
    ) -> list[Delivery]:
        began_at = self._clock.insurers_now()
        return [
            Delivery(
                provider=provider,
                insurer=insurer,
                ready_at=began_at + (DELAYS[insurer] if due.after is None else due.after),
                item=self._wrapping.close(
                    due.message,
                    reply_to_etk=self._reply_tokens.get(provider),
                    now=now,
                    scenario=self._scenario.name,
                ),
            )
            for due in answers
        ]

    def _receipt(self, post: Post, insurer: str, major: str) -> SandboxReply:
        tack = self._tack(post, insurer, major)
        if self._scenario.name == scenarios.WRONG_HMAC:
            tack = replace(tack, value=bytes(len(tack.value)))
        return _reply(genasync.encode_post_answer(tack))

    def _tack(self, post: Post, insurer: str, major: str) -> Tack:
        is_failure = major == TACK_FAILURE
        return Tack(
            value=genasync.tack_hmac(post.detail.content, major),
            issuer=ISSUER_PREFIX + insurer,
            applies_to=REFERENCE_PREFIX + (post.common.input_reference or ""),
            result_major=major,
            result_minor="urn:nip:tack:result:minor:refused" if is_failure else None,
            id=f"_{self._ids.uuid()}",
            reference=self._ids.uuid(),
        )

    # -- get and confirm ---------------------------------------------------------------------

    def _get(self, admitted: Admitted, visit: _Visit) -> SandboxReply:
        query = genasync.decode_get(admitted.payload)
        provider = self._provider(query.origin, admitted).nihii.value or ""
        if query.reply_to_etk is not None:
            self._reply_tokens[provider] = query.reply_to_etk
        is_throttled = self._scenario.name == scenarios.THROTTLED
        if is_throttled or self.mailboxes.is_too_soon(provider, visit.now, self.least_interval_s):
            self._note(visit, "not enough time", code="NOT_ENOUGH_TIME")
            body = faults.generic_fault("TOO_MANY_REQUESTS", "Not enough time since last request")
            return SandboxReply(status=_HTTP_FAULT, body=body)
        self._note(visit, None)
        self._collect(provider, visit.now)
        waiting = self.mailboxes.waiting(provider, query, self._clock.insurers_now())
        return _reply(genasync.encode_get_answer(waiting))

    def _collect(self, provider: str, now: datetime) -> None:
        """Let wait what the insurers wrote meanwhile, once it is known for whom to seal it."""
        if self.postbox is None or provider not in self._reply_tokens:
            return
        for insurer, due in self.postbox.collect(provider, scenario=self._scenario.name):
            self.mailboxes.put(self._wrapped([due], provider, insurer, now))

    def _confirm(self, admitted: Admitted, visit: _Visit) -> SandboxReply:
        confirmation = genasync.decode_confirm(admitted.payload)
        provider = self._provider(confirmation.origin, admitted).nihii.value or ""
        count = self.mailboxes.confirm(provider, confirmation)
        self._note(visit, f"{count} confirmed")
        return _reply(genasync.encode_confirm_answer())

    # -- parts -------------------------------------------------------------------------------

    def _provider(self, origin: Origin, admitted: Admitted) -> CareProvider:
        return self._gate.check_origin(origin, admitted.caller)

    def _note(self, visit: _Visit, check: str | None, *, code: str | None = None) -> None:
        self._ledger.accept(
            at=visit.now,
            service=self.business.service,
            operation=visit.operation,
            reference=visit.reference,
            code=code,
            check=check,
        )

    def _refuse(self, visit: _Visit, refusal: Refused) -> SandboxReply:
        self._ledger.refuse(
            at=visit.now,
            service=self.business.service,
            operation=visit.operation,
            reference=visit.reference,
            code=refusal.fault_code,
            check=refusal.check,
        )
        if refusal.fault_code == "FAULT":
            body = faults.generic_fault("INPUT_ERROR", "The request is refused")
            return SandboxReply(status=_HTTP_FAULT, body=body)
        return fault_reply(refusal.fault_code, reference=self._ids.uuid())


def _reply(payload: Element) -> SandboxReply:
    return SandboxReply(status=_HTTP_OK, body=xml.serialize(envelope.wrap(payload)))
