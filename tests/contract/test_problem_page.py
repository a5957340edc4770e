"""``docs/problems.md`` and the catalogue are the same list (style anchors 4.22)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.i18n import PROBLEMS, text

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "problems.md").read_text("utf-8")


def rows() -> dict[str, str]:
    return {
        found[1]: line
        for line in PAGE.splitlines()
        if (found := re.match(r"\| `([a-z_0-9]+)` \|", line))
    }


def test_each_code_has_exactly_one_row():
    assert set(rows()) == set(PROBLEMS)
    assert len(re.findall(r"^\| `", PAGE, re.MULTILINE)) == len(PROBLEMS)


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_each_row_says_what_the_catalogue_says(code):
    entry, row = PROBLEMS[code], rows()[code]
    assert f"| {entry.status} |" in row
    assert f"`{entry.user_action}`" in row
    assert f"`{entry.who_can_fix}`" in row
    assert text(code, "title", "en") in row
