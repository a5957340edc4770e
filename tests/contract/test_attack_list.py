"""The lists of attacks and rules, and the workflow, against the texts they come from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import yaml

from tests.support.shared import SPEC
from tools.attack_list import ATTACKS, FAMILIES
from tools.rule_list import RULES
from tools.security_proofs import ELSEWHERE

ROOT: Final = Path(__file__).resolve().parents[2]


def test_the_list_has_every_attack_of_the_text_and_no_other():
    """*Local API security* 21."""
    text = (SPEC / "local-api-security.md").read_text("utf-8")
    section = text.partition("## 21. Attack cases")[2].partition("### 21.8")[0]
    assert re.findall(r"^\| ([A-Z]+-[0-9]{2}) \|", section, re.MULTILINE) == list(ATTACKS)


def test_the_list_has_every_rule_of_the_text_and_no_other():
    """*Local API security* 3 to 18."""
    text = (SPEC / "local-api-security.md").read_text("utf-8")
    found = set(re.findall(r"SEC-[0-9]{2,3}", text))
    assert sorted(found, key=_number) == list(RULES)


def _number(rule: str) -> int:
    return int(rule.partition("-")[2])


def test_families_are_in_the_order_of_the_text():
    assert list(FAMILIES) == list(dict.fromkeys(each.partition("-")[0] for each in ATTACKS))


def test_what_asks_another_system_is_run_by_a_workflow_on_that_system():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    job = workflow["jobs"]["attacks"]
    rows = {row["mark"]: row["system"] for row in job["strategy"]["matrix"]["include"]}
    assert rows == {mark: f"{mark}-latest" for mark in ELSEWHERE}
    asking = next(step for step in job["steps"] if "run" in step)
    assert asking["env"] == {"MARK": "${{ matrix.mark }}"}
    assert asking["run"].startswith('python dev.py test tests/unit -m "$MARK" ')
    for path in (ROOT / "tests").rglob("test_*.py"):
        if re.search(r"^@pytest\.mark\.(windows|macos)$", path.read_text("utf-8"), re.MULTILINE):
            assert path.is_relative_to(ROOT / "tests" / "unit"), path
