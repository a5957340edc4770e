"""The PIN of a session, from the request to the card: wrong, last, blocked, cancelled, late."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.crypto.certificates import Certificate
from bridge.domain.operations import OperationStatus
from bridge.domain.secrets import Pin
from bridge.errors import (
    CardError,
    CardExchanged,
    CardRemoved,
    CardUntrusted,
    PinPaused,
    PinRequired,
    ReaderRemoved,
)
from bridge.ports.prompt import TypingChoice
from bridge.sandbox.card import SoftwareCard
from bridge.sandbox.prompt import SimulatedPrompt
from bridge.service.opening import SessionOpener, StsPlace
from bridge.service.pindesk import PinDesk
from bridge.service.registrations import RegistrationBook
from bridge.service.sessions import SessionService
from bridge.service.waits import happens
from tests.support.audit import records_of
from tests.support.daemon import CLIENT, TestDaemon, running_daemon

SESSIONS = "/v1/ehealth-sessions"


def code_of(operation) -> str | None:
    return None if operation.problem is None else operation.problem.code


async def enter_wrong_pins(daemon: TestDaemon, times: int) -> None:
    daemon.world.scenario.choose("pin_wrong")
    for _ in range(times):
        assert code_of(await daemon.open_session()) == "pin_wrong"
    daemon.world.scenario.choose("normal")


async def test_a_right_pin_after_a_wrong_one_opens_the_session(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await enter_wrong_pins(daemon, 1)
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED
        assert daemon.world.card.tries_left == 3


async def test_sec_85_pin_04_the_last_try_is_not_used_by_itself(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await enter_wrong_pins(daemon, 2)
        verified, asked = daemon.world.card.pins_verified, daemon.world.prompt.asked
        assert code_of(await daemon.open_session()) == "pin_last_try"
        assert daemon.world.card.pins_verified == verified
        assert daemon.world.prompt.asked == asked
        assert daemon.world.card.tries_left == 1


async def test_with_consent_the_last_try_opens_the_session(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await enter_wrong_pins(daemon, 2)
        daemon.world.prompt.consents_to_last_try = True
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED
        assert daemon.world.card.tries_left == 3


async def test_pin_04_a_wrong_last_try_blocks_and_a_blocked_card_asks_for_nothing(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path) as daemon:
        daemon.world.prompt.consents_to_last_try = True
        await enter_wrong_pins(daemon, 2)
        daemon.world.scenario.choose("pin_wrong")
        assert code_of(await daemon.open_session()) == "card_pin_blocked"
        asked = daemon.world.prompt.asked
        assert code_of(await daemon.open_session()) == "card_pin_blocked"
        assert daemon.world.prompt.asked == asked


class SilentCard(SoftwareCard):
    """Does not tell how many tries are left, like an old card."""

    async def facts(self, *, holder: str | None = None):
        return replace(await super().facts(holder=holder), tries_left=None)


def silent(world) -> SilentCard:
    return SilentCard(world.nurse, scenario=world.scenario, expired=expired(world))


def expired(world) -> Certificate:
    return world.nurse.eid.certificate


async def test_when_the_card_does_not_tell_one_failure_is_enough_to_ask(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, card=silent) as daemon:
        await enter_wrong_pins(daemon, 1)
        assert code_of(await daemon.open_session()) == "pin_last_try"
        daemon.clock.advance(seconds=5)
        daemon.world.prompt.consents_to_last_try = True
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED


async def test_sec_81_pin_06_a_keypad_is_pointed_to_and_no_pin_is_asked(tmp_path: Path) -> None:
    def keypad(world) -> SoftwareCard:
        return SoftwareCard(
            world.nurse, scenario=world.scenario, expired=expired(world), has_keypad=True
        )

    async with running_daemon(tmp_path, card=keypad) as daemon:
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED
        assert (daemon.world.prompt.keypads, daemon.world.prompt.asked) == (1, 0)
        daemon.world.scenario.choose("pin_cancelled")
        assert code_of(await daemon.open_session()) == "pin_cancelled"


class SwitchedKeypad(SoftwareCard):
    """A card in a reader whose keypad can be switched off in mid-session."""

    is_on = True

    async def facts(self, *, holder: str | None = None):
        shown = await super().facts(holder=holder)
        return replace(shown, has_keypad=self.is_on, reader="ACME Pinpad 00 00")

    async def sign(self, data, *, algorithm, pin):
        own = Pin(bytearray(b"1234")) if pin is None else pin
        return await super().sign(data, algorithm=algorithm, pin=own)


def switched(world) -> SwitchedKeypad:
    return SwitchedKeypad(world.nurse, scenario=world.scenario, expired=expired(world))


async def test_down_01_a_keypad_disabled_in_mid_session_needs_a_choice(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, card=switched) as daemon:
        card, prompt = daemon.parts.card, daemon.world.prompt

        async def outcome(choice: TypingChoice, *, is_on: bool) -> str | None:
            card.is_on, prompt.types_without_keypad = is_on, choice
            daemon.clock.advance(minutes=5)  # the pause after a no
            return code_of(await daemon.open_session())

        assert await outcome(TypingChoice.NO, is_on=True) is None
        asked = prompt.asked
        assert await outcome(TypingChoice.NO, is_on=False) == "keypad_bypass_refused"
        assert prompt.asked == asked
        with pytest.raises(PinPaused):
            await daemon.services.sessions.open(client=CLIENT, language="en")
        assert await outcome(TypingChoice.ONCE, is_on=False) is None
        assert await outcome(TypingChoice.NO, is_on=False) == "keypad_bypass_refused"
        assert await outcome(TypingChoice.ALWAYS, is_on=False) is None
        assert await outcome(TypingChoice.NO, is_on=False) is None, "she is asked no more"
        assert await outcome(TypingChoice.NO, is_on=True) is None
        assert await outcome(TypingChoice.NO, is_on=False) == "keypad_bypass_refused"
        told = [
            (record["result"], record["client"])
            for record in records_of(tmp_path)
            if record["action"] == "keypad_bypassed"
        ]
        assert told == [(result, CLIENT.id) for result in ("no", "once", "no", "always", "no")]


# -- cancelled (PIN-03) --------------------------------------------------------------------------


async def test_pin_03_after_a_cancelled_pin_the_same_software_waits(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        daemon.world.scenario.choose("pin_cancelled")
        for seconds in (5, 30, 300):
            assert code_of(await daemon.open_session()) == "pin_cancelled"
            refused = await http.post(SESSIONS, json={})
            assert refused.status_code == 429
            assert refused.headers["Retry-After"] == str(seconds)
            assert refused.json()["code"] == "pin_paused"
            assert refused.json()["retry_after_s"] == seconds
            daemon.clock.advance(seconds=seconds)
        daemon.world.scenario.choose("normal")
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED


async def test_pin_03_other_software_does_not_wait(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        daemon.world.scenario.choose("pin_cancelled")
        await daemon.open_session()
        with pytest.raises(PinPaused):
            await daemon.services.sessions.open(client=CLIENT, language="en")
        daemon.world.scenario.choose("normal")
        other = replace(CLIENT, id="other")
        operation = await daemon.services.sessions.open(client=other, language="en")
        assert (await daemon.finished(operation)).status is OperationStatus.SUCCEEDED


async def test_a_pin_nobody_enters_is_a_time_out_without_a_pause(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        daemon.world.scenario.choose("pin_timeout")
        assert code_of(await daemon.open_session()) == "pin_timeout"
        daemon.world.scenario.choose("normal")
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED


class PatientPrompt(SimulatedPrompt):
    """Stays open until it is closed or told to answer."""

    def __init__(self, world) -> None:
        super().__init__(world.nurse.pin, scenario=world.scenario)
        self.opened = asyncio.Event()
        self.answer = asyncio.Event()
        self.closed = asyncio.Event()
        self.given: list[Pin] = []

    async def ask_pin(self, request):
        self.opened.set()
        try:
            await self.answer.wait()
        except asyncio.CancelledError:
            for _ in range(50):  # a window needs a moment to close
                await asyncio.sleep(0)
            self.closed.set()
            raise
        self.given.append(await super().ask_pin(request))
        return self.given[-1]


async def test_pin_02_while_the_prompt_is_open_the_operation_says_where_and_until_when(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path, prompt=PatientPrompt) as daemon, daemon.http() as http:
        begun = (await http.post(SESSIONS, json={})).json()
        await daemon.parts.prompt.opened.wait()
        shown = (await http.get(begun["links"]["self"])).json()
        assert shown["status"] == "waiting_for_user"
        assert shown["waiting_for"]["what"] == "pin"
        assert shown["waiting_for"]["where"] == "automatic"
        until = (daemon.clock.now() + timedelta(seconds=120)).strftime("%Y-%m-%dT%H:%M:%S")
        assert shown["waiting_for"]["expires_at"].startswith(until)
        assert (await http.post(SESSIONS, json={})).json()["code"] == "pin_entry_in_progress"


async def test_cancelling_the_operation_closes_the_prompt(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, prompt=PatientPrompt) as daemon:
        prompt = daemon.parts.prompt
        operation = await daemon.services.sessions.open(client=CLIENT, language="en")
        await prompt.opened.wait()
        final = await daemon.services.operations.cancel(operation.id, client_id=CLIENT.id)
        assert prompt.closed.is_set()
        assert final.status is OperationStatus.CANCELLED
        assert daemon.world.card.pins_verified == 0
        prompt.answer.set()
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED


# -- card and card owner -------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["facts", "pin", "sign"])
async def test_pin_05_a_card_pulled_at_any_step_leaves_no_session_and_no_pin(
    tmp_path: Path, step: str
) -> None:
    async with running_daemon(tmp_path, prompt=PatientPrompt) as daemon:
        daemon.parts.prompt.answer.set()
        daemon.world.card.pull_at(step)
        expected = "card_missing" if step == "facts" else "card_removed"
        assert code_of(await daemon.open_session()) == expected
        assert daemon.services.sessions.opened() == []
        assert all(pin.buffer == b"" for pin in daemon.parts.prompt.given)
        daemon.world.card.pull_at(None)
        assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED


class RefusingCard(SoftwareCard):
    """Counts how often it is asked to sign, and never does."""

    error: type[Exception]

    async def sign(self, data, *, algorithm, pin):
        self.pins_verified += 1
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"), [(CardExchanged, "card_exchanged"), (PinRequired, "pin_required")]
)
async def test_sec_87_pin_10_a_card_that_was_exchanged_or_forgot_the_pin_is_asked_once(
    tmp_path: Path, error: type[Exception], code: str
) -> None:
    def refusing(world) -> RefusingCard:
        card = RefusingCard(world.nurse, scenario=world.scenario, expired=expired(world))
        card.error = error
        return card

    async with running_daemon(tmp_path, card=refusing) as daemon:
        assert code_of(await daemon.open_session()) == code
        assert daemon.parts.card.pins_verified == 1


async def test_somebody_elses_card_is_told_before_a_pin_is_asked(tmp_path: Path) -> None:
    class StrangersCard(SoftwareCard):
        wanted: str | None = None

        async def facts(self, *, holder: str | None = None):
            self.wanted = holder
            shown = await super().facts(holder=holder)
            return replace(shown, authentication_certificate=self.stranger)

    def strangers(world) -> StrangersCard:
        card = StrangersCard(world.nurse, scenario=world.scenario, expired=expired(world))
        card.stranger = world.pki.eid("85073003328", "Wie", "Anders").certificate.der
        return card

    async with running_daemon(tmp_path, card=strangers) as daemon:
        assert code_of(await daemon.open_session()) == "actor_mismatch"
        holder = daemon.world.nurse.registration.holder
        assert daemon.parts.card.wanted == holder.niss.digits
        assert daemon.world.prompt.asked == 0


# -- collaborators: who watches the card, and who judges it --------------------------------------


def sessions_with(daemon: TestDaemon, *, gone=None, check_card=None) -> SessionService:
    """Build the sessions of a daemon with the optional collaborators."""
    parts = daemon.parts
    operations = daemon.services.operations
    opener = SessionOpener(
        clock=parts.clock,
        ids=parts.ids,
        card=parts.card,
        transport=parts.transport,
        operations=operations,
        place=StsPlace(
            url=parts.platform.endpoints.sts,
            saml11_url=parts.platform.endpoints.sts_saml11,
            trust=parts.platform.trust,
            settings=parts.platform.sts_settings,
        ),
        check_card=check_card,
    )
    return SessionService(
        store=parts.store,
        clock=parts.clock,
        registrations=RegistrationBook(store=parts.store, events=daemon.services.events),
        keystore=parts.keystore,
        operations=operations,
        opener=opener,
        desk=PinDesk(prompt=parts.prompt, clock=parts.clock, gone=gone),
    )


@pytest.mark.parametrize(
    ("error", "code"), [(CardRemoved, "card_removed"), (ReaderRemoved, "reader_removed")]
)
async def test_pin_05_a_card_pulled_while_the_prompt_is_open_closes_it(
    tmp_path: Path, error: type[CardError], code: str
) -> None:
    pulled = asyncio.Event()

    async def gone(reader: str) -> CardError:
        await pulled.wait()
        return error()

    async with running_daemon(tmp_path, prompt=PatientPrompt) as daemon:
        prompt = daemon.parts.prompt
        sessions = sessions_with(daemon, gone=gone)
        operation = await sessions.open(client=CLIENT, language="en")
        await prompt.opened.wait()
        pulled.set()
        assert code_of(await daemon.finished(operation)) == code
        assert await happens(prompt.closed, within_s=30)
        assert daemon.world.card.pins_verified == 0
        pulled.clear()
        prompt.answer.set()
        again = await sessions.open(client=CLIENT, language="en")
        assert (await daemon.finished(again)).status is OperationStatus.SUCCEEDED


async def test_a_card_that_does_not_pass_its_check_is_refused_before_the_pin(
    tmp_path: Path,
) -> None:
    async def check_card(facts) -> None:
        raise CardUntrusted

    async with running_daemon(tmp_path) as daemon:
        sessions = sessions_with(daemon, check_card=check_card)
        operation = await sessions.open(client=CLIENT, language="en")
        assert code_of(await daemon.finished(operation)) == "card_untrusted"
        assert daemon.world.prompt.asked == 0
