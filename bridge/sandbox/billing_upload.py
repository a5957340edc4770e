"""How the played billing service looks at an upload; written from the contract alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

_MEMBERS: Final = {
    "reference", "number", "payment_reference", "treatment_ref", "estimate_ref", "issued_on",
    "due_on", "patient", "amounts", "document",
}  # fmt: skip
_PATIENT: Final = {
    "patient_ref", "niss", "last_name", "first_name", "street", "postal_code", "city", "country",
    "language",
}  # fmt: skip
_AMOUNTS: Final = {"total_cents", "copayment_cents", "supplement_cents"}
_DOCUMENT: Final = {"media_type", "sha256", "content_base64"}
_COMMUNICATION: Final = re.compile(r"[0-9]{12}")


def check_upload(reference: str, body: bytes) -> str | None:
    """Give the code of what is wrong with an upload; ``None`` when nothing is."""
    try:
        document = json.loads(body)
    except ValueError:
        return "json_invalid"
    if not isinstance(document, dict) or set(document) != _MEMBERS:
        return "members_wrong"
    if document["reference"] != reference:
        return "reference_differs"
    return (
        _patient(document["patient"])
        or _amounts(document["amounts"])
        or _days(document)
        or _file(document["document"])
    )


def _patient(patient: Any) -> str | None:
    if not isinstance(patient, dict) or set(patient) != _PATIENT:
        return "patient_wrong"
    is_named = bool(patient["last_name"]) and bool(patient["patient_ref"])
    return None if is_named else "patient_wrong"


def _amounts(amounts: Any) -> str | None:
    if not isinstance(amounts, dict) or set(amounts) != _AMOUNTS:
        return "amounts_wrong"
    total = amounts["total_cents"]
    is_right = isinstance(total, int) and total > 0
    return None if is_right else "amounts_wrong"


def _days(document: Mapping[str, Any]) -> str | None:
    communication = document["payment_reference"]
    if communication is not None and not _COMMUNICATION.fullmatch(communication):
        return "payment_reference_wrong"
    try:
        date.fromisoformat(document["issued_on"])
    except (TypeError, ValueError):
        return "issued_on_wrong"
    return None


def _file(file: Any) -> str | None:
    if not isinstance(file, dict) or set(file) != _DOCUMENT:
        return "document_wrong"
    try:
        content = base64.b64decode(file["content_base64"], validate=True)
    except ValueError:
        return "document_wrong"
    is_same = hashlib.sha256(content).hexdigest() == file["sha256"]
    is_pdf = file["media_type"] == "application/pdf" and content.startswith(b"%PDF-")
    return None if is_same and is_pdf else "document_wrong"
