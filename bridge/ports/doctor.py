"""Port: looking at everything a card needs on this computer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridge.domain.cards import ReaderSnapshot


@dataclass(frozen=True, kw_only=True)
class ModuleFacts:
    """One PKCS#11 library that was found.

    Attributes:
        name: ``official`` or ``opensc``, or ``other`` for one named in the settings.
        version: As the library tells; ``None`` when it could not be loaded.
        code: Code of the problem it would cause; ``None`` when it works.
        is_chosen: The one that is used.
    """

    name: str
    version: str | None
    code: str | None
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class CardEnvironment:
    """What was found.

    Attributes:
        drivers: Reader identifier to the name of its driver or firmware, where it is known.
        modules: The libraries, best first; empty when there is none.
        signing: ``middleware`` or ``card_commands``: the path the settings lead to.
        users: Names of programs that use smart cards now, where the system tells; ours left out.
    """

    snapshot: ReaderSnapshot
    drivers: dict[str, str]
    modules: tuple[ModuleFacts, ...]
    signing: str
    users: tuple[str, ...]


class CardDoctor(Protocol):
    """Examines service, readers, drivers, libraries and cards.

    Contract: collects and never raises; a library that crashes is a finding, not an end.
    """

    async def examine(self) -> CardEnvironment:
        """Look at everything again; may take some seconds."""
        ...
