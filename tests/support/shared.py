"""Where the official schemas and recorded answers lie; they stay outside the project (D4)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

SHARED: Final = Path(__file__).resolve().parents[3] / "shared"
SCHEMAS: Final = SHARED / "schemas"
SAMPLES: Final = SHARED / "samples"
SPEC: Final = SHARED / "spec"

if not SHARED.is_dir():  # CI refuses to begin without it, see .ci/run
    pytest.skip("the official schemas do not lie beside the clone", allow_module_level=True)
