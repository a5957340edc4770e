"""Addresses of our own scheme, ``carebridge:``: the second way in from a web page (SEC-45).

``carebridge://start`` starts the daemon of whoever clicked.
``carebridge://start?origin=https%3A%2F%2Fapp.vendor.example`` also asks for that site's page.
That is all: any page can write such an address, so whatever else stands in one makes it worthless.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from bridge.errors import InputError

SCHEME: Final = "carebridge"
LONGEST: Final = 512
LONGEST_ADDRESS: Final = 1024

_WHOLE: Final = re.compile(rf"{SCHEME}:(?://)?start/?(?:\?origin=([A-Za-z0-9.%:/-]+))?")
_ENCODED: Final = re.compile(r"(?:[A-Za-z0-9.:/-]|%(?:3[Aa]|2[Ff]))+")
_ORIGIN: Final = re.compile(
    r"https://[a-z0-9](?:[a-z0-9-]{0,62}\.)*[a-z0-9-]{0,62}[a-z0-9](?::[1-9][0-9]{0,4})?"
)
_LONGEST_ORIGIN: Final = 260
_ADDRESS: Final = re.compile(
    r"https://[a-z0-9.-]+(?::[0-9]{1,5})?/[A-Za-z0-9._~/-]*#[a-z0-9_=&A-Z-]+"
)
_CONSOLE: Final = re.compile(
    r"http://127\.0\.0\.1:[1-9][0-9]{0,4}/#ticket=[A-Za-z0-9_-]{43}(?:&page=[a-z]{1,20})?"
)
_RETURN_PATH: Final = re.compile(r"/[A-Za-z0-9._~/-]{0,255}")


@dataclass(frozen=True, kw_only=True)
class OpenRequest:
    """What an address asks for.

    Attributes:
        origin: Whose page is wanted; ``None`` when only the daemon is.
    """

    origin: str | None = None


def parse(text: str) -> OpenRequest:
    """Read an address.

    Raises:
        InputError: ``open_uri_refused``, it is not exactly one of the two forms.
    """
    found = _WHOLE.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise InputError(code="open_uri_refused")
    encoded = found[1]
    if encoded is None:
        return OpenRequest()
    # Only what an origin needs may be encoded, and only once.
    origin = unquote(encoded) if _ENCODED.fullmatch(encoded) else ""
    if not is_origin(origin):
        raise InputError(code="open_uri_refused")
    return OpenRequest(origin=origin)


def is_origin(text: str) -> bool:
    """Tell whether a text is a web origin over TLS, written as browsers write it."""
    return len(text) <= _LONGEST_ORIGIN and _ORIGIN.fullmatch(text) is not None


def is_return_path(text: str) -> bool:
    """Tell whether a path may be registered: plain, without query and fragment."""
    return _RETURN_PATH.fullmatch(text) is not None


def return_address(origin: str, path: str, *, port: int, handle: str) -> str:
    """Write the address of a front end's page, with what it needs in the fragment.

    A fragment stays in the browser: neither the site's server nor its log sees it.
    """
    return f"{origin}{path}#port={port}&pairing_handle={handle}"


def console_address(*, port: int, ticket: str, page: str = "") -> str:
    """Write the address that signs our own page in, once and within 30 seconds (SEC-48).

    The ticket is in the fragment, which browsers never send.

    Args:
        port: Where the page is served.
        ticket: Signs it in.
        page: What it shows first; empty for the overview.
    """
    further = f"&page={page}" if page else ""
    return f"http://127.0.0.1:{port}/#ticket={ticket}{further}"


def is_openable(address: str) -> bool:
    """Tell whether an address is one that is written here; nothing else is opened."""
    if len(address) > LONGEST_ADDRESS:
        return False
    return any(form.fullmatch(address) for form in (_ADDRESS, _CONSOLE))
