"""The OpenAPI document, built once per process: building it takes a second."""

from __future__ import annotations

from functools import cache
from typing import Any

from api.app import document_of
from api.simulated import ALL_ENDPOINTS


@cache
def simulator_document() -> dict[str, Any]:
    """Give the document of the simulator build; nobody may change it."""
    return document_of(ALL_ENDPOINTS)
