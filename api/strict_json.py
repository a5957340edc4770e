"""Reading JSON strictly, so that two readers can never disagree about a request.

Source: *Local API security* 5 step 20 and SEC-82; cases CT-03.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from bridge.errors import InputError

DEEPEST: Final = 32
"""Levels of nesting that are accepted."""

LARGEST_INTEGER: Final = 2**53
"""Integers beyond this differ between readers."""

SECRET_NAMES: Final = frozenset({"pin", "pin_code", "code_pin", "pincode", "puk"})
"""Member names that look like a PIN (SEC-82)."""

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[{\]}]")
_MOST_DIGITS: Final = len(str(LARGEST_INTEGER)) + 1


def parse(body: bytes) -> Any:
    """Read a JSON document.

    Raises:
        InputError: ``json_invalid``: not UTF-8, too deep, doubled members, ``NaN`` or
            ``Infinity``, an integer beyond 2**53, a lone surrogate, or no JSON at all.
    """
    try:
        text = _shallow(body.decode("utf-8"))
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise InputError(code="json_invalid") from None
    return value


def names_a_secret(value: Any) -> bool:
    """Tell whether a member anywhere in a document is named like a PIN (SEC-82)."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            if any(_plain(name) in SECRET_NAMES for name in current):
                return True
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
    return False


def canonical(value: Any) -> bytes:
    """Write a document in the canonical form of RFC 8785, for documents without fractions."""
    return json.dumps(
        _ordered(value),
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode("utf-8")


def _shallow(text: str) -> str:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise ValueError
    return text


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS or abs(int(text)) > LARGEST_INTEGER:
        raise ValueError
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _constant(_text: str) -> Any:
    raise ValueError


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _ordered(value[name]) for name in names}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value
