"""``Prefer`` (RFC 7240; API-18, API-41)."""

from __future__ import annotations

import pytest

from api.prefer import Preferences


@pytest.mark.parametrize(
    ("lines", "wait_s", "is_minimal"),
    [
        pytest.param([], 0, False, id="absent"),
        pytest.param([b"wait=10"], 10, False, id="wait"),
        pytest.param([b"wait=31"], 30, False, id="wait-is-capped"),
        pytest.param([b"wait=99999999999999999999"], 30, False, id="wait-is-huge"),
        pytest.param([b"wait=-1"], 0, False, id="negative"),
        pytest.param([b"wait=1.5"], 0, False, id="fraction"),
        pytest.param([b"wait"], 0, False, id="no-value"),
        pytest.param([b"return=minimal"], 0, True, id="minimal"),
        pytest.param([b"return=representation"], 0, False, id="full"),
        pytest.param([b"respond-async, wait=5, return=minimal"], 5, True, id="several"),
        pytest.param([b"Wait=5", b'return="minimal"'], 5, True, id="two-lines-case-quotes"),
        pytest.param([b"wait = 7; x=y"], 7, False, id="blanks-and-parameter"),
        pytest.param([b"\xff, ,;=,wait=3"], 3, False, id="nonsense-is-skipped"),
    ],
)
def test_preferences(lines, wait_s, is_minimal):
    assert Preferences.parse(lines) == Preferences(wait_s, is_minimal)
