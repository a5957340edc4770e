"""Importing what a verb needs, without looking for garbage meanwhile."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.cli.loading import load


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in ("verb_that_notes", "verb_that_fails"):
        sys.modules.pop(name, None)


def test_garbage_is_looked_for_again_once_a_module_is_there(folder: Path) -> None:
    (folder / "verb_that_notes.py").write_text("import gc\nWAS_ON = gc.isenabled()\n")
    assert load("verb_that_notes").WAS_ON is False
    assert gc.isenabled()


def test_also_when_it_cannot_be_imported(folder: Path) -> None:
    (folder / "verb_that_fails.py").write_text("raise ValueError\n")
    with pytest.raises(ValueError, match=r"^$"):
        load("verb_that_fails")
    assert gc.isenabled()


def test_who_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        load("bridge.cli.loading")
        assert not gc.isenabled()
    finally:
        gc.enable()
