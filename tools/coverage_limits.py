"""Branch coverage of the packages where a missed branch is a security question.

Source: *style anchors* 6: codecs, crypto, eid, xmldsig and soap reach 95 %.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from coverage import Coverage

LEAST_PERCENT: Final = 95.0
PACKAGES: Final = ("bridge/codecs", "bridge/crypto", "bridge/eid", "bridge/xmldsig", "bridge/soap")


def branch_percent(files: Mapping[str, Any], package: str) -> float | None:
    """Give the covered share of a package's branches; ``None`` when nothing was measured.

    Args:
        files: The ``files`` member of a JSON report, by path.
        package: Folder of the package, with forward slashes.
    """
    inside = [
        facts["summary"]
        for path, facts in files.items()
        if path.replace("\\", "/").startswith(f"{package}/")
    ]
    if not inside:
        return None
    branches = sum(summary["num_branches"] for summary in inside)
    covered = sum(summary["covered_branches"] for summary in inside)
    return 100.0 * covered / branches if branches else 100.0


def main() -> int:
    """Print the share of each package; give 1 when one of them is too small or unmeasured."""
    measured = Coverage()
    measured.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(report))
        files = json.loads(report.read_text("utf-8"))["files"]
    shares = {package: branch_percent(files, package) for package in PACKAGES}
    for package, share in shares.items():
        said = "not measured" if share is None else f"{share:.1f} % of branches"
        print(f"{package}: {said} (at least {LEAST_PERCENT:.0f} %)")
    return int(any(share is None or share < LEAST_PERCENT for share in shares.values()))


if __name__ == "__main__":
    sys.exit(main())
