"""Port ``PairingScreen`` in a window of our own, which is a short-lived child process (D9).

Until there is a tray, a request that waits and a decision made elsewhere are lines of the log.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import structlog

from bridge.adapters.dialogue import WindowProcess, answer_within
from bridge.domain.pairings import DECIDE_WITHIN
from bridge.errors import PinTimeout, PromptUnavailable
from bridge.ports.pairings import Consent

if TYPE_CHECKING:
    from bridge.ports.pairings import ConsentRequest

LATER: Final = Consent(decision="later")
_CONSENTS: Final = {
    "approve": Consent(decision="approve"),
    "approve_all": Consent(decision="approve", has_all_history=True),
    "deny": Consent(decision="deny"),
    "block": Consent(decision="block"),
}

log = structlog.get_logger()


@dataclass
class PairingWindow:
    """Asks in a window, one at a time; a window that fails decides nothing.

    Attributes:
        command: Program and arguments of the child process.
        phrase: Chosen by the user at installation, shown in each window (SEC-83).
        limit_s: How long the window stays open.
    """

    command: Sequence[str]
    phrase: str = ""
    limit_s: float = DECIDE_WITHIN.total_seconds()
    _is_busy: bool = False

    def show_waiting(self, count: int) -> None:
        """Note how many wait."""
        log.info("pairing.waiting", count=count)

    def tell(self, state: str, software: str, where: str) -> None:
        """Note that something was decided elsewhere; the name is what the software chose."""
        del software  # text of a stranger does not belong in a log
        log.info("pairing.decided", state=state, where=where)

    async def ask(self, request: ConsentRequest) -> Consent:
        """Ask; ``later`` when the window was closed, ran out of time, or cannot be shown."""
        if self._is_busy:
            return LATER
        self._is_busy = True
        try:
            child = WindowProcess(self.command, self._line(request))
            answer = await answer_within(child, self.limit_s)
        except (OSError, PinTimeout, PromptUnavailable):
            return LATER
        finally:
            self._is_busy = False
        consent = _CONSENTS.get(answer.outcome, LATER)
        if consent.decision != "approve" or not answer.choice:
            return consent
        if answer.choice >= len(request.actors):
            return LATER
        return replace(consent, actor_id=request.actors[answer.choice].id)

    def _line(self, request: ConsentRequest) -> bytes:
        facts = {
            "window": "pairing",
            "requested_by": request.display_name,
            "purpose": "",
            "holder_name": "",
            "reader": "",
            "tries_left": None,
            "language": request.language,
            "phrase": self.phrase,
            "origin": request.origin or "",
            "scopes": request.scopes,
            "code": request.code,
            "vendor": request.vendor or "",
            "actors": [actor.name for actor in request.actors],
            "limit_s": self.limit_s,
        }
        return json.dumps(facts).encode() + b"\n"
