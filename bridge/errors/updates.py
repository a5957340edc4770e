"""Errors about new versions of the program, and about what browsers trust."""

from __future__ import annotations

from bridge.errors.base import BridgeError


class UpdateError(BridgeError):
    """What is offered as a new version is not to be believed, or is none; nothing was run."""

    code = "update_refused"


class UpdateUnreachable(UpdateError):
    """Nobody answers where new versions are offered, or it is no such place."""

    code = "update_unreachable"


class TrustStoreError(BridgeError):
    """A store of trusted certificates cannot be read or changed."""

    code = "trust_store_failed"
