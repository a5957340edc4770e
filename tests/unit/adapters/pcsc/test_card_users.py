"""Programs that use smart cards, from tables made to measure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.adapters.pcsc.users import card_users

OWN = 100


def add(
    proc: Path, number: int, name: str, *, parent: int = 1, library: str = "libpcsclite.so.1"
) -> None:
    folder = proc / str(number)
    folder.mkdir(parents=True)
    (folder / "comm").write_text(f"{name}\n")
    (folder / "stat").write_text(f"{number} ({name}) S {parent} 1 1 0")
    (folder / "maps").write_text(f"7f00-7f01 r-xp 0 08:01 1 /usr/lib/{library}\n")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    add(tmp_path, OWN, "carebridge")
    (tmp_path / "self").mkdir()
    return tmp_path


def users(proc: Path) -> tuple[str, ...]:
    return card_users(platform="linux", proc=proc, own_pid=OWN)


def test_others_are_named_once_in_order(proc):
    add(proc, 200, "firefox")
    add(proc, 201, "eid-viewer")
    add(proc, 202, "firefox")
    add(proc, 203, "editor", library="libc.so.6")
    assert users(proc) == ("eid-viewer", "firefox")


def test_we_and_our_children_are_left_out(proc):
    add(proc, 200, "worker", parent=OWN)
    add(proc, 201, "window", parent=200)
    add(proc, 202, "other", parent=99)
    assert users(proc) == ("other",)


def test_a_name_with_brackets_and_blanks_is_no_trap(proc):
    add(proc, 200, "a ) S 7 (b", parent=OWN)
    add(proc, 201, "c ) S 100 (d", parent=1)
    assert users(proc) == ("c ) S 100 (d",)


def test_processes_that_end_meanwhile_are_left_out(proc):
    (proc / "200").mkdir()
    add(proc, 201, "gone")
    (proc / "201" / "comm").unlink()
    assert users(proc) == ()


def test_parents_in_a_circle_end(proc):
    add(proc, 200, "one", parent=201)
    add(proc, 201, "two", parent=200)
    assert users(proc) == ("one", "two")


def test_a_system_without_the_table_tells_nothing(tmp_path):
    assert users(tmp_path / "absent") == ()


def windows(table: str) -> tuple[str, ...]:
    return card_users(platform="win32", own_pid=OWN, list_tasks=lambda: table)


def test_the_table_of_windows_is_read():
    table = (
        '"eID Viewer.exe","812","WinSCard.dll"\r\n'
        '"carebridge.exe","100","WinSCard.dll"\r\n'
        '"lsass.exe","4","WinSCard.dll"\r\n'
    )
    assert windows(table) == ("eID Viewer.exe", "lsass.exe")


def test_children_of_ours_are_no_other_programs():
    table = '"carebridge.exe","101","WinSCard.dll"\r\n"eID Viewer.exe","812","WinSCard.dll"\r\n'
    found = card_users(platform="win32", own_pid=OWN, children=[101], list_tasks=lambda: table)
    assert found == ("eID Viewer.exe",)


@pytest.mark.parametrize("table", ["", "INFO: No tasks are running.", '"open quote'])
def test_a_table_without_programs_names_none(table):
    assert windows(table) == ()


@pytest.mark.parametrize(
    "error",
    [FileNotFoundError(), subprocess.TimeoutExpired("tasklist", 5), ValueError("encoding")],
)
def test_a_table_that_cannot_be_had_names_none(error):
    def fail() -> str:
        raise error

    assert card_users(platform="win32", own_pid=OWN, list_tasks=fail) == ()


def test_other_systems_tell_nothing():
    assert card_users(platform="darwin") == ()


@pytest.mark.skipif(sys.platform == "win32", reason="starts a program of Linux")
def test_nothing_is_told_where_there_is_no_such_program():
    assert card_users(platform="win32", own_pid=os.getpid()) == ()
