"""Keys of programs and keys of keyboards (SEC-83)."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace

import pytest

if importlib.util.find_spec("_tkinter") is None:
    pytest.skip("needs Tk", allow_module_level=True)

from tray.dialogs.window import is_sent_by_a_program


@pytest.mark.parametrize(
    ("mark", "platform", "is_sent"),
    [
        pytest.param(False, "linux", False, id="typed"),
        pytest.param(True, "linux", True, id="sent"),
        pytest.param("??", "linux", False, id="of-another-kind-of-event"),
        pytest.param(True, "win32", False, id="typed-on-windows-where-each-key-has-the-mark"),
    ],
)
def test_sec_83_only_x_tells_who_sent_a_key(mark, platform, is_sent) -> None:
    assert is_sent_by_a_program(SimpleNamespace(send_event=mark), platform=platform) is is_sent
