"""Access lists in the text form of Windows: which folders are private (FILE-01, FILE-02)."""

from __future__ import annotations

import subprocess

import pytest

from bridge.adapters.ownfiles import ensure_private_folder
from bridge.adapters.windowsaccess import is_private, private_list
from bridge.errors import StoreError

NURSE = "S-1-5-21-1-2-3-1001"
COLLEAGUE = "S-1-5-21-1-2-3-1002"
OWN = f"O:{NURSE}"
USUAL = f"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{NURSE})"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{OWN}{private_list(NURSE)}", id="FILE-01-ours"),
        pytest.param(f"{OWN}G:DU{USUAL}", id="as-profiles-are"),
        pytest.param(f"O:BA{USUAL}", id="made-by-an-administrator"),
        pytest.param(f"{OWN}{USUAL}(A;OICI;0x1200a9;;;BU)", id="others-may-read"),
        pytest.param(f"{OWN}{USUAL}(A;OICIIO;FA;;;CO)", id="whoever-creates-owns"),
        pytest.param(f"{OWN}{USUAL}(D;OICI;FA;;;{COLLEAGUE})", id="a-refusal-opens-nothing"),
    ],
)
def test_private_folders(text):
    assert is_private(text, NURSE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"O:{COLLEAGUE}{USUAL}", id="FILE-02-of-somebody-else"),
        pytest.param(f"{OWN}{USUAL}(A;OICI;FA;;;{COLLEAGUE})", id="FILE-02-full-access"),
        pytest.param(f"{OWN}{USUAL}(A;OICI;0x1301bf;;;AU)", id="FILE-02-modify"),
        pytest.param(f"{OWN}{USUAL}(A;;FW;;;WD)", id="FILE-02-everyone-writes"),
        pytest.param(f"{OWN}{USUAL}(A;;CCDC;;;BU)", id="FILE-02-delete-child"),
        pytest.param(f"{OWN}{USUAL}(A;OICI;0x100002;;;BU)", id="FILE-02-create-files"),
        pytest.param(OWN, id="FILE-02-no-list-lets-everybody"),
        pytest.param("", id="nothing-known"),
    ],
)
def test_shared_folders(text):
    assert not is_private(text, NURSE)


@pytest.mark.windows
def test_file_02_on_windows_a_folder_that_everybody_may_write_is_refused(tmp_path):
    folder = tmp_path / "run"
    ensure_private_folder(folder)
    ensure_private_folder(folder)
    shown = subprocess.run(
        ["icacls", str(folder)], capture_output=True, check=True, text=True, errors="replace"
    )
    assert "Everyone" not in shown.stdout
    assert "(I)" not in shown.stdout
    subprocess.run(["icacls", str(folder), "/grant", "*S-1-1-0:(OI)(CI)F"], check=True)
    with pytest.raises(StoreError):
        ensure_private_folder(folder)
