"""Talking GenAsync: signed posts, queries and confirmations of one registration.

Source: *MyCareNet transport* 1.5, 1.6, 2 and 9.2; decisions D21, D22 and D28.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from bridge.crypto.algorithms import algorithm_for
from bridge.domain.exchanges import Exchange
from bridge.domain.ids import IdSource
from bridge.mycarenet import genasync
from bridge.mycarenet.common import CommonInput, Origin, Package, origin_for
from bridge.mycarenet.genasync_values import (
    DESTINATION_PREFIX,
    Blob,
    Confirmation,
    Post,
    Query,
    Tack,
    Waiting,
)
from bridge.mycarenet.services import AsyncService
from bridge.mycarenet.signedblob import signed_content
from bridge.ports.clock import Clock
from bridge.ports.transport import Transport, WireReply
from bridge.service import remote
from bridge.service.remote import Destination
from bridge.service.sessionshelf import OpenSession
from bridge.soap import addressing, wsse
from bridge.xmldsig.xades import prepare_xades

SYSTEM: Final = "mycarenet"


class TackHmac(Enum):
    """How a receipt's HMAC is treated (D22)."""

    OFF = "off"
    WARN = "warn"
    ENFORCE = "enforce"


@dataclass(frozen=True, kw_only=True)
class GenAsyncPlace:
    """Where the services are, who we say we are, and the named settings.

    Attributes:
        urls: Name of the service to its address.
        tack_hmac: How a receipt's HMAC is treated.
        signs_body: Also sign the Body: one client does, another does not (*transport* 1.6).
        repeats_number: Repeat the nurse's number as an organisation, as one client does (4.2).
    """

    urls: Mapping[str, str]
    package: Package
    is_test: bool
    tack_hmac: TackHmac = TackHmac.WARN
    signs_body: bool = False
    repeats_number: bool = False


@dataclass(frozen=True, kw_only=True)
class ReadReceipt:
    """The receipt of a post, and whether its HMAC fits what was sent.

    Attributes:
        has_right_hmac: ``None`` when it was not looked at.
    """

    tack: Tack
    has_right_hmac: bool | None = field(default=None)


class GenAsyncClient:
    """Builds, carries and reads the three operations; keeps nothing."""

    def __init__(
        self, *, place: GenAsyncPlace, transport: Transport, clock: Clock, ids: IdSource
    ) -> None:
        """Keep the parts."""
        self.place = place
        self._transport = transport
        self._clock = clock
        self._ids = ids

    def prepare_post(
        self, exchange: Exchange, detail: Blob, *, service: AsyncService, session: OpenSession
    ) -> bytes:
        """Give the exact bytes of a post, signed.

        Raises:
            OurMessageInvalid: our own message does not fit our schema; nothing may be sent.
        """
        post = Post(
            common=CommonInput(
                is_test=self.place.is_test,
                origin=self.origin(session),
                input_reference=exchange.input_reference,
            ),
            detail=detail,
            xades=self._xades(detail, session) if service.signs_blob else None,
        )
        to = DESTINATION_PREFIX + exchange.insurer
        return self._signed(genasync.encode_post(post), genasync.POST_ACTION, to, session)

    def _xades(self, detail: Blob, session: OpenSession) -> bytes:
        """Sign a blob with the eHealth certificate of the session (*transport* 3.1)."""
        certificate = session.credential.certificate
        pending = prepare_xades(
            signed_content(detail),
            chain=(certificate,),
            algorithm=algorithm_for(certificate.public_key),
            signed_at=self._clock.now(),
            unique=self._ids.uuid(),
        )
        return pending.finish(session.credential.sign(pending.to_be_signed))

    async def send_post(self, body: bytes, *, service: AsyncService) -> WireReply:
        """Carry a post; the reply is to be stored before it is read.

        Raises:
            NotDelivered: not one byte was written.
            OutcomeUnknown: it may have arrived.
        """
        destination = self._destination(service, genasync.POST_ACTION)
        return await remote.send(body, to=destination, transport=self._transport)

    def read_receipt(
        self, reply: WireReply, *, service: AsyncService, content: bytes
    ) -> ReadReceipt:
        """Read the receipt of a post.

        Args:
            reply: What came back.
            service: What was posted to.
            content: Of the blob, as it was posted: the seal where it was sealed.

        Raises:
            RemoteRefusal: the broker refused the request with a fault, or the gateway did.
            TheirAnswerInvalid: it is no receipt.
        """
        destination = self._destination(service, genasync.POST_ACTION)
        payload = remote.read(reply, to=destination, clock=self._clock)
        tack = genasync.decode_post_answer(payload)
        if self.place.tack_hmac is TackHmac.OFF:
            return ReadReceipt(tack=tack)
        expected = genasync.tack_hmac(content, tack.result_major)
        return ReadReceipt(tack=tack, has_right_hmac=expected == tack.value)

    async def get(
        self,
        *,
        service: AsyncService,
        session: OpenSession,
        most: int,
        reply_to_etk: bytes | None = None,
    ) -> Waiting:
        """Ask for what is waiting.

        Args:
            service: Whose mailbox.
            session: On whose behalf.
            most: Most business answers of this query.
            reply_to_etk: Token for which the answers may be sealed.

        Raises:
            RemoteRefusal: the broker refused; ``Not enough time`` among others.
            TheirAnswerInvalid: the answer is none.
        """
        query = Query(
            origin=self.origin(session),
            most_messages=most,
            most_tacks=service.most_receipts,
            reply_to_etk=reply_to_etk,
        )
        payload = await self._exchange(
            genasync.encode_get(query), genasync.GET_ACTION, service, session
        )
        return genasync.decode_get_answer(payload)

    async def confirm(
        self, confirmation: Confirmation, *, service: AsyncService, session: OpenSession
    ) -> None:
        """Tell what is stored.

        Raises:
            RemoteRefusal: the broker refused.
            TheirAnswerInvalid: the answer is none.
        """
        payload = await self._exchange(
            genasync.encode_confirm(confirmation), genasync.CONFIRM_ACTION, service, session
        )
        genasync.decode_confirm_answer(payload)

    def origin(self, session: OpenSession) -> Origin:
        """Give the Origin of a session's registration."""
        return origin_for(
            session.registration,
            self.place.package,
            with_organization=self.place.repeats_number,
        )

    async def _exchange(
        self, payload: Any, action: str, service: AsyncService, session: OpenSession
    ) -> Any:
        destination = self._destination(service, action)
        body = self._signed(payload, action, None, session)
        reply = await remote.send(body, to=destination, transport=self._transport)
        return remote.read(reply, to=destination, clock=self._clock)

    def _signed(self, payload: Any, action: str, to: str | None, session: OpenSession) -> bytes:
        profile = wsse.GENASYNC_BODY_PROFILE if self.place.signs_body else wsse.GENASYNC_PROFILE
        pending = wsse.prepare(
            payload,
            token=wsse.AssertionToken(xml=session.assertion.xml, assertion_id=session.assertion.id),
            profile=profile,
            algorithm=algorithm_for(session.credential.certificate.public_key),
            now=self._clock.now(),
            ids=self._ids,
            headers=addressing.headers(action, f"uuid:{self._ids.uuid()}", to),
        )
        return pending.finish(session.credential.sign(pending.to_be_signed))

    def _destination(self, service: AsyncService, action: str) -> Destination:
        return Destination(system=SYSTEM, url=self.place.urls[service.name], action=action)
