"""The played depot of encryption tokens.

Anybody may ask: the service has no WS-Security.
Source: *MyCareNet transport* 8.2.
"""

from __future__ import annotations

from typing import Final

from bridge.domain.ids import IdSource
from bridge.ehealth import etkdepot
from bridge.ehealth.etkdepot import DepotError, EtkAnswer, EtkIdentifier
from bridge.errors import TheirAnswerInvalid
from bridge.ports.clock import Clock
from bridge.sandbox.callers import INVALID_CONTENT
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.refusals import NOT_COMPLIANT, Refused, fault_reply
from bridge.sandbox.scenarios import ScenarioBoard
from bridge.sandbox.soap_reading import parse
from bridge.sandbox.tokens import TokenBook
from bridge.soap import envelope, xml

SERVICE: Final = "etk_depot"
OPERATION: Final = "get"

DOWN: Final = "etk_down"
FAILED: Final = "etk_failed"
MISSING: Final = "etk_missing"
FORGED: Final = "etk_forged"
EXPIRED: Final = "etk_expired"
FOREIGN: Final = "etk_foreign"

ETK_SCENARIOS: Final[dict[str, str]] = {
    DOWN: "The depot of encryption tokens cannot be reached.",
    FAILED: "The depot answers that it failed.",
    MISSING: "The depot knows nobody.",
    FORGED: "The depot gives a token that its registration authority did not make.",
    EXPIRED: "The depot gives a token whose time is over.",
    FOREIGN: "The depot gives the token of somebody else.",
}
"""Name to description."""

_HTTP_OK: Final = 200


class EtkDepotService:
    """Gives tokens; safe to use from several threads."""

    def __init__(
        self,
        *,
        clock: Clock,
        ids: IdSource,
        scenario: ScenarioBoard,
        ledger: Ledger,
        tokens: TokenBook,
    ) -> None:
        """Give the tokens of ``tokens``; the scenario disturbs answers, never checks."""
        self._clock = clock
        self._ids = ids
        self._scenario = scenario
        self._ledger = ledger
        self._tokens = tokens

    def answer(self, request: SandboxRequest) -> SandboxReply:
        """Read a request, write it into the ledger and answer it."""
        now = self._clock.now()
        try:
            asked = self._read(request)
        except Refused as refusal:
            self._ledger.refuse(
                at=now,
                service=SERVICE,
                operation=OPERATION,
                reference=None,
                code=refusal.fault_code,
                check=refusal.check,
            )
            return fault_reply(refusal.fault_code, reference=self._ids.uuid())
        answer = self._look_up(asked)
        self._ledger.accept(
            at=now, service=SERVICE, operation=OPERATION, reference=None, code=answer.code
        )
        payload = envelope.wrap(etkdepot.encode_answer(answer))
        return SandboxReply(status=_HTTP_OK, body=xml.serialize(payload))

    def _read(self, request: SandboxRequest) -> tuple[EtkIdentifier, ...]:
        if request.action != etkdepot.ACTION:
            raise Refused(NOT_COMPLIANT, "SOAPAction")
        try:
            return etkdepot.decode_request(envelope.unwrap(parse(request)))
        except TheirAnswerInvalid as error:
            raise Refused(INVALID_CONTENT, f"content: {error}") from error

    def _look_up(self, asked: tuple[EtkIdentifier, ...]) -> EtkAnswer:
        if not all(map(etkdepot.is_well_formed, asked)):
            error = DepotError(code=etkdepot.TYPE_UNKNOWN, message="Unknown identifier type")
            return EtkAnswer(code=etkdepot.TYPE_UNKNOWN, asked=asked, errors=(error,))
        if self._scenario.name == FAILED:
            return EtkAnswer(code=etkdepot.FAILED)
        found = [owner for identifier in asked for owner in self._tokens.find(identifier)]
        if not found or self._scenario.name == MISSING:
            error = DepotError(code=etkdepot.NOT_FOUND, message="No token for this identifier")
            return EtkAnswer(code=etkdepot.NOT_FOUND, asked=asked, errors=(error,))
        if len(found) > 1:
            matching = tuple((owner.identifier,) for owner in found)
            return EtkAnswer(code=etkdepot.FOUND, asked=asked, matching=matching)
        token = self._disturbed(asked[0]) or self._tokens.token_of(found[0])
        return EtkAnswer(code=etkdepot.FOUND, asked=asked, etk=token)

    def _disturbed(self, asked: EtkIdentifier) -> bytes | None:
        """Give the token the scenario wants instead of the right one."""
        (owner, *_) = self._tokens.find(asked)
        if self._scenario.name == FORGED:
            return self._tokens.forged(owner)
        if self._scenario.name == EXPIRED:
            return self._tokens.expired(owner)
        if self._scenario.name == FOREIGN:
            return self._tokens.token_of(self._tokens.somebody_else(owner))
        return None
