"""The answers insurers give to a list of MemberData questions, and odd ones on demand.

Source: *MyCareNet transport* 5.3 to 5.5 and 11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from bridge.codecs import blob
from bridge.domain.ids import IdSource
from bridge.mycarenet import memberdata_list, names
from bridge.mycarenet.common import reference_digits
from bridge.mycarenet.genasync_values import Blob, WaitingMessage
from bridge.mycarenet.memberdata_received import ReceivedQuery
from bridge.mycarenet.memberdata_response import Response
from bridge.sandbox import genasync_scenarios as scenarios
from bridge.sandbox.genasync_mailbox import renamed
from bridge.sandbox.memberdata_answers import Insurers
from bridge.sandbox.memberdata_rules import MemberDataPolicy, Rejected, check_query
from bridge.sandbox.people import PeopleRegister

T = TypeVar("T")

_REJECT: Final = (
    b'<RejectInb xmlns="urn:be:cin:nip:async:generic" msgName="%b"><Fault>'
    b'<FaultCode xmlns="urn:be:cin:types:v1">INPUT_ERROR</FaultCode></Fault></RejectInb>'
)
_STRANGER: Final = 97


@dataclass(frozen=True, kw_only=True)
class Due:
    """A message, and when it is ready.

    Attributes:
        after: How long after its receipt, by the insurers' time; ``None`` is the insurer's usual.
    """

    message: WaitingMessage
    after: timedelta | None = None


class Business(Protocol):
    """What the messages of one service are about.

    Attributes:
        service: Name in the ledger.
        message_name: ``MessageName`` of what is posted.
    """

    service: str
    message_name: str

    def read(self, content: bytes) -> Any:
        """Read what was posted, opened and verified.

        Raises:
            TheirAnswerInvalid: it is none.
        """
        ...

    def write(  # a message has that many facts
        self,
        queries: Any,
        *,
        reference: str,
        provider: str,
        insurer: str,
        today: date,
        now: datetime,
        scenario: str,
    ) -> list[Due]:
        """Give the messages that answer it, in the order of their delivery."""
        ...


class Postbox(Protocol):
    """Where messages wait that the insurers write in their own time, until their reader asks."""

    def collect(self, provider: str, *, scenario: str) -> Sequence[tuple[str, Due]]:
        """Give what is ready for a care provider, with the insurer who sends it, once."""
        ...


class ListAnswers:
    """Reads lists of MemberData questions and writes the messages that answer them."""

    service = "genasync_memberdata"
    message_name = "MDA"

    def __init__(self, *, people: PeopleRegister, ids: IdSource) -> None:
        """Answer about ``people``."""
        self._ids = ids
        self._policy = MemberDataPolicy()
        self._insurers = Insurers(people=people, ids=ids)

    def read(self, content: bytes) -> list[ReceivedQuery]:
        """Read a list."""
        return memberdata_list.decode_query_list(content)

    def write(  # a message has that many facts
        self,
        queries: Sequence[ReceivedQuery],
        *,
        reference: str,
        provider: str,
        insurer: str,
        today: date,
        now: datetime,
        scenario: str,
    ) -> list[Due]:
        """Give the messages, in the order of their delivery."""
        answers = [
            self._answer(query, provider=provider, insurer=insurer, today=today, now=now)
            for query in queries
        ]
        return delivered(
            answers,
            memberdata_list.encode_response_list,
            Parcel(reference=reference, name=self.message_name, scenario=scenario, ids=self._ids),
        )

    def _answer(
        self, query: ReceivedQuery, *, provider: str, insurer: str, today: date, now: datetime
    ) -> Response:
        try:
            asked = check_query(
                query,
                provider_number=provider,
                input_reference=query.id.removeprefix("_"),
                today=today,
                policy=self._policy,
            )
            response = self._insurers.respond(asked, query_id=query.id, now=now, scenario="normal")
        except Rejected as rejected:
            return self._insurers.reject(rejected, query_id=query.id, now=now)
        if response.issuer == names.IO_ISSUER + insurer:
            return response
        stranger = Rejected("BO_UNKNOWN_NISS", insurer=insurer)
        return self._insurers.reject(stranger, query_id=query.id, now=now)


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """How answers travel: as answers to what, under which name, how disturbed."""

    reference: str | None
    name: str
    scenario: str
    ids: IdSource
    content_type: str = "text/xml"


def delivered(
    answers: Sequence[T], encode: Callable[[Sequence[T]], bytes], parcel: Parcel
) -> list[Due]:
    """Give the messages with some answers, as the scenario wants them."""
    if parcel.scenario == scenarios.REJECT:
        return [rejected(parcel)]
    is_partial = parcel.scenario == scenarios.PARTIAL
    cut = (len(answers) + 1) // 2 if is_partial else len(answers)
    parts = [part for part in (answers[:cut], answers[cut:]) if part]
    return [due for part in parts for due in parceled(encode(part), parcel)]


def rejected(parcel: Parcel) -> Due:
    """Give the refusal of a message that was taken over."""
    content = _REJECT % parcel.name.encode()
    return Due(message=_message(content, replace(parcel, name="REJECT")))


def parceled(content: bytes, parcel: Parcel, *, after: timedelta | None = None) -> list[Due]:
    """Give the message with one content, as the scenario wants it."""
    odd = _disturbed(_message(content, parcel), parcel)
    return [Due(message=message, after=after) for message in odd]


def _message(content: bytes, parcel: Parcel) -> WaitingMessage:
    return WaitingMessage(
        input_reference=parcel.reference,
        nip_reference=None,
        output_reference=reference_digits(parcel.ids),
        detail=Blob(
            content=content,
            content_type=parcel.content_type,
            message_name=parcel.name,
            encoding=blob.Encoding.DEFLATE,
            id=f"_{parcel.ids.uuid()}",
            hash_value=blob.hash_of(content),
            reference=parcel.ids.uuid(),
        ),
    )


def _disturbed(message: WaitingMessage, parcel: Parcel) -> list[WaitingMessage]:
    detail, scenario = message.detail, parcel.scenario
    if not isinstance(detail, Blob):
        return [message]
    if scenario == scenarios.DUPLICATE:
        return [message, renamed(message, parcel.ids.uuid())]
    if scenario == scenarios.FOREIGN:
        digits = hashlib.sha256((message.input_reference or "").encode()).hexdigest()
        other = f"{int(digits, 16) % 10**12:012}{_STRANGER}"
        return [message, replace(renamed(message, parcel.ids.uuid()), input_reference=other)]
    if scenario == scenarios.WRONG_HASH:
        return [replace(message, detail=replace(detail, hash_value=blob.hash_of(b"other")))]
    return [message]
