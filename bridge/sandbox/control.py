"""Steering the sandbox: port ``SimulatorControl`` (D3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bridge.ports.simulator import LedgerEntry, ScenarioFacts
from bridge.sandbox.people_json import person_as_json, person_from_json
from bridge.sandbox.slots import CardSlot
from bridge.sandbox.visitors import SecondReader, SoftwareSecondReader, Visitors
from bridge.sandbox.world import World


class SandboxControl:
    """People, scenario, clock and ledger of one world."""

    def __init__(
        self,
        world: World,
        slot: CardSlot | None = None,
        second_reader: SecondReader | None = None,
    ) -> None:
        """Steer ``world``.

        Args:
            world: What is steered.
            slot: Where the nurse's card comes and goes with the scenario.
            second_reader: Where patients' cards are put; by default the world's own.
        """
        self._world = world
        self._slot = slot
        self._visitors = Visitors(world, second_reader or SoftwareSecondReader(world.reader))

    def people(self) -> list[dict[str, Any]]:
        """List the people the insurers know."""
        return [person_as_json(person) for person in self._world.people.people()]

    def add_person(self, person: dict[str, Any]) -> dict[str, Any]:
        """Add, or replace, one person and give it back complete.

        Raises:
            InputError: a number is not valid.
        """
        added = person_from_json(person)
        self._world.people.add(added)
        return person_as_json(added)

    def scenario(self) -> ScenarioFacts:
        """Give the scenario in force."""
        board = self._world.scenario
        return ScenarioFacts(name=board.name, available=board.available)

    def set_scenario(self, name: str) -> ScenarioFacts:
        """Choose a scenario; the card starts again with all its PIN tries.

        Raises:
            InputError: there is no scenario of that name.
        """
        self._world.scenario.choose(name)
        self._world.card.unblock()
        if self._slot is not None:
            self._slot.follow(name)
        return self.scenario()

    def patient_card(self) -> ScenarioFacts:
        """Give the card in the second reader, and those there are."""
        return self._visitors.facts()

    def set_patient_card(self, name: str) -> ScenarioFacts:
        """Put a patient's card into the second reader, or take it out.

        Raises:
            InputError: there is no card of that name.
        """
        return self._visitors.choose(name)

    def now(self) -> datetime:
        """Give the platform's time."""
        return self._world.clock.now()

    def set_clock_offset(self, seconds: int) -> datetime:
        """Let the platform's clock differ from ours by some seconds; gives its time."""
        self._world.clock.set_offset(seconds)
        return self._world.clock.now()

    def insurers_ahead(self) -> int:
        """Give how many seconds later it is for the insurers than for the platform."""
        return round(self._world.clock.insurers_ahead.total_seconds())

    def set_insurers_ahead(self, seconds: int) -> None:
        """Let more time have passed for the insurers, so that deferred answers become ready."""
        self._world.clock.set_insurers_ahead(seconds)

    def ledger(self) -> list[LedgerEntry]:
        """List everything received, oldest first."""
        return self._world.ledger.entries()
