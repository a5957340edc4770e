"""The inbox: fetch, verify, store, and only then confirm.

What is stored and not confirmed comes again and is recognised; what cannot be read is not
confirmed until it has come several times, so that a damaged delivery can be repaired by the next.
Source: *MyCareNet transport* 2.5, 2.6, 2.9 and 9.2; decisions D17, D19, D21 and D32.
"""

from __future__ import annotations

import asyncio
import base64
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bridge.domain.audit import Action
from bridge.domain.exchanges import ReceivedResponse, ResponseKind
from bridge.errors import BridgeError, OutcomeUnknown, RemoteRefusal
from bridge.mycarenet.common import Origin
from bridge.mycarenet.genasync_values import Confirmation, Waiting
from bridge.mycarenet.services import AsyncService, ConfirmBy
from bridge.ports.store import UnitOfWork
from bridge.service.deliveries import Kept, PageStore
from bridge.service.outbox import EngineParts
from bridge.service.remote import TOO_SOON
from bridge.service.sessionshelf import OpenSession
from bridge.service.wrapping import Reading

_MOST_TRIES: Final = 8
_SMALLER_BY: Final = 4

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What one fetch brought.

    Attributes:
        messages: New business answers.
        receipts: New receipts.
        repeated: Deliveries that were known already.
    """

    messages: int = 0
    receipts: int = 0
    repeated: int = 0


class Inbox:
    """Fetches for one registration and service at a time."""

    def __init__(self, parts: EngineParts, *, throttle_pause_s: float = 30.0) -> None:
        """Keep the parts.

        Args:
            parts: Shared with the outbox.
            throttle_pause_s: How long to wait after ``Not enough time``, seconds.
        """
        self._parts = parts
        self._pause_s = throttle_pause_s
        self._locks: dict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def fetch(self, registration_id: str, service_name: str) -> Fetched:
        """Fetch everything that waits.

        Raises:
            SessionRequired, SessionExpired: there is no open session for the registration.
            RemoteRefusal: the platform refused, or asked us to wait too often.
            NotDelivered, OutcomeUnknown: it did not answer; what was stored stays.
        """
        service = self._parts.services[service_name]
        async with self._locks[registration_id, service_name]:
            session = self._parts.sessions.require(registration_id)
            await self._confirm_leftovers(registration_id, service, session)
            return await self._fetch(registration_id, service, session)

    async def _fetch(
        self, registration_id: str, service: AsyncService, session: OpenSession
    ) -> Fetched:
        total, most = Fetched(), service.most_messages
        while True:
            waiting, most = await self._get(service, session, most)
            self._parts.reached("fetch.received")
            readings = await asyncio.to_thread(
                self._parts.wrapping.read, waiting.messages, service=service, session=session
            )
            kept = await self._store(waiting, readings, registration_id, service)
            self._parts.reached("fetch.stored")
            await self._settle(kept)
            await self._confirm(
                [each.response for each in kept if each.may_confirm], service, session
            )
            total = _sum(total, kept)
            came = len(waiting.messages) + len(waiting.tacks)
            is_all = came >= waiting.message_count + waiting.tack_count
            stuck = not any(each.may_confirm for each in kept)
            if not came or is_all or stuck:
                return total

    async def _get(
        self, service: AsyncService, session: OpenSession, most: int
    ) -> tuple[Waiting, int]:
        """Ask once, patiently: a query sends nothing in anybody's name and may be repeated."""
        token = await self._parts.wrapping.reply_token(service=service, session=session)
        for attempt in range(1, _MOST_TRIES + 1):
            try:
                return await self._parts.client.get(
                    service=service, session=session, most=most, reply_to_etk=token
                ), most
            except RemoteRefusal as error:
                is_throttled = error.remote is not None and error.remote.code == TOO_SOON
                if not is_throttled or attempt == _MOST_TRIES:
                    raise
                await asyncio.sleep(self._pause_s)
            except OutcomeUnknown:
                if most == 1:
                    raise
                most = max(1, most // _SMALLER_BY)
        raise OutcomeUnknown

    async def _store(
        self,
        waiting: Waiting,
        readings: Sequence[Reading],
        registration_id: str,
        service: AsyncService,
    ) -> list[Kept]:
        def work(unit: UnitOfWork) -> list[Kept]:
            page = PageStore(self._parts, unit, registration_id, service)
            receipts = [page.keep_receipt(each) for each in waiting.tacks]
            pairs = zip(waiting.messages, readings, strict=True)
            return [*receipts, *(page.keep_message(*pair) for pair in pairs)]

        return await self._parts.store.write(work)

    async def _settle(self, kept: Sequence[Kept]) -> None:
        for exchange in {each.exchange.id: each.exchange for each in kept if each.is_new}.values():
            await self._parts.settle(exchange)
        for each in kept:
            if each.is_new:
                self._parts.audit.record(
                    Action.MESSAGE_ANSWERED,
                    result=each.exchange.status.value,
                    client=each.exchange.client_id or None,
                    object_id=each.response.id,
                )
                self._parts.events.publish(
                    "response.received",
                    object="response",
                    object_id=each.response.id,
                    status=each.exchange.status.value,
                    path=f"/v1/exchanges/{each.exchange.id}",
                    client_id=each.exchange.client_id or None,
                )

    async def _confirm_leftovers(
        self, registration_id: str, service: AsyncService, session: OpenSession
    ) -> None:
        """Confirm what an earlier run stored and could not confirm."""
        left = await self._parts.store.read(
            lambda unit: unit.responses.unconfirmed(service.name, registration_id)
        )
        readable = [each for each in left if each.is_readable]
        try:
            await self._confirm(readable, service, session)
        except BridgeError as error:  # it will be delivered again, and recognised
            log.warning("inbox.leftovers", code=error.problem_code)

    async def _confirm(
        self, responses: Sequence[ReceivedResponse], service: AsyncService, session: OpenSession
    ) -> None:
        if not responses:
            return
        self._parts.reached("fetch.before_confirm")
        confirmation = confirmation_of(responses, service, self._parts.client.origin(session))
        await self._parts.client.confirm(confirmation, service=service, session=session)
        self._parts.reached("fetch.after_confirm")
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> None:
            for response in responses:
                unit.responses.replace(replace(response, confirmed_at=now))

        await self._parts.store.write(work)


def confirmation_of(
    responses: Sequence[ReceivedResponse], service: AsyncService, origin: Origin
) -> Confirmation:
    """Name stored deliveries the way the service wants them named (*transport* 2.6)."""
    hashes, references, contents, receipt_references = [], [], [], []
    for response in responses:
        if response.kind is ResponseKind.RECEIPT:
            by_reference = service.confirms_receipts_by is ConfirmBy.REFERENCE
            if by_reference and response.confirm_reference:
                receipt_references.append(response.confirm_reference)
            elif response.confirm_value:
                contents.append(base64.b64decode(response.confirm_value))
            continue
        by_reference = service.confirms_messages_by is ConfirmBy.REFERENCE
        if response.confirm_reference and (by_reference or not response.confirm_hash):
            references.append(response.confirm_reference)
        elif response.confirm_hash:
            hashes.append(response.confirm_hash)
    return Confirmation(
        origin=origin,
        message_hashes=tuple(hashes),
        message_references=tuple(references),
        tack_contents=tuple(contents),
        tack_references=tuple(receipt_references),
    )


def _sum(total: Fetched, kept: Sequence[Kept]) -> Fetched:
    new = [each.response.kind for each in kept if each.is_new]
    receipts = sum(1 for kind in new if kind is ResponseKind.RECEIPT)
    return Fetched(
        messages=total.messages + len(new) - receipts,
        receipts=total.receipts + receipts,
        repeated=total.repeated + sum(1 for each in kept if not each.is_new),
    )
