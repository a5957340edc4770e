"""What the first steps do, and what they say when something is in the way."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bridge.adapters.conversation import Said
from bridge.daemon.firstacts import DEFAULT_ID, FirstActs
from bridge.daemon.firststeps import FirstSteps
from bridge.daemon.simulator import Demo, DemoOptions
from bridge.daemon.traylink import TRAY
from bridge.domain.registrations import RegistrationKind
from tests.support.daemon import running_daemon

GROUP = "94000027"
CBE = "0200000043"


class FirstDay:
    """The steps of a daemon on which nothing is set up; without a window."""

    def __init__(self, daemon, folder) -> None:
        self.services, self.world = daemon.services, daemon.world
        self.file = folder / "ehealth.p12"
        self.file.write_bytes(daemon.world.nurse.keystore_p12)
        self.steps = FirstSteps(
            self.services, FirstActs(self.services, daemon.parts.keystore, TRAY)
        )
        self.shown: list[str] = []

    async def do(self, action: str, secret: str | None = None, **words: str):
        """Press something; gives how its step stands then, and what was shown meanwhile."""
        kept = None if secret is None else bytearray(secret.encode())
        await self.steps.do(
            Said(action=action, words=words, secret=kept), lambda: self.shown.append(action)
        )
        assert kept is None or kept == bytearray(len(kept))
        return await self.step("question" if action == "session" else action)

    async def step(self, page: str):
        return (await self.steps.read(language="en", chosen="system")).step(page)


@asynccontextmanager
async def first_day(folder: Path):
    async with running_daemon(folder) as daemon:
        registration = daemon.world.nurse.registration
        await daemon.services.registrations.remove(registration.id)
        daemon.parts.keystore.remove(registration.id)
        day = FirstDay(daemon, folder)
        await day.steps.begin()
        yield day


async def test_what_is_in_the_way_is_told_on_its_page_and_goes_when_it_is_mended(tmp_path):
    async with first_day(tmp_path) as day:
        nihii = day.world.nurse.registration.holder.nihii.digits
        assert (
            await day.do("certificate", "x", file="/nowhere.p12")
        ).code == "certificate_unreadable"
        wrong = await day.do("certificate", "wrong", file=str(day.file))
        assert (wrong.state, wrong.code) == ("trouble", "certificate_passphrase_wrong")
        assert (await day.do("session")).code == "registration_missing"
        missing = await day.do("registration", kind="nurse_group", nihii=nihii)
        assert missing.code == "group_number_missing"
        assert (await day.do("registration", kind="queen", nihii=nihii)).state == "trouble"
        bad = await day.do("registration", kind="nurse", nihii="12345678")
        assert (bad.code, bad.params["kind"]) == ("identifier_invalid", "nihii")
        assert (await day.do("registration", kind="nurse", nihii=nihii)).state == "done"
        assert (await day.do("session")).code == "certificate_missing"
        passphrase = day.world.nurse.keystore_passphrase
        assert (await day.do("certificate", passphrase, file=str(day.file))).state == "done"
        assert (await day.do("session")).key == "open_question"
        assert (await day.do("question", niss="123")).code == "identifier_invalid"
        await the_practice_becomes_a_group(day, nihii)


async def the_practice_becomes_a_group(day, nihii):
    group = {"kind": "nurse_group_enterprise", "group": GROUP, "cbe": CBE}
    assert (await day.do("registration", nihii=nihii, practice="Zonnebloem", **group)).params == {
        "practice": "Zonnebloem"
    }
    (kept,) = await day.services.registrations.all()
    assert (kept.id, kept.kind) == (DEFAULT_ID, RegistrationKind.NURSE_GROUP_ENTERPRISE)
    assert (kept.group.digits, kept.cbe.digits) == (GROUP, CBE)
    assert kept.holder.last_name == day.world.nurse.registration.holder.last_name


async def test_reader_and_card_are_seen_as_they_are(tmp_path):
    async with first_day(tmp_path) as day:
        assert (await day.step("card")).key == "done_card"
        day.services.simulator.set_scenario("card_missing")
        assert (await day.step("card")).code == "card_missing"
        assert (await day.step("reader")).state == "done"


async def test_a_connection_is_awaited_for_a_while(tmp_path):
    async with first_day(tmp_path) as day:
        assert (await day.step("pairing")).key == "open_pairing"
        assert (await day.do("pairing")).key == "waiting_pairing"
        assert day.shown == ["pairing"] * 2


def test_the_demo_can_begin_as_on_the_first_day(tmp_path):
    demo = Demo(DemoOptions(port=0, folder=tmp_path, is_new=True))
    facts = demo.start()
    try:
        answer = httpx.get(
            f"{facts.base_url}/v1/registrations",
            headers={"Authorization": f"Bearer {facts.token}"},
            trust_env=False,
        )
        assert answer.json()["items"] == []
        assert Path(facts.certificate).is_file()
        assert facts.passphrase
    finally:
        demo.stop()
