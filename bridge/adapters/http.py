"""HTTP through httpx: the only module that imports it (D6).

``HttpTransport`` carries messages to the platform, ``HttpRest`` requests to other parties,
``HttpDownload`` brings files, and ``LocalApiClient`` lets the command line speak to the running
daemon.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from bridge.adapters.httplimits import DEFAULT_LIMITS, HttpLimits
from bridge.adapters.tlsrefusals import RefusalListener, is_untrusted, refusal_of_ours
from bridge.domain.systemfacts import Reach
from bridge.errors import (
    NotDelivered,
    OurMessageInvalid,
    OutcomeUnknown,
    RemoteRefusal,
    TheirAnswerInvalid,
)
from bridge.ports.rest import RestReply, RestRequest
from bridge.ports.transport import WireReply, WireRequest

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_NOT_WRITTEN: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)


@contextmanager
def httpx_errors() -> Iterator[None]:
    """Map httpx to our tree: only failures before the first byte are ``NotDelivered`` (D21).

    What TLS says after the handshake, httpx lets through as it is.
    """
    try:
        yield
    except _NOT_WRITTEN as error:
        untrusted = NotDelivered(code="tls_intercepted" if is_untrusted(error) else None)
        raise refusal_of_ours(error) or untrusted from error
    except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as error:
        raise OurMessageInvalid("request cannot be written") from error
    except (httpx.HTTPError, ssl.SSLError) as error:
        raise refusal_of_ours(error) or OutcomeUnknown() from error


class HttpTransport:
    """Port ``Transport`` over HTTPS; plain HTTP is allowed on loopback only.

    Each exchange has its own connection: a server that closes an idle one at the wrong moment
    would otherwise turn a message that never left into one with unknown outcome.
    Nothing is repeated, no redirect is followed, and proxy variables of the environment are not
    read.
    """

    def __init__(
        self,
        *,
        program: str,
        contact: str,
        proxy: str | None = None,
        trust_file: Path | None = None,
        limits: HttpLimits = DEFAULT_LIMITS,
    ) -> None:
        """Prepare the client; nothing is sent.

        Args:
            program: Name and version for ``User-Agent``, such as ``carebridge/1.0``.
            contact: E-mail address of support for ``From`` (*STS session* 2).
            proxy: Address of an HTTP proxy.
            trust_file: Certificates in PEM that replace those of the system and of certifi.
            limits: Limits of one exchange.

        Raises:
            OSError: the trust file cannot be read, or holds no certificates.
            ValueError: the proxy's address is not one.
        """
        trust = tls_trust(trust_file)
        self._rest = HttpRest(
            program=program, proxy=proxy, trust=trust, limits=limits, headers={"From": contact}
        )

    async def exchange(self, request: WireRequest) -> WireReply:
        """Send and wait for the answer.

        Raises:
            NotDelivered: no byte was written; ``tls_intercepted`` when the server's certificate
                is not one we trust.
            OutcomeUnknown: the request may have arrived.
            TheirAnswerInvalid: the answer is too large, or encoded although we asked it not to be.
            RemoteRefusal: they want another certificate of ours than none; nothing was taken.
            OurMessageInvalid: not HTTPS, and not loopback.
        """
        headers = {"Content-Type": request.content_type}
        if request.soap_action is not None:
            headers["SOAPAction"] = f'"{request.soap_action}"'
        reply = await self._rest.send(
            RestRequest(method="POST", url=request.url, headers=headers, body=request.body)
        )
        return WireReply(
            status=reply.status,
            body=reply.body,
            content_type=reply.content_type,
            sent_at=reply.sent_at,
        )

    async def reach(self, address: str) -> Reach:
        """Call an address as ``HttpRest.reach`` does."""
        return await self._rest.reach(address)

    async def close(self) -> None:
        """Close what is open."""
        await self._rest.close()


class HttpRest:
    """Port ``RestTransport`` over HTTPS, in the manner of ``HttpTransport``."""

    def __init__(
        self,
        *,
        program: str,
        proxy: str | None = None,
        trust: ssl.SSLContext | None = None,
        limits: HttpLimits = DEFAULT_LIMITS,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare the client, whose every request has some further headers; nothing is sent.

        ``trust`` says whom we trust, and who we are, in TLS.
        """
        self._limits = limits
        context = trust or tls_trust(None)
        self._listener = RefusalListener(context, proxy=proxy, connect_s=limits.connect_s)
        direct = httpx.Limits(max_keepalive_connections=0)
        # Only HTTPS goes through the proxy: plain HTTP is for loopback and must stay there.
        tunnel = httpx.AsyncHTTPTransport(
            verify=context, proxy=proxy, limits=direct, trust_env=False
        )
        self._client = httpx.AsyncClient(
            headers={"User-Agent": program, "Accept-Encoding": "identity", **(headers or {})},
            mounts={"https://": tunnel},
            verify=context,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(limits.read_s, connect=limits.connect_s),
            limits=direct,
        )

    async def send(self, request: RestRequest) -> RestReply:
        """Send and wait for the answer; raises what ``HttpTransport.exchange`` does."""
        _require_safe_address(request.url)
        try:
            with httpx_errors():
                async with asyncio.timeout(self._limits.total_s):
                    if request.listens_first:
                        await asyncio.to_thread(self._listener, request.url)
                    return await self._send(request)
        except TimeoutError as error:
            raise OutcomeUnknown from error

    async def reach(self, address: str) -> Reach:
        """Call an address without content or credentials; any answer is one.

        Raises:
            NotDelivered, OutcomeUnknown, OurMessageInvalid: there was none.
        """
        _require_safe_address(address)
        begun, asked_at = time.monotonic(), datetime.now(UTC)
        with httpx_errors():
            reply = await self._client.head(address)
        took = time.monotonic() - begun
        theirs = _moment(reply.headers.get("Date"))
        # Their clock was read about half-way; it has no fractions of a second.
        offset = None if theirs is None else theirs - asked_at - timedelta(seconds=took / 2)
        return Reach(took_ms=round(took * 1000), clock_offset=offset)

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def _send(self, request: RestRequest) -> RestReply:
        asked = self._client.stream(
            request.method, request.url, content=request.body, headers=request.headers
        )
        async with asked as reply:
            pause = reply.headers.get("Retry-After", "")
            return RestReply(
                status=reply.status_code,
                body=await read_whole(reply, self._limits.most_bytes),
                content_type=reply.headers.get("Content-Type", ""),
                retry_after_s=int(pause) if pause.isascii() and pause.isdigit() else None,
                sent_at=_moment(reply.headers.get("Date")),
            )


class HttpDownload:
    """Brings files over HTTPS; plain HTTP is allowed on loopback only.

    No redirect is followed, nothing is repeated, no proxy variable of the environment is read.
    What comes is believed by whoever checks its signature, not because of the connection.
    """

    def __init__(
        self,
        *,
        program: str,
        proxy: str | None = None,
        trust_file: Path | None = None,
        limits: HttpLimits = DEFAULT_LIMITS,
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            program: Name and version for ``User-Agent``; it says nothing about the user.
            proxy: Address of an HTTP proxy.
            trust_file: As for ``HttpTransport``.
            limits: Limits of one file; how large it may be is said by who reads it.
        """
        self._program = program
        self._proxy = proxy
        self._trust_file = trust_file
        self._limits = limits

    def chunks(self, address: str) -> Iterator[bytes]:
        """Give the bytes of a file as they come.

        Raises:
            NotDelivered, OutcomeUnknown: it does not come, or stops coming.
            RemoteRefusal: another HTTP status than 200, which ``status`` tells.
            TheirAnswerInvalid: the answer is encoded although we asked it not to be.
            OurMessageInvalid: not HTTPS, and not loopback.
        """
        _require_safe_address(address)
        deadline = time.monotonic() + self._limits.total_s
        with httpx_errors(), self._client() as client, client.stream("GET", address) as reply:
            if reply.status_code != httpx.codes.OK:
                raise RemoteRefusal(status=reply.status_code)
            if reply.headers.get("Content-Encoding", "identity") != "identity":
                raise TheirAnswerInvalid("file is compressed")
            for part in reply.iter_raw():
                if time.monotonic() > deadline:
                    raise OutcomeUnknown
                yield part

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return tls_trust(self._trust_file)

    def _client(self) -> httpx.Client:
        trust, limits = self._trust, self._limits
        tunnel = httpx.HTTPTransport(verify=trust, proxy=self._proxy, trust_env=False)
        return httpx.Client(
            headers={"User-Agent": self._program, "Accept-Encoding": "identity"},
            mounts={"https://": tunnel},
            verify=trust,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(limits.read_s, connect=limits.connect_s),
        )


@dataclass(frozen=True, kw_only=True)
class LocalReply:
    """What the daemon answered; ``content`` is parsed JSON, ``None`` without a body."""

    status: int
    headers: Mapping[str, str]
    content: Any


class LocalApiClient:
    """Speaks to the daemon's own API, from the command line."""

    def __init__(self, base_url: str, token: str, *, timeout_s: float = 150) -> None:
        """Prepare the client; nothing is sent.

        Args:
            base_url: Such as ``http://127.0.0.1:42110``; loopback only.
            token: Token of the caller.
            timeout_s: Longest wait; longer than a PIN prompt stays open.

        Raises:
            OurMessageInvalid: the address is not on loopback.
        """
        if not _is_loopback(httpx.URL(base_url)):
            raise OurMessageInvalid("the daemon is on loopback only")
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(timeout_s, connect=5),
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        content: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> LocalReply:
        """Send one request; ``content`` is written as JSON unless it is ``None``.

        Raises:
            NotDelivered: nobody listens.
            OutcomeUnknown: the daemon went away.
            TheirAnswerInvalid: the answer is no JSON.
        """
        with httpx_errors():
            reply = self._client.request(method, path, json=content, headers=headers)
        try:
            parsed = reply.json() if reply.content else None
        except ValueError as error:
            raise TheirAnswerInvalid("answer is no JSON") from error
        return LocalReply(status=reply.status_code, headers=reply.headers, content=parsed)

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


async def read_whole(reply: httpx.Response, most_bytes: int) -> bytes:
    """Read an answer that is being streamed.

    Raises:
        TheirAnswerInvalid: it is too large, or encoded although we asked it not to be.
    """
    if reply.headers.get("Content-Encoding", "identity") != "identity":
        raise TheirAnswerInvalid("answer is compressed")
    body = bytearray()
    async for part in reply.aiter_raw():
        body += part
        if len(body) > most_bytes:
            raise TheirAnswerInvalid("answer is too large")
    return bytes(body)


def tls_trust(trust_file: Path | None) -> ssl.SSLContext:
    """Give TLS settings that trust certifi and the system, or only what the user supplies."""
    if trust_file is not None:
        return ssl.create_default_context(cafile=trust_file)
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _require_safe_address(address: str) -> None:
    with httpx_errors():
        url = httpx.URL(address)
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url)):
        raise OurMessageInvalid("neither HTTPS nor loopback")


def _is_loopback(url: httpx.URL) -> bool:
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return url.host == "localhost"


def _moment(header: str | None) -> datetime | None:
    if header is None:
        return None
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
