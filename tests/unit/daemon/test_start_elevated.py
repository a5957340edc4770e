"""Nobody runs Carebridge with more rights than her own (SEC-17)."""

from __future__ import annotations

import os
import sys

import pytest

from bridge.adapters.elevation import is_elevated
from bridge.daemon.startguard import refuse_elevated
from bridge.errors import StartRefused


def test_sec_17_more_rights_than_the_users_are_refused():
    refused = []
    try:
        refuse_elevated(is_wanted=False)
    except StartRefused as error:
        refused.append(error.problem_code)
    assert refused == (["start_elevated"] if is_elevated() else [])


def test_sec_17_the_settings_file_may_want_them():
    refuse_elevated(is_wanted=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no user of number 0")
def test_root_is_known_by_its_number():
    assert is_elevated() is (os.geteuid() == 0)
