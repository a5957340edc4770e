"""A known weakness in the lists stops the build (SUP-01, SEC-186)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packaging.version import Version

from tools import audit_dependencies, wheels
from tools.audit_dependencies import LEAST, SETTING, is_affected
from tools.requirement_lists import LISTS, list_of, pins_of

ADVISORY = {
    "id": "PYSEC-0000-1",
    "aliases": ["CVE-0000-0001"],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "HTTPX"},
            "ranges": [
                {"type": "GIT", "events": [{"introduced": "0"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "0.20"}, {"fixed": "99"}]},
            ],
        }
    ],
}


@pytest.fixture(autouse=True)
def _no_setting(monkeypatch):
    monkeypatch.delenv(SETTING, raising=False)


def copy_with(tmp_path: Path, old: str, new: str) -> Path:
    """Copy the list of the program with another pin."""
    text = list_of("runtime").read_text("utf-8")
    name = new.partition("==")[0]
    lines = [new + " \\" if line.startswith(f"{old}==") else line for line in text.splitlines()]
    assert any(line.startswith(f"{name}==") for line in lines)
    file = tmp_path / "runtime.txt"
    file.write_text("\n".join(lines))
    return file


def advisories(tmp_path: Path, *documents) -> Path:
    folder = tmp_path / "advisories" / "deeper"
    folder.mkdir(parents=True)
    for place, document in enumerate(documents):
        (folder / f"{place}.json").write_text(json.dumps(document))
    return tmp_path / "advisories"


def test_the_lists_of_this_project_pass(capsys):
    assert audit_dependencies.main([]) == 0
    said = capsys.readouterr().out
    assert "no advisories, only" in said  # passing without advisories never sounds like more


@pytest.mark.parametrize(
    "pin",
    ["starlette==1.0.0", "fastapi==0.131.0", "h11==0.14.0", "urllib3==2.6.2"],
)
def test_sup_01_a_vulnerable_pin_is_refused_by_our_own_table(tmp_path, capsys, pin):
    name = pin.partition("==")[0]
    assert audit_dependencies.main([str(copy_with(tmp_path, name, pin))]) == 1
    assert (
        f"runtime: {pin.replace('==', ' ')}: at least {LEAST[name][0]}" in capsys.readouterr().err
    )


def test_sup_01_a_vulnerable_pin_is_refused_by_an_advisory(tmp_path, capsys):
    place = advisories(tmp_path, ADVISORY)
    assert audit_dependencies.main(["--advisories", str(place)]) == 1
    said = capsys.readouterr()
    assert "httpx" in said.err
    assert "PYSEC-0000-1, CVE-0000-0001" in said.err
    assert "against 1 advisories" in said.out


def test_sup_01_the_setting_names_advisories_too(tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, str(advisories(tmp_path, [ADVISORY])))
    assert audit_dependencies.main([]) == 1


def test_sup_01_the_build_fails_and_builds_nothing(tmp_path):
    place = advisories(tmp_path, ADVISORY)
    words = ["--to", str(tmp_path / "dist"), "--advisories", str(place)]
    assert wheels.main(words) == 1
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({**ADVISORY, "withdrawn": "2026-01-01T00:00:00Z"}, id="withdrawn"),
        pytest.param(
            {"affected": [{"package": {"ecosystem": "npm", "name": "httpx"}, "versions": ["0"]}]},
            id="other-ecosystem",
        ),
        pytest.param({"id": "X", "affected": None}, id="nothing-affected"),
    ],
)
def test_what_is_not_about_us_is_passed_over(tmp_path, document):
    place = advisories(tmp_path, document)
    assert audit_dependencies.main(["--advisories", str(place)]) == 0


@pytest.mark.parametrize("content", [None, "", "no json"], ids=["folder-empty", "empty", "text"])
def test_advisories_that_cannot_be_read_are_no_audit(tmp_path, content, capsys):
    folder = tmp_path / "given"
    folder.mkdir()
    if content is not None:
        (folder / "x.json").write_text(content)
    assert audit_dependencies.main(["--advisories", str(folder)]) == 1
    assert "could not be made" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["httpx>=0.28 --hash=sha256:" + "0" * 64, "httpx==0.28"])
def test_a_list_without_exact_versions_and_hashes_is_no_list(tmp_path, text):
    file = tmp_path / "runtime.txt"
    file.write_text(text)
    with pytest.raises(ValueError, match="httpx"):
        pins_of(file)


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_of_a_list_is_read(name):
    lines = list_of(name).read_text("utf-8").splitlines()
    assert len(pins_of(list_of(name))) == sum(line[:1].isalnum() for line in lines)


FIXED = [{"introduced": "1.0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.2"}]
LAST = [{"introduced": "0"}, {"last_affected": "1.4"}]


@pytest.mark.parametrize(
    ("events", "version", "is_hit"),
    [
        (FIXED, "0.9", False),
        (FIXED, "1.0", True),
        (FIXED, "1.4.9", True),
        (FIXED, "1.5", False),
        (FIXED, "1.5rc1", True),
        (FIXED, "2.1", True),
        (FIXED, "2.2", False),
        (LAST, "0.0.1", True),
        (LAST, "1.4", True),
        (LAST, "1.4.1", False),
        ([{"introduced": "1"}], "99", True),
        ([{"introduced": "no version"}], "99", False),
        ([], "1", False),
    ],
)
def test_ranges_are_read_as_the_format_says(events, version, is_hit):
    part = {"ranges": [{"type": "ECOSYSTEM", "events": events}]}
    assert is_affected(Version(version), part) is is_hit


def test_versions_that_are_named_are_affected():
    assert is_affected(Version("1.0"), {"versions": ["1.0.0"]})
    assert not is_affected(Version("1.1"), {"versions": ["1.0.0", "not a version"]})
