"""Port ``Updates`` with the client of The Update Framework: the only module that imports it.

The framework checks signatures with their thresholds, versions that only go up, and expiry dates;
the connection is none of its reasons to believe anything (SEC-181).
It is loaded where an address is set only, because it takes time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from tuf.api import exceptions
from tuf.api.metadata import Metadata
from tuf.api.serialization import DeserializationError
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater

from bridge.adapters.ownfiles import create_private_file, ensure_private_folder, store_error
from bridge.adapters.updatefiles import UpdateFiles
from bridge.domain.updates import ROLLBACK, Expiry, Permission, Release
from bridge.errors import BridgeError, RemoteRefusal, UpdateError, UpdateUnreachable
from bridge.ports.updates import Offer

METADATA: Final = "metadata"
_WATCHED: Final = ("root", "targets")
"""Signed by people with keys that lie in a safe; the other two are renewed by a machine."""


class Chunks(Protocol):
    """Brings the bytes of an address, as ``HttpDownload`` does."""

    def chunks(self, address: str) -> Iterator[bytes]:
        """Give the bytes as they come."""
        ...


class TufUpdates:
    """Releases of one place, for one system."""

    def __init__(
        self, *, folder: Path, address: str, root: bytes, target: str, download: Chunks
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            folder: For the owner alone; metadata and packages are kept in it.
            address: Where ``metadata/`` and ``targets/`` are.
            root: The metadata that says whom to trust first; shipped with the program.
            target: Name of the package for this system.
            download: Brings files.
        """
        self._folder = folder
        self._address = address.rstrip("/")
        self._root = root
        self._target = target
        self._fetcher = _Fetcher(download)

    async def look(self) -> Offer:
        """Ask what is offered; see the port."""
        return await asyncio.to_thread(self._look)

    async def look_back(self) -> Permission | None:
        """Ask whether a step back is permitted; see the port."""
        return await asyncio.to_thread(self._look_back)

    async def fetch(self, release: Release) -> Path:
        """Bring a package; see the port."""
        return await asyncio.to_thread(self._fetch, release)

    def _look(self) -> Offer:
        with tuf_errors():
            updater = self._updater()
            updater.refresh()
            found = updater.get_targetinfo(self._target)
        release = None if found is None else release_of(found)
        return Offer(release=release, expiries=tuple(self._expiries()))

    def _look_back(self) -> Permission | None:
        with tuf_errors():
            found = self._updater().get_targetinfo(ROLLBACK + self._target)
        return None if found is None else Permission.parse(facts_of(found))

    def _fetch(self, release: Release) -> Path:
        place = UpdateFiles(self._folder).package(release)
        with tuf_errors():
            updater = self._updater()
            found = updater.get_targetinfo(release.path)
            if found is None or release_of(found) != release:
                raise UpdateError("another release is offered by now")
            if updater.find_cached_target(found, str(place)) is None:
                part = place.with_suffix(".part")
                create_private_file(part)
                try:
                    updater.download_target(found, str(part))
                    part.replace(place)
                finally:
                    part.unlink(missing_ok=True)
        return place

    def _updater(self) -> Updater:
        metadata = self._folder / METADATA
        ensure_private_folder(self._folder)
        ensure_private_folder(metadata)
        return Updater(
            metadata_dir=str(metadata),
            metadata_base_url=f"{self._address}/metadata/",
            target_base_url=f"{self._address}/targets/",
            fetcher=self._fetcher,
            config=UpdaterConfig(max_root_rotations=64, max_delegations=4),
            bootstrap=self._root,
        )

    def _expiries(self) -> Iterator[Expiry]:
        """Read the ends of what was just verified."""
        for role in _WATCHED:
            signed: Any = Metadata.from_file(str(self._folder / METADATA / f"{role}.json")).signed
            yield Expiry(name=f"update_{role}", at=signed.expires)


class _Fetcher(FetcherInterface):
    """Lets the framework fetch through our own client (D6)."""

    def __init__(self, download: Chunks) -> None:
        self._download = download

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            yield from self._download.chunks(url)
        except RemoteRefusal as error:
            status = int(error.params["status"] or 0)
            raise exceptions.DownloadHTTPError("no such file", status) from error
        except BridgeError as error:
            raise exceptions.DownloadError("the file does not come") from error


@contextmanager
def tuf_errors() -> Iterator[None]:
    """Map the framework's errors to ours, the most exact first."""
    try:
        yield
    except exceptions.DownloadLengthMismatchError as error:
        raise UpdateError("longer than it may be") from error
    except exceptions.DownloadError as error:
        raise UpdateUnreachable from error
    except DeserializationError as error:
        # A page of a hotel's network, or of a host that moved: no metadata at all.
        raise UpdateUnreachable("no metadata") from error
    except exceptions.RepositoryError as error:
        raise UpdateError("metadata or package is not to be believed") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UpdateError("metadata of another form") from error
    except OSError as error:
        raise store_error(error) from error


def release_of(found: Any) -> Release:
    """Read what signed metadata says of a package.

    Raises:
        UpdateError: what we add to the metadata is missing or has the wrong form.
    """
    return Release.parse(facts_of(found))


def facts_of(found: Any) -> dict[str, Any]:
    """Give all that signed metadata says of a package; its own facts win over what we add."""
    said = found.custom
    facts: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    known = {"path": found.path, "length": found.length, "sha256": found.hashes.get("sha256")}
    return {**facts, **known}
