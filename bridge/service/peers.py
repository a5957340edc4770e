"""Who is at the other end: only programs of this user, in this session, are served (SEC-102).

Another user's program is always refused, and so is an end that is closed already: nobody waits
for its answer, and whoever sends and leaves would otherwise escape the check.
Only where the system tells nothing at all, the mode decides.
The token is needed whatever comes out here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import structlog

from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.softwarenames import shown_name
from bridge.ports.peers import PeerOwner

if TYPE_CHECKING:
    from bridge.ports.clock import Clock
    from bridge.ports.peers import Ends, PeerObserver, Program

PeerMode = Literal["auto", "enforce", "warn"]
"""``auto`` enforces where others work on the computer too: a server, two sessions, remotely."""
MISMATCH: Final = "peer_user_mismatch"
UNVERIFIED: Final = "peer_unverified"
SHOWN_FOR: Final = timedelta(hours=1)
"""How long health speaks of what was seen last."""
CHECK: Final = "peer:owner"
MODE_CHECK: Final = "peer_check:mode"

log = structlog.get_logger()


class PeerWatch:
    """Judges connections; asked on several threads, so what it keeps is replaced as a whole."""

    def __init__(self, observer: PeerObserver, *, mode: PeerMode, clock: Clock) -> None:
        """Look through ``observer``."""
        self._observer = observer
        self._mode = mode
        self._clock = clock
        self._seen: dict[str, tuple[datetime, str | None]] = {}

    def judge(self, ends: Ends) -> str | None:
        """Give the code of the refusal of a connection; ``None`` when it is served."""
        owner = self._observer.owner_of(ends)
        if owner is PeerOwner.OURS:
            return None
        if owner is PeerOwner.GONE:
            return UNVERIFIED
        code = UNVERIFIED if owner is PeerOwner.UNKNOWN else MISMATCH
        program = self._observer.program_of(ends)
        self._note(code, None if program is None else shown_name(program.name))
        is_let_in = code == UNVERIFIED and not self._enforces()
        return None if is_let_in else code

    def program_of(self, ends: Ends) -> Program | None:
        """Give the program at the other end, where the system tells."""
        return self._observer.program_of(ends)

    def checks(self) -> list[HealthCheck]:
        """Say how strict we are, and name the programs that were refused or unknown lately."""
        now = self._clock.now()
        mode = HealthCheck(name=MODE_CHECK, status=HealthStatus.PASS, time=now, about=self._mode)
        return [mode] + [
            HealthCheck(name=CHECK, status=HealthStatus.WARN, time=now, code=code, about=program)
            for code, (at, program) in sorted(self._seen.items())
            if now - at < SHOWN_FOR
        ]

    def _enforces(self) -> bool:
        return self._mode == "enforce" or (self._mode == "auto" and self._observer.is_shared())

    def _note(self, code: str, program: str | None) -> None:
        now = self._clock.now()
        before = self._seen.get(code)
        if before is None or now - before[0] >= SHOWN_FOR:
            log.warning("peer.not_ours", code=code)
        self._seen = {**self._seen, code: (now, program)}
