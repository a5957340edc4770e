"""The one way to log: an event name and known-safe fields, as JSON lines.

Logging works by allow-list (SEC-141): a field that is not on the list never reaches the file.
Masking (SEC-142) is the second net behind it, for what libraries say.
"""

from __future__ import annotations

import logging
import logging.handlers
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import structlog

SAFE_FIELDS: Final = frozenset(
    {
        "change", "reader", "reading", "is_kept",
        "event", "level", "timestamp", "logger", "exception",
        "operation", "session", "check", "status", "code", "support_ref", "service", "bytes",
        "port", "pid", "version", "count", "duration_ms", "method", "route", "request_id",
        "client", "reader_count", "folder_kind", "closed",
    },
)  # fmt: skip
"""Fields that can carry no identifier of a person, no secret and no part of a message."""

_MASKS: Final = tuple(
    (re.compile(pattern, re.DOTALL), replacement)
    for pattern, replacement in (
        (r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", "[pem]"),
        (r"<(\w+:)?Assertion\b.*?</(\w+:)?Assertion>", "[assertion]"),
        (r"\bcbr_[A-Za-z0-9_-]+", "[token]"),
        (r"(?i)\b(bearer|dpop)\s+[A-Za-z0-9._~+/=-]+", r"\1 [token]"),
        (r"(?i)\b(pin|pin_code|code_pin|pincode|puk)\b(\W{1,4})\w+", r"\1\2[pin]"),
        (r"\bBE\d{2}(?:[ ]?\d{4}){3}\b", "[account]"),
        (r"\b\d{2}[ .-]?\d{2}[ .-]?\d{2}[ .-]?\d{3}[ .-]?\d{2}\b", "[niss]"),
        (r"[A-Za-z0-9+/=_-]{200,}", "[base64]"),
    )
)

_CHATTY: Final = (
    "httpx", "httpcore", "asyncio", "alembic", "sqlalchemy", "keyring", "uvicorn", "pkcs11",
)  # fmt: skip
_LOG_BYTES: Final = 5 * 1024 * 1024
_LOG_FILES: Final = 10


def mask(text: str) -> str:
    """Replace what must never stand in a log: numbers of people, secrets, long encodings."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


def keep_safe_fields(
    _logger: Any,
    _method: str,
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Drop every field that is not on the allow-list and mask the rest."""
    return {
        name: mask(value) if isinstance(value, str) else value
        for name, value in event.items()
        if name in SAFE_FIELDS or name.startswith("_")
    }


class _Masked(logging.Filter):
    """Masks what a library logs, and its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg, record.args = mask(record.getMessage()), ()
        return True


def configure(*, folder: Path | None) -> None:
    """Send events to a rotating file in ``folder`` (owner only), or to standard error."""
    handler: logging.Handler
    if folder is None:
        handler = logging.StreamHandler()
    else:
        path = folder / "carebridge.log"
        path.touch(mode=0o600)
        handler = logging.handlers.RotatingFileHandler(
            path,
            maxBytes=_LOG_BYTES,
            backupCount=_LOG_FILES,
            encoding="utf-8",
        )
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler.addFilter(_Masked())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                keep_safe_fields,
                structlog.processors.JSONRenderer(),
            ],
        ),
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
