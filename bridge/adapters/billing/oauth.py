"""Access tokens by OAuth 2.0 client credentials (RFC 6749, 4.4)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_plus, urlencode

from bridge.adapters.billing.contract import parsed_object, refusal_code
from bridge.errors import OutcomeUnknown, RemoteFault, RemoteRefusal, TheirAnswerInvalid
from bridge.ports.clock import Clock
from bridge.ports.rest import RestReply, RestRequest, RestTransport

ACCESS_REFUSED: Final = "billing_access_refused"
SYSTEM: Final = "billing_service"
_EARLY_S: Final = 60
"""A token that is good for less is not used any more: a request takes its time."""

_SHORTEST_S: Final = 30
_USUAL_S: Final = 300
_LONGEST_TOKEN: Final = 8192
_OK: Final = 200
_SERVER_ERROR: Final = 500


@dataclass(frozen=True)
class _Token:
    text: str = field(repr=False)
    until_s: float


class TokenSource:
    """Gets an access token, and keeps it in memory for as long as it is good."""

    def __init__(
        self, transport: RestTransport, clock: Clock, *, url: str, client_id: str, secret: str
    ) -> None:
        """Keep where a token is had, and with what; nothing is sent."""
        self._transport = transport
        self._clock = clock
        self._url = url
        name, word = quote_plus(client_id), quote_plus(secret)
        pair = base64.b64encode(f"{name}:{word}".encode()).decode("ascii")
        self._headers = {
            "Authorization": f"Basic {pair}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        self._token: _Token | None = None

    async def get(self) -> str:
        """Give a token that is good for a while.

        Raises:
            NotDelivered, OutcomeUnknown, TheirAnswerInvalid: none can be had now.
            RemoteRefusal: ``billing_access_refused``, we are not who the service knows.
        """
        now = self._clock.monotonic()
        if self._token is None or now >= self._token.until_s:
            self._token = await self._ask(now)
        return self._token.text

    def forget(self) -> None:
        """Take another token the next time: the service did not accept this one."""
        self._token = None

    async def _ask(self, now: float) -> _Token:
        body = urlencode({"grant_type": "client_credentials"}).encode("ascii")
        reply = await self._transport.send(
            RestRequest(method="POST", url=self._url, headers=self._headers, body=body)
        )
        _check(reply)
        document = parsed_object(reply.body)
        text, kind = document.get("access_token"), document.get("token_type")
        is_bearer = isinstance(kind, str) and kind.lower() == "bearer"
        if not isinstance(text, str) or not _is_header_value(text) or not is_bearer:
            raise TheirAnswerInvalid("no access token")
        lifetime = document.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) and lifetime > 0 else _USUAL_S
        return _Token(text, now + max(seconds - _EARLY_S, _SHORTEST_S))


def _check(reply: RestReply) -> None:
    if reply.status == _OK:
        return
    if reply.status >= _SERVER_ERROR:
        raise OutcomeUnknown
    fault = RemoteFault(system=SYSTEM, code=refusal_code(reply.body) or f"http_{reply.status}")
    raise RemoteRefusal(code=ACCESS_REFUSED, remote=fault)


def _is_header_value(text: str) -> bool:
    is_plain = text.isascii() and text.isprintable() and " " not in text
    return 0 < len(text) <= _LONGEST_TOKEN and is_plain
