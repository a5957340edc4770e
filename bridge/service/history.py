"""The history: everything sent and received, as one list people filter, mark and put away.

Source: *REST API conventions* 8; decisions D13, D17 and D20.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.domain.exchanges import Exchange, Mark, ReceivedResponse
from bridge.domain.registrations import prerequisites
from bridge.errors import NotFound
from bridge.masks import without_assertion
from bridge.ports.exchanges import ExchangeFilter, ExchangePage, SortKey
from bridge.ports.store import Evidence, UnitOfWork
from bridge.service.outbox import EngineParts
from bridge.service.registrations import is_access_refusal
from bridge.service.rights import matters_of, require_mark
from bridge.service.tokens import Client

READ_ALL: frozenset[str] = frozenset({"history:read-all", "console"})
"""Either scope shows the exchanges of all callers (D13)."""

NEWEST_FIRST = (SortKey(member="created_at", is_descending=True),)


@dataclass(frozen=True, kw_only=True)
class ExchangeDetail:
    """One exchange with everything that came back, oldest first.

    Attributes:
        prerequisites: Codes of what must be arranged outside the product, when the platform
            refused access.
    """

    exchange: Exchange
    responses: list[ReceivedResponse]
    prerequisites: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ResponsePage:
    """Some responses of a longer list, newest first."""

    items: list[ReceivedResponse]
    total: int


class HistoryService:
    """Lists, shows and marks exchanges."""

    def __init__(self, parts: EngineParts) -> None:
        """Keep the parts."""
        self._parts = parts

    async def page(
        self,
        wanted: ExchangeFilter,
        *,
        client: Client,
        limit: int,
        sort: tuple[SortKey, ...] = NEWEST_FIRST,
        after: tuple[str, ...] | None = None,
    ) -> ExchangePage:
        """Read a page of what the client may see."""
        visible = replace(wanted, client_id=owner_of(client))
        return await self._parts.store.read(
            lambda unit: unit.exchanges.page(visible, sort=sort, limit=limit, after=after)
        )

    async def get(self, exchange_id: str, *, client: Client) -> ExchangeDetail:
        """Read one exchange with its responses.

        Raises:
            NotFound: none of that identifier that the client may see.
        """

        def work(unit: UnitOfWork) -> ExchangeDetail:
            exchange = _visible(unit, exchange_id, client)
            return ExchangeDetail(
                exchange=exchange,
                responses=unit.responses.of_exchange(exchange.id),
                prerequisites=_prerequisites(unit, exchange),
            )

        return await self._parts.store.read(work)

    async def evidence(self, exchange_id: str, *, client: Client) -> list[Evidence]:
        """Read the exact bytes of an exchange and of its responses, oldest first.

        The assertion that opened the way for a message is cut out (SEC-94).

        Raises:
            NotFound: none of that identifier that the client may see.
        """

        def work(unit: UnitOfWork) -> list[Evidence]:
            exchange = _visible(unit, exchange_id, client)
            subjects = [exchange.id, *(each.id for each in unit.responses.of_exchange(exchange.id))]
            found = [piece for subject in subjects for piece in unit.evidence.of_subject(subject)]
            shown = [replace(piece, content=without_assertion(piece.content)) for piece in found]
            return sorted(shown, key=lambda piece: (piece.created_at, piece.id))

        return await self._parts.store.read(work)

    async def responses(
        self,
        *,
        client: Client,
        limit: int,
        service: tuple[str, ...] = (),
        before_id: str | None = None,
    ) -> ResponsePage:
        """Read what insurers sent to exchanges the client may see, newest first."""

        def work(unit: UnitOfWork) -> ResponsePage:
            items, total = unit.responses.page(
                client_id=owner_of(client), service=service, limit=limit, before_id=before_id
            )
            return ResponsePage(items=items, total=total)

        return await self._parts.store.read(work)

    async def response(self, response_id: str, *, client: Client) -> ReceivedResponse:
        """Read one response.

        Raises:
            NotFound: none of that identifier that the client may see.
        """

        def work(unit: UnitOfWork) -> ReceivedResponse:
            found = unit.responses.get(response_id)
            if found is None:
                raise NotFound
            _visible(unit, found.exchange_id, client)
            return found

        return await self._parts.store.read(work)

    async def responses_of(
        self, exchanges: Sequence[Exchange]
    ) -> dict[str, list[ReceivedResponse]]:
        """Read the responses of rows that were shown, by exchange."""

        def work(unit: UnitOfWork) -> dict[str, list[ReceivedResponse]]:
            return {each.id: unit.responses.of_exchange(each.id) for each in exchanges}

        return await self._parts.store.read(work)

    async def mark(
        self, exchange_ids: Sequence[str], mark: Mark, *, client: Client
    ) -> list[Exchange]:
        """Mark exchanges, all or none.

        Raises:
            NotFound: one is not there for the client.
            Conflict: one cannot be archived because it is not processed (D20).
            ActorNotAllowed: the caller's actor may not mark one of them so.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> list[tuple[Exchange, Exchange]]:
            pairs = []
            found = [_visible(unit, each, client) for each in dict.fromkeys(exchange_ids)]
            matters = [matter for each in found for matter in matters_of(unit, each)]
            require_mark(self._parts.rights, client, mark, *matters)
            for before in found:
                after = before.marked(mark, at=now)
                if after is not before:
                    unit.exchanges.replace(after)
                pairs.append((before, after))
            return pairs

        pairs = await self._parts.store.write(work)
        for before, after in pairs:
            if after is not before:
                self._parts.tell(after)
        return [after for _, after in pairs]


def owner_of(client: Client) -> str | None:
    """Give whose rows a caller may see; ``None`` for all (D13)."""
    return None if client.scopes & READ_ALL else client.id


def _visible(unit: UnitOfWork, exchange_id: str, client: Client) -> Exchange:
    exchange = unit.exchanges.get(exchange_id)
    owner = owner_of(client)
    if exchange is None or (owner is not None and exchange.client_id != owner):
        raise NotFound
    return exchange


def _prerequisites(unit: UnitOfWork, exchange: Exchange) -> tuple[str, ...]:
    """Give what the kind of the registration needs, when the platform refused access."""
    last = exchange.send_status[-1] if exchange.send_status else None
    remote_code = None if last is None else last.remote_code
    if not is_access_refusal(exchange.problem_code, remote_code):
        return ()
    kinds = {each.id: each.kind for each in unit.registrations.all()}
    kind = kinds.get(exchange.registration_id)
    return () if kind is None else prerequisites(kind)
