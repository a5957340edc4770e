"""Health: what is well, what is not, and who must fix what; answered from memory.

Source: *REST API conventions* 10 (API-80 to API-84).
The checks grow with the parts they speak of.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.domain.audit import Verdict
from bridge.domain.health import HealthCheck, HealthStatus, overall
from bridge.domain.ids import IdSource, encode_support_ref
from bridge.domain.sessions import SessionState
from bridge.errors import (
    BridgeError,
    CertificateExpired,
    CertificateMissing,
    KeystoreUnreadable,
    SessionRequired,
)
from bridge.ports.clock import Clock
from bridge.ports.doctor import CardDoctor, CardEnvironment
from bridge.ports.health import HistoryShelf
from bridge.ports.keystore import EhealthKeystore
from bridge.service.doctor import card_checks
from bridge.service.healthhistory import HealthHistory
from bridge.service.identities import IdentityService
from bridge.service.readers import ReaderService
from bridge.service.registrations import RegistrationBook
from bridge.service.sessions import SessionService
from bridge.service.waits import happens

_EXAMINED_EVERY_S: Final = 300
_SETTLED_AFTER_S: Final = 1
"""A card that is put in means several changes; one look is enough for all."""
_REFERENCE_BYTES: Final = 4
EXPIRY_NOTICE: Final = timedelta(days=60)


log = structlog.get_logger()


def refer(ids: IdSource, checks: list[HealthCheck]) -> str:
    """Make a reference to read out on the phone, by which support finds this moment in the log."""
    support_ref = encode_support_ref(ids.secret(_REFERENCE_BYTES))
    log.info("health.referred", support_ref=support_ref, status=overall(checks).value)
    return support_ref


class HealthService:
    """Keeps the facts health is answered from."""

    def __init__(
        self,
        *,
        clock: Clock,
        registrations: RegistrationBook,
        keystore: EhealthKeystore,
        sessions: SessionService,
        readers: ReaderService,
        identities: IdentityService,
        doctor: CardDoctor | None = None,
        shelf: HistoryShelf | None = None,
    ) -> None:
        """Start not ready.

        Args:
            clock: Tells the time of each check.
            registrations: Whose eHealth certificate is judged.
            keystore: Where it is.
            sessions: What is open.
            readers: Readers and cards as they are now.
            identities: Knows how long the card used last is valid.
            doctor: Looks at drivers and libraries in the background.
            shelf: Keeps the history over a restart.
        """
        self._readers = readers
        self._identities = identities
        self._doctor = doctor
        self._environment: CardEnvironment | None = None
        self._has_changed = asyncio.Event()
        self._following: asyncio.Task[None] | None = None
        self._since: dict[tuple[str, str | None], datetime] = {}
        self._since_before: dict[tuple[str, str | None], datetime] = {}
        self._clock = clock
        self._registrations = registrations
        self._keystore = keystore
        self._sessions = sessions
        self._certificate_until: datetime | None = None
        self._problem: BridgeError | None = CertificateMissing()
        self._is_ready = False
        self._storage_problem: str | None = None
        self._refused_lists = 0
        self.history = HealthHistory()
        self._shelf = shelf
        if shelf is not None:
            self._carry_on(shelf)
        self._troubles: dict[str, Callable[[], Mapping[str, str]]] = {}
        self._audit: Callable[[], Verdict | None] = lambda: None
        self._others: list[Callable[[], list[HealthCheck]]] = []

    def set_ready(self, *, is_ready: bool) -> None:
        """Say that the daemon can take work, or that it stops."""
        self._is_ready = is_ready

    def blame_storage(self, code: str) -> None:
        """Say that the database cannot be used, and why."""
        self._storage_problem = code

    def blame_lists(self, count: int) -> None:
        """Say how many signed lists about software were ignored (PAIR-11)."""
        self._refused_lists = count

    def watch_mailboxes(self, troubles: Callable[[], Mapping[str, str]]) -> None:
        """Ask here for the services whose answers cannot be fetched, with the trouble."""
        self._troubles["mailbox:answers"] = troubles

    def watch_audit(self, verdict: Callable[[], Verdict | None]) -> None:
        """Ask here what the last look at the audit log found."""
        self._audit = verdict

    def ask(self, others: Callable[[], list[HealthCheck]]) -> None:
        """Ask here for further checks: parts that judge themselves, from memory too."""
        self._others.append(others)

    @property
    def is_ready(self) -> bool:
        """Tell whether storage and key store are open and the daemon is not stopping."""
        return self._is_ready

    async def refresh(self) -> None:
        """Look at the eHealth certificate of the default registration again."""
        try:
            registration = await self._registrations.get()
            certificate = self._keystore.load(registration.id).certificate
        except BridgeError as error:
            self._problem, self._certificate_until = error, None
        else:
            self._problem, self._certificate_until = None, certificate.not_after

    def follow(self) -> None:
        """Let the doctor look now, after each change of readers, and every five minutes."""
        if self._doctor is not None and self._following is None:
            self._readers.listen(self._has_changed.set)
            self._following = asyncio.create_task(self._follow(self._doctor))

    def look_again(self) -> None:
        """Let the doctor look soon: the computer woke, and drivers may have gone."""
        self._has_changed.set()

    async def keep(self) -> None:
        """Keep the history where it survives; a full disk is told by another check."""
        if self._shelf is None or not self.history.has_news:
            return
        self.history.has_news = False
        try:
            await asyncio.to_thread(self._shelf.save, self.history.kept(self._clock.now()))
        except BridgeError as error:
            log.info("health.not_kept", code=error.problem_code)

    async def stop(self) -> None:
        """End what runs in the background."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following

    def report(self) -> list[HealthCheck]:
        """Give all checks, from memory (API-82)."""
        cards = card_checks(
            self._readers.snapshot(),
            self._environment,
            card_until=self._identities.card_until,
            now=self._clock.now(),
        )
        checks = [
            self._storage(),
            *cards,
            self._certificate(),
            self._session(),
            *self._others_troubles(),
            *self._lists(),
            *self._audit_log(),
            *(check for others in self._others for check in others()),
        ]
        self._remember(checks)
        return checks

    def since(self, check: HealthCheck) -> datetime | None:
        """Tell since when a check has not passed, as far as this run knows."""
        return self._since.get((check.name, check.code)) if check.code else None

    def _remember(self, checks: list[HealthCheck]) -> None:
        now = self._clock.now()
        current = {(check.name, check.code) for check in checks if check.code}
        before = self._since_before
        self._since = {key: self._since.get(key) or before.pop(key, now) for key in current}
        self.history.note(checks, now)

    def _carry_on(self, shelf: HistoryShelf) -> None:
        kept = shelf.load()
        self.history.carry_on(kept, self._clock.now())
        for change in kept:
            self._since_before = {
                key: at for key, at in self._since_before.items() if key[0] != change.name
            }
            if change.code is not None:
                self._since_before[change.name, change.code] = change.at

    async def _follow(self, doctor: CardDoctor) -> None:
        while True:
            self._has_changed.clear()
            self._environment = await doctor.examine()
            await happens(self._has_changed, _EXAMINED_EVERY_S)
            await asyncio.sleep(_SETTLED_AFTER_S)

    def _storage(self) -> HealthCheck:
        # What was found while the daemon runs is told too: it goes on with what can be read.
        is_well = self._is_ready and self._storage_problem is None
        status = HealthStatus.PASS if is_well else HealthStatus.FAIL
        code = None if is_well else self._storage_problem or "shutting_down"
        return self._check("storage:integrity", status, code)

    def _certificate(self) -> HealthCheck:
        name = "certificate:validity"
        if self._problem is not None or self._certificate_until is None:
            missing = self._problem or CertificateMissing()
            # A file that was changed or put in another's place is damage, not a thing to do.
            is_damage = isinstance(missing, KeystoreUnreadable)
            status = HealthStatus.FAIL if is_damage else HealthStatus.WARN
            return self._check(name, status, missing.problem_code)
        left = self._certificate_until - self._clock.now()
        status = HealthStatus.PASS
        code: str | None = None
        if left <= timedelta():
            status, code = HealthStatus.WARN, CertificateExpired.code
        elif left <= EXPIRY_NOTICE:
            status, code = HealthStatus.WARN, "certificate_expiring"
        return self._check(name, status, code, value=left.days, unit="d")

    def _session(self) -> HealthCheck:
        name = "ehealth_session:remaining"
        now = self._clock.now()
        open_ones = [
            session
            for session in self._sessions.opened()
            if session.state(now) is SessionState.OPEN
        ]
        if not open_ones:
            return self._check(name, HealthStatus.WARN, SessionRequired.code)
        left = min(session.expires_at for session in open_ones) - now
        seconds = int(left.total_seconds())
        return self._check(name, HealthStatus.PASS, None, value=seconds, unit="s")

    def _others_troubles(self) -> list[HealthCheck]:
        """Say which services do not answer; their trouble is never our failure."""
        checks = []
        for name, ask in self._troubles.items():
            troubles = ask()
            if not troubles:
                checks.append(self._check(name, HealthStatus.PASS, None))
            checks += [
                replace(self._check(name, HealthStatus.WARN, code), about=service)
                for service, code in sorted(troubles.items())
            ]
        return checks

    def _lists(self) -> list[HealthCheck]:
        """Speak of signed lists only where one cannot be believed."""
        if not self._refused_lists:
            return []
        code = "signed_list_refused"
        return [self._check("pairing:lists", HealthStatus.WARN, code, value=self._refused_lists)]

    def _audit_log(self) -> list[HealthCheck]:
        """Say whether the audit log holds, once that is known; the work goes on either way."""
        name, verdict = "audit_log:chain", self._audit()
        if verdict is None:
            return []
        if verdict.broken is not None:
            return [self._check(name, HealthStatus.WARN, "audit_log_broken")]
        return [self._check(name, HealthStatus.PASS, None)]

    def _check(
        self,
        name: str,
        status: HealthStatus,
        code: str | None,
        *,
        value: int | None = None,
        unit: str | None = None,
    ) -> HealthCheck:
        return HealthCheck(
            name=name,
            status=status,
            time=self._clock.now(),
            code=code,
            observed_value=value,
            observed_unit=unit,
        )
