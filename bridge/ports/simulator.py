"""Port: steering the sandbox; implemented by the sandbox alone (D3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any


@dataclass(frozen=True, kw_only=True)
class ScenarioFacts:
    """The scenario in force and those there are: name to description."""

    name: str
    available: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """One message the sandbox received, and what it made of it.

    Attributes:
        service: ``sts`` or ``memberdata``.
        operation: Such as ``issue``, ``challenge``, ``consult``.
        reference: Reference of the message: context, or InputReference.
        accepted: Whether every check passed.
        code: Why not: the code of the refusal.
        check: Which check failed, in words of the sandbox.
    """

    sequence: int
    received_at: datetime
    service: str
    operation: str
    reference: str | None
    accepted: bool
    code: str | None
    check: str | None


class SimulatorControl(Protocol):
    """People, scenario, clock and ledger of the sandbox.

    Contract: changes take effect with the next message; nothing needs a restart.
    People are plain JSON objects with the members of the ``SimulatorPerson`` model of the API.
    """

    def people(self) -> list[dict[str, Any]]:
        """List the people the insurers know."""
        ...

    def add_person(self, person: dict[str, Any]) -> dict[str, Any]:
        """Add, or replace, one person and give it back complete.

        Raises:
            InputError: a number is not valid.
        """
        ...

    def scenario(self) -> ScenarioFacts:
        """Give the scenario in force."""
        ...

    def set_scenario(self, name: str) -> ScenarioFacts:
        """Choose a scenario.

        Raises:
            InputError: there is no scenario of that name.
        """
        ...

    def patient_card(self) -> ScenarioFacts:
        """Give the card in the second reader, and those there are."""
        ...

    def set_patient_card(self, name: str) -> ScenarioFacts:
        """Put a patient's card into the second reader, or take it out.

        Raises:
            InputError: there is no card of that name.
        """
        ...

    def now(self) -> datetime:
        """Give the platform's time."""
        ...

    def set_clock_offset(self, seconds: int) -> datetime:
        """Let the platform's clock differ from ours by some seconds; gives its time."""
        ...

    def insurers_ahead(self) -> int:
        """Give how many seconds later it is for the insurers than for the platform."""
        ...

    def set_insurers_ahead(self, seconds: int) -> None:
        """Let more time have passed for the insurers, so that deferred answers become ready."""
        ...

    def ledger(self) -> list[LedgerEntry]:
        """List everything received, oldest first."""
        ...
