"""The played billing service behind TLS of both sides, on loopback."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bridge.ports.rest import RestRequest
from bridge.sandbox.billing import CLIENT_ID, PATH, PlayedBilling
from tests.support import tls


class Gate(ThreadingHTTPServer):
    """Lets in whoever shows a certificate of our authority; its holder needs no token then."""

    daemon_threads = True

    def __init__(self, played: PlayedBilling, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.played = played
        self.context = context
        self.refused = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}{PATH}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            secured = self.context.wrap_socket(request, server_side=True)
        except ssl.SSLError:
            self.refused += 1
            return
        with secured, suppress(OSError):
            super().finish_request(secured, client_address)

    def token(self) -> str:
        pair = base64.b64encode(f"{CLIENT_ID}:{self.played.client_secret}".encode()).decode()
        asked = RestRequest(
            method="POST",
            url=f"{self.url}/token",
            headers={"Authorization": f"Basic {pair}"},
            body=b"grant_type=client_credentials",
        )
        return str(json.loads(self.played.answer(asked).body)["access_token"])


class _Handler(BaseHTTPRequestHandler):
    server: Gate

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        reply = self.server.played.answer(
            RestRequest(
                method=self.command,
                url=f"{self.server.url}{self.path.removeprefix(PATH)}",
                headers={"Authorization": f"Bearer {self.server.token()}"},
                body=self.rfile.read(length) if length else None,
            )
        )
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_PUT = _answer  # noqa: N815  # names of the library

    def log_message(self, *_args: Any) -> None:
        """Print nothing."""


@contextmanager
def gate(played: PlayedBilling, folder: Path) -> Iterator[Gate]:
    """Open a gate before a played service."""
    context = tls.server_context(folder, tls.server_credential())
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(tls.trust_file(folder))
    server = Gate(played, context)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
