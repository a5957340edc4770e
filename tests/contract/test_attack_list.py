"""The list of attacks against the text it comes from."""

from __future__ import annotations

import re

from tests.support.shared import SPEC
from tools.attack_list import ATTACKS, FAMILIES


def test_the_list_has_every_attack_of_the_text_and_no_other():
    """*Local API security* 21."""
    text = (SPEC / "local-api-security.md").read_text("utf-8")
    section = text.partition("## 21. Attack cases")[2].partition("### 21.8")[0]
    assert re.findall(r"^\| ([A-Z]+-[0-9]{2}) \|", section, re.MULTILINE) == list(ATTACKS)


def test_families_are_in_the_order_of_the_text():
    assert list(FAMILIES) == list(dict.fromkeys(each.partition("-")[0] for each in ATTACKS))
