"""``Accept-Language`` picks fr, nl, de or en (API-71)."""

from __future__ import annotations

import pytest

from bridge.i18n import negotiate


@pytest.mark.parametrize(
    ("header", "default", "expected"),
    [
        pytest.param(None, "fr", "fr", id="absent-gives-the-nurse's-own"),
        pytest.param(None, "it", "nl", id="unknown-default-gives-dutch"),
        pytest.param("", "de", "de", id="empty"),
        pytest.param("fr", "nl", "fr", id="plain"),
        pytest.param("FR-be", "nl", "fr", id="region-and-case"),
        pytest.param("it, de;q=0.5, en;q=0.7", "nl", "en", id="weights"),
        pytest.param("fr;q=0, de;q=0.1", "nl", "de", id="zero-is-never"),
        pytest.param("*", "de", "de", id="any"),
        pytest.param("it, *;q=0.1", "fr", "fr", id="any-as-last"),
        pytest.param("en;q=abc, fr;q=0.2", "nl", "fr", id="nonsense-weight"),
        pytest.param("nl;level=1", "fr", "nl", id="other-parameter"),
        pytest.param(";;;,,,q=1", "en", "en", id="nonsense"),
        pytest.param("de, fr", "nl", "de", id="first-wins"),
        pytest.param("it," * 30 + "fr", "nl", "nl", id="endless-list-is-cut"),
        pytest.param("fr;q=9", "nl", "fr", id="weight-above-one"),
    ],
)
def test_negotiate(header, default, expected):
    assert negotiate(header, default) == expected
