"""Web sites on loopback for a real browser: some pages, over TLS or not, and what was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, Self

from tests.support.tls import server_context, server_credential

LIBRARY: Final = Path(__file__).resolve().parents[2] / "clients" / "javascript"
_EMPTY: Final = b"<!doctype html><title>page</title><body></body>"
_WITH_BUTTON: Final = b"<!doctype html><title>page</title><body><button id=go>go</button></body>"
Page = tuple[int, dict[str, str], bytes]
Answer = Callable[[str, str, bytes], Page]
"""Gives the page for a method, a path and a body."""


def page(path: str) -> Page:
    """Give what every site has: a page, one with a button, the library, a redirection."""
    name, _, query = path.partition("?")
    if name == "/redirect":
        return 302, {"Location": query, "Access-Control-Allow-Origin": "*"}, b""
    if name.startswith("/library/"):
        content = (LIBRARY / Path(name).name).read_bytes()
        return 200, {"Content-Type": "text/javascript"}, content
    if name == "/worker.js":
        return 200, {"Content-Type": "text/javascript"}, b""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if name == "/strict":
        headers["Content-Security-Policy"] = "connect-src 'self'"
    return 200, headers, _EMPTY if name == "/" else _WITH_BUTTON


class WebSite:
    """A server of pages.

    Attributes:
        port: Where it listens.
        asked: Method, path and all header lines of each request, as one text.
    """

    def __init__(self, folder: Path | None = None, *, answer: Answer | None = None) -> None:
        """Begin to serve; with ``folder``, where the key goes, over TLS."""
        self.asked: list[str] = []
        self._answer = answer or (lambda _method, path, _body: page(path))
        self._server = _Server(("127.0.0.1", 0), partial(_Request, self))
        self._server.daemon_threads = True
        if folder is not None:
            context = server_context(folder, server_credential())
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes) -> Page:
        return self._answer(method, path, body)


class _Server(ThreadingHTTPServer):
    """Says nothing about a browser that leaves in the middle of an answer."""

    def handle_error(self, *_about: object) -> None:
        """Let it go: what a test waits for and does not get, it says itself."""


class _Request(BaseHTTPRequestHandler):
    """Answers, and closes the connection, so that a name can lead elsewhere at once."""

    timeout = 30

    def __init__(self, site: WebSite, *arguments: object) -> None:
        self._site = site
        super().__init__(*arguments)  # type: ignore[arg-type]  # what the server hands on

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._site.asked.append(f"{self.requestline}\n{self.headers}")
        status, headers, body = self._site.answer(self.command, self.path, sent)
        self.send_response(status)
        for name, value in {"Cache-Control": "no-store", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_OPTIONS = do_GET  # noqa: N815  # the names of the library

    def log_message(self, *_arguments: object) -> None:
        """Say nothing on standard error."""
