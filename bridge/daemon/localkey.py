"""The key of the local channel, for the daemon and for the command line that speaks to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.adapters.secrets import data_key
from bridge.domain.ids import IdSource
from bridge.ports.secrets import SecretStore

LOCAL_KEY: Final = "local-channel"


def local_key(secrets: SecretStore, ids: IdSource) -> Callable[[], bytes]:
    """Give the source of the key, asked on Windows only."""
    return lambda: data_key(secrets, LOCAL_KEY, ids)
