"""Every check of health, and every state it can have.

Whoever adds a check adds it here; a test forces each check to each of these states, and fails for
a check that stands in the program and not in this table.
Source: *REST API conventions* 10 (API-80, API-83).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PASSES: Final = None
"""The state of a check that has nothing to say: no code."""

CHECKS: Final[Mapping[str, tuple[str | None, ...]]] = {
    "smartcard_service": (PASSES, "smartcard_service_stopped"),
    "reader:connected": (PASSES, "reader_missing"),
    "reader:driver": (PASSES,),
    "reader:keypad": (PASSES,),
    "card:present": (PASSES, "card_missing"),
    "card:kind": (PASSES, "card_unsupported", "card_unreadable", "card_in_use"),
    "card:held": (PASSES, "card_in_use"),
    "card:validity": (PASSES, "card_expiring", "card_expired"),
    "middleware:version": (
        PASSES,
        "middleware_missing",
        "middleware_wrong_bitness",
        "middleware_crashed",
        "middleware_cannot_sign",
    ),
    "ehealth_session:remaining": (PASSES, "ehealth_session_required"),
    "certificate:validity": (
        PASSES,
        "certificate_missing",
        "certificate_expiring",
        "certificate_expired",
        "certificate_unreadable",
    ),
    "clock:skew": (PASSES, "clock_skew"),
    "network:online": (PASSES, "network_offline"),
    "proxy:mode": (PASSES, "proxy_failed"),
    "ehealth_sts:reachability": (
        PASSES,
        "remote_unavailable",
        "remote_timeout",
        "tls_intercepted",
    ),
    "mycarenet:reachability": (PASSES, "remote_unavailable", "remote_timeout", "tls_intercepted"),
    "mailbox:answers": (PASSES, "remote_unavailable"),
    "billing_service:answers": (PASSES, "remote_unavailable"),
    "billing_service:certificate": (
        PASSES,
        "billing_certificate_expiring",
        "billing_certificate_expired",
    ),
    "storage:integrity": (
        PASSES,
        "storage_unavailable",
        "storage_damaged",
        "storage_foreign",
        "shutting_down",
    ),
    "storage:free": (PASSES, "storage_low", "storage_full"),
    "key_store:available": (PASSES, "key_store_unavailable"),
    "queue:depth": (PASSES,),
    "queue:oldest": (PASSES, "sending_delayed"),
    "outcome_unknown:count": (PASSES, "outcome_open"),
    "responses:unread": (PASSES,),
    "audit_log:chain": (PASSES, "audit_log_broken"),
    "port:bound": (PASSES, "port_taken", "ipv6_off"),
    "tls:listener": (PASSES, "tls_unavailable"),
    "peer_check:mode": (PASSES,),
    "peer:owner": ("peer_user_mismatch", "peer_unverified"),
    "pairing:volume": ("volume_unusual",),
    "pairing:secret": ("secret_in_request",),
    "pairing:lists": ("signed_list_refused",),
    "update:available": (
        PASSES,
        "update_available",
        "security_update_waiting",
        "update_refused",
        "update_unreachable",
    ),
    "update:signing_expiry": (PASSES, "signing_expiring", "signing_expired"),
    "reference_data:age": (PASSES, "reference_data_old"),
    "backup:age": (PASSES, "backup_old"),
    "autostart:entry": (PASSES, "autostart_broken", "autostart_twice"),
    "daemon:crashes": (PASSES, "daemon_crashed"),
}
"""Codes by check.

What speaks only when something is wrong has no state in which it passes.
Mailboxes and billing services say whatever code the trouble has; one stands for all.
"""

RELAYED: Final = frozenset({"mailbox:answers", "billing_service:answers", "certificate:validity"})
"""Checks that pass on the code of somebody else's trouble, so that more codes are possible."""
