"""eHealth sessions: opening, watching, ending.

Exactly one PIN and one signature of the eID per opening; the eHealth certificate's key signs
everything afterwards.
Assertion and key stay in this service's memory (SEC-91) and never leave it through the API
(SEC-10, SEC-94); where the user wants it, the assertion also survives a restart
(``sessionsurvival``).
Source: *STS session* 1.1 (variant A), 5, 10, 11; *Local API security* 8 and 9; D7, D8, D11.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import structlog

from bridge.domain.audit import DONE, Action
from bridge.domain.identifiers import Niss
from bridge.domain.operations import Operation, OperationKind
from bridge.domain.registrations import Registration
from bridge.domain.sessions import EhealthSession, SessionAge, session_end
from bridge.errors import (
    ActorMismatch,
    BridgeError,
    CertificateExpired,
    NotFound,
    SessionExpired,
    SessionWithdrawn,
)
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.clock import Clock
from bridge.ports.keystore import EhealthCredential, EhealthKeystore
from bridge.ports.store import Store
from bridge.service.events import EventBook
from bridge.service.opening import Opened, Opening, SessionOpener
from bridge.service.operations import OperationBook
from bridge.service.pindesk import PinDesk
from bridge.service.registrations import RegistrationBook, name_prerequisites
from bridge.service.sessionshelf import OpenSession, SessionShelf
from bridge.service.sessionsurvival import KeptSession, SessionSurvival
from bridge.service.tokens import Client

STEPS: Final = 4
"""Card, PIN, token request, challenge."""

log = structlog.get_logger()


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
        survival: SessionSurvival | None = None,
    ) -> None:
        """Start without a session; ``restore`` brings back what survived."""
        self._audit = audit
        self._survival = survival or SessionSurvival(None, audit, is_wanted=False)
        self._events = events
        self._store = store
        self._clock = clock
        self._registrations = registrations
        self._keystore = keystore
        self._operations = operations
        self._opener = opener
        self._shelf = SessionShelf(clock)
        self._desk = desk
        self._listeners: list[Callable[[], None]] = []
        self._times_all_ended = 0

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
                actor_id=client.actor_id,
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
        self._operations.run(operation.id, self._finish(opening, self._times_all_ended))
        return operation

    async def restore(self) -> int:
        """Bring back the sessions that survived a restart; gives how many (D8, SEC-91).

        Each is judged again, and ends when it would have ended.
        """
        restored = 0
        for kept in self._survival.take():
            try:
                await self._restore(kept)
            except BridgeError as error:
                log.info("ehealth_session.not_restored", code=error.problem_code)
                self._audit.record(
                    Action.SESSION_NOT_RESTORED, result=error.problem_code, object_id=kept.id
                )
            else:
                restored += 1
        self._keep_sealed()
        return restored

    def all(self) -> list[EhealthSession]:
        """Give the sessions of this run, newest first."""
        return self._shelf.all()

    def get(self, session_id: str) -> EhealthSession:
        """Give one session.

        Raises:
            NotFound: none of that identifier.
        """
        return self._shelf.get(session_id)

    async def current(self) -> EhealthSession:
        """Give the default registration's session (D7), open or just expired.

        Raises:
            NotFound: it has none.
        """
        registration = await self._registrations.get()
        session = self._shelf.of(registration.id)
        if session is None:
            raise NotFound
        return session.facts

    def end(
        self, session_id: str, *, client_id: str | None = None, because: str = DONE
    ) -> EhealthSession:
        """End a session: the assertion and the use of its key are forgotten.

        Args:
            session_id: Which one.
            client_id: The client that asked for it.
            because: What ended it, when nobody asked, such as ``signed_out``.

        Raises:
            NotFound: none of that identifier.
        """
        ended = self._shelf.end(session_id)
        if ended is not None:
            log.info("ehealth_session.ended", session=session_id)
            self._keep_sealed()
            self._tell("ended", session_id)
            self._audit.record(
                Action.SESSION_ENDED,
                result=because,
                actor=ended.holder.niss,
                client=client_id,
                object_id=session_id,
            )
        return self._shelf.get(session_id)

    def end_all(self, *, because: str, client_id: str | None = None) -> int:
        """End all sessions, and what would bring them back; gives how many there were.

        One that is being opened at this moment is not kept either (SEC-93).
        """
        self._times_all_ended += 1
        sessions = self._shelf.opened()
        for session in sessions:
            self.end(session.facts.id, because=because, client_id=client_id)
        self._survival.destroy()
        return len(sessions)

    def stop(self) -> None:
        """Forget the sessions, because the program stops; those that survive are sealed."""
        if self._survival.is_wanted:
            self._keep_sealed()
            self._shelf.forget()
        else:
            self.end_all(because=DONE)

    def require(self, registration_id: str) -> OpenSession:
        """Give the open session of a registration, to work with.

        Raises:
            ActorMismatch: another holder's card ended it; what waits stays with the first.
            SessionRequired: there is none.
            SessionExpired: its time is over.
        """
        return self._shelf.require(registration_id)

    def holders(self) -> list[Niss]:
        """Give the people whose sessions are open; from any thread."""
        return self._shelf.holders()

    def person_of(self, registration_id: str) -> Niss | None:
        """Give who opened the session of a registration that can be worked with; any thread."""
        return self._shelf.person_of(registration_id)

    def opened(self) -> list[EhealthSession]:
        """Give the sessions that are not ended, for health."""
        return [session.facts for session in self._shelf.opened()]

    def readers_used(self) -> dict[str, str]:
        """Give in which reader the card lay that opened a session, by the session."""
        return {each.facts.id: each.reader for each in self._shelf.opened() if each.reader}

    def _credential(self, registration: Registration) -> EhealthCredential:
        credential = self._keystore.load(registration.id)
        if not credential.certificate.is_valid_at(self._clock.now()):
            raise CertificateExpired
        return credential

    async def _finish(self, opening: Opening, times_all_ended: int) -> None:
        try:
            opened = await self._opener.open(opening)
            if self._times_all_ended != times_all_ended:
                raise SessionWithdrawn
        except BridgeError as error:
            name_prerequisites(error, opening.registration)
            self._record(Action.SESSION_FAILED, opening, opening.operation_id, error.problem_code)
            raise
        finally:
            opening.visit.close()
        facts = self._keep(replace(opening, registration=opened.registration), opened)
        await self._opener.succeed(opening, f"/v1/ehealth-sessions/{facts.id}")

    def _keep(self, opening: Opening, opened: Opened) -> EhealthSession:
        now = self._clock.now()
        end = session_end(opened_at=now, not_on_or_after=opened.assertion.not_on_or_after)
        facts = EhealthSession(
            id=self._opener.new_session_id(),
            opened_at=now,
            expires_at=end,
            updated_at=now,
            **_shown_of(opening.registration),
        )
        self._end_others(opening.registration)
        session = OpenSession(
            facts=facts,
            registration=opening.registration,
            assertion=opened.assertion,
            credential=opening.credential,
            reader=opened.reader,
        )
        age = SessionAge(opened_at=now, opened_tick=self._clock.monotonic(), lifetime=end - now)
        self._shelf.put(session, age)
        self._keep_sealed()
        log.info("ehealth_session.opened", session=facts.id)
        self._tell("opened", facts.id)
        self._record(Action.SESSION_OPENED, opening, facts.id)
        return facts

    async def _restore(self, kept: KeptSession) -> None:
        """Put a session back that survived, if everything about it still holds."""
        registration = await self._registrations.get(kept.registration_id)
        if kept.acting is not None:
            registration = registration.opened_by(kept.acting)
        if not registration.allows(registration.person):
            raise ActorMismatch
        credential = self._credential(registration)
        assertion = self._opener.judged_again(kept.assertion, registration, credential)
        now = self._clock.now()
        age = kept.age.seen(now=now, tick=self._clock.monotonic())
        end = session_end(opened_at=age.opened_at, not_on_or_after=assertion.not_on_or_after)
        facts = EhealthSession(
            id=kept.id,
            opened_at=age.opened_at,
            expires_at=min(kept.expires_at, end),
            updated_at=now,
            **_shown_of(registration),
        )
        facts = age.shown(facts, now)
        if now >= facts.expires_at:
            raise SessionExpired
        session = OpenSession(
            facts=facts, registration=registration, assertion=assertion, credential=credential
        )
        self._shelf.put(session, age)
        log.info("ehealth_session.restored", session=facts.id)
        self._tell("opened", facts.id)
        self._audit.record(Action.SESSION_RESTORED, actor=registration.person, object_id=facts.id)

    def _keep_sealed(self) -> None:
        self._survival.keep(
            KeptSession.of(session, self._shelf.age(session.facts.id))
            for session in self._shelf.opened()
        )

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
        for session in self._shelf.opened():
            is_same_holder = session.registration.person == registration.person
            if session.registration.id == registration.id or not is_same_holder:
                self.end(session.facts.id)
            if not is_same_holder:
                self._shelf.displace(session)


def _shown_of(registration: Registration) -> dict[str, Any]:
    """Give what a session shows of its registration."""
    return {
        "registration_id": registration.id,
        "practice_id": registration.practice_id,
        "registration_kind": registration.kind,
        "holder": registration.holder,
        "quality": registration.quality,
    }
