"""The request guard: the outermost ASGI component, before routing, CORS and parsing.

It reads raw header lists and the raw path, in the fixed order of *Local API security* 5, so that
each attack has exactly one answer.
Nothing behind it runs for a request it refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import cors, guard_steps, strict_json
from api.access import Gatekeeper, check_key, read_key, read_secret
from api.call import SCOPE_KEY, Call
from api.connections import ConnectionBook, WireLimits
from api.endpoints import Directory, Endpoint
from api.exchange import Exchange, ExchangeSettings, complete
from api.facts import Facts, Refusal
from api.prefer import Preferences
from api.problems import Circumstances, answer_unexpected, refuse
from bridge.domain.ids import IdSource
from bridge.errors import InputError
from bridge.i18n import negotiate
from bridge.ports.clock import Clock
from bridge.service.tokens import Client

_UNKNOWN: Final = "unknown"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ProgramCheck = Callable[[Scope, Client], Awaitable[Refusal | None]]
PeerCheck = Callable[[Scope], Awaitable[Refusal | None]]
Report = Callable[[Refusal, str, str | None], None]
"""Hears of a refusal: which, the template of the route or ``unknown``, and of whom."""


def _tell_nobody(_refusal: Refusal, _route: str, _client_id: str | None) -> None:
    """Keep a refusal to ourselves."""


@dataclass(frozen=True, kw_only=True)
class GuardSettings:
    """What the guard needs to know.

    Attributes:
        port: The port we really listen on.
        is_paired: Tells whether a web origin was approved by the user.
        may_pair: Tells whether a web origin may ask to be approved (7.2).
        check_peer: Step 6, whether the calling process is of the same user; ``None`` skips it.
        check_program: Whether the program may use the token it shows; ``None`` skips it.
        default_language: The nurse's language.
        report: Hears of each refusal, for the audit log.
        connections: Counts connections, and says how long they may keep us waiting.
    """

    port: int
    is_paired: Callable[[str], bool]
    gatekeeper: Gatekeeper
    directory: Directory
    clock: Clock
    ids: IdSource
    exchange: ExchangeSettings
    default_language: str
    may_pair: Callable[[str], bool] = guard_steps.is_web_site
    check_peer: PeerCheck | None = None
    check_program: ProgramCheck | None = None
    report: Report = _tell_nobody
    connections: ConnectionBook = field(default_factory=lambda: ConnectionBook(WireLimits()))


class Guard:
    """Lets a request through to the application, or answers it itself."""

    def __init__(self, app: ASGIApp, settings: GuardSettings) -> None:
        """Stand in front of ``app``."""
        self._app = app
        self._settings = settings
        self._hosts = guard_steps.own_hosts(settings.port)
        self.connections = settings.connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one connection event of the server."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            self._settings.report(Refusal(code="not_found"), _UNKNOWN, None)
            await _refuse_websocket(receive, send)
        elif _is_local(scope):
            await self._serve(scope, receive, send)

    def refuse_unread(self, refusal: Refusal, accept_language: str | None) -> Response:
        """Answer a request that the server's parser could not read, with all its headers."""
        circumstances = self._circumstances(accept_language)
        self._settings.report(refusal, _UNKNOWN, None)
        response = refuse(refusal, circumstances)
        response.raw_headers = complete(
            response.raw_headers,
            circumstances.request_id,
            self._settings.exchange,
        )
        return response

    def _circumstances(self, accept_language: str | None) -> Circumstances:
        settings = self._settings
        return Circumstances(
            request_id=settings.ids.ulid("req"),
            language=negotiate(accept_language, settings.default_language),
            ids=settings.ids,
        )

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        facts = Facts.of(scope)
        circumstances = self._circumstances(facts.line(b"accept-language"))
        exchange = Exchange(send, circumstances.request_id, self._settings.exchange)
        try:
            verdict = await self._judge(scope, facts, receive, exchange)
            if isinstance(verdict, Refusal):
                client_id = verdict.client_id or exchange.client_id
                self._settings.report(verdict, exchange.route, client_id)
                verdict = refuse(verdict, circumstances)
            if isinstance(verdict, Response):
                await verdict(scope, receive, exchange.send)
            else:
                await self._pass_on(scope, receive, verdict, circumstances, exchange)
        except Exception as error:  # noqa: BLE001  # the last resort: a bug never ends the daemon
            if not exchange.has_failed:  # else the reference that was given is in the log
                answer = answer_unexpected(error, circumstances)
                if not exchange.has_started:
                    await answer(scope, receive, exchange.send)
        finally:
            exchange.log(facts.method if facts.method in _METHODS else "other")

    async def _judge(
        self,
        scope: Scope,
        facts: Facts,
        receive: Receive,
        exchange: Exchange,
    ) -> Refusal | Response | _Admitted:
        refusal = await self._check_sender(scope, facts)
        if refusal is not None:
            return refusal
        if facts.origin is not None:
            exchange.origin = facts.origin
        methods = self._settings.directory.methods(facts.path)
        if cors.is_preflight(facts):
            is_stranger = not self._settings.is_paired(facts.origin or "")
            return cors.answer_preflight(facts, methods, is_stranger=is_stranger)
        endpoint = methods.get(facts.method)
        if endpoint is None:
            return _unknown(methods)
        exchange.route = endpoint.route
        return await self._check_request(scope, facts, endpoint, receive, exchange)

    async def _check_sender(self, scope: Scope, facts: Facts) -> Refusal | None:
        """Take steps 2 to 10: of the resource nothing counts but whether our page has it."""
        check_peer = self._settings.check_peer
        asked = self._settings.directory.methods(facts.path).get(facts.method)
        return (
            guard_steps.check_target(facts)
            or guard_steps.check_headers_size(facts)
            or guard_steps.check_host_line(facts)
            or guard_steps.check_host(facts, self._hosts)
            or (None if check_peer is None else await check_peer(scope))
            or guard_steps.check_upgrade(facts)
            or guard_steps.check_origin(facts, self._admits(facts))
            or guard_steps.check_fetch_metadata(facts, asked.console_part if asked else None)
        )

    def _admits(self, facts: Facts) -> Callable[[str], bool]:
        """Give which origins step 9 lets through: a stranger may only ask to be connected."""
        is_paired, may_pair = self._settings.is_paired, self._settings.may_pair
        method = facts.method
        if cors.is_preflight(facts):
            method = facts.line(b"access-control-request-method") or ""
        endpoint = self._settings.directory.methods(facts.path).get(method)
        if endpoint is None or not endpoint.is_for_strangers:
            return is_paired
        return lambda origin: is_paired(origin) or may_pair(origin)

    async def _check_request(
        self,
        scope: Scope,
        facts: Facts,
        endpoint: Endpoint,
        receive: Receive,
        exchange: Exchange,
    ) -> Refusal | _Admitted:
        """Take steps 13 to 20."""
        refusal = guard_steps.check_framing(facts, most_bytes=endpoint.most_body_bytes)
        refusal = refusal or guard_steps.check_content_type(facts)
        if refusal is not None:
            return refusal
        client = self._settings.gatekeeper.admit(facts, endpoint)
        if isinstance(client, Refusal):
            return client
        exchange.client_id = None if client is None else client.id
        refusal = await self._check_program(scope, client) or check_key(facts, endpoint)
        if refusal is not None:
            return refusal
        if facts.method not in guard_steps.BODY_METHODS:
            return _Admitted(facts, endpoint, client)
        body = await _read_body(
            receive,
            most_bytes=endpoint.most_body_bytes,
            within_s=self.connections.limits.body_s,
        )
        return body if isinstance(body, Refusal) else _parse(facts, endpoint, client, body)

    async def _check_program(self, scope: Scope, client: Client | None) -> Refusal | None:
        check = self._settings.check_program
        return None if check is None or client is None else await check(scope, client)

    async def _pass_on(
        self,
        scope: Scope,
        receive: Receive,
        admitted: _Admitted,
        circumstances: Circumstances,
        exchange: Exchange,
    ) -> None:
        scope[SCOPE_KEY] = Call(
            request_id=circumstances.request_id,
            endpoint=admitted.endpoint,
            language=circumstances.language,
            path=admitted.facts.path,
            client=admitted.client,
            preferences=Preferences.parse(admitted.facts.lines(b"prefer")),
            idempotency_key=read_key(admitted.facts),
            body=admitted.document,
            origin=admitted.facts.origin,
            is_browser=admitted.facts.is_browser,
            secret=read_secret(admitted.facts, admitted.endpoint),
            port=self._settings.port,
            scheme=self._settings.gatekeeper.scheme,
        )
        await self._app(scope, _replay(admitted.body, receive), exchange.send)


@dataclass(frozen=True)
class _Admitted:
    """A request that may reach its handler."""

    facts: Facts
    endpoint: Endpoint
    client: Client | None
    body: bytes = b""
    document: Any = None


def _parse(
    facts: Facts,
    endpoint: Endpoint,
    client: Client | None,
    body: bytes,
) -> Refusal | _Admitted:
    """Step 20, and SEC-82: no PIN may ever travel in a request."""
    try:
        document = strict_json.parse(body)
    except InputError as error:
        return Refusal(code=error.problem_code)
    if strict_json.names_a_secret(document):
        return Refusal(code="secret_in_request")
    return _Admitted(facts, endpoint, client, body, document)


async def _read_body(receive: Receive, *, most_bytes: int, within_s: float) -> bytes | Refusal:
    """Read the body, but no further than its limit, nor longer than its time."""
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            is_complete = False
            while not is_complete:
                message = await receive()
                if message["type"] != "http.request":
                    return Refusal(code="request_framing_invalid", closes=True)
                body += message.get("body", b"")
                if len(body) > most_bytes:
                    return Refusal(code="content_too_large", closes=True)
                is_complete = not message.get("more_body", False)
    except TimeoutError:
        return Refusal(code="request_framing_invalid", closes=True)
    return bytes(body)


def _replay(body: bytes, later: Receive) -> Receive:
    """Give the body that was read again, and after it whatever the server says."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else await later()

    return receive


def _unknown(methods: Any) -> Refusal:
    """Step 12: unknown path, or known path with another method."""
    if not methods:
        return Refusal(code="not_found")
    allowed = ", ".join(sorted(methods))
    return Refusal(code="method_not_allowed", headers=(("Allow", allowed),))


def _is_local(scope: Scope) -> bool:
    """Step 1: both ends of the connection are on this machine."""
    ends = (scope.get("client"), scope.get("server"))
    return all(end is not None and guard_steps.is_loopback(end[0]) for end in ends)


async def _refuse_websocket(receive: Receive, send: Send) -> None:
    """Step 7 for servers that recognise a WebSocket handshake themselves."""
    await receive()
    await send({"type": "websocket.close", "code": 1000})
