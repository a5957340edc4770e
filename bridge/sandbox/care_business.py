"""The played insurers of care requests behind the played GenAsync service.

What is posted is taken and nothing is answered at once: whatever is ready is collected when its
care provider asks, so that it is sealed for the token she brings along.
Source: *Nursing messages* 1.1, *MyCareNet transport* 2.7 and 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bridge.domain.identifiers import Nihii
from bridge.domain.ids import IdSource
from bridge.sandbox.care_insurers import CareInsurers, CarePost
from bridge.sandbox.clock import SandboxClock
from bridge.sandbox.genasync_answers import Due, Parcel, parceled
from bridge.sandbox.genasync_business import BusinessAnswer, Received


class CareBusiness:
    """Takes posts and gives mail."""

    def __init__(self, insurers: CareInsurers, *, clock: SandboxClock, ids: IdSource) -> None:
        """Let ``insurers`` decide, by the insurers' time of ``clock``."""
        self._insurers = insurers
        self._clock = clock
        self._ids = ids

    def check(self, content: bytes) -> None:
        """Look at a content before the message is taken over.

        Raises:
            TheirAnswerInvalid: no care requests.
        """
        self._insurers.check(content)

    def answer(self, received: Received) -> Sequence[BusinessAnswer]:
        """Take a message; everything is answered later."""
        self._insurers.take(
            CarePost(
                content=received.content,
                insurer=received.insurer,
                provider=Nihii.parse(received.provider),
                reference=received.reference,
                received_at=received.received_at,
                arrived_at=received.insurers_at,
            )
        )
        return ()

    def collect(self, provider: str, *, scenario: str) -> list[tuple[str, Due]]:
        """Give what is ready for a care provider, with the insurer who sends it."""
        mails = self._insurers.collect(Nihii.parse(provider), self._clock.insurers_now())
        return [
            (mail.insurer, due)
            for mail in mails
            for due in parceled(
                mail.content,
                Parcel(
                    reference=mail.reference,
                    name=mail.message_name.value,
                    scenario=scenario,
                    ids=self._ids,
                ),
                after=timedelta(),
            )
        ]
