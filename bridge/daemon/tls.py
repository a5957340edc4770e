"""https on loopback in the running daemon, and the desk that switches it on and off (SEC-63)."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from bridge.adapters import listener, tlsfiles, truststores
from bridge.adapters.clock import SystemClock
from bridge.adapters.ids import SystemIds
from bridge.adapters.listener import Listener
from bridge.adapters.tlsfiles import LeafFiles
from bridge.domain.health import HealthCheck, HealthStatus
from bridge.errors import BridgeError
from bridge.ports.clock import Clock
from bridge.ports.secrets import SecretStore
from bridge.ports.tls import TrustStore
from bridge.service.loopbacktls import TlsDesk, TlsParts

CHECK: Final = "tls:listener"
_CODE: Final = "tls_unavailable"

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class TlsDoor:
    """What the https listener is: sockets and settings of TLS.

    Attributes:
        listening: ``None`` when it is off, or could not be opened.
        has_failed: It is on, and could not be opened.
    """

    listening: Listener | None = None
    context: ssl.SSLContext | None = None
    has_failed: bool = False

    @property
    def port(self) -> int | None:
        """The port, when it listens."""
        return None if self.listening is None else self.listening.port

    def checks(self, clock: Clock) -> list[HealthCheck]:
        """Give the check of health; none while https is off."""
        if self.listening is None and not self.has_failed:
            return []
        status = HealthStatus.WARN if self.has_failed else HealthStatus.PASS
        code = _CODE if self.has_failed else None
        return [HealthCheck(name=CHECK, status=status, time=clock.now(), code=code)]


def tls_desk(
    data: Path, secrets: SecretStore, *, stores: Sequence[TrustStore] | None = None
) -> TlsDesk:
    """Give the desk of the current user.

    Args:
        data: Folder of our own data.
        secrets: Keeps the private key.
        stores: Of trusted certificates; those of the user unless told otherwise.
    """
    folder, clock = data / tlsfiles.FOLDER, SystemClock()
    found = truststores.stores_of_user(folder, Path.home()) if stores is None else stores
    return TlsDesk(
        TlsParts(
            clock=clock,
            ids=SystemIds(clock),
            secrets=secrets,
            shelf=LeafFiles(folder),
            stores=found,
        )
    )


def open_door(
    desk: TlsDesk, data: Path, *, candidates: Sequence[int] = listener.TLS_PORTS
) -> TlsDoor:
    """Open the https listener when it is on; whatever goes wrong is a warning, never an end."""
    try:
        ready = desk.ready()
        if ready is None:
            return TlsDoor()
        key, leaf = ready
        context = LeafFiles(data / tlsfiles.FOLDER).context(key, leaf)
        return TlsDoor(listening=listener.listen(candidates), context=context)
    except BridgeError as error:
        log.warning("tls.unavailable", code=error.problem_code)
        return TlsDoor(has_failed=True)


def document_of(desk: TlsDesk) -> dict[str, Any]:
    """Write how https stands, for people and programs."""
    leaf = desk.leaf
    return {
        "is_on": leaf is not None,
        "fingerprint": None if leaf is None else leaf.sha256,
        "expires_at": None if leaf is None else leaf.not_after.isoformat(),
        "trusted_by": desk.trusted_by(),
    }
