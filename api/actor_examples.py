"""Examples of actors and their rights for the document."""

from __future__ import annotations

from typing import Any, Final

from api.models.actors import actor_path, rights_path

_ID: Final = "act_01JD3W7V7Q0M2N4Z8K5T6R1S9A"
_REGISTRATION: Final = "reg_01JD3W7V7Q0M2N4Z8K5T6R1S9B"
_MOMENTS: Final = {
    "created_at": "2026-11-22T07:15:00.000Z",
    "updated_at": "2026-11-22T07:15:30.000Z",
}

ACTOR: Final[dict[str, Any]] = {
    "id": _ID,
    "object": "actor",
    "kind": "person",
    "name": "Nele Voorbeeld",
    "is_owner": False,
    "is_active": True,
    "is_card_needed": False,
    **_MOMENTS,
    "links": {"self": actor_path(_ID), "rights": rights_path(_ID)},
}
_GRANTS: Final[list[dict[str, Any]]] = [
    {
        "registration_id": None,
        "kind": "insurability",
        "actions": ["ask", "send", "fetch", "process"],
        "effect": "allow",
    },
    {
        "registration_id": _REGISTRATION,
        "kind": "katz",
        "actions": ["ask", "fetch"],
        "effect": "allow",
    },
]
RIGHTS_REQUEST: Final[dict[str, Any]] = {
    "grants": [
        {
            "kind": "insurability",
            "actions": ["ask", "send", "fetch", "process"],
        },
        {"kind": "insurability", "actions": ["archive"], "effect": "deny"},
    ]
}
RIGHTS: Final[dict[str, Any]] = {
    "id": _ID,
    "object": "actor_rights",
    "grants": _GRANTS,
    "allowed": [
        {
            "registration_id": _REGISTRATION,
            "kind": "insurability",
            "actions": ["ask", "send", "fetch", "process"],
        },
        {"registration_id": _REGISTRATION, "kind": "katz", "actions": ["ask", "fetch"]},
        {"registration_id": _REGISTRATION, "kind": "palliative", "actions": []},
        {"registration_id": _REGISTRATION, "kind": "technical_act", "actions": []},
        {"registration_id": _REGISTRATION, "kind": "invoices", "actions": []},
        {"registration_id": "bsv_01JD3W7V7Q", "kind": "billing_invoices", "actions": []},
    ],
    **_MOMENTS,
    "links": {"self": rights_path(_ID)},
}
