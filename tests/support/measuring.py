"""Which tests are measured for coverage: those that speak of one part.

The thresholds are for the packages of the protocol core, which unit, contract and property tests
reach.
Tests of the whole daemon take half as long again when every call of every library is looked at.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from coverage import Coverage

_UNMEASURED: Final = (
    *("component", "integration", "contract/test_openapi_document.py"),
    *("contract/test_openapi_fuzz.py", "contract/test_problem_page.py"),
)
_TESTS: Final = Path(__file__).parents[1]
_FOR_CHILDREN: Final = "COVERAGE_PROCESS_CONFIG"


class Measuring:
    """Stops and starts the measurement of this process and of those it starts."""

    def __init__(self) -> None:
        self._coverage = Coverage.current()
        self._for_children = os.environ.get(_FOR_CHILDREN)
        self._is_on = self._coverage is not None

    def turn_to(self, path: Path) -> None:
        """Measure or not, as the tests of a file want it."""
        wanted = not any(path.is_relative_to(_TESTS / each) for each in _UNMEASURED)
        if self._coverage is None or wanted == self._is_on:
            return
        self._is_on = wanted
        if wanted:
            if self._for_children is not None:
                os.environ[_FOR_CHILDREN] = self._for_children
            self._coverage.start()
        else:
            os.environ.pop(_FOR_CHILDREN, None)
            self._coverage.stop()
