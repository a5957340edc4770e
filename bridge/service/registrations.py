"""Registrations: who sends. One, the default, until several per practice come with their issue."""

from __future__ import annotations

from bridge.domain.registrations import Registration
from bridge.errors import NotFound, RegistrationMissing
from bridge.ports.store import Store


class RegistrationBook:
    """Finds the registration a request is made for."""

    def __init__(self, *, store: Store) -> None:
        """Read registrations from ``store``."""
        self._store = store

    async def get(self, registration_id: str | None = None) -> Registration:
        """Give a registration by its identifier, or the default one.

        Raises:
            NotFound: none of that identifier.
            RegistrationMissing: none at all.
        """
        found = await self._store.read(lambda unit: unit.registrations.all())
        if registration_id is None:
            if not found:
                raise RegistrationMissing
            return found[0]
        for registration in found:
            if registration.id == registration_id:
                return registration
        raise NotFound
