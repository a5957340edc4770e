"""The real logging, into a folder, for the time of a test."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bridge import logs


@contextmanager
def logging_to(folder: Path) -> Iterator[Path]:
    """Log into ``folder`` as the daemon does; gives the log file."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    logs.configure(folder=folder)
    try:
        yield folder / logs.FILE_NAME
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers = before
        root.setLevel(level)
        structlog.reset_defaults()
