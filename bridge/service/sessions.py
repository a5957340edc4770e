"""eHealth sessions: opening, watching, ending.

Exactly one PIN and one signature of the eID per opening; the eHealth certificate's key signs
everything afterwards.
Assertion and key stay in this service's memory (SEC-91) and never leave it through the API
(SEC-10, SEC-94).
Source: *STS session* 1.1 (variant A), 5, 10, 11; *Local API security* 8 and 9; D7, D8, D11.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bridge.domain.audit import DONE, Action
from bridge.domain.operations import Operation, OperationKind
from bridge.domain.registrations import Registration
from bridge.domain.sessions import EhealthSession, SessionState, session_end
from bridge.ehealth.saml import Assertion
from bridge.errors import (
    BridgeError,
    CertificateExpired,
    NotFound,
    SessionExpired,
    SessionRequired,
)
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.clock import Clock
from bridge.ports.keystore import EhealthCredential, EhealthKeystore
from bridge.ports.store import Store
from bridge.service.events import EventBook
from bridge.service.opening import Opening, SessionOpener
from bridge.service.operations import OperationBook
from bridge.service.pindesk import PinDesk
from bridge.service.registrations import RegistrationBook, name_prerequisites
from bridge.service.tokens import Client

MOST_REMEMBERED: Final = 50
STEPS: Final = 4
"""Card, PIN, token request, challenge."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """An open session with what is needed to sign in its name; never leaves the services."""

    facts: EhealthSession
    registration: Registration
    assertion: Assertion
    credential: EhealthCredential

    def __repr__(self) -> str:
        return f"OpenSession({self.facts.id})"


class SessionService:
    """Opens, gives and ends the sessions of the current holder."""

    def __init__(  # noqa: PLR0913  # one port or service each, all by name
        self,
        *,
        store: Store,
        clock: Clock,
        registrations: RegistrationBook,
        keystore: EhealthKeystore,
        operations: OperationBook,
        opener: SessionOpener,
        desk: PinDesk,
        events: EventBook | None = None,
        audit: Auditor = NO_AUDIT,
    ) -> None:
        """Start without a session."""
        self._audit = audit
        self._events = events
        self._store = store
        self._clock = clock
        self._registrations = registrations
        self._keystore = keystore
        self._operations = operations
        self._opener = opener
        self._open: dict[str, OpenSession] = {}
        self._facts: dict[str, EhealthSession] = {}
        self._desk = desk
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_asking(self) -> bool:
        """Tell whether somebody's PIN is asked for, or about to be."""
        return self._desk.is_taken

    def listen(self, listener: Callable[[], None]) -> None:
        """Have a function called on the loop when a session was opened or ended."""
        self._listeners.append(listener)

    async def open(
        self,
        *,
        client: Client,
        language: str,
        registration_id: str | None = None,
    ) -> Operation:
        """Begin to open a session; the operation asks for the PIN.

        Raises:
            RegistrationMissing, NotFound: no such registration.
            CertificateMissing, CertificateExpired: about the eHealth certificate.
            PinEntryInProgress: somebody else needs a PIN at this moment (SEC-84).
            PinPaused: this client's last prompt was cancelled a moment ago (SEC-84).
        """
        visit = self._desk.admit(client.id)
        try:
            registration = await self._registrations.get(registration_id)
            credential = self._credential(registration)
            operation = self._operations.new(
                OperationKind.SESSION_CREATE,
                client_id=client.id,
                steps=STEPS,
            )
            await self._store.write(lambda unit: unit.operations.add(operation))
        except BaseException:
            visit.close()
            raise
        opening = Opening(
            operation_id=operation.id,
            registration=registration,
            credential=credential,
            requested_by=client.display_name,
            language=language,
            visit=visit,
        )
        self._operations.run(operation.id, self._finish(opening))
        return operation

    def all(self) -> list[EhealthSession]:
        """Give the sessions of this run, newest first."""
        return sorted(self._facts.values(), key=lambda session: session.id, reverse=True)

    def get(self, session_id: str) -> EhealthSession:
        """Give one session.

        Raises:
            NotFound: none of that identifier.
        """
        if session_id not in self._facts:
            raise NotFound
        return self._facts[session_id]

    async def current(self) -> EhealthSession:
        """Give the default registration's session (D7), open or just expired.

        Raises:
            NotFound: it has none.
        """
        registration = await self._registrations.get()
        session = self._open.get(registration.id)
        if session is None:
            raise NotFound
        return session.facts

    def end(self, session_id: str, *, client_id: str | None = None) -> EhealthSession:
        """End a session: the assertion and the use of its key are forgotten.

        With a ``client_id`` because that client asked for it.

        Raises:
            NotFound: none of that identifier.
        """
        facts = self.get(session_id)
        kept = self._open.get(facts.registration_id)
        if kept is not None and kept.facts.id == session_id:
            del self._open[facts.registration_id]
        if facts.ended_at is None:
            now = self._clock.now()
            facts = replace(facts, ended_at=now, updated_at=now)
            self._facts[session_id] = facts
            log.info("ehealth_session.ended", session=session_id)
            self._tell("ended", session_id)
            self._audit.record(
                Action.SESSION_ENDED,
                actor=facts.holder.niss,
                client=client_id,
                object_id=session_id,
            )
        return facts

    def require(self, registration_id: str) -> OpenSession:
        """Give the open session of a registration, to work with.

        Raises:
            SessionRequired: there is none.
            SessionExpired: its time is over.
        """
        session = self._open.get(registration_id)
        if session is None:
            raise SessionRequired
        if session.facts.state(self._clock.now()) is not SessionState.OPEN:
            raise SessionExpired
        return session

    def opened(self) -> list[EhealthSession]:
        """Give the sessions that are not ended, for health."""
        return [session.facts for session in self._open.values()]

    def _credential(self, registration: Registration) -> EhealthCredential:
        credential = self._keystore.load(registration.id)
        if not credential.certificate.is_valid_at(self._clock.now()):
            raise CertificateExpired
        return credential

    async def _finish(self, opening: Opening) -> None:
        try:
            registration, assertion = await self._opener.open(opening)
        except BridgeError as error:
            name_prerequisites(error, opening.registration)
            self._record(Action.SESSION_FAILED, opening, opening.operation_id, error.problem_code)
            raise
        finally:
            opening.visit.close()
        facts = self._keep(replace(opening, registration=registration), assertion)
        await self._opener.succeed(opening, f"/v1/ehealth-sessions/{facts.id}")

    def _keep(self, opening: Opening, assertion: Assertion) -> EhealthSession:
        now = self._clock.now()
        registration = opening.registration
        facts = EhealthSession(
            id=self._opener.new_session_id(),
            registration_id=registration.id,
            practice_id=registration.practice_id,
            registration_kind=registration.kind,
            holder=registration.holder,
            quality=registration.quality,
            opened_at=now,
            expires_at=session_end(opened_at=now, not_on_or_after=assertion.not_on_or_after),
            updated_at=now,
        )
        self._end_others(registration)
        self._open[registration.id] = OpenSession(
            facts=facts,
            registration=registration,
            assertion=assertion,
            credential=opening.credential,
        )
        self._facts[facts.id] = facts
        for oldest in sorted(self._facts)[:-MOST_REMEMBERED]:
            del self._facts[oldest]
        log.info("ehealth_session.opened", session=facts.id)
        self._tell("opened", facts.id)
        self._record(Action.SESSION_OPENED, opening, facts.id)
        return facts

    def _record(self, action: Action, opening: Opening, object_id: str, result: str = DONE) -> None:
        self._audit.record(
            action,
            result=result,
            actor=opening.registration.person,
            client=opening.visit.client_id,
            object_id=object_id,
        )

    def _tell(self, what: str, session_id: str) -> None:
        if self._events is not None:
            self._events.publish(
                f"ehealth_session.{what}",
                object="ehealth_session",
                object_id=session_id,
                status="open" if what == "opened" else what,
                path=f"/v1/ehealth-sessions/{session_id}",
            )
        for listener in self._listeners:
            listener()

    def _end_others(self, registration: Registration) -> None:
        """End what the new session replaces, and all sessions of another holder (D7, SEC-95)."""
        for session in list(self._open.values()):
            is_same_holder = session.registration.person == registration.person
            if session.registration.id == registration.id or not is_same_holder:
                self.end(session.facts.id)
