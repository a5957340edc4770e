"""Files and folders for their owner alone."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import platformdirs
import pytest

from bridge.adapters.folders import Folders
from bridge.adapters.ownfiles import (
    create_private_file,
    destroy_file,
    ensure_private_folder,
    store_error,
    write_private_file,
)
from bridge.errors import StoreError

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def wide_umask():
    """Let new files be open to everybody unless somebody sees to it."""
    before = os.umask(0)
    yield
    os.umask(before)


@posix_only
@pytest.mark.usefixtures("wide_umask")
def test_a_new_folder_is_for_its_owner_alone(tmp_path):
    ensure_private_folder(tmp_path / "a" / "b")
    assert mode(tmp_path / "a" / "b") == 0o700


def test_an_own_folder_is_used_again(tmp_path):
    ensure_private_folder(tmp_path / "run")
    (tmp_path / "run" / "file").touch()
    ensure_private_folder(tmp_path / "run")
    assert (tmp_path / "run" / "file").exists()


@posix_only
@pytest.mark.parametrize("bits", [0o720, 0o702, 0o777])
def test_a_folder_others_may_write_is_refused(tmp_path, bits):
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(bits)
    with pytest.raises(StoreError) as caught:
        ensure_private_folder(tmp_path / "run")
    assert caught.value.problem_code == "folder_unsafe"


@posix_only
def test_a_link_is_refused(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(StoreError) as caught:
        ensure_private_folder(tmp_path / "run")
    assert caught.value.problem_code == "folder_unsafe"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(StoreError):
        ensure_private_folder(tmp_path / "run")


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a folder away"
)
def test_a_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "run").mkdir(mode=0o700)
    os.chown(tmp_path / "run", 12345, 12345)
    with pytest.raises(StoreError) as caught:
        ensure_private_folder(tmp_path / "run")
    assert caught.value.problem_code == "folder_unsafe"


def test_a_folder_below_a_file_cannot_be_created(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        ensure_private_folder(tmp_path / "file" / "run")


@posix_only
@pytest.mark.usefixtures("wide_umask")
def test_a_written_file_is_for_its_owner_alone(tmp_path):
    write_private_file(tmp_path / "x", b"content")
    assert mode(tmp_path / "x") == 0o600


def test_a_file_is_replaced_whole_and_nothing_else_stays(tmp_path):
    write_private_file(tmp_path / "x", b"a longer content")
    write_private_file(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_draft_a_dead_process_left_does_not_disturb(tmp_path):
    (tmp_path / f".x.{os.getpid()}.new").write_bytes(b"half")
    write_private_file(tmp_path / "x", b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_failed_write_keeps_the_old_file_and_leaves_no_draft(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "child").touch()
    with pytest.raises(StoreError):
        write_private_file(tmp_path / "x", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path):
    with pytest.raises(StoreError):
        write_private_file(tmp_path / "absent" / "x", b"content")
    with pytest.raises(StoreError):
        create_private_file(tmp_path / "absent" / "x")


@posix_only
@pytest.mark.usefixtures("wide_umask")
def test_a_created_file_is_for_its_owner_alone_and_keeps_what_it_has(tmp_path):
    create_private_file(tmp_path / "x")
    (tmp_path / "x").write_bytes(b"kept")
    create_private_file(tmp_path / "x")
    assert mode(tmp_path / "x") == 0o600
    assert (tmp_path / "x").read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(errno.ENOSPC, "storage_full", id="disk-full"),
        pytest.param(errno.EDQUOT, "storage_full", id="quota"),
        pytest.param(errno.EACCES, "storage_unavailable", id="no-access"),
    ],
)
def test_a_full_disk_has_a_code_of_its_own(number, code):
    assert store_error(OSError(number, "x")).problem_code == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_the_system_reports_a_full_disk_that_way(tmp_path):
    with pytest.raises(OSError, match="No space") as caught:
        Path("/dev/full").write_bytes(b"x")
    assert store_error(caught.value).problem_code == "storage_full"
    assert list(tmp_path.iterdir()) == []


def test_explicit_folders_lie_under_their_base(tmp_path):
    folders = Folders.under(tmp_path)
    folders.create()
    for folder in (folders.data, folders.runtime, folders.logs):
        assert folder.parent == tmp_path
        assert folder.is_dir()
    assert len({folders.data, folders.runtime, folders.logs}) == 3


def test_creating_folders_again_is_no_error(tmp_path):
    Folders.under(tmp_path).create()
    Folders.under(tmp_path).create()
    assert len(list(tmp_path.iterdir())) == 3


def test_the_folders_of_the_user_carry_the_product_name():
    folders = Folders.of_user()
    assert "Carebridge" in folders.data.parts
    assert "Carebridge" in folders.logs.parts
    assert folders.data == platformdirs.user_data_path("Carebridge", appauthor=False)


@pytest.mark.skipif(sys.platform != "linux", reason="a folder of the OS session is Linux's")
def test_on_linux_the_runtime_folder_is_that_of_the_session(monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert Folders.of_user().runtime == Path("/run/user/1000/Carebridge")


@pytest.mark.skipif(sys.platform != "linux", reason="a folder of the OS session is Linux's")
def test_without_session_folder_no_shared_folder_is_used(monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    folders = Folders.of_user()
    assert folders.runtime == folders.data / "run"


def test_sec_134_a_destroyed_file_was_overwritten_before_its_name_went(tmp_path):
    path, second = tmp_path / "draft", tmp_path / "second name"
    path.write_bytes(b"secret" * 500_000)
    second.hardlink_to(path)
    destroy_file(path)
    assert not path.exists()
    assert second.read_bytes() == bytes(3_000_000)


def test_a_destroyed_link_leaves_what_it_leads_to(tmp_path):
    (tmp_path / "target").write_bytes(b"other's")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    destroy_file(tmp_path / "link")
    destroy_file(tmp_path / "link")
    assert (tmp_path / "target").read_bytes() == b"other's"
    assert not (tmp_path / "link").is_symlink()
