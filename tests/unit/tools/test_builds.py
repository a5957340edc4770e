"""What each build may contain, judged on lists of names."""

from __future__ import annotations

import pytest

from installer.builds import BUILDS, NEEDED, PRODUCTION, SIMULATOR, SIMULATOR_ONLY, belongs_to

LICENCE = "carebridge-1.0.0.dist-info/licenses/LICENSE"
COMMON = [*NEEDED, LICENCE]
PLAYED = [f"{place}/part.py" for place in SIMULATOR_ONLY if not place.endswith(".py")]
PLAYED += [place for place in SIMULATOR_ONLY if place.endswith(".py")]


def test_production_without_the_simulator_is_right():
    assert PRODUCTION.faults(COMMON) == []


def test_simulator_with_everything_is_right():
    assert SIMULATOR.faults([*COMMON, *PLAYED]) == []


@pytest.mark.parametrize("name", PLAYED)
def test_production_must_not_contain(name):
    assert PRODUCTION.faults([*COMMON, name]) == [f"must not contain {name}"]


@pytest.mark.parametrize("place", SIMULATOR_ONLY)
def test_simulator_must_contain(place):
    others = [name for name in PLAYED if not belongs_to(name, [place])]
    assert SIMULATOR.faults([*COMMON, *others]) == [f"lacks {place}"]


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
def test_every_build_needs(build, name):
    played = PLAYED if build is SIMULATOR else []
    names = [other for other in [*COMMON, *played] if other != name]
    assert build.faults(names) == [f"lacks {name}"]


def test_licence_is_needed():
    assert PRODUCTION.faults(NEEDED) == ["lacks the licence"]


@pytest.mark.parametrize(
    ("name", "is_inside"),
    [
        pytest.param("bridge/sandbox", True, id="itself"),
        pytest.param("bridge/sandbox/sts.py", True, id="inside"),
        pytest.param("bridge/sandbox2/sts.py", False, id="similar-name"),
        pytest.param("bridge/soap/xml.py", False, id="elsewhere"),
    ],
)
def test_belongs_to(name, is_inside):
    assert belongs_to(name, ["bridge/sandbox"]) is is_inside


def test_versions_tell_the_builds_apart():
    assert [build.version("1.2.0") for build in BUILDS] == ["1.2.0", "1.2.0+simulator"]
