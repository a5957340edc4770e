"""Services where one message is one business content: the seam to what insurers decide.

Whoever plays the insurers of a service implements ``Insurers``: contents in, contents out, each
with the name and the time of its delivery.
Seals, signatures, references, hashes, mailboxes and scenarios are done around it.
Source: *MyCareNet transport* 2.7, 6 and 11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from bridge.domain.ids import IdSource
from bridge.mycarenet.services import AsyncService
from bridge.sandbox import genasync_scenarios as scenarios
from bridge.sandbox.clock import SandboxClock
from bridge.sandbox.genasync_answers import Due, Parcel, parceled, rejected


@dataclass(frozen=True, kw_only=True)
class Received:
    """A message as an insurer gets it: opened, its signatures and its sender verified.

    Attributes:
        content: Business content, decoded and inflated.
        insurer: Which insurer, such as ``300``.
        provider: Care provider number of Origin, 11 digits.
        reference: InputReference.
        today: The day in Belgium, by the platform's clock.
        received_at: By the platform's clock.
        insurers_at: By the insurers' time, which runs ahead when the simulator is told so.
        scenario: What was chosen at the simulator.
    """

    content: bytes = field(repr=False)
    insurer: str
    provider: str = field(repr=False)
    reference: str
    today: date
    received_at: datetime
    insurers_at: datetime
    scenario: str


@dataclass(frozen=True, kw_only=True)
class BusinessAnswer:
    """What an insurer says about a message, or by itself.

    Attributes:
        content: Business content, in clear; the platform wraps it.
        message_name: Such as ``M4A_XML`` or ``M4A_CNF_XML``.
        after: How long after the message, by the insurers' time; ``None`` is the insurer's usual.
    """

    content: bytes = field(repr=False)
    message_name: str
    after: timedelta | None = None


class Insurers(Protocol):
    """The insurers of one service."""

    def check(self, content: bytes) -> None:
        """Look at a content before the message is taken over.

        Raises:
            TheirAnswerInvalid: it is none of this service; the post is refused with a fault.
        """
        ...

    def answer(self, received: Received) -> Sequence[BusinessAnswer]:
        """Give what the insurer answers, in the order of the deliveries; may be nothing."""
        ...


class MessageBusiness:
    """Carries contents to the insurers of a service, and their answers back.

    Attributes:
        insurers: Who answers; may be exchanged while the platform runs.
    """

    def __init__(
        self,
        service: AsyncService,
        insurers: Insurers,
        *,
        clock: SandboxClock,
        ids: IdSource,
    ) -> None:
        """Let ``insurers`` answer what is posted to ``service``."""
        self.service = f"genasync_{service.name}"
        self.message_name = service.sent_name
        self.insurers = insurers
        self._content_type = service.content_type
        self._clock = clock
        self._ids = ids

    def read(self, content: bytes) -> bytes:
        """Let the insurers look at a content."""
        self.insurers.check(content)
        return content

    def write(  # a message has that many facts
        self,
        queries: bytes,
        *,
        reference: str,
        provider: str,
        insurer: str,
        today: date,
        now: datetime,
        scenario: str,
    ) -> list[Due]:
        """Give the messages, in the order of their delivery."""
        if scenario == scenarios.REJECT:
            parcel = Parcel(
                reference=reference, name=self.message_name, scenario=scenario, ids=self._ids
            )
            return [rejected(parcel)]
        received = Received(
            content=queries,
            insurer=insurer,
            provider=provider,
            reference=reference,
            today=today,
            received_at=now,
            insurers_at=self._clock.insurers_now(),
            scenario=scenario,
        )
        answers = self.insurers.answer(received)
        return [
            due
            for answer in answers
            for due in self.parcel(answer, reference=reference, scenario=scenario)
        ]

    def parcel(self, answer: BusinessAnswer, *, reference: str | None, scenario: str) -> list[Due]:
        """Give the messages with one answer; without reference nobody asked for it."""
        parcel = Parcel(
            reference=reference,
            name=answer.message_name,
            scenario=scenario,
            ids=self._ids,
            content_type=self._content_type,
        )
        return parceled(answer.content, parcel, after=answer.after)
