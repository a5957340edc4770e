"""Where card libraries are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.adapters.pkcs11.modules import (
    CARD_MODULES,
    SOFTHSM_MODULES,
    discover,
    discover_modules,
    kind_of,
)


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


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("libbeidpkcs11.so.0", "official"),
        ("beidpkcs11.dll", "official"),
        ("libbeidpkcs11.dylib", "official"),
        ("opensc-pkcs11.so", "opensc"),
        ("libsofthsm2.so", "other"),
    ],
)
def test_a_library_is_known_by_its_name(name, kind):
    assert kind_of(Path("/usr/lib") / name) == kind


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_every_library_for_real_cards_has_a_kind(platform):
    names = [template.replace("\\", "/") for template in CARD_MODULES[platform]]
    assert {kind_of(Path(name)) for name in names} == {"official", "opensc"}


@pytest.fixture
def both(tmp_path):
    """Give a table with a library of each kind, the folder, and a way to it through a link."""
    for name in ("beidpkcs11.so", "opensc-pkcs11.so"):
        (tmp_path / "lib" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "lib" / name).touch()
    (tmp_path / "lib64").symlink_to(tmp_path / "lib", target_is_directory=True)
    places = tuple(
        f"{tmp_path}/{folder}/{name}"
        for name in ("beidpkcs11.so", "opensc-pkcs11.so")
        for folder in ("lib", "lib64")
    )
    return {"linux": places}, tmp_path / "lib"


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (("official", "opensc"), ["beidpkcs11.so", "opensc-pkcs11.so"]),
        (("opensc", "official"), ["opensc-pkcs11.so", "beidpkcs11.so"]),
        (("opensc",), ["opensc-pkcs11.so"]),
        ((), []),
    ],
)
def test_the_order_of_kinds_decides_and_each_library_comes_once(both, order, names):
    table, folder = both
    found = discover(order, platform="linux", environ={}, table=table)
    assert found == [folder / name for name in names]


def test_a_library_named_in_the_settings_is_the_only_one(both):
    table, _ = both
    named = Path("/opt/card.so")
    found = discover(("official",), named, platform="linux", environ={}, table=table)
    assert found == [named]
