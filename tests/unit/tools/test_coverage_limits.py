"""The share of covered branches is counted per package."""

from __future__ import annotations

import pytest

from tools.coverage_limits import branch_percent


def report(**branches):
    """Write the part of a coverage report that is read: path to (covered, all)."""
    return {
        path.replace("__", "/") + ".py": {
            "summary": {"covered_branches": covered, "num_branches": all_of_them},
        }
        for path, (covered, all_of_them) in branches.items()
    }


@pytest.mark.parametrize(
    ("files", "share"),
    [
        pytest.param(report(bridge__soap__a=(19, 20)), 95.0, id="one-file"),
        pytest.param(
            report(bridge__soap__a=(10, 10), bridge__soap__b=(0, 10)), 50.0, id="two-files"
        ),
        pytest.param(
            report(bridge__soap__a=(10, 10), bridge__domain__b=(0, 10)), 100.0, id="others-apart"
        ),
        pytest.param(
            report(bridge__soap__a=(1, 2), bridge__soapy__b=(2, 2)), 50.0, id="similar-name"
        ),
        pytest.param(report(bridge__soap__a=(0, 0)), 100.0, id="no-branches"),
        pytest.param(report(bridge__domain__a=(1, 1)), None, id="not-measured"),
        pytest.param({}, None, id="nothing-at-all"),
    ],
)
def test_share_of_branches(files, share):
    assert branch_percent(files, "bridge/soap") == share


def test_paths_of_windows_count_as_well():
    files = {"bridge\\soap\\a.py": {"summary": {"covered_branches": 1, "num_branches": 4}}}
    assert branch_percent(files, "bridge/soap") == 25.0
