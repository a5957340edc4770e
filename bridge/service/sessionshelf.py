"""The eHealth sessions of this run: those that can be worked with, and facts about the others.

Every look at a session first looks at both clocks, so that setting the computer's clock never
makes one last longer (SEC-92, SES-02).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bridge.domain.sessions import EhealthSession, SessionAge, SessionState
from bridge.errors import ActorMismatch, NotFound, SessionExpired, SessionRequired

if TYPE_CHECKING:
    from bridge.domain.identifiers import Niss
    from bridge.domain.registrations import Registration
    from bridge.ehealth.saml import Assertion
    from bridge.ports.clock import Clock
    from bridge.ports.keystore import EhealthCredential

MOST_REMEMBERED: Final = 50


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """An open session with what is needed to sign in its name; never leaves the services.

    Attributes:
        reader: Name of the reader whose card opened it; empty after a restart.
    """

    facts: EhealthSession
    registration: Registration
    assertion: Assertion
    credential: EhealthCredential
    reader: str = ""

    def __repr__(self) -> str:
        return f"OpenSession({self.facts.id})"


class SessionShelf:
    """Finds sessions by registration and by identifier; used on the loop alone."""

    def __init__(self, clock: Clock) -> None:
        """Start without a session."""
        self._clock = clock
        self._open: dict[str, OpenSession] = {}
        self._facts: dict[str, EhealthSession] = {}
        self._ages: dict[str, SessionAge] = {}
        self._displaced: dict[str, Niss] = {}

    def put(self, session: OpenSession, age: SessionAge) -> None:
        """Keep a session that can be worked with."""
        facts = session.facts
        self._open[facts.registration_id] = session
        self._facts[facts.id] = facts
        self._ages[facts.id] = age
        self._displaced.pop(facts.registration_id, None)
        for oldest in sorted(self._facts)[:-MOST_REMEMBERED]:
            del self._facts[oldest]
            self._ages.pop(oldest, None)

    def all(self) -> list[EhealthSession]:
        """Give the facts of all sessions, newest first."""
        return [self.get(session_id) for session_id in sorted(self._facts, reverse=True)]

    def get(self, session_id: str) -> EhealthSession:
        """Give the facts of a session as they are now.

        Raises:
            NotFound: none of that identifier.
        """
        facts, age = self._facts.get(session_id), self._ages.get(session_id)
        if facts is None:
            raise NotFound
        if age is None:
            return facts
        now = self._clock.now()
        age = self._ages[session_id] = age.seen(now=now, tick=self._clock.monotonic())
        return age.shown(facts, now)  # a wrong clock that is put right takes nothing away

    def age(self, session_id: str) -> SessionAge:
        """Give how long a session that is not ended has lasted."""
        self.get(session_id)
        return self._ages[session_id]

    def opened(self) -> list[OpenSession]:
        """Give the sessions that are not ended."""
        return [self._shown(session) for session in self._open.values()]

    def holders(self) -> list[Niss]:
        """Give whose sessions can be worked with; from any thread."""
        now = self._clock.now()
        return [
            each.registration.person
            for each in list(self._open.values())
            if each.facts.state(now) is SessionState.OPEN
        ]

    def person_of(self, registration_id: str) -> Niss | None:
        """Give who opened the session of a registration that can be worked with; any thread."""
        session = self._open.get(registration_id)
        if session is None or session.facts.state(self._clock.now()) is not SessionState.OPEN:
            return None
        return session.registration.person

    def of(self, registration_id: str) -> OpenSession | None:
        """Give the session of a registration that is not ended."""
        session = self._open.get(registration_id)
        return None if session is None else self._shown(session)

    def require(self, registration_id: str) -> OpenSession:
        """Give the session of a registration, to work with.

        Raises:
            ActorMismatch: another holder's card ended it, and hers is open now (SEC-95).
            SessionRequired: there is none.
            SessionExpired: its time is over.
        """
        session = self.of(registration_id)
        if session is None:
            self._refuse_stranger(registration_id)
            raise SessionRequired
        if session.facts.state(self._clock.now()) is not SessionState.OPEN:
            raise SessionExpired
        return session

    def end(self, session_id: str) -> EhealthSession | None:
        """End a session; gives its facts, or nothing when it was ended before.

        Raises:
            NotFound: none of that identifier.
        """
        facts = self.get(session_id)
        held = self._open.get(facts.registration_id)
        if held is not None and held.facts.id == session_id:
            del self._open[facts.registration_id]
        if facts.ended_at is not None:
            return None
        now = self._clock.now()
        ended = replace(facts, ended_at=now, updated_at=now)
        self._facts[session_id] = ended
        self._ages.pop(session_id, None)
        return ended

    def displace(self, session: OpenSession) -> None:
        """Remember whose session another holder's card ends: what waits stays with her."""
        self._displaced[session.registration.id] = session.registration.person

    def forget(self) -> None:
        """Forget all sessions without ending them: they come back after a restart."""
        self._open.clear()
        self._facts.clear()
        self._ages.clear()

    def _refuse_stranger(self, registration_id: str) -> None:
        first = self._displaced.get(registration_id)
        if first is None:
            return
        now = self._clock.now()
        for other in self.opened():
            if other.facts.state(now) is SessionState.OPEN and other.registration.person != first:
                raise ActorMismatch

    def _shown(self, session: OpenSession) -> OpenSession:
        return replace(session, facts=self.get(session.facts.id))
