"""Where card libraries are looked for."""

from __future__ import annotations

import pytest

from bridge.adapters.pkcs11.modules import CARD_MODULES, SOFTHSM_MODULES, discover_modules


@pytest.fixture
def installed(tmp_path):
    """Give a table whose libraries all lie in a folder, and the folder."""
    for name in ("official.so", "opensc.so"):
        (tmp_path / name).touch()
    names = ("official.so", "absent.so", "opensc.so")
    return {"linux": tuple(f"{tmp_path}/{name}" for name in names)}, tmp_path


def test_only_libraries_that_are_there_are_given_best_first(installed):
    table, folder = installed
    found = discover_modules("linux", {}, table)
    assert found == [folder / "official.so", folder / "opensc.so"]


def test_a_folder_is_no_library(tmp_path):
    assert discover_modules("linux", {}, {"linux": (str(tmp_path),)}) == []


def test_a_variable_of_the_environment_is_filled_in(tmp_path):
    (tmp_path / "card.dll").touch()
    table = {"win32": ("{SYSTEMROOT}/card.dll",)}
    assert discover_modules("win32", {"SYSTEMROOT": str(tmp_path)}, table) == [
        tmp_path / "card.dll"
    ]


def test_a_variable_that_is_not_set_is_skipped():
    assert discover_modules("win32", {}, {"win32": ("{SYSTEMROOT}/card.dll",)}) == []


def test_an_unknown_platform_has_no_libraries():
    assert discover_modules("plan9", {}) == []


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
@pytest.mark.parametrize("table", [CARD_MODULES, SOFTHSM_MODULES], ids=["card", "softhsm"])
def test_every_platform_has_full_paths(table, platform):
    assert table[platform]
    for template in table[platform]:
        assert template.startswith(("/", "{"))


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_the_official_middleware_comes_before_opensc(platform):
    names = ["beid" in template for template in CARD_MODULES[platform]]
    assert names == sorted(names, reverse=True)
    assert names[0]
    assert not names[-1]
