"""Scenario board, clock, ledger and the port that steers them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.domain.secrets import Pin
from bridge.errors import InputError, PinWrong
from bridge.sandbox.clock import SandboxClock
from bridge.sandbox.control import SandboxControl
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.scenarios import SCENARIOS, ScenarioBoard
from tests.support.fakes import FixedClock
from tests.support.stsdrive import driving


@pytest.fixture
def control():
    with driving("ec") as drive:
        yield SandboxControl(drive.world), drive


def test_the_board_starts_normal_and_knows_its_names() -> None:
    board = ScenarioBoard()
    assert board.name == "normal"
    board.choose("sts_down")
    assert board.name == "sts_down"
    with pytest.raises(InputError) as caught:
        board.choose("sts_on_fire")
    assert caught.value.problem_code == "scenario_unknown"
    assert board.name == "sts_down"


def test_every_scenario_says_what_it_does() -> None:
    assert all(text.endswith(".") and "\n" not in text for text in SCENARIOS.values())
    board = ScenarioBoard({"normal": "Works."})
    assert board.available == {"normal": "Works."}


def test_the_platform_clock_follows_ours_with_an_offset() -> None:
    base, board = FixedClock(), ScenarioBoard()
    clock = SandboxClock(base, board)
    assert clock.now() == base.now()
    clock.set_offset(-90)
    base.advance(seconds=10)
    assert clock.now() == base.now() - timedelta(seconds=90)
    assert clock.offset == timedelta(seconds=-90)
    board.choose("clock_skew")
    assert clock.now() == base.now() + timedelta(hours=1, seconds=-90)
    assert clock.monotonic() == base.monotonic()
    assert clock.base is base


def test_the_ledger_keeps_order_and_reasons() -> None:
    ledger, now = Ledger(), FixedClock().now()
    ledger.accept(at=now, service="sts", operation="issue", reference="a")
    ledger.refuse(
        at=now, service="sts", operation="issue", reference=None, code="SOA-01001", check="replay"
    )
    first, second = ledger.entries()
    assert (first.sequence, first.accepted, first.code) == (1, True, None)
    assert (second.sequence, second.accepted, second.check) == (2, False, "replay")
    ledger.entries().clear()
    assert len(ledger.entries()) == 2


def test_scenarios_through_the_port(control) -> None:
    port, drive = control
    assert port.scenario().name == "normal"
    facts = port.set_scenario("assertion_expired")
    assert facts.name == drive.world.scenario.name == "assertion_expired"
    assert facts.available.keys() >= SCENARIOS.keys()
    with pytest.raises(InputError):
        port.set_scenario("unheard_of")


async def test_a_new_scenario_gives_the_card_its_tries_back(control) -> None:
    port, drive = control
    card = drive.world.card
    algorithm = SignatureAlgorithm.ECDSA_SHA256
    with pytest.raises(PinWrong):
        await card.sign(b"x", algorithm=algorithm, pin=Pin(b"9999"))
    assert card.tries_left == 2
    port.set_scenario("normal")
    assert card.tries_left == 3


def test_clock_and_ledger_through_the_port(control) -> None:
    port, drive = control
    assert port.now() == drive.clock.now()
    assert port.set_clock_offset(30) == drive.clock.now() + timedelta(seconds=30)
    assert port.now() == drive.clock.now() + timedelta(seconds=30)
    before = len(port.ledger())
    drive.post(b"<a/>")
    assert len(port.ledger()) == before + 1
    assert not port.ledger()[-1].accepted


def test_people_through_the_port(control) -> None:
    port, _ = control
    listed = port.people()
    assert listed
    added = port.add_person({"niss": "85073003328"})
    assert added["niss"] == "85073003328"
    assert "85073003328" in [person["niss"] for person in port.people()]
    with pytest.raises(InputError):
        port.add_person({"niss": "85073003329"})
