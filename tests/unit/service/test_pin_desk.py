"""The desk where every feature gets a PIN (SEC-81, SEC-84, SEC-85)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bridge.domain.secrets import Pin
from bridge.errors import (
    CardExchanged,
    CardRemoved,
    LastTryRefused,
    MiddlewareCrashed,
    PinBlocked,
    PinCancelled,
    PinEntryInProgress,
    PinPaused,
    PinRequired,
    PinTimeout,
    PinWrong,
    PromptUnavailable,
    ReaderRemoved,
    ReaderTimeout,
)
from bridge.ports.card import CardFacts
from bridge.service.pindesk import Errand, PinDesk
from tests.support.fakes import FixedClock

FACTS = CardFacts(reader="ACR38", authentication_certificate=b"certificate", tries_left=3)
UNKNOWN = replace(FACTS, tries_left=None)
KEYPAD = replace(FACTS, has_keypad=True)
OWN_WINDOW = replace(FACTS, asks_itself=True)
ERRAND = Errand(
    requested_by="Nurse software",
    purpose="open_ehealth_session",
    holder_name="Fien Testens",
    language="nl",
)


class ScriptedPrompt:
    """Answers as told, and keeps what it was asked."""

    where = "window"

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.consents = False
        self.never_answers = False
        self.log: list[str] = []
        self.requests = []
        self.given: list[Pin] = []

    async def ask_pin(self, request):
        self.requests.append(request)
        self.log.append("pin")
        await self._answer("pin")
        self.given.append(Pin(b"1234"))
        return self.given[-1]

    async def consent_to_last_try(self, request):
        self.requests.append(request)
        self.log.append("consent")
        await self._answer("consent")
        return self.consents

    @asynccontextmanager
    async def point_to_keypad(self, request):
        self.requests.append(request)
        self.log.append("keypad")
        try:
            yield
        finally:
            self.log.append("keypad closed")

    async def _answer(self, what):
        if self.never_answers:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.log.append(f"{what} closed")
                raise
        if self.error is not None:
            raise self.error


@dataclass
class Office:
    """A desk with everything around it."""

    clock: FixedClock = field(default_factory=FixedClock)
    prompt: ScriptedPrompt = field(default_factory=ScriptedPrompt)
    told: list = field(default_factory=list)
    leaving: asyncio.Future | None = None

    def __post_init__(self) -> None:
        async def gone(reader: str):
            assert reader == FACTS.reader
            return await self.leaving

        watched = None if self.leaving is None else gone
        self.desk = PinDesk(prompt=self.prompt, clock=self.clock, gone=watched)

    async def tell(self, waiting_for) -> None:
        self.told.append(waiting_for)

    async def use(self, facts=FACTS, *, client="one", error: Exception | None = None):
        """Come in, get a PIN, use it with or without success, and leave."""
        visit = self.desk.admit(client)
        try:
            async with visit.pin(facts, ERRAND, tell=self.tell) as pin:
                if error is not None:
                    raise error
                return None if pin is None else bytes(pin.buffer)
        finally:
            visit.close()

    async def cancel(self, client="one", **clock) -> None:
        self.prompt.error = PinCancelled()
        with pytest.raises(PinCancelled):
            await self.use(client=client)
        self.prompt.error = None


async def test_the_prompt_is_asked_and_its_pin_is_wiped_after_use():
    office = Office()
    assert await office.use() == b"1234"
    (pin,) = office.prompt.given
    assert pin.buffer == b""


async def test_the_prompt_shows_who_asks_what_for_and_for_which_card():
    office = Office()
    await office.use()
    (request,) = office.prompt.requests
    assert (request.requested_by, request.purpose) == ("Nurse software", "open_ehealth_session")
    assert (request.holder_name, request.reader) == ("Fien Testens", "ACR38")
    assert (request.tries_left, request.language) == (3, "nl")


async def test_the_pin_is_wiped_when_its_use_fails():
    office = Office()
    with pytest.raises(CardRemoved):
        await office.use(error=CardRemoved())
    assert office.prompt.given[0].buffer == b""


async def test_no_pin_is_kept_for_the_next_time():
    office = Office()
    await office.use()
    await office.use()
    assert office.prompt.log == ["pin", "pin"]


@pytest.mark.parametrize("error", [PinWrong(tries_left=2), PinRequired(), CardExchanged()])
async def test_nothing_is_tried_again_by_itself(error):
    office = Office()
    with pytest.raises(type(error)):
        await office.use(error=error)
    assert office.prompt.log == ["pin"]


@pytest.mark.parametrize("error", [PinTimeout(), PromptUnavailable()])
async def test_what_the_prompt_raises_is_passed_on_and_pauses_nobody(error):
    office = Office()
    office.prompt.error = error
    with pytest.raises(type(error)):
        await office.use()
    office.prompt.error = None
    assert await office.use() == b"1234"


async def test_the_wait_is_told_before_the_question_with_its_end():
    office = Office()
    await office.use()
    (waiting,) = office.told
    assert (waiting.what, waiting.where) == ("pin", "window")
    assert waiting.expires_at == office.clock.now() + timedelta(seconds=120)


# -- one at a time (SEC-84) ----------------------------------------------------------------------


def test_one_visitor_at_a_time():
    office = Office()
    first = office.desk.admit("one")
    with pytest.raises(PinEntryInProgress):
        office.desk.admit("two")
    first.close()
    office.desk.admit("two")


def test_a_visit_closed_twice_does_not_end_somebody_elses():
    office = Office()
    first = office.desk.admit("one")
    first.close()
    office.desk.admit("two")
    first.close()
    with pytest.raises(PinEntryInProgress):
        office.desk.admit("three")


async def test_a_visit_that_is_over_gets_no_pin():
    office = Office()
    visit = office.desk.admit("one")
    visit.close()
    with pytest.raises(PinEntryInProgress):
        async with visit.pin(FACTS, ERRAND, tell=office.tell):
            pass
    assert office.prompt.log == []


# -- pauses (SEC-84, PIN-03) ---------------------------------------------------------------------


async def test_each_cancelled_pin_makes_the_client_wait_longer():
    office = Office()
    for seconds in (5, 30, 300, 300):
        await office.cancel()
        with pytest.raises(PinPaused) as paused:
            office.desk.admit("one")
        assert paused.value.params == {"retry_after_s": seconds}
        office.clock.advance(seconds=seconds - 0.5)
        with pytest.raises(PinPaused) as paused:
            office.desk.admit("one")
        assert paused.value.params == {"retry_after_s": 1}
        office.clock.advance(seconds=0.5)


async def test_a_pause_concerns_one_client_only():
    office = Office()
    await office.cancel(client="one")
    assert await office.use(client="two") == b"1234"


async def test_a_success_forgets_the_cancelled_ones():
    office = Office()
    await office.cancel()
    office.clock.advance(seconds=5)
    await office.use()
    await office.cancel()
    with pytest.raises(PinPaused) as paused:
        office.desk.admit("one")
    assert paused.value.params == {"retry_after_s": 5}


async def test_a_cancel_at_the_keypad_pauses_too():
    office = Office()
    with pytest.raises(PinCancelled):
        await office.use(KEYPAD, error=PinCancelled())
    with pytest.raises(PinPaused):
        office.desk.admit("one")


async def test_a_refused_last_try_pauses_too():
    office = Office()
    with pytest.raises(LastTryRefused):
        await office.use(replace(FACTS, tries_left=1))
    with pytest.raises(PinPaused):
        office.desk.admit("one")


# -- the last try (SEC-85) -----------------------------------------------------------------------


@pytest.mark.parametrize("facts", [FACTS, KEYPAD], ids=["prompt", "keypad"])
async def test_the_last_try_is_kept_without_consent(facts):
    office = Office()
    with pytest.raises(LastTryRefused):
        await office.use(replace(facts, tries_left=1))
    assert office.prompt.log == ["consent"]


async def test_with_consent_the_last_try_is_used():
    office = Office()
    office.prompt.consents = True
    assert await office.use(replace(FACTS, tries_left=1)) == b"1234"
    assert office.prompt.log == ["consent", "pin"]
    assert [waiting.where for waiting in office.told] == ["window", "window"]


async def test_with_consent_the_last_try_is_used_on_the_keypad():
    office = Office()
    office.prompt.consents = True
    assert await office.use(replace(KEYPAD, tries_left=1)) is None
    assert office.prompt.log == ["consent", "keypad", "keypad closed"]
    assert [waiting.where for waiting in office.told] == ["window", "reader_keypad"]


@pytest.mark.parametrize("tries_left", [2, 3, None])
async def test_with_more_tries_or_no_failure_before_no_consent_is_asked(tries_left):
    office = Office()
    await office.use(replace(FACTS, tries_left=tries_left))
    assert office.prompt.log == ["pin"]


@pytest.mark.parametrize(
    "error",
    [PinWrong(tries_left=None), PinBlocked(), ReaderTimeout(), MiddlewareCrashed()],
    ids=["wrong", "blocked", "driver hung", "library crashed"],
)
async def test_sec_85_after_a_failure_or_an_unknown_outcome_an_untold_number_of_tries_needs_consent(
    error,
):
    office = Office()
    with pytest.raises(type(error)):
        await office.use(UNKNOWN, error=error)
    with pytest.raises(LastTryRefused):
        await office.use(UNKNOWN)
    assert office.prompt.log == ["pin", "consent"]


async def test_a_failure_of_another_card_does_not_matter():
    office = Office()
    with pytest.raises(PinWrong):
        await office.use(UNKNOWN, error=PinWrong(tries_left=None))
    other = replace(UNKNOWN, authentication_certificate=b"somebody else's")
    assert await office.use(other) == b"1234"


async def test_after_a_success_the_failure_is_forgotten():
    office = Office()
    with pytest.raises(PinWrong):
        await office.use(UNKNOWN, error=PinWrong(tries_left=None))
    office.prompt.consents = True
    await office.use(UNKNOWN)
    office.prompt.log.clear()
    await office.use(UNKNOWN)
    assert office.prompt.log == ["pin"]


@pytest.mark.parametrize("facts", [FACTS, KEYPAD, OWN_WINDOW])
async def test_a_blocked_card_asks_for_nothing(facts):
    office = Office()
    with pytest.raises(PinBlocked):
        await office.use(replace(facts, tries_left=0))
    assert office.prompt.log == []
    assert office.told == []


# -- keypad and the library's own window (SEC-81, D9) --------------------------------------------


async def test_a_keypad_is_used_as_such_and_pointed_to_meanwhile():
    office = Office()
    visit = office.desk.admit("one")
    async with visit.pin(KEYPAD, ERRAND, tell=office.tell) as pin:
        assert pin is None
        assert office.prompt.log == ["keypad"]
    assert office.prompt.log == ["keypad", "keypad closed"]
    assert [waiting.where for waiting in office.told] == ["reader_keypad"]


async def test_a_library_that_asks_itself_is_left_to_it():
    office = Office()
    assert await office.use(OWN_WINDOW) is None
    assert office.prompt.log == []
    assert [waiting.where for waiting in office.told] == ["middleware"]


async def test_the_library_never_asks_for_the_last_try():
    office = Office()
    office.prompt.consents = True
    with pytest.raises(LastTryRefused):
        await office.use(replace(OWN_WINDOW, tries_left=1))
    assert office.prompt.log == []


# -- the card goes away --------------------------------------------------------------------------


@pytest.mark.parametrize("error", [CardRemoved, ReaderRemoved])
async def test_a_card_that_goes_closes_the_prompt(error):
    office = Office(leaving=asyncio.get_running_loop().create_future())
    office.prompt.never_answers = True
    using = asyncio.create_task(office.use())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    office.leaving.set_result(error())
    with pytest.raises(error):
        await using
    assert office.prompt.log == ["pin", "pin closed"]


async def test_a_card_that_goes_closes_the_question_for_consent():
    office = Office(leaving=asyncio.get_running_loop().create_future())
    office.prompt.never_answers = True
    office.leaving.set_result(CardRemoved())
    with pytest.raises(CardRemoved):
        await office.use(replace(FACTS, tries_left=1))
    assert office.prompt.log == ["consent", "consent closed"]


async def test_a_card_that_stays_changes_nothing():
    office = Office(leaving=asyncio.get_running_loop().create_future())
    assert await office.use() == b"1234"
    assert office.leaving.cancelled()


async def test_errors_of_the_prompt_pass_while_the_card_is_watched():
    office = Office(leaving=asyncio.get_running_loop().create_future())
    office.prompt.error = PinTimeout()
    with pytest.raises(PinTimeout):
        await office.use()


async def test_a_caller_who_leaves_closes_the_prompt_and_frees_the_desk():
    office = Office(leaving=asyncio.get_running_loop().create_future())
    office.prompt.never_answers = True
    using = asyncio.create_task(office.use())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert office.prompt.log == ["pin", "pin closed"]
    office.prompt.never_answers = False
    assert await office.use() == b"1234"


async def test_a_pin_that_comes_too_late_is_wiped():
    class Stubborn(ScriptedPrompt):
        async def ask_pin(self, request):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.given.append(Pin(b"1234"))
            return self.given[-1]

    office = Office(leaving=asyncio.get_running_loop().create_future(), prompt=Stubborn())
    office.leaving.set_result(CardRemoved())
    with pytest.raises(CardRemoved):
        await office.use()
    assert office.prompt.given[0].buffer == b""


def test_the_holders_name_is_not_in_the_text_form():
    assert "Fien" not in repr(ERRAND)
