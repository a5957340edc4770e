"""What an installer asks of a version it has just unpacked: does it work here, with these data?

::

    Carebridge.exe --check-installation user|machine

The installer keeps the old version until the answer is exit status 0, and brings it back otherwise
(*Desktop packaging* 3).
For one user the database is brought to the new schema here, in one transaction, while nobody else
has it open; for a machine each user's own daemon does that.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import structlog

from bridge.adapters.clock import SystemClock
from bridge.adapters.db.safekeeping import FOREIGN
from bridge.adapters.folders import Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.instancelock import InstanceLock
from bridge.adapters.secrets import KeyringSecrets
from bridge.daemon import startguard
from bridge.daemon.storage import DATABASE, LOCK, database_key, open_store
from bridge.errors import BridgeError, KeyStoreUnavailable
from bridge.ports.secrets import SecretStore

ARGUMENT: Final = "--check-installation"
USER: Final = "user"
FINE: Final = 0
BROKEN: Final = 1
UNREADABLE: Final = 4

MODULES: Final = (
    "bridge.daemon.real",
    "bridge.cli.app",
    "lxml.etree",
    "pkcs11",
    "smartcard.scard",
    "sqlcipher3",
    "tkinter",
)
"""What a daemon loads sooner or later; each stands for libraries that may be missing."""

log = structlog.get_logger()


def main() -> int:
    """Look at this installation, and where it is one user's at her data; gives the exit status."""
    status = check_program(MODULES, startguard.Start(environment={}, is_watched=False))
    if status != FINE or sys.argv[2:] != [USER]:
        return status
    return check_data(Folders.of_user(), KeyringSecrets)


def check_program(modules: Iterable[str], start: startguard.Start) -> int:
    """Load modules, and look whether others may change the program, as each start does."""
    try:
        for name in modules:
            importlib.import_module(name)
        if startguard.is_production():
            startguard.refuse_unsafe(start)
    except (ImportError, OSError) as error:
        log.warning("installation.broken", reason=type(error).__name__)
        return BROKEN
    except BridgeError as error:
        log.warning("installation.broken", reason=error.problem_code)
        return BROKEN
    return FINE


def check_data(folders: Folders, secrets: Callable[[], SecretStore]) -> int:
    """Bring the database to this version; a first installation has none.

    What a daemon starts with all the same, such as a key store that is locked, is no reason to
    keep the old version.
    """
    path = folders.data / DATABASE
    if not path.is_file():
        return FINE
    try:
        with InstanceLock(folders.runtime / LOCK):
            _open_once(path, secrets())
    except BridgeError as error:
        is_elsewhere = isinstance(error, KeyStoreUnavailable) or error.problem_code == FOREIGN
        log.warning("installation.data", reason=error.problem_code, is_elsewhere=is_elsewhere)
        return FINE if is_elsewhere else UNREADABLE
    return FINE


def _open_once(path: Path, secrets: SecretStore) -> None:
    store, _trouble = open_store(path, database_key(path, secrets, SystemIds(SystemClock())))
    asyncio.run(store.close())
