"""What is said on the channel between daemon and command line: one line of JSON each way."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, Final

from bridge.errors import BridgeError, TheirAnswerInvalid

Handler = Callable[[dict[str, Any]], dict[str, Any]]
"""Answers one request; a ``BridgeError`` becomes ``{"error": code}``."""

MOST_BYTES: Final = 65_536
"""Longest line."""

PATIENCE_S: Final = 5
"""How long one end waits for the other."""

_LOG: Final = logging.getLogger(__name__)


def request_line(request: dict[str, Any]) -> bytes:
    """Write a request."""
    return _line(request)


def answer_of(handler: Handler, line: bytes) -> bytes:
    """Give the line that answers a line: what the handler says, or ``{"error": code}``."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict):
        return _line({"error": "validation_failed"})
    try:
        return _line(handler(request))
    except BridgeError as error:
        return _line({"error": error.problem_code})
    except Exception:  # noqa: BLE001  the other side gets a code, whatever went wrong
        _LOG.exception("local_channel.failed")
        return _line({"error": "internal_error"})


def parsed(line: bytes) -> dict[str, Any]:
    """Read an answer.

    Raises:
        TheirAnswerInvalid: it is no JSON object.
    """
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise TheirAnswerInvalid("no JSON") from error
    if not isinstance(answer, dict):
        raise TheirAnswerInvalid("no JSON object")
    return answer


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode() + b"\n"
