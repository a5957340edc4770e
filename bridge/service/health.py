"""Health: what is well, what is not, and who must fix what; answered from memory.

Source: *REST API conventions* 10 (API-80 to API-84).
The checks grow with the parts they speak of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from bridge.domain.sessions import SessionState
from bridge.errors import BridgeError, CertificateExpired, CertificateMissing, SessionRequired
from bridge.ports.clock import Clock
from bridge.ports.keystore import EhealthKeystore
from bridge.service.registrations import RegistrationBook
from bridge.service.sessions import SessionService

EXPIRY_NOTICE: Final = timedelta(days=60)


class HealthStatus(Enum):
    """How a check stands; the order is from good to bad."""

    PASS = "pass"  # noqa: S105  # the word of the health format, no secret
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """One check.

    Attributes:
        name: Such as ``ehealth_session:remaining``.
        code: For a check that does not pass: the code of the problem it would cause (API-83).
        observed_value: A number that is safe to show, with ``observed_unit``.
    """

    name: str
    status: HealthStatus
    time: datetime
    code: str | None = None
    observed_value: int | None = None
    observed_unit: str | None = None


class HealthService:
    """Keeps the facts health is answered from."""

    def __init__(
        self,
        *,
        clock: Clock,
        registrations: RegistrationBook,
        keystore: EhealthKeystore,
        sessions: SessionService,
    ) -> None:
        """Start not ready."""
        self._clock = clock
        self._registrations = registrations
        self._keystore = keystore
        self._sessions = sessions
        self._certificate_until: datetime | None = None
        self._problem: BridgeError | None = CertificateMissing()
        self._is_ready = False

    def set_ready(self, *, is_ready: bool) -> None:
        """Say that the daemon can take work, or that it stops."""
        self._is_ready = is_ready

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

    def report(self) -> list[HealthCheck]:
        """Give all checks, from memory (API-82)."""
        return [self._storage(), self._certificate(), self._session()]

    def _storage(self) -> HealthCheck:
        status = HealthStatus.PASS if self._is_ready else HealthStatus.FAIL
        code = None if self._is_ready else "shutting_down"
        return self._check("storage:integrity", status, code)

    def _certificate(self) -> HealthCheck:
        name = "certificate:validity"
        if self._problem is not None or self._certificate_until is None:
            missing = self._problem or CertificateMissing()
            return self._check(name, HealthStatus.WARN, missing.problem_code)
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


def overall(checks: list[HealthCheck]) -> HealthStatus:
    """Give the worst status; only our own inability is ``fail`` (API-81)."""
    order = list(HealthStatus)
    return max((check.status for check in checks), key=order.index, default=HealthStatus.PASS)
