"""What the services of the asynchronous engine share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.domain.exchanges import Exchange
from bridge.domain.ids import IdSource
from bridge.mycarenet.services import AsyncService
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.clock import Clock
from bridge.ports.store import Evidence, Store
from bridge.service.events import EventBook
from bridge.service.exchangekinds import ExchangeKind
from bridge.service.genasync import GenAsyncClient
from bridge.service.rights import EVERYBODY_MAY, Rights
from bridge.service.sessions import SessionService
from bridge.service.tokens import Client
from bridge.service.wrapping import Wrapping

_LOOKED_AT: Final = 4096
"""Bytes by which a kind of content is told."""

_PLAIN: Final = bytes((*range(0x20, 0x7F), *b"\t\r\n\x1a"))


def media_type_of(content: bytes) -> str:
    """Tell XML, the plain text of records of fixed width, and anything else apart."""
    begin = content[:_LOOKED_AT]
    if begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "text/xml"
    return "application/octet-stream" if begin.translate(None, _PLAIN) else "text/plain"


def _pass(_step: str) -> None:
    """Reach a step without consequence: failpoints are for tests."""


@dataclass(frozen=True, kw_only=True)
class EngineParts:
    """What outbox and inbox share.

    Attributes:
        services: Asynchronous services by name.
        kinds: Kinds of exchange by name.
        strays: Who reads what came without naming a message of ours, by service.
        audit: Hears of each message and each answer.
        rights: Asked before anything is done for somebody.
        reached: Called at every named step; kill tests end the process there (D27).
    """

    store: Store
    clock: Clock
    ids: IdSource
    sessions: SessionService
    client: GenAsyncClient
    wrapping: Wrapping
    events: EventBook
    services: Mapping[str, AsyncService]
    kinds: Mapping[str, ExchangeKind]
    strays: Mapping[str, ExchangeKind] = field(default_factory=dict)
    audit: Auditor = NO_AUDIT
    rights: Rights = EVERYBODY_MAY
    reached: Callable[[str], None] = field(default=_pass)

    def tell(self, exchange: Exchange) -> None:
        """Tell the event streams that an exchange changed."""
        self.events.publish(
            "exchange.updated",
            object="exchange",
            object_id=exchange.id,
            status=exchange.status.value,
            path=f"/v1/exchanges/{exchange.id}",
            client_id=exchange.client_id or None,
        )

    def owned(self, exchange: Exchange, client: Client) -> Exchange:
        """Fix whose a new message is, from any thread: it stays hers, whoever's card comes next."""
        person = self.sessions.person_of(exchange.registration_id)
        return exchange.made_by(client.actor_id, person)

    async def settle(self, exchange: Exchange) -> None:
        """Tell that an exchange changed, and let its kind follow."""
        self.tell(exchange)
        kind = self.kinds.get(exchange.kind) or self.strays.get(exchange.service)
        if kind is not None:
            await kind.settle(exchange)

    def evidence(self, subject_id: str, kind: str, content: bytes) -> Evidence:
        """Make a piece of evidence."""
        return Evidence(
            id=self.ids.ulid("evi"),
            subject_id=subject_id,
            kind=kind,
            media_type=media_type_of(content),
            content=content,
            created_at=self.clock.now(),
        )
