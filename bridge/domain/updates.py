"""New versions as values: what is offered, what is installed, and whether the one may follow.

A release is never older than what is installed, in version or in security epoch (SEC-183).
A step back to an older version needs a permission of its own, for the version that is installed;
the security epoch never falls, whoever permits what.
The security epoch rises when older versions must not come back, whatever their number.
Source: *Local API security* 18.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.errors import Conflict, UpdateError

SECURITY_EPOCH: Final = 1
"""Of this program; raised together with a fix after which no older version may be installed."""

ROOT_FILE: Final = "update_root.json"
"""Metadata that says whom to trust first; packed beside the program when a release is built."""

ROLLBACK: Final = "rollback/"
"""What the name of a package begins with that may follow a newer version."""

BANDS_DAYS: Final = (60, 30, 7)
"""When an end that comes near is spoken of, in days before it (SEC-185)."""

INSISTS_AFTER: Final = timedelta(hours=72)
"""A security update that waits longer than this is a warning of its own (SEC-184)."""

_VERSION: Final = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,5}){0,3}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PATH: Final = re.compile(r"[a-z0-9]+(?:[./-][a-z0-9]+)*")
_MOST_BYTES: Final = 500_000_000
_MOST_EPOCHS: Final = 1_000_000


@dataclass(frozen=True, order=True)
class Version:
    """A version number that can be compared: ``1.4`` and ``1.4.0`` are the same."""

    parts: tuple[int, ...]

    @classmethod
    def parse(cls, text: object) -> Version:
        """Read digits between dots; nothing else is a version of ours.

        Raises:
            UpdateError: it is none.
        """
        if not isinstance(text, str) or not _VERSION.fullmatch(text):
            raise UpdateError("no version")
        parts = [int(part) for part in text.split(".")]
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        return cls(tuple(parts))

    def __str__(self) -> str:
        return ".".join(str(part) for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What runs now."""

    version: Version
    security_epoch: int = SECURITY_EPOCH


@dataclass(frozen=True, kw_only=True)
class Release:
    """A package that signed metadata speaks of.

    Attributes:
        path: Its name at the place where releases are offered.
        length: Bytes.
        sha256: Of the package, hexadecimal.
        is_security: It closes a hole, so it may insist (SEC-184).
        signed_until: End of the certificate its publisher signed it with, where that is known.
    """

    path: str
    version: Version
    security_epoch: int
    length: int
    sha256: str
    is_security: bool = False
    signed_until: datetime | None = None

    @classmethod
    def parse(cls, facts: Mapping[str, Any]) -> Release:
        """Read what is said of a package; strictly, because we write it ourselves.

        Raises:
            UpdateError: a member is missing or has the wrong form.
        """
        path, digest = facts.get("path"), facts.get("sha256")
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            raise UpdateError("no name of a package")
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise UpdateError("no digest")
        return cls(
            path=path,
            version=Version.parse(facts.get("version")),
            security_epoch=_count(facts.get("security_epoch"), _MOST_EPOCHS),
            length=_count(facts.get("length"), _MOST_BYTES),
            sha256=digest,
            is_security=facts.get("is_security") is True,
            signed_until=_moment(facts.get("signed_until")),
        )

    def document(self) -> dict[str, Any]:
        """Write it, so that ``parse`` reads the same."""
        until = None if self.signed_until is None else self.signed_until.isoformat()
        return {
            "path": self.path,
            "version": str(self.version),
            "security_epoch": self.security_epoch,
            "length": self.length,
            "sha256": self.sha256,
            "is_security": self.is_security,
            "signed_until": until,
        }


@dataclass(frozen=True, kw_only=True)
class Permission:
    """What lets an older version follow a newer one, for a while (SEC-183).

    Attributes:
        release: The older version.
        replaces: The one version it may follow.
        until: From then on the permission is worth nothing.
    """

    release: Release
    replaces: Version
    until: datetime

    @classmethod
    def parse(cls, facts: Mapping[str, Any]) -> Permission:
        """Read what is said of a package; strictly, because we write it ourselves.

        Raises:
            UpdateError: a member is missing or has the wrong form.
        """
        until = _moment(facts.get("permitted_until"))
        if until is None:
            raise UpdateError("a permission without an end")
        return cls(
            release=Release.parse(facts),
            replaces=Version.parse(facts.get("replaces")),
            until=until,
        )


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """Something of ours that ends.

    Attributes:
        name: Such as ``update_root``; never a path or a person.
    """

    name: str
    at: datetime

    def band(self, now: datetime) -> int | None:
        """Give the band it is in: 60, 30, 7, or 0 when it is over; ``None`` far from its end."""
        left = self.at - now
        if left <= timedelta():
            return 0
        reached = [days for days in BANDS_DAYS if left <= timedelta(days=days)]
        return min(reached, default=None)


@dataclass(frozen=True, kw_only=True)
class UpdateState:
    """What is known of new versions; kept between runs.

    Attributes:
        release: The last release that was believed, newer than what was installed then.
        first_seen_at: When this release was first offered.
        checked_at: When somebody was last asked who answered.
        trouble: Code of what went wrong at the last look; ``None`` when it went well.
        is_downloaded: The package lies here, checked.
        expiries: Ends of what vouches for releases.
    """

    release: Release | None = None
    first_seen_at: datetime | None = None
    checked_at: datetime | None = None
    trouble: str | None = None
    is_downloaded: bool = False
    expiries: tuple[Expiry, ...] = ()


def newer(release: Release | None, installed: Installed) -> Release | None:
    """Give the release when it may follow what is installed; ``None`` when it is the same.

    Raises:
        UpdateError: it would be a step back, in version or in security epoch (SEC-183).
    """
    if release is None:
        return None
    if release.version < installed.version:
        raise UpdateError("an older version")
    if release.security_epoch < installed.security_epoch:
        raise UpdateError("an older security epoch")
    return None if release.version == installed.version else release


def permitted(permission: Permission | None, installed: Installed, now: datetime) -> Permission:
    """Give a permission back that holds for what is installed.

    Raises:
        Conflict: ``rollback_not_permitted``: nobody permits a step back, or from another version,
            or no longer.
        UpdateError: it would be no step back, or one in security epoch, which nobody may permit.
    """
    if permission is None or permission.replaces != installed.version or permission.until <= now:
        raise Conflict(code="rollback_not_permitted")
    release = permission.release
    if release.version >= installed.version:
        raise UpdateError("no step back")
    if release.security_epoch < installed.security_epoch:
        raise UpdateError("an older security epoch")
    return permission


def is_insisting(state: UpdateState, now: datetime) -> bool:
    """Tell whether a security update has waited too long (SEC-184)."""
    release, since = state.release, state.first_seen_at
    if release is None or since is None or not release.is_security:
        return False
    return now - since >= INSISTS_AFTER


def _count(value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise UpdateError("no number, or out of range")
    return value


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise UpdateError("no moment") from error
    if moment.tzinfo is None:
        raise UpdateError("a moment of no zone")
    return moment
