"""The answers insurers give to a list of MemberData questions, and odd ones on demand.

Source: *MyCareNet transport* 5.3 to 5.5 and 11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

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

_REJECT: Final = (
    b'<RejectInb xmlns="urn:be:cin:nip:async:generic" msgName="MDA"><Fault>'
    b'<FaultCode xmlns="urn:be:cin:types:v1">INPUT_ERROR</FaultCode></Fault></RejectInb>'
)
_STRANGER: Final = 97


class ListAnswers:
    """Writes the messages that answer a list."""

    def __init__(self, *, people: PeopleRegister, ids: IdSource) -> None:
        """Answer about ``people``."""
        self._ids = ids
        self._policy = MemberDataPolicy()
        self._insurers = Insurers(people=people, ids=ids)

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
    ) -> list[WaitingMessage]:
        """Give the messages, in the order of their delivery."""
        if scenario == scenarios.REJECT:
            return [self._message(_REJECT, reference, name="REJECT")]
        answers = [
            self._answer(query, provider=provider, insurer=insurer, today=today, now=now)
            for query in queries
        ]
        cut = (len(answers) + 1) // 2 if scenario == scenarios.PARTIAL else len(answers)
        parts = [part for part in (answers[:cut], answers[cut:]) if part]
        messages = [
            self._message(memberdata_list.encode_response_list(part), reference) for part in parts
        ]
        return [odd for message in messages for odd in self._disturb(message, scenario)]

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

    def _message(self, content: bytes, reference: str, *, name: str = "MDA") -> WaitingMessage:
        return WaitingMessage(
            input_reference=reference,
            nip_reference=None,
            output_reference=reference_digits(self._ids),
            detail=Blob(
                content=content,
                content_type="text/xml",
                message_name=name,
                encoding=blob.Encoding.DEFLATE,
                id=f"_{self._ids.uuid()}",
                hash_value=blob.hash_of(content),
                reference=self._ids.uuid(),
            ),
        )

    def _disturb(self, message: WaitingMessage, scenario: str) -> list[WaitingMessage]:
        detail = message.detail
        if not isinstance(detail, Blob):
            return [message]
        if scenario == scenarios.DUPLICATE:
            return [message, renamed(message, self._ids.uuid())]
        if scenario == scenarios.FOREIGN:
            digits = hashlib.sha256((message.input_reference or "").encode()).hexdigest()
            other = f"{int(digits, 16) % 10**12:012}{_STRANGER}"
            return [message, replace(renamed(message, self._ids.uuid()), input_reference=other)]
        if scenario == scenarios.WRONG_HASH:
            return [replace(message, detail=replace(detail, hash_value=blob.hash_of(b"other")))]
        return [message]
