"""The played MemberData service: verifies all it gets, answers about the sandbox's people.

Source: *MyCareNet transport* 5 and 11.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lxml.etree import _Element as Element

from bridge.domain.ids import IdSource
from bridge.domain.periods import brussels_day
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet import memberdata
from bridge.mycarenet.common import CareProvider
from bridge.mycarenet.names import PROTOCOL
from bridge.mycarenet.schema import Document, is_valid
from bridge.ports.clock import Clock
from bridge.sandbox.callers import INVALID_CONTENT
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.memberdata_answers import Insurers
from bridge.sandbox.memberdata_gate import Admitted, MemberDataGate
from bridge.sandbox.memberdata_rules import AskedQuery, MemberDataPolicy, Rejected, check_query
from bridge.sandbox.memberdata_scenarios import GARBAGE, SOAP_FAULT, WRONG_HASH, WRONG_REFERENCE
from bridge.sandbox.people import PeopleRegister
from bridge.sandbox.refusals import UNAVAILABLE, Refused, fault_reply
from bridge.sandbox.scenarios import ScenarioBoard
from bridge.soap import envelope, xml
from bridge.soap.names import q

SERVICE: Final = "memberdata"
OPERATION: Final = "consult"
NOT_VALID: Final = "SOA-03006"

_GARBAGE: Final = b"<html><body><h1>It works!</h1>"
_HTTP_OK: Final = 200
_NO_HASH: Final = "AAAA"


@dataclass(frozen=True)
class _Visit:
    """What is known of a message while it is being verified."""

    now: datetime
    scenario: str
    reference: str | None = None


class MemberDataService:
    """Answers consultations; safe to use from several threads."""

    def __init__(
        self,
        *,
        clock: Clock,
        ids: IdSource,
        scenario: ScenarioBoard,
        ledger: Ledger,
        people: PeopleRegister,
        gate: MemberDataGate,
        policy: MemberDataPolicy | None = None,
    ) -> None:
        """Keep the parts.

        Args:
            clock: The platform's clock.
            ids: Source of identifiers.
            scenario: Disturbs answers, never checks.
            ledger: Gets an entry for every message.
            people: Whom the insurers know.
            gate: Verifies messages, assertions and envelopes.
            policy: What nurses may ask; the default one unless given.
        """
        self._clock = clock
        self._ids = ids
        self._scenario = scenario
        self._ledger = ledger
        self._policy = policy or MemberDataPolicy()
        self._gate = gate
        self._insurers = Insurers(people=people, ids=ids)
        self._references = _References()

    def answer(self, request: SandboxRequest) -> SandboxReply:
        """Verify a message, write it into the ledger and answer it."""
        visit = _Visit(self._clock.now(), self._scenario.name)
        try:
            admitted = self._gate.receive(request, now=visit.now)
            received = self._read(admitted)
            visit = replace(visit, reference=received.common.input_reference)
            provider = self._gate.check_origin(received.common.origin, admitted.caller)
            return self._consult(received, provider, visit)
        except Refused as refusal:
            self._ledger.refuse(
                at=visit.now,
                service=SERVICE,
                operation=OPERATION,
                reference=visit.reference,
                code=refusal.fault_code,
                check=refusal.check,
            )
            return fault_reply(refusal.fault_code, reference=self._ids.uuid())

    def _read(self, admitted: Admitted) -> memberdata.ReceivedConsultation:
        if not is_valid(admitted.payload, Document.CONSULTATION):
            raise Refused(NOT_VALID, "schema of the request")
        try:
            return memberdata.decode_consultation(admitted.payload)
        except TheirAnswerInvalid as error:
            raise Refused(INVALID_CONTENT, f"content: {error}") from error

    def _consult(
        self,
        received: memberdata.ReceivedConsultation,
        provider: CareProvider,
        visit: _Visit,
    ) -> SandboxReply:
        try:
            asked = check_query(
                received.query,
                provider_number=provider.nihii.value or "",
                input_reference=received.common.input_reference or "",
                today=brussels_day(visit.now),
                policy=self._policy,
            )
        except Rejected as rejected:
            self._ledger.refuse(
                at=visit.now,
                service=SERVICE,
                operation=OPERATION,
                reference=visit.reference,
                code=rejected.detail_code,
                check="rules of the query",
            )
            return self._reply(received, self._reject(rejected, received, visit), visit)
        if not is_valid(received.content, Document.QUERY):
            raise Refused(INVALID_CONTENT, "schema of the query")
        is_repeat = self._references.admit(provider, visit.reference or "", asked)
        response, code = self._ask_insurers(asked, received, visit)
        return self._accept(received, response, visit, code=code, is_repeat=is_repeat)

    def _ask_insurers(
        self,
        asked: AskedQuery,
        received: memberdata.ReceivedConsultation,
        visit: _Visit,
    ) -> tuple[memberdata.Response, str | None]:
        try:
            response = self._insurers.respond(
                asked,
                query_id=received.query.id,
                now=visit.now,
                scenario=visit.scenario,
            )
        except Rejected as rejected:
            return self._reject(rejected, received, visit), rejected.detail_code
        return response, None if response.fault is None else response.fault.details[0].code

    def _reject(
        self,
        rejected: Rejected,
        received: memberdata.ReceivedConsultation,
        visit: _Visit,
    ) -> memberdata.Response:
        return self._insurers.reject(rejected, query_id=received.query.id, now=visit.now)

    def _accept(
        self,
        received: memberdata.ReceivedConsultation,
        response: memberdata.Response,
        visit: _Visit,
        *,
        code: str | None,
        is_repeat: bool,
    ) -> SandboxReply:
        """Answer, unless the scenario wants another answer than the right one."""
        is_fault = visit.scenario == SOAP_FAULT
        is_disturbed = visit.scenario in {SOAP_FAULT, GARBAGE, WRONG_HASH, WRONG_REFERENCE}
        check = f"scenario {visit.scenario}" if is_disturbed else None
        self._ledger.accept(
            at=visit.now,
            service=SERVICE,
            operation=OPERATION,
            reference=visit.reference,
            code=UNAVAILABLE if is_fault else code,
            check="repeat of a known reference" if is_repeat else check,
        )
        if is_fault:
            return fault_reply(UNAVAILABLE, reference=self._ids.uuid())
        if visit.scenario == GARBAGE:
            return SandboxReply(status=_HTTP_OK, body=_GARBAGE, content_type="text/html")
        return self._reply(received, response, visit)

    def _reply(
        self,
        received: memberdata.ReceivedConsultation,
        response: memberdata.Response,
        visit: _Visit,
    ) -> SandboxReply:
        request_id = received.request_id
        if visit.scenario == WRONG_REFERENCE:
            request_id = f"_{self._ids.uuid()}"
            response = replace(response, in_response_to=f"_{self._ids.uuid()}")
        answer = memberdata.Answer(
            id=f"_{self._ids.uuid()}",
            request_id=request_id,
            input_reference=received.common.input_reference,
            output_reference=self._ids.uuid(),
            response=response,
        )
        payload = memberdata.encode_answer(answer, ids=self._ids)
        if visit.scenario == WRONG_HASH:
            _spoil_hash(payload)
        return SandboxReply(status=_HTTP_OK, body=xml.serialize(envelope.wrap(payload)))


def _spoil_hash(payload: Element) -> None:
    xml.descend(payload, q(PROTOCOL, "Return"), q(PROTOCOL, "Detail")).set("HashValue", _NO_HASH)


class _References:
    """References already used, per care provider: a repeat must ask the same again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str | None, str], AskedQuery] = {}

    def admit(self, provider: CareProvider, reference: str, asked: AskedQuery) -> bool:
        """Remember a reference; tells whether it is a repeat.

        Raises:
            Refused: it stood for another question before.
        """
        with self._lock:
            earlier = self._known.setdefault((provider.nihii.value, reference), asked)
        if earlier != asked:
            raise Refused(INVALID_CONTENT, "reference was used for another question")
        return earlier is not asked
