"""Both builds are made for real, and contain what they must and nothing they must not (D2)."""

from __future__ import annotations

import tomllib
import zipfile
from email.parser import HeaderParser

import pytest

from bridge import __version__
from installer.builds import BUILDS, PACKAGES, PRODUCTION, SIMULATOR, SIMULATOR_ONLY, belongs_to
from tools.wheels import ROOT, build_wheel, contents

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Build both; no network is needed."""
    folder = tmp_path_factory.mktemp("dist")
    return {build.name: build_wheel(build, folder / build.name) for build in BUILDS}


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
def test_contents_are_right(wheels, build):
    assert build.faults(contents(wheels[build.name])) == []


def test_builds_differ_by_the_simulator_alone(wheels):
    def shipped(name):
        return {path for path in contents(wheels[name]) if ".dist-info/" not in path}

    more = shipped("simulator") - shipped("production")
    assert shipped("production") < shipped("simulator")
    assert {path for path in more if not belongs_to(path, SIMULATOR_ONLY)} == set()


def test_no_text_of_the_simulator_is_left_in_production(wheels):
    with zipfile.ZipFile(wheels["production"]) as archive:
        sources = {
            name: archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith((".py", ".yaml", ".toml"))
        }
    speaking = {name for name, text in sources.items() if "import bridge.sandbox" in text}
    speaking |= {name for name, text in sources.items() if "from bridge.sandbox" in text}
    assert speaking == set()


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
def test_every_file_of_the_packages_is_packed(wheels, build):
    packed = set(contents(wheels[build.name]))
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    left_out = {name for name in wanted if belongs_to(name, build.leaves_out)}
    assert wanted - left_out - packed == set()


@pytest.mark.parametrize(
    ("build", "version"),
    [
        pytest.param(PRODUCTION, __version__, id="production"),
        pytest.param(SIMULATOR, f"{__version__}+simulator", id="simulator"),
    ],
)
def test_metadata(wheels, build, version):
    wheel = wheels[build.name]
    with zipfile.ZipFile(wheel) as archive:
        folder = f"carebridge-{version}.dist-info"
        facts = HeaderParser().parsestr(archive.read(f"{folder}/METADATA").decode())
        commands = archive.read(f"{folder}/entry_points.txt").decode()
    assert (facts["Name"], facts["Version"]) == ("carebridge", version)
    assert facts["License-Expression"] == "Apache-2.0"
    assert "carebridge = bridge.__main__:main" in commands


def test_the_build_made_by_other_tools_is_the_production_build():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert tuple(wheel["packages"]) == PACKAGES
    assert tuple(wheel["exclude"]) == PRODUCTION.leaves_out


def test_sec_20_no_path_of_the_simulator_is_left_in_production(wheels):
    with zipfile.ZipFile(wheels["production"]) as archive:
        sources = {
            name: archive.read(name).decode()
            for name in archive.namelist()
            if name.startswith("api/") and name.endswith(".py")
        }
    assert {name for name, text in sources.items() if "/v1/simulator" in text} == set()
    assert not any("simulat" in name for name in sources)
