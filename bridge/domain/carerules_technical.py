"""What the sending rules look for in a notification of a specific technical act.

Source: *Nursing messages* 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bridge.domain.carecases import Case, Check
from bridge.domain.declarations import TechnicalActContent

PRODUCT_LENGTH: Final = 150
"""Most characters of ``AdministeredProduct``."""

_PRODUCT: Final = re.compile(rf"[0-9A-ZÖËÜ '.*+%,\-/:;=?()\[\]<>]{{1,{PRODUCT_LENGTH}}}")
# The schema's pattern; its ``\\.`` is a full stop, so a backslash is not allowed.


def _product(case: Case[TechnicalActContent]) -> Iterable[str]:
    product = case.content.product
    if not _PRODUCT.fullmatch(product) or not product.strip():
        yield "/product"


TECHNICAL_CHECKS: Final[Mapping[str, Check]] = MappingProxyType({"product_invalid": _product})
"""What each rule of the table looks for, by its name."""
