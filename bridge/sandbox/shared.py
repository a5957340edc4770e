"""What every played service is given."""

from __future__ import annotations

from typing import TypedDict

from bridge.domain.ids import IdSource
from bridge.sandbox.clock import SandboxClock
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.scenarios import ScenarioBoard


class Shared(TypedDict):
    """Clock, identifiers, scenario and ledger of one platform."""

    clock: SandboxClock
    ids: IdSource
    scenario: ScenarioBoard
    ledger: Ledger
