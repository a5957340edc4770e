"""The guard's steps 2 to 14, one function each: a refusal, or nothing.

Source: *Local API security* 5; the numbers are those of its table.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Final

from api.endpoints import ConsolePart
from api.facts import Facts, Refusal

LONGEST_PATH: Final = 2048
MOST_HEADERS: Final = 60
MOST_HEADER_BYTES: Final = 16 * 1024
BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})

_TARGET: Final = re.compile(rb"(?:[!$&-;=@-Z_a-z~]|%[0-9A-Fa-f]{2})*")
_QUERY: Final = re.compile(rb"(?:[!$&-;=?@-\[\]_a-z{|}~]|%[0-9A-Fa-f]{2})*")
_HIDDEN: Final = re.compile(rb"%(?:[01][0-9A-Fa-f]|7[Ff]|2[Ff]|5[Cc])")
_CONTROL: Final = re.compile(rb"%(?:[01][0-9A-Fa-f]|7[Ff])")
_HOST: Final = re.compile(
    rb"(?:[A-Za-z0-9._~!$&'()*+;=%-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?",
)
_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_LENGTH: Final = re.compile(rb"[0-9]{1,15}")
_JSON_TYPE: Final = re.compile(
    rb"application/json[ \t]*(?:;[ \t]*charset=(?:utf-8|\"utf-8\"))?",
    re.IGNORECASE,
)
_PATCH_TYPE: Final = re.compile(
    rb"application/merge-patch\+json[ \t]*(?:;[ \t]*charset=(?:utf-8|\"utf-8\"))?",
    re.IGNORECASE,
)
_ACTIVE_DESTINATIONS: Final = frozenset(
    {
        b"iframe", b"frame", b"embed", b"object", b"script", b"style", b"image", b"font",
        b"worker", b"sharedworker", b"serviceworker", b"audio", b"video", b"track", b"manifest",
    },
)  # fmt: skip
_HARMLESS_SITES: Final = frozenset({b"none", b"same-origin"})
_PARTS: Final = frozenset({b"script", b"style", b"image", b"empty"})
"""What our own page loads: its scripts, its style, its sign and its texts."""


def own_hosts(port: int) -> frozenset[str]:
    """Give the only names we answer to (SEC-02)."""
    return frozenset({f"127.0.0.1:{port}", f"[::1]:{port}", f"localhost:{port}"})


def check_target(facts: Facts) -> Refusal | None:
    """Step 2: a plain path; nothing hidden in percent signs."""
    if not is_plain_path(facts.raw_path):
        return Refusal(code="request_target_invalid", closes=True)
    if not _QUERY.fullmatch(facts.query) or _CONTROL.search(facts.query):
        return Refusal(code="request_target_invalid", closes=True)
    return None


def check_headers_size(facts: Facts) -> Refusal | None:
    """Step 3: not too many, not too long."""
    size = sum(len(name) + len(value) + 4 for name, value in facts.headers)
    if len(facts.headers) > MOST_HEADERS or size > MOST_HEADER_BYTES:
        return Refusal(code="headers_too_large", closes=True)
    return None


def check_host_line(facts: Facts) -> Refusal | None:
    """Step 4: exactly one ``Host``, of valid form."""
    hosts = facts.lines(b"host")
    if len(hosts) != 1 or not is_host(hosts[0]):
        return Refusal(code="host_header_invalid", closes=True)
    return None


def check_host(facts: Facts, hosts: frozenset[str]) -> Refusal | None:
    """Step 5: the name is ours, with our port; no other spelling counts (SEC-02)."""
    if facts.lines(b"host")[0].decode("ascii").lower() not in hosts:
        return Refusal(code="host_not_allowed", closes=True)
    return None


def check_upgrade(facts: Facts) -> Refusal | None:
    """Step 7: no WebSocket, no h2c; the connection is closed."""
    wishes = b",".join(facts.lines(b"connection")).lower().split(b",")
    if facts.lines(b"upgrade") or b"upgrade" in (wish.strip() for wish in wishes):
        return Refusal(code="not_found", closes=True)
    return None


def check_origin(facts: Facts, is_paired: Callable[[str], bool]) -> Refusal | None:
    """Steps 8 and 9: no origin, or exactly one that is paired (SEC-03)."""
    origins = facts.lines(b"origin")
    if not origins:
        return None
    origin = origins[0].decode("latin-1")
    if len(origins) == 1 and _ORIGIN.fullmatch(origin) and is_paired(origin):
        return None
    return Refusal(code="origin_not_allowed")


def is_web_site(origin: str) -> bool:
    """Tell whether a web origin may ask to be connected: only over TLS (6.1)."""
    return origin.startswith("https://")


def is_web_site_or_local(origin: str) -> bool:
    """Tell the same for the simulator build, where a page under development may ask too (6.1)."""
    return is_web_site(origin) or origin.startswith("http://localhost:")


def check_fetch_metadata(facts: Facts, console_part: ConsolePart | None = None) -> Refusal | None:
    """Step 10: what the browser says about the request must fit.

    Args:
        facts: The request.
        console_part: What was asked for of our own page: the page may be navigated to, and what
            it loads may be loaded by it; nothing else may.
    """
    sites = set(facts.lines(b"sec-fetch-site"))
    modes, wanted = set(facts.lines(b"sec-fetch-mode")), set(facts.lines(b"sec-fetch-dest"))
    is_foreign = not facts.lines(b"origin") and bool(sites - _HARMLESS_SITES)
    if is_foreign or not _is_fitting(sites, modes, wanted, console_part):
        return Refusal(code="fetch_metadata_rejected")
    return None


def _is_fitting(
    sites: set[bytes], modes: set[bytes], wanted: set[bytes], console_part: ConsolePart | None
) -> bool:
    """Tell whether mode and destination are those of a call of the interface, or of our page."""
    if console_part == "page" and b"navigate" in modes:
        return modes == {b"navigate"} and wanted == {b"document"}
    if console_part == "asset" and sites == {b"same-origin"}:
        return b"navigate" not in modes and wanted <= _PARTS
    is_blind = bool({b"no-cors", b"navigate"} & modes)
    return not is_blind and not wanted & (_ACTIVE_DESTINATIONS | {b"document"})


def check_framing(facts: Facts, *, most_bytes: int) -> Refusal | None:
    """Step 13: one clear length within the limit; a body only where there may be one."""
    lengths = facts.lines(b"content-length")
    codings = facts.lines(b"transfer-encoding")
    is_clear = len(lengths) + len(codings) <= 1
    is_known = all(coding.strip().lower() == b"chunked" for coding in codings)
    if not is_clear or not is_known or not all(_LENGTH.fullmatch(length) for length in lengths):
        return Refusal(code="request_framing_invalid", closes=True)
    declared = int(lengths[0]) if lengths else 0
    if facts.method not in BODY_METHODS and (declared or codings):
        return Refusal(code="request_framing_invalid", closes=True)
    if declared > most_bytes:
        return Refusal(code="content_too_large", closes=True)
    return None


def check_content_type(facts: Facts) -> Refusal | None:
    """Step 14: exactly ``application/json``, in UTF-8, not compressed (SEC-08).

    A change is a merge patch, and says so (API-17).
    """
    if facts.method not in BODY_METHODS:
        return None
    types = facts.lines(b"content-type")
    wanted = _PATCH_TYPE if facts.method == "PATCH" else _JSON_TYPE
    is_json = len(types) == 1 and wanted.fullmatch(types[0].strip())
    if not is_json or facts.lines(b"content-encoding"):
        return Refusal(code="unsupported_media_type", closes=True)
    return None


def is_plain_path(path: bytes) -> bool:
    """Tell whether a raw path is in origin form and hides nothing."""
    is_plain = path.startswith(b"/") and len(path) <= LONGEST_PATH and _TARGET.fullmatch(path)
    return bool(is_plain) and not _HIDDEN.search(path) and not _has_dot_segment(path)


def is_loopback(host: str) -> bool:
    """Tell whether an address is on this machine; IPv4-mapped forms are not accepted (step 1)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    is_mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    return address.is_loopback and not is_mapped


def is_host(value: bytes) -> bool:
    """Tell whether a ``Host`` value has a valid form, whatever it names."""
    return bool(_HOST.fullmatch(value))


def _has_dot_segment(path: bytes) -> bool:
    plain = re.sub(rb"%2[Ee]", b".", path)
    return any(segment in {b".", b".."} for segment in plain.split(b"/"))
