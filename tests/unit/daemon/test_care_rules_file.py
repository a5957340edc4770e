"""The rules on declarations of care as the settings file sets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.domain.caresettings import CareSettings, RenewalStart
from bridge.errors import InputError
from bridge.settings import Settings


def loaded(folder: Path, *lines: str) -> CareSettings:
    file = folder / "carebridge.toml"
    file.write_text("\n".join(["[care]", *lines]), "utf-8")
    return Settings.load(file).care


def test_nothing_is_set_without_a_line(tmp_path: Path) -> None:
    assert loaded(tmp_path) == CareSettings()


def test_every_kind_of_setting_is_read(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        'renewal_start = "next_day"',
        "latest_sending_days = 12",
        "has_wider_c = true",
        'requester_prefixes = ["4"]',
        'silent_rules = ["toilets_unusual"]',
        'lenient_rules = ["care_kind_too_strong", "renewal_too_early"]',
    )
    assert found == CareSettings(
        renewal_start=RenewalStart.NEXT_DAY,
        latest_sending_days=12,
        has_wider_c=True,
        requester_prefixes=("4",),
        silent_rules=frozenset({"toilets_unusual"}),
        lenient_rules=frozenset({"care_kind_too_strong", "renewal_too_early"}),
    )


@pytest.mark.parametrize(
    ("line", "setting"),
    [
        pytest.param('renewal_strt = "next_day"', "care.renewal_strt", id="unknown-setting"),
        pytest.param('renewal_start = "later"', "care.renewal_start", id="unknown-value"),
        pytest.param('silent_rules = ["sent_lte"]', "care.silent_rules", id="unknown-rule"),
        pytest.param('lenient_rules = ["product_invalid"]', "care.lenient_rules", id="fixed-rule"),
        pytest.param("no_answer_days = -1", "care.no_answer_days", id="below-zero"),
        pytest.param('no_answer_days = "a"', "care.no_answer_days", id="no-number"),
    ],
)
def test_a_mistake_is_refused_by_name(tmp_path: Path, line: str, setting: str) -> None:
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, line)
    assert caught.value.problem_code == "setting_invalid"
    assert caught.value.params == {"setting": setting}
