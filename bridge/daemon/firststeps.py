"""How each of the first steps stands, live, and what is under way (API-80, D15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from bridge.adapters.conversation import Said
from bridge.daemon.firstacts import FirstActs
from bridge.domain.cards import ReaderKind, ServiceState
from bridge.domain.insurability import InsurabilityFacts
from bridge.domain.pairings import CONNECTED
from bridge.domain.periods import brussels_day
from bridge.domain.registrations import Registration
from bridge.errors import BridgeError, CardServiceStopped, ReaderMissing
from bridge.i18n.forms import shown_day
from bridge.service.facade import Services
from tray.assistant.steps import PAGES, Step, Steps

_WORKING: Final = Step(state="working", key="working")
_PAGE_OF: Final = {"session": "question"}
"""Actions that do not bear the name of their page."""

log = structlog.get_logger()


class FirstSteps:
    """Says how things stand, and has things done; used on the loop."""

    def __init__(self, services: Services, acts: FirstActs) -> None:
        """Look at these services."""
        self._services = services
        self._acts = acts
        self._now: dict[str, Step] = {}

    async def begin(self) -> None:
        """Look at what is there already, and forget what went wrong the last time."""
        self._now.clear()
        await self._acts.begin()

    async def read(self, *, language: str, chosen: str) -> Steps:
        """Give how every step stands at this moment.

        Raises:
            StoreError: the store does not tell.
        """
        registrations = await self._services.registrations.all()
        practices = await self._services.practices.all()
        practice = practices[0].name if practices and registrations else ""
        steps = {
            "language": Step(state="done", key="done_language"),
            "reader": self._reader(),
            "card": self._card(),
            "certificate": self._certificate(language),
            "registration": _of_registration(registrations, practice),
            "pairing": self._pairing(),
            "question": self._question(),
        }
        return Steps(
            language=language,
            chosen=chosen,
            has_session=bool(self._services.sessions.opened()),
            practice=practice,
            steps={page: self._now.get(page, steps[page]) for page in PAGES},
        )

    async def do(self, said: Said, changed: Callable[[], None]) -> None:
        """Have done what was pressed; what goes wrong becomes the state of its step.

        Args:
            said: What the window said; its secret is wiped.
            changed: Called when there is something else to show.
        """
        page = _PAGE_OF.get(said.action, said.action)
        if page not in PAGES:
            return
        self._now[page] = _WORKING
        changed()
        try:
            await self._acts.do(said)
            del self._now[page]
        except BridgeError as error:
            log.info("assistant.refused", action=page, code=error.problem_code)
            self._now[page] = _trouble(error)
        finally:
            if self._now.get(page) is _WORKING:
                del self._now[page]
            changed()

    def _reader(self) -> Step:
        snapshot = self._services.readers.snapshot()
        if snapshot.service is not ServiceState.RUNNING:
            return _trouble(CardServiceStopped())
        readers = [each for each in snapshot.readers if each.kind is ReaderKind.PHYSICAL]
        if not readers:
            return _trouble(ReaderMissing())
        best = next((each for each in readers if each.has_keypad), readers[0])
        key = "done_keypad" if best.has_keypad else "done_reader"
        return Step(state="done", key=key, params={"reader": best.name})

    def _card(self) -> Step:
        try:
            self._services.identities.readable()
        except BridgeError as error:
            return _trouble(error)
        return Step(state="done", key="done_card")

    def _certificate(self, language: str) -> Step:
        certificate = self._acts.certificate
        if certificate is None:
            return Step(key="open_certificate")
        until = shown_day(brussels_day(certificate.not_after), language)
        return Step(state="done", key="done_certificate", params={"until": until})

    def _pairing(self) -> Step:
        count = sum(each.state in CONNECTED for each in self._services.pairing_desk.all())
        if count:
            return Step(state="done", key="done_pairing", params={"count": count})
        if self._services.pairing_desk.is_expecting:
            return Step(state="working", key="waiting_pairing")
        return Step(key="open_pairing")

    def _question(self) -> Step:
        if self._acts.answer is not None:
            return _answered(self._acts.answer)
        is_open = bool(self._services.sessions.opened())
        return Step(key="open_question" if is_open else "open_session")


def _of_registration(registrations: list[Registration], practice: str) -> Step:
    if not registrations:
        return Step(key="open_registration")
    return Step(state="done", key="done_registration", params={"practice": practice})


def _answered(facts: InsurabilityFacts) -> Step:
    """Say what the answer means; that one came is what the step is about."""
    current = facts.current
    if facts.refusals:
        return Step(state="done", key="refused")
    if not facts.is_insured or current is None:
        return Step(state="done", key="not_insured")
    params = {"insurer": current.insurer, "mutuality": current.mutuality}
    return Step(state="done", key="insured", params=params)


def _trouble(error: BridgeError) -> Step:
    """Say what is wrong: the first finding tells more than that there are some."""
    code = error.findings[0].code if error.findings else error.problem_code
    return Step(state="trouble", code=code, params=dict(error.params))
