"""Who signed a program: asked of Windows, and of nobody elsewhere (SEC-182, UPD-01)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bridge.adapters import authenticode
from bridge.adapters.authenticode import HashAlone, publisher_check
from bridge.errors import UpdateError

ON_WINDOWS = sys.platform == "win32"
PYTHON = Path(getattr(sys, "_base_executable", sys.executable))


@pytest.mark.skipif(ON_WINDOWS, reason="Windows knows signatures of programs")
def test_elsewhere_the_hash_of_the_metadata_is_all_there_is(tmp_path):
    check = publisher_check("Carebridge")
    assert isinstance(check, HashAlone)
    assert check.require(tmp_path / "package") is None
    assert not hasattr(authenticode, "ExpectedPublisher")


@pytest.mark.skipif(not ON_WINDOWS, reason="only Windows knows signatures of programs")
def test_the_publisher_of_a_signed_program_is_recognised():
    publisher_check("Python Software Foundation").require(PYTHON)


@pytest.mark.skipif(not ON_WINDOWS, reason="only Windows knows signatures of programs")
def test_upd_01_another_publisher_is_refused():
    with pytest.raises(UpdateError):
        publisher_check("Carebridge").require(PYTHON)


@pytest.mark.skipif(not ON_WINDOWS, reason="only Windows knows signatures of programs")
@pytest.mark.parametrize("change", ["unsigned", "altered"])
def test_upd_01_a_program_whose_signature_does_not_hold_is_refused(tmp_path, change):
    content = bytearray(PYTHON.read_bytes())
    if change == "altered":
        content[0x100] ^= 1
    else:
        content = bytearray(b"MZ nothing")
    package = tmp_path / "package.exe"
    package.write_bytes(content)
    with pytest.raises(UpdateError):
        publisher_check("Python Software Foundation").require(package)
