"""The one way to log: an event name and known-safe fields, as JSON lines.

Logging works by allow-list (SEC-141): a field that is not on the list never reaches the file.
What a library says is free text, so only its name and the place in its code are kept; of an
exception its kind and the lines of code, never its words.
Masking (SEC-142, ``bridge.masks``) is the second net behind that.
Source: *Local API security* 14.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import time
import traceback
from collections.abc import MutableMapping
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog

from bridge.masks import mask

FILE_NAME: Final = "carebridge.log"
SAFE_FIELDS: Final = frozenset(
    {
        "change", "reader", "reading", "is_kept",
        "event", "level", "timestamp", "logger", "exception", "place",
        "operation", "session", "check", "exchange", "status", "code", "support_ref", "service",
        "bytes", "port", "pid", "version", "count", "seconds", "duration_ms", "method", "route",
        "request_id", "client", "insurer", "reader_count", "folder_kind", "closed",
    },
)  # fmt: skip
"""Fields that can carry no identifier of a person, no secret and no part of a message."""

LIBRARY_EVENT: Final = "library.message"

_CHATTY: Final = (
    "httpx", "httpcore", "asyncio", "alembic", "sqlalchemy", "keyring", "uvicorn", "pkcs11",
    "tuf", "securesystemslib",
)  # fmt: skip
_LOG_BYTES: Final = 5 * 1024 * 1024
_LOG_FILES: Final = 10
_KEPT_S: Final = 14 * 24 * 3600
_DAY_S: Final = 24 * 3600
_LONGEST_SPAN_S: Final = 2 * _DAY_S
"""A file spans two days at most, so that removing whole files keeps nothing beyond 14 days."""
_MOST_FILES: Final = 99

_Event = MutableMapping[str, Any]


def keep_safe_fields(_logger: Any, _method: str, event: _Event) -> _Event:
    """Drop every field that is not on the allow-list and mask the rest."""
    return {
        name: _safe(value)
        for name, value in event.items()
        if name in SAFE_FIELDS or name.startswith("_")
    }


def _safe(value: Any) -> Any:
    """Let texts, numbers and nothing through; a number that looks like a person's is masked."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        masked = mask(str(value))
        return value if masked == str(value) else masked
    return mask(value) if isinstance(value, str) else "[left out]"


def told_of(error: BaseException) -> str:
    """Give kind and lines of code of an exception and of what led to it, without their words."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        parts.append(_frames(current.__traceback__) + type(current).__qualname__)
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "\nafter:\n".join(parts)


def _frames(trace: TracebackType | None) -> str:
    lines = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    return "".join(f"{Path(line.filename).name}:{line.lineno} {line.name}\n" for line in lines)


def _tell_exceptions(_logger: Any, _method: str, event: _Event) -> _Event:
    """Replace ``exc_info`` by what may be said of it."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = told_of(error)
    return event


def _tell_libraries(_logger: Any, _method: str, event: _Event) -> _Event:
    """Keep of a library's message who said it, and where in its code."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and not event.get("_from_structlog", False):
        event["event"] = LIBRARY_EVENT
        event["logger"] = record.name
        event["place"] = f"{record.module}:{record.lineno}"
    return event


class _OwnerFile(logging.handlers.RotatingFileHandler):
    """Rotates daily and at 5 MiB; keeps 10 files' worth and 14 days; for the owner alone."""

    def __init__(self, path: Path) -> None:
        self._began = path.stat().st_mtime if path.exists() else None
        super().__init__(path, maxBytes=_LOG_BYTES, backupCount=_MOST_FILES, encoding="utf-8")
        self._prune()

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802  # of the library
        """Tell whether the next record begins a new file."""
        if self._began is None:
            self._began = record.created
        is_old = record.created - self._began > _DAY_S
        is_due = is_old or bool(super().shouldRollover(record))
        if is_due:
            self._began = record.created
        return is_due

    def doRollover(self) -> None:  # noqa: N802  # of the library
        """Begin a new file, and remove what was kept long enough."""
        super().doRollover()
        self._prune()

    def _open(self) -> TextIOWrapper:
        return open(  # Path.open takes no opener
            self.baseFilename, "a", encoding=self.encoding, opener=_for_owner
        )

    def _prune(self) -> None:
        base = Path(self.baseFilename)
        oldest = time.time() - _KEPT_S + _LONGEST_SPAN_S
        room = (_LOG_FILES - 1) * _LOG_BYTES
        for number in range(1, _MOST_FILES + 1):
            kept = base.with_name(f"{base.name}.{number}")
            if not kept.exists():
                break
            facts = kept.stat()
            room -= facts.st_size
            if room < 0 or facts.st_mtime < oldest:
                kept.unlink()


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Masked(logging.Filter):
    """Masks what a library says before anything else sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg, record.args = mask(record.getMessage()), ()
        return True


def set_verbose(*, is_verbose: bool) -> None:
    """Say more, or as much as usual; fields and masks stay what they are (SEC-145, LOG-04)."""
    logging.getLogger().setLevel(logging.DEBUG if is_verbose else logging.INFO)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.INFO if is_verbose else logging.WARNING)


def files(folder: Path) -> list[Path]:
    """Give the log files in a folder, the newest first."""
    rotated = (folder / f"{FILE_NAME}.{number}" for number in range(1, _MOST_FILES + 1))
    return [path for path in (folder / FILE_NAME, *rotated) if path.is_file()]


def configure(*, folder: Path | None) -> None:
    """Send events to a rotating file in ``folder`` (owner only), or to standard error."""
    handler = logging.StreamHandler() if folder is None else _OwnerFile(folder / FILE_NAME)
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler.addFilter(_Masked())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                _tell_libraries,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _tell_exceptions,
                keep_safe_fields,
                structlog.processors.JSONRenderer(),
            ],
        ),
    )
    root = logging.getLogger()
    root.handlers = [handler]
    set_verbose(is_verbose=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
