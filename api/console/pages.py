"""The addresses of the console: its page, and the parts of it.

They are no part of the published interface, so the OpenAPI document does not have them.
Nothing here needs a token or tells anything about anybody: without a ticket the page says how to
open it, and what it shows later it reads over the interface (SEC-48).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Path, Request
from starlette.responses import Response

from api.console.parts import MEDIA_TYPES, page, parts
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from bridge.errors import NotFound

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Source: *Local API security* 5.2, word for word."""
_DENIED: Final = (
    "accelerometer", "ambient-light-sensor", "autoplay", "bluetooth", "camera", "clipboard-read",
    "clipboard-write", "display-capture", "encrypted-media", "fullscreen", "gamepad",
    "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer",
    "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-create",
    "publickey-credentials-get", "screen-wake-lock", "serial", "storage-access", "usb",
    "web-share", "window-management", "xr-spatial-tracking",
)  # fmt: skip
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _DENIED),
}


@dataclass(frozen=True)
class ConsoleRun:
    """Where the parts of the page are in this run of the daemon."""

    name: str


def _run_of(request: Request) -> ConsoleRun:
    run: ConsoleRun = request.app.state.console
    return run


RunDep = Annotated[ConsoleRun, Depends(_run_of)]
PartName = Annotated[str, Path(max_length=64)]


async def show_console(context: ContextDep, run: RunDep) -> Response:
    """Give the page."""
    language = context.call.language
    return Response(
        page(run.name, language),
        media_type=MEDIA_TYPES["html"],
        headers={**_PAGE_HEADERS, "Content-Language": language},
    )


async def show_console_part(
    place: PartName, name: PartName, _context: ContextDep, run: RunDep
) -> Response:
    """Give a part of the page."""
    part = parts().get(name) if place == run.name else None
    if part is None:
        raise NotFound
    return Response(part.content, media_type=part.media_type)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/",
        operation_id="show_console",
        tag="console",
        summary="Show our own page",
        description="Without a ticket it says how to open it, and nothing else (SEC-48).",
        handler=show_console,
        scopes=None,
        console_part="page",
        media_types=("text/html",),
        answers={200: Answer(description="The page.", media_type="text/html")},
        since="1.9",
    ),
    Endpoint(
        method="GET",
        path="/console/{place}/{name}",
        operation_id="show_console_part",
        tag="console",
        summary="Show a part of our own page",
        description="Script, style, texts and sign.",
        handler=show_console_part,
        scopes=None,
        console_part="asset",
        media_types=tuple(each.partition(";")[0] for each in MEDIA_TYPES.values()),
        answers={200: Answer(description="The part.", media_type="text/javascript")},
        since="1.9",
    ),
)
"""Rows of the table; every build has them."""
