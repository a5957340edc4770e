"""The played GenericInsurability service about one patient: verifies all it gets, answers at once.

Source: *MyCareNet transport* 7 and 11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bridge.domain.ids import IdSource
from bridge.domain.periods import brussels_day
from bridge.errors import InputError, TheirAnswerInvalid
from bridge.mycarenet import genins_single
from bridge.ports.clock import Clock
from bridge.sandbox.callers import INVALID_CONTENT
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.genins_answers import GenInsAnswers
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.memberdata_gate import Admitted, MemberDataGate
from bridge.sandbox.refusals import NOT_COMPLIANT, Refused, fault_reply
from bridge.sandbox.scenarios import ScenarioBoard
from bridge.sandbox.soap_reading import parse
from bridge.soap import envelope, wsse, xml

SERVICE: Final = "generic_insurability"
OPERATION: Final = "consult"
_HTTP_OK: Final = 200


@dataclass(frozen=True)
class _Visit:
    """What is known of a message while it is being verified."""

    now: datetime
    reference: str | None = None


class GenInsService:
    """Answers one question at a time; safe to use from several threads."""

    def __init__(
        self,
        *,
        clock: Clock,
        ids: IdSource,
        scenario: ScenarioBoard,
        ledger: Ledger,
        answers: GenInsAnswers,
        gate: MemberDataGate,
    ) -> None:
        """Keep the parts; scenarios of other services do not disturb this one."""
        del scenario
        self._clock = clock
        self._ids = ids
        self._ledger = ledger
        self._answers = answers
        self._gate = gate

    def answer(self, request: SandboxRequest) -> SandboxReply:
        """Verify a message, write it into the ledger and answer it."""
        visit = _Visit(self._clock.now())
        try:
            admitted = self._admit(request, visit)
            asked = genins_single.decode_question(admitted.payload)
            visit = replace(visit, reference=asked.reference)
            self._gate.check_origin(asked.common.origin, admitted.caller)
        except Refused as refusal:
            return self._refuse(visit, refusal)
        except (TheirAnswerInvalid, InputError) as error:
            return self._refuse(visit, Refused(INVALID_CONTENT, f"content: {error}"))
        today = brussels_day(visit.now)
        answer = self._answers.answer_one(asked.question, reference=asked.reference, today=today)
        self._ledger.accept(
            at=visit.now,
            service=SERVICE,
            operation=OPERATION,
            reference=visit.reference,
            code=None if answer.fault is None else answer.fault.code,
            check=None,
        )
        payload = genins_single.encode_answer(answer, asked)
        return SandboxReply(status=_HTTP_OK, body=xml.serialize(envelope.wrap(payload)))

    def _admit(self, request: SandboxRequest, visit: _Visit) -> Admitted:
        if request.action != genins_single.ACTION:
            raise Refused(NOT_COMPLIANT, "SOAPAction")
        return self._gate.admit(parse(request), profile=wsse.ESB_PROFILE, now=visit.now)

    def _refuse(self, visit: _Visit, refusal: Refused) -> SandboxReply:
        self._ledger.refuse(
            at=visit.now,
            service=SERVICE,
            operation=OPERATION,
            reference=visit.reference,
            code=refusal.fault_code,
            check=refusal.check,
        )
        return fault_reply(refusal.fault_code, reference=self._ids.uuid())
