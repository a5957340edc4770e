"""The played insurers of care requests: contents in, contents out, on the insurers' clock.

Every union confirms what it took; union 500 does so request by request, under the names of
receipts, and answers message by message, as no other does: both ways are to be read.
Source: *Nursing messages* 1.1 and 4 to 7.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from bridge.domain.identifiers import Nihii
from bridge.domain.ids import IdSource
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet import medadmin
from bridge.mycarenet.medadmin_contractual_values import ContractualCareUpdate
from bridge.mycarenet.medadmin_messages import Request
from bridge.mycarenet.medadmin_names import MessageName, TransportName
from bridge.mycarenet.medadmin_values import Unreadable
from bridge.mycarenet.schema import Document, is_valid
from bridge.sandbox.care_answers import CareWriter
from bridge.sandbox.care_checks import Ask, CareGate
from bridge.sandbox.care_decisions import CareDecisions, Outgoing
from bridge.sandbox.care_desk import CareDesk
from bridge.sandbox.care_register import CareRegister
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.people import PeopleRegister
from bridge.soap import xml

SERVICE: Final = "care_insurers"
"""Name in the ledger."""

CONFIRMED_AFTER: Final = timedelta(minutes=15)
SINGLY: Final = frozenset({"500"})
"""Unions that send one message in one document (*Nursing messages* 1.1 calls 500 odd)."""


@dataclass(frozen=True, kw_only=True)
class CarePost:
    """Requests as insurers get them: opened, with a verified sender.

    Attributes:
        content: Business content.
        insurer: To whom.
        provider: Care provider of the session.
        reference: InputReference.
        received_at: By the platform's clock.
        arrived_at: By the insurers' time.
    """

    content: bytes = field(repr=False)
    insurer: str
    provider: Nihii = field(repr=False)
    reference: str
    received_at: datetime
    arrived_at: datetime


@dataclass(frozen=True, kw_only=True)
class CareMail:
    """Content that waits for a care provider.

    Attributes:
        ready_at: By the insurers' time.
        insurer: Who sends it.
        reference: InputReference of what it answers; ``None`` when nobody asked.
        message_name: For transport.
        content: Business content, in clear.
    """

    ready_at: datetime
    provider: Nihii = field(repr=False)
    insurer: str
    reference: str | None
    message_name: TransportName
    content: bytes = field(repr=False)


class CareInsurers:
    """The insurers; safe to use from several threads.

    Attributes:
        register: Agreements of all insurers.
    """

    def __init__(
        self,
        *,
        people: PeopleRegister,
        is_nurse: Callable[[Nihii], bool],
        other_nurse: Nihii,
        ids: IdSource,
        ledger: Ledger,
    ) -> None:
        """Know people and nurses.

        Args:
            people: Whom the insurers know.
            is_nurse: Tells whether a number is one of the platform's nurses or groups.
            other_nurse: Who takes over, or has, people with another nurse.
            ids: Source of references.
            ledger: Gets an entry for every receipt, decision and change; no personal data.
        """
        self.register = CareRegister()
        writer = CareWriter(ids)
        self._writer = writer
        self._ledger = ledger
        self._lock = threading.Lock()
        self._mails: list[CareMail] = []
        self._desk = CareDesk(
            people=people,
            gate=CareGate(people=people, is_nurse=is_nurse),
            writer=writer,
            decisions=CareDecisions(register=self.register, writer=writer, other_nurse=other_nurse),
            register=self.register,
        )

    def check(self, content: bytes) -> None:
        """Look at a content before it is taken over.

        Raises:
            TheirAnswerInvalid: no requests of a nurse, or not as the schema wants them.
        """
        if not is_valid(xml.parse(content), Document.MEDADMIN):
            raise TheirAnswerInvalid("requests do not fit the schema")
        _requests(content)

    def take(self, post: CarePost) -> None:
        """Take requests: confirm them, and decide when it is time.

        Raises:
            TheirAnswerInvalid: as ``check``.
        """
        requests = _requests(post.content)
        with self._lock:
            self._run(post.arrived_at)
            self._confirm(post, requests)
            for request in requests:
                self._desk.take(
                    Ask(
                        request=request,
                        provider=post.provider,
                        insurer=post.insurer,
                        reference=post.reference,
                        received_at=post.received_at,
                        arrived_at=post.arrived_at,
                    )
                )

    def collect(self, provider: Nihii, now: datetime) -> list[CareMail]:
        """Give what is ready for a care provider by the insurers' time; each is given once."""
        with self._lock:
            self._run(now)
            mine = [each for each in self._mails if _is_ready(each, provider, now)]
            self._mails = [each for each in self._mails if not _is_ready(each, provider, now)]
        return sorted(mine, key=lambda each: each.ready_at)

    def agreements_at(self, now: datetime) -> CareRegister:
        """Give the register when everything has happened that is due by the insurers' time."""
        with self._lock:
            self._run(now)
        return self.register

    def _run(self, now: datetime) -> None:
        outgoing = self._desk.run(now)
        for each in outgoing:
            self._note(each)
        for (at, provider, insurer, reference), group in groupby(outgoing, _address):
            for content in _documents(list(group), insurer):
                self._mails.append(
                    CareMail(
                        ready_at=at,
                        provider=provider,
                        insurer=insurer,
                        reference=reference,
                        message_name=TransportName.XML,
                        content=content,
                    )
                )

    def _confirm(self, post: CarePost, requests: Sequence[Request]) -> None:
        contents = [post.content]
        if post.insurer in SINGLY:
            receipts = [self._writer.receipt(request) for request in requests]
            contents = [medadmin.encode_receipt(receipt) for receipt in receipts]
        for content in contents:
            self._mails.append(
                CareMail(
                    ready_at=post.arrived_at + CONFIRMED_AFTER,
                    provider=post.provider,
                    insurer=post.insurer,
                    reference=post.reference,
                    message_name=TransportName.CONFIRMATION_XML,
                    content=content,
                )
            )
        for request in requests:
            self._ledger.accept(
                at=post.arrived_at,
                service=SERVICE,
                operation="receipt",
                reference=request.header.sender_reference,
            )

    def _note(self, outgoing: Outgoing) -> None:
        header = outgoing.answer.header
        name = header.message_name
        is_update = isinstance(outgoing.answer, ContractualCareUpdate)
        self._ledger.accept(
            at=outgoing.ready_at,
            service=SERVICE,
            operation="update" if is_update else "decision",
            reference=header.sender_reference,
            code=name.value if isinstance(name, MessageName) else None,
            check=outgoing.cause,
        )


def _requests(content: bytes) -> list[Request]:
    read = medadmin.decode_requests(content)
    requests = [each for each in read if not isinstance(each, Unreadable)]
    if not requests or len(requests) != len(read):
        raise TheirAnswerInvalid("requests that cannot be read")
    return requests


def _documents(outgoing: Sequence[Outgoing], insurer: str) -> list[bytes]:
    answers = [each.answer for each in outgoing]
    if insurer in SINGLY:
        return [medadmin.encode_answer(answer) for answer in answers]
    return [medadmin.encode_answers(answers)]


def _address(outgoing: Outgoing) -> tuple[datetime, Nihii, str, str | None]:
    return outgoing.ready_at, outgoing.provider, outgoing.insurer, outgoing.reference


def _is_ready(mail: CareMail, provider: Nihii, now: datetime) -> bool:
    return mail.provider.long == provider.long and mail.ready_at <= now
