"""Uninstalling with ``erase`` leaves no key, no file, no scheme, nothing that listens (GDPR-04)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.adapters.folders import Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.instancelock import InstanceLock
from bridge.adapters.systemtraces import UserTraces
from bridge.cli.app import app
from bridge.daemon.audit import note_settings
from bridge.daemon.localkey import local_key
from bridge.daemon.network import LICENCE
from bridge.daemon.opening import open_profile
from bridge.daemon.rotation import KeyRotation, Keys
from bridge.daemon.storage import DATABASE, LOCK
from bridge.daemon.tls import tls_desk
from bridge.daemon.uninstalling import KEPT_SECRETS, erase_profile, keep_profile
from bridge.domain.audit import Action
from bridge.errors import Conflict
from tests.support import stores
from tests.support.daemon import opened_keystore, running_daemon
from tests.support.disksecrets import DiskSecrets
from tests.support.fakes import FixedClock

pytestmark = pytest.mark.timeout(60)
OTHERS = "[Default Applications]\nx-scheme-handler/https=browser.desktop\n"
SCHEME = "x-scheme-handler/carebridge=carebridge-url.desktop\n"
LEFT = (
    ".config/autostart/carebridge.desktop",
    ".local/share/applications/carebridge-url.desktop",
    ".config/systemd/user/carebridge.service",
    "Library/LaunchAgents/be.carebridge.plist",
)


def home_with_traces(folder: Path) -> Path:
    for name in (*LEFT, ".config/autostart/other.desktop"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("[Desktop Entry]\n")
    (folder / ".config/mimeapps.list").write_text(OTHERS + SCHEME)
    return folder


async def lived(folders: Folders, secrets: DiskSecrets, other: Path) -> None:
    """Leave everything a run leaves: database, certificate, audit log, logs, keys of two years."""
    clock = FixedClock()
    ids = SystemIds(clock)
    opened = open_profile(folders.data, secrets=lambda: secrets, clock=clock, ids=ids)
    async with running_daemon(
        other,
        secrets=lambda _w: secrets,
        store=lambda _w: opened.store,
        audit=lambda _w: opened.audit,
    ) as daemon:
        nurse = daemon.world.nurse
        opened.vault.keep(opened_keystore(nurse), registration_id=nurse.registration.id)
        opened.audit.record(Action.EXPORT_MADE, patient=stores.REGISTRATION.holder.niss)
        note_settings(opened.audit, secrets, "{}")
        await asyncio.to_thread(opened.audit.anchor)
        local_key(secrets, ids)()
        secrets.put(LICENCE, b"password")
        rotation = KeyRotation(
            opened.store,
            folders.data / DATABASE,
            vault=opened.vault,
            keys=Keys.of(secrets, ids, clock),
            audit=opened.audit,
        )
        await asyncio.to_thread(rotation.run)
    for folder, name in ((folders.logs, "carebridge.log"), (folders.data, "settings.toml")):
        (folder / name).write_text("x")


class TrustingStore:
    """A store of trusted certificates in memory."""

    name = "double"

    def __init__(self) -> None:
        self.leaves: list[Any] = []

    def holds(self, leaf: Any) -> bool:
        return leaf in self.leaves

    def add(self, leaf: Any, file: Path) -> None:
        assert file.exists()
        self.leaves.append(leaf)

    def remove(self, leaf: Any, file: Path) -> None:
        del file  # the leaf says it
        self.leaves = [each for each in self.leaves if each != leaf]


def erase(folders: Folders, secrets: DiskSecrets, home: Path, *stores: Any) -> list[str]:
    desk = tls_desk(folders.data, secrets, stores=stores)
    return erase_profile(folders, secrets, UserTraces(home), desk)


@pytest.fixture
async def profile(tmp_path: Path) -> tuple[Folders, DiskSecrets, Path]:
    folders, secrets = Folders.under(tmp_path / "own"), DiskSecrets(tmp_path / "key-store.json")
    folders.create()
    await lived(folders, secrets, tmp_path / "other")
    return folders, secrets, home_with_traces(tmp_path / "home")


async def test_gdpr_04_nothing_is_left_sec_19_sec_167_sec_188(
    profile: tuple[Folders, DiskSecrets, Path],
) -> None:
    folders, secrets, home = profile
    trusting = TrustingStore()
    await asyncio.to_thread(tls_desk(folders.data, secrets, stores=[trusting]).enable)
    assert trusting.leaves
    assert set(KEPT_SECRETS) <= secrets.names, "the run left each of them"
    assert {"database-2", "keystore-key-2"} <= secrets.names
    gone = await asyncio.to_thread(erase, folders, secrets, home, trusting)
    assert secrets.names == set()
    assert trusting.leaves == [], "no certificate is trusted any more (TLS-03)"
    for folder in (folders.data, folders.runtime, folders.logs):
        assert not folder.exists()
    assert not [name for name in LEFT if (home / name).exists()]
    assert (home / ".config/mimeapps.list").read_text() == OTHERS  # after it all
    assert (home / ".config/autostart/other.desktop").exists()  # after it all
    assert {"file:carebridge.db", "key:database", "list:.config/mimeapps.list"} <= set(gone)
    again = await asyncio.to_thread(erase, folders, secrets, home, trusting)
    assert not [each for each in again if each.startswith(("file:c", "list:"))]


def test_gdpr_04_a_running_daemon_is_stopped_first(tmp_path: Path) -> None:
    folders, secrets = Folders.under(tmp_path / "own"), DiskSecrets(tmp_path / "keys.json")
    folders.create()
    secrets.put("database", bytes(32))
    with InstanceLock(folders.runtime / LOCK), pytest.raises(Conflict) as refused:
        erase(folders, secrets, home_with_traces(tmp_path))
    assert refused.value.problem_code == "daemon_running"
    assert secrets.names == {"database"}
    assert (tmp_path / LEFT[0]).exists()


def test_data_that_are_kept_leave_no_certificate_that_is_trusted(tmp_path: Path) -> None:
    folders, secrets = Folders.under(tmp_path / "own"), DiskSecrets(tmp_path / "keys.json")
    folders.create()
    secrets.put("database", bytes(32))
    trusting = TrustingStore()
    desk = tls_desk(folders.data, secrets, stores=[trusting])
    assert keep_profile(folders, lambda: desk) == []
    desk.enable()
    assert len(trusting.leaves) == 1
    assert keep_profile(folders, lambda: desk) == ["key:tls-key", "certificate:tls"]
    assert (trusting.leaves, desk.leaf) == ([], None)
    assert secrets.names == {"database"}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    folders, secrets = Folders.under(tmp_path / "own"), DiskSecrets(tmp_path / "keys.json")
    folders.create()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one").write_text("mine")
    (folders.data / "link").symlink_to(tmp_path / "photos")
    erase(folders, secrets, tmp_path)
    assert (tmp_path / "photos" / "one").read_text() == "mine"
    assert not folders.data.exists()


def test_no_list_without_entries_and_no_folder_of_ours_is_left(tmp_path: Path) -> None:
    """*Installing on Linux and macOS*: on Linux the logs lie in a folder of ours."""
    own, secrets = tmp_path / ".local/state/Carebridge", DiskSecrets(tmp_path / "keys.json")
    folders = Folders(data=tmp_path / "data", runtime=tmp_path / "run", logs=own / "log")
    list_of_ours = tmp_path / ".local/share/applications/mimeapps.list"
    list_of_ours.parent.mkdir(parents=True)
    list_of_ours.write_text(f"[Default Applications]\n{SCHEME}\n[Added Associations]\n")
    gone = erase(folders, secrets, tmp_path)
    assert "list:.local/share/applications/mimeapps.list" in gone
    assert not list_of_ours.exists()
    assert (own.exists(), own.parent.exists()) == (False, True)
    own.mkdir()
    (own / "of-somebody-else").write_text("mine")
    erase(folders, secrets, tmp_path)
    assert (own / "of-somebody-else").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "typed", "status"),
    [
        pytest.param(["keep"], "", 0, id="keep"),
        pytest.param(["erase"], "no\n", 1, id="not-meant"),
        pytest.param(["export"], "", 2, id="export-without-a-file"),
        pytest.param(["erase", "file"], "", 2, id="erase-with-a-file"),
    ],
)
def test_the_command_keeps_the_data_unless_it_is_told_so_sec_167(
    words: list[str], typed: str, status: int, tmp_path: Path
) -> None:
    folders = Folders.under(tmp_path)
    folders.create()
    (folders.data / DATABASE).write_bytes(b"kept")
    arguments = ["uninstall-data", *words, "--folder", str(tmp_path)]
    answer = CliRunner().invoke(app, arguments, input=typed)
    assert answer.exit_code == status, answer.output
    assert (folders.data / DATABASE).read_bytes() == b"kept"


def test_without_a_key_store_nothing_is_erased(tmp_path: Path) -> None:
    folders = Folders.under(tmp_path)
    folders.create()
    (folders.data / DATABASE).write_bytes(b"kept")
    environment = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    arguments = ["uninstall-data", "erase", "--yes", "--folder", str(tmp_path)]
    answer = CliRunner().invoke(app, arguments, env=environment)
    assert answer.exit_code == 1
    assert "[key_store_unavailable]" in answer.stderr
    assert (folders.data / DATABASE).exists()
