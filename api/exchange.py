"""The answering side of one request: headers every answer carries, and the access log.

Source: *Local API security* 5.2 and SEC-144; API-19, API-23, API-110.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from starlette.types import Message, Send

from api import cors
from bridge.ports.clock import Clock

_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"vary", b"Origin, Accept-Language"),
)

_BUG: Final = 500

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class ExchangeSettings:
    """What all answers of one daemon say.

    Attributes:
        api_version: Major and minor version, such as ``1.1``.
        is_simulator: Answers then carry ``Carebridge-Simulator: true``.
    """

    api_version: str
    is_simulator: bool
    clock: Clock


class Exchange:
    """Watches one answer on its way out."""

    def __init__(self, send: Send, request_id: str, settings: ExchangeSettings) -> None:
        """Wrap the server's ``send``."""
        self._send = send
        self._request_id = request_id
        self._settings = settings
        self._started_s = settings.clock.monotonic()
        self._status = 0
        self._bytes = 0
        self.route = "unknown"
        self.client_id: str | None = None
        self.origin: str | None = None

    @property
    def has_started(self) -> bool:
        """Tell whether the status line is gone."""
        return self._status != 0

    @property
    def has_failed(self) -> bool:
        """Tell whether a bug was answered, and with that logged, already."""
        return self._status == _BUG

    async def send(self, message: Message) -> None:
        """Complete the headers and pass the message on."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = complete(message.get("headers", []), self._request_id, self._settings)
            if self.origin is not None:
                headers += cors.lines_for(self.origin)
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            self._bytes += len(message.get("body", b""))
        await self._send(message)

    def log(self, method: str) -> None:
        """Write the access log: the route's template, never the path (SEC-144)."""
        duration_s = self._settings.clock.monotonic() - self._started_s
        log.info(
            "http.answered",
            request_id=self._request_id,
            client=self.client_id,
            method=method,
            route=self.route,
            status=self._status,
            duration_ms=round(duration_s * 1000),
            bytes=self._bytes,
        )


def complete(
    headers: list[tuple[bytes, bytes]],
    request_id: str,
    settings: ExchangeSettings,
) -> list[tuple[bytes, bytes]]:
    """Add the header lines every answer carries, and drop the server's name."""
    present = {name.lower() for name, _ in headers}
    kept = [(name, value) for name, value in headers if name.lower() != b"server"]
    kept += [line for line in _ALWAYS if line[0] not in present]
    kept += [
        (b"x-request-id", request_id.encode("ascii")),
        (b"api-version", settings.api_version.encode("ascii")),
    ]
    if settings.is_simulator:
        kept.append((b"carebridge-simulator", b"true"))
    return kept
