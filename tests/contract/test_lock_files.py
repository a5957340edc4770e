"""The hashed lists serve every machine and agree with the project's settings."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("runtime", "dev")

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def text_of(name):
    return (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


def pins(name):
    return {(package, version) for package, version in PIN.findall(text_of(name))}


def normal(requirement):
    """Give the name of a requirement as package indexes spell it."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_has_hashes(name):
    blocks = re.split(r"\n(?=\S)", text_of(name).strip())
    bare = [block for block in blocks if "==" in block and "--hash=sha256:" not in block]
    assert bare == []


@pytest.mark.parametrize("name", LISTS)
def test_no_address_and_no_place_is_named(name):
    named = re.findall(
        r"https?://\S+|file:\S+|^\s*--(?!hash)\S+|@ \S+", text_of(name), re.MULTILINE
    )
    assert named == []


def test_development_has_the_versions_that_users_get():
    assert pins("runtime") - pins("dev") == set()


def test_every_requirement_of_the_program_is_pinned(project):
    wanted = {normal(requirement) for requirement in project["project"]["dependencies"]}
    assert wanted - {package for package, _ in pins("runtime")} == set()


def test_every_requirement_of_the_groups_is_pinned(project):
    groups = project["dependency-groups"].values()
    wanted = {normal(requirement) for group in groups for requirement in group}
    assert wanted - {package for package, _ in pins("dev")} == set()


def test_nothing_of_the_groups_alone_reaches_users():
    assert {"pytest", "mypy", "hatchling"} & {package for package, _ in pins("runtime")} == set()
