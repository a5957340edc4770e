"""The endpoints of the simulator build: those of every build and ``/v1/simulator`` (D2, D3)."""

from __future__ import annotations

from typing import Final

from api.app import PRODUCTION_ENDPOINTS
from api.routes import simulator

ALL_ENDPOINTS: Final = (*PRODUCTION_ENDPOINTS, *simulator.ENDPOINTS)
"""Every endpoint there is; the production build does not contain this module."""
