"""The workflows of the forge call only what exists, and give no secret away."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from dev import MODULES, ROOT
from tools import packages

FOLDER = ROOT / ".github" / "workflows"
NAMES = sorted(path.name for path in FOLDER.iterdir())
_ACTION = re.compile(r"actions/[a-z-]+@(?:v[0-9]+|[0-9a-f]{40})")
_CALL = re.compile(r"dev\.py ((?:[^\n]|\n(?=\s*-))+)")


def workflow(name: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def calls(name: str) -> list[list[str]]:
    runs = [step["run"] for step in steps(name) if "run" in step]
    found = [each for run in runs for each in _CALL.findall(run)]
    return [shlex.split(each.replace('"$MACHINE"', "arm64")) for each in found]


def test_the_release_is_among_them():
    assert NAMES == ["ci.yml", "release.yml"]


@pytest.mark.parametrize("name", NAMES)
def test_each_call_of_dev_py_is_one_that_exists(name):
    assert calls(name)
    for words in calls(name):
        assert words[0] in MODULES
        if words[0] == "package":
            packages.parser().parse_args(words[1:])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_may_write_to_the_repository_and_every_job_ends(name):
    assert workflow(name)["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 60 for job in workflow(name)["jobs"].values())
    assert "pull_request_target" not in (FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_the_forges_own_and_have_a_version(name):
    used = [step["uses"] for step in steps(name) if "uses" in step]
    assert used
    assert [each for each in used if not _ACTION.fullmatch(each)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_others_chose_reaches_a_script_as_a_variable_only(name):
    """An expression inside of a script would be run as a part of it."""
    assert [step["run"] for step in steps(name) if "${{" in step.get("run", "")] == []


def test_a_release_is_built_for_three_systems_and_tested_on_three():
    built = {words[1] for words in calls("release.yml") if words[0] == "package"}
    assert built == {"windows", "macos", "linux"}
    systems = [job["runs-on"] for job in workflow("release.yml")["jobs"].values()]
    matrix = workflow("release.yml")["jobs"]["macos"]["strategy"]["matrix"]["include"]
    systems += [each["system"] for each in matrix]
    for kind in ("ubuntu", "windows", "macos"):
        assert any(system.startswith(kind) for system in systems)
    assert sum(words[0] == "test" for words in calls("release.yml")) == 3


def test_each_package_comes_with_checksums_and_bill_of_materials():
    kept = [step["with"]["path"] for step in steps("release.yml") if "upload-artifact" in str(step)]
    assert len(kept) == 4
    for paths in kept:
        assert "SHA256SUMS" in paths
        assert "bom.cdx.json" in paths
