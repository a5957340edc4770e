"""Ports: where new versions are offered, who published them, and what starts an installer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bridge.domain.updates import Expiry, Permission, Release, UpdateState


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What is offered now.

    Attributes:
        release: ``None`` when nothing is offered for this system.
        expiries: Ends of the signed metadata that are watched (SEC-185).
    """

    release: Release | None
    expiries: tuple[Expiry, ...] = ()


class Updates(Protocol):
    """Where releases are offered (SEC-181).

    Contract: what is given was signed by the roles we trust, is not older than what was given
    before, and is not out of time.
    All methods take as long as the network takes, and leave the loop free meanwhile.
    """

    async def look(self) -> Offer:
        """Ask what is offered.

        Raises:
            UpdateUnreachable: nobody answers, or no such place.
            UpdateError: what is answered is not to be believed.
        """
        ...

    async def look_back(self) -> Permission | None:
        """Ask whether a step back is permitted, and to which version; ``None`` when none is.

        Raises:
            UpdateUnreachable: nobody answers, or no such place.
            UpdateError: what is answered is not to be believed.
        """
        ...

    async def fetch(self, release: Release) -> Path:
        """Bring a package here, into a folder of the owner alone, and give its place.

        Raises:
            UpdateUnreachable: it does not come.
            UpdateError: it is not the package the metadata speaks of; nothing is kept.
        """
        ...


class PublisherCheck(Protocol):
    """Asks the system who signed a program (SEC-182)."""

    def require(self, package: Path) -> None:
        """Return when the expected publisher signed it.

        Raises:
            UpdateError: nobody did, somebody else, or the signature does not hold.
        """
        ...


class HeldPackage(Protocol):
    """A package that nobody can change any more, and whose hash was just looked at."""

    @property
    def path(self) -> Path:
        """Where exactly these bytes are read while it is held."""
        ...

    def start(self) -> None:
        """Start it, and do not wait for its end.

        Raises:
            UpdateError: the system does not start it.
        """
        ...


class InstallerStart(Protocol):
    """Starts installers.

    Contract: what is started are the bytes whose hash was compared, also when the file of that
    name is another one by then (UPD-03).
    """

    def hold(self, package: Path, release: Release) -> AbstractContextManager[HeldPackage]:
        """Take hold of a package.

        Raises:
            UpdateError: it is not the one of the release.
            Conflict: ``update_missing``, it is not there any more.
        """
        ...


class UpdateShelf(Protocol):
    """Keeps what is known of new versions, and the packages."""

    def load(self) -> UpdateState:
        """Give what is known; nothing, when what was kept cannot be read."""
        ...

    def save(self, state: UpdateState) -> None:
        """Keep it.

        Raises:
            StoreError: it cannot be kept.
        """
        ...

    def package(self, release: Release) -> Path:
        """Say where the package of a release lies, or would lie."""
        ...

    def drop(self, release: Release) -> None:
        """Remove the package of a release, if it is here."""
        ...
