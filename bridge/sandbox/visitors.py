"""Patients' cards for the second reader, so that a front end can read one.

The patients are people the played insurers know: what is read can be asked about at once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

from bridge.errors import InputError
from bridge.ports.simulator import ScenarioFacts
from bridge.sandbox.documents import EidDocument, Person, new_document
from bridge.sandbox.people import SandboxPerson
from bridge.sandbox.reader import SECOND_READER, SoftwareReader
from bridge.sandbox.virtualcard import VirtualCard
from bridge.sandbox.world import World

NONE: Final = "none"
_CARDS: Final = {
    NONE: "The second reader is empty.",
    "patient": "A citizen's card of somebody who is insured.",
    "child": "A child's card, without certificates.",
    "foreigner": "A foreigner's card, with a serial number of B and nine digits.",
    "expired": "A citizen's card that has expired.",
}
_DOCUMENT_TYPES: Final = {"child": 6, "foreigner": 11}
_FOREIGNER_NUMBER: Final = "B123456789"
_EXPIRED_FOR: Final = timedelta(days=30)


class SecondReader(Protocol):
    """A reader beside the nurse's."""

    def put(self, document: EidDocument | None) -> None:
        """Put a card in, or take out what is in it."""
        ...


class SoftwareSecondReader:
    """The second reader in the daemon's own process."""

    def __init__(self, reader: SoftwareReader) -> None:
        """Use the second of the readers."""
        self._reader = reader

    def put(self, document: EidDocument | None) -> None:
        """Put a card in, or take out what is in it."""
        if document is None:
            self._reader.remove(SECOND_READER)
        else:
            self._reader.insert(document, SECOND_READER)


class VirtualSecondReader:
    """The second slot of the virtual reader."""

    def __init__(self, port: int) -> None:
        """Use the slot that listens there."""
        self._port = port
        self._card: VirtualCard | None = None

    def put(self, document: EidDocument | None) -> None:
        """Put a card in, or take out what is in it."""
        self.close()
        if document is not None:
            self._card = VirtualCard(document.content(), port=self._port)
            self._card.insert()

    def close(self) -> None:
        """Take out what is in it."""
        card, self._card = self._card, None
        if card is not None:
            card.close()


class Visitors:
    """Chooses whose card lies in the second reader."""

    def __init__(self, world: World, reader: SecondReader) -> None:
        """Begin with no card."""
        self._world = world
        self._reader = reader
        self._name = NONE
        self._documents: dict[str, EidDocument] = {}

    def facts(self) -> ScenarioFacts:
        """Name the card in the reader, and those there are."""
        return ScenarioFacts(name=self._name, available=dict(_CARDS))

    def choose(self, name: str) -> ScenarioFacts:
        """Put a card in, or take out what is in it.

        Raises:
            InputError: there is none of that name (``scenario_unknown``).
        """
        if name not in _CARDS:
            raise InputError(code="scenario_unknown")
        self._reader.put(None if name == NONE else self._document(name))
        self._name = name
        return self.facts()

    def _document(self, name: str) -> EidDocument:
        if name not in self._documents:
            self._documents[name] = self._issue(name)
        return self._documents[name]

    def _issue(self, name: str) -> EidDocument:
        known = self._patient()
        today = self._world.pki.now.date()
        return new_document(
            self._world.pki,
            Person(
                niss=known.niss,
                last_name=known.last_name,
                first_names=known.first_name,
                born_on=known.born_on,
                sex=known.gender,
            ),
            pin=self._world.nurse.pin,
            document_type=_DOCUMENT_TYPES.get(name, 1),
            card_number=_FOREIGNER_NUMBER if name == "foreigner" else None,
            valid_until=today - _EXPIRED_FOR if name == "expired" else None,
        )

    def _patient(self) -> SandboxPerson:
        """Give the first person who is insured and alive."""
        people = self._world.people.people()
        return next(each for each in people if each.periods and each.deceased_on is None)
