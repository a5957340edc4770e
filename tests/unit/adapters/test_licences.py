"""The licences of what the program contains, for the window about it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from bridge.adapters.licences import OWN, PARTS, licences

ROOT = Path(__file__).resolve().parents[3]


def test_the_parts_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = [re.match(r"[A-Za-z0-9-]+", each)[0] for each in project["dependencies"]]
    assert sorted(PARTS) == sorted(named)
    assert f"Carebridge: {project['license']}" == OWN


def test_each_part_has_a_line_with_version_and_licence():
    lines = licences()
    assert lines[0] == OWN
    assert all(re.fullmatch(r"\S+ [0-9]\S*: .+", line) for line in lines[1:])
    assert any(line.startswith("pyscard ") and "LGPL" in line for line in lines)
    assert any(line.startswith("starlette ") for line in lines)  # of a part of ours
