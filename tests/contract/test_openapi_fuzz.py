"""Requests made up from the document: no 5xx, no undeclared status, no schema violation (CI-05).

A real server with real services and the sandbox; a few requests for each operation, with and
without a token.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from functools import cache
from pathlib import Path
from typing import Self

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.pytest.lazy import get_all_tests

from api.app import create_app
from api.simulated import ALL_ENDPOINTS
from api.wire import RefusingH11Protocol
from tests.support.api_services import UNLIMITED
from tests.support.daemon import running_daemon
from tests.support.document import simulator_document

EXAMPLES = 5
FEW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
JUDGES = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
OPEN = {
    ("GET", "/livez"): {200, 304},
    ("GET", "/readyz"): {200, 304},
    ("GET", "/v1/instance"): {200, 304},
    ("POST", "/v1/instance/proof"): {200, 422},
    ("POST", "/v1/pairings"): {202, 403, 422, 429},
    ("POST", "/v1/pairings/{pairing_id}/code"): {401, 422},  # the secret of the pairing opens it
    ("POST", "/v1/console-sessions"): {401, 422},  # a ticket in its body opens it (SEC-48)
}
"""What is answered without a token; all else is 401 (TOK-09)."""
REPEATED = {"update_invoice_claim"}
"""What takes the same members as another operation."""

# A stream has no end; tests/component/test_event_stream.py speaks for it.
OPERATIONS = [
    pytest.param(endpoint, id=f"{endpoint.method} {endpoint.path}")
    for endpoint in ALL_ENDPOINTS
    if endpoint.path != "/v1/events"
]


class Server(threading.Thread):
    """The daemon's API on a free port, in a loop of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="fuzzed")
        self._folder = folder
        self._listening = threading.Event()
        self._server: uvicorn.Server | None = None
        self.url = ""
        self.token = ""

    def run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._listening.set()

    async def _main(self) -> None:
        sock = socket.create_server(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        async with running_daemon(self._folder) as daemon:
            app = create_app(daemon.services, port=port, endpoints=ALL_ENDPOINTS, rates=UNLIMITED)
            config = uvicorn.Config(
                app,
                http=RefusingH11Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
            )
            self._server = uvicorn.Server(config)
            self.url, self.token = f"http://127.0.0.1:{port}", daemon.token()
            asyncio.get_running_loop().call_soon(self._listening.set)
            await self._server.serve(sockets=[sock])

    def __enter__(self) -> Self:
        self.start()
        self._listening.wait()
        assert self.token, "the server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.should_exit = True
        self.join()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("fuzzed")) as running:
        yield running


@pytest.fixture(autouse=True)
def _light_heap():
    """Spare the collector of garbage what the library keeps of each operation until the end."""
    gc.collect()
    gc.freeze()


@cache
def whole_schema():
    return schemathesis.openapi.from_dict(simulator_document())


def body_of(endpoint):
    """Give the name of the model of an operation's body; nothing when there is none."""
    operation = simulator_document()["paths"][endpoint.path][endpoint.method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema", {}).get("$ref")


@cache
def first_with_each_body():
    """Give the first operation that takes each body: its borders are those of the others."""
    return {body_of(each): each.operation_id for each in reversed(ALL_ENDPOINTS)}


def has_body_of_its_own(endpoint):
    """Tell whether every border of every member is worth a request; others get a few requests.

    Parameters of addresses are the guard's matter (tests/component/test_guard_matrix.py).
    """
    is_first = first_with_each_body().get(body_of(endpoint)) == endpoint.operation_id
    has_body = endpoint.method in {"POST", "PUT", "PATCH"}
    return has_body and is_first and endpoint.operation_id not in REPEATED


WITH_BORDERS = [
    pytest.param(each, id=each.operation_id) for each in ALL_ENDPOINTS if has_body_of_its_own(each)
]
IN_EVERY_RUN = {
    "create_insurability_check", "create_katz_declaration", "create_pairing", "create_registration",
}  # fmt: skip
"""Bodies whose borders are tried with each change; all are tried before a release (D26)."""


def ask(endpoint, check, *, has_borders):
    """Make up the requests of one operation and judge each answer.

    They are made up here and not when tests are collected, as the library's own decorator does:
    that takes many seconds, and would be done by every worker for every operation.
    """
    schema = whole_schema().include(method=endpoint.method, path=endpoint.path)
    schema.config.phases.coverage.enabled = has_borders
    (made,) = get_all_tests(schema=schema, test_func=check, settings=FEW, given_kwargs=None)
    _, test = made.ok()
    test()


@pytest.fixture(scope="module")
def client():
    """Asks without looking at the environment for proxies, which takes long."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Connection"] = "close"  # the server ends what it refused to read
        yield session


def judged(endpoint, server, client, *, has_borders):
    """Ask with a token, and some times without."""
    headers = {"Authorization": f"Bearer {server.token}"}
    strange_ones = iter(range(EXAMPLES))

    def check(case):
        if endpoint.operation_id == "create_support_bundle":
            case.headers.pop("Prefer", None)  # nobody is there to answer while it waits
        response = case.call(base_url=server.url, headers=headers, session=client)
        case.validate_response(response, checks=JUDGES, headers=headers)
        if next(strange_ones, None) is None:
            return  # Without a token nobody looks at what else is in a request.
        stranger = case.call(base_url=server.url, headers={"Authorization": ""}, session=client)
        case.validate_response(stranger, checks=JUDGES)
        refused_before = {400, 404, 405, 406, 409, 413, 415, 431}
        answers = OPEN.get((case.method, case.operation.path), {401})
        assert stranger.status_code in answers | refused_before

    ask(endpoint, check, has_borders=has_borders)


@pytest.mark.parametrize("endpoint", OPERATIONS)
@pytest.mark.timeout(60)
def test_tok_09_made_up_requests_with_and_without_a_token(endpoint, server, client):
    judged(endpoint, server, client, has_borders=endpoint.operation_id in IN_EVERY_RUN)


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", WITH_BORDERS)
@pytest.mark.timeout(120)
def test_the_borders_of_every_member_of_every_body(endpoint, server, client):
    judged(endpoint, server, client, has_borders=True)
