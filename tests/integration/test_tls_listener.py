"""The daemon over https on a second port, as a browser meets it (SEC-63, TLS-01 to TLS-03)."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from bridge.adapters.listener import TLS_PORTS, listen
from bridge.adapters.secrets import MemorySecrets
from bridge.adapters.tlsfiles import FOLDER
from bridge.adapters.truststores import TrustFile, nss_stores
from bridge.crypto.loopbackleaf import Leaf
from bridge.daemon.real import served
from bridge.daemon.server import config
from bridge.daemon.tls import open_door, tls_desk
from bridge.settings import FILE_NAME
from tests.support import tls
from tests.support.daemon import TestDaemon, running_daemon

pytestmark = pytest.mark.timeout(60)
PATIENCE_S = 30
NAMES = ("127.0.0.1", "[::1]", "localhost")


@dataclass
class Open:
    """A daemon that listens on both ports."""

    http: int
    https: int
    leaf: Leaf
    daemon: TestDaemon
    loop: asyncio.AbstractEventLoop
    has_ipv6: bool

    @property
    def trust(self) -> ssl.SSLContext:
        """Trust exactly this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(self.leaf.der))
        return context

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.https}"

    def ask(self, method: str, path: str, *, name: str = "127.0.0.1", **more: Any) -> Any:
        with httpx.Client(verify=self.trust, trust_env=False) as client:
            return client.request(method, f"https://{name}:{self.https}{path}", **more)

    def ticket(self) -> str:
        async def make() -> str:
            return self.daemon.services.console.ticket().text

        return asyncio.run_coroutine_threadsafe(make(), self.loop).result(PATIENCE_S)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Run the daemon's own servers on a loop of their own."""
    folder = tmp_path_factory.mktemp("daemon")
    desk = tls_desk(folder, MemorySecrets(), stores=[TrustFile(path=folder / "trust.pem")])
    leaf = desk.enable()
    ready, end = threading.Event(), threading.Event()
    found: list[Open] = []

    async def main() -> None:
        async with running_daemon(folder) as daemon:
            plain, door = listen((0,)), open_door(desk, folder, candidates=(0,))
            runs = []
            servers = [uvicorn.Server(config(e)) for e in served(daemon.services, plain, door)]
            for server, sockets in zip(
                servers, (plain.sockets, door.listening.sockets), strict=True
            ):
                runs.append(asyncio.create_task(server.serve(sockets=list(sockets))))
            for _ in range(PATIENCE_S * 100):
                if all(server.started for server in servers):
                    break
                await asyncio.sleep(0.01)
            loop = asyncio.get_running_loop()
            ports = (plain.port, door.port or 0)
            found.append(Open(*ports, leaf, daemon, loop, plain.has_ipv6))
            ready.set()
            await asyncio.to_thread(end.wait)
            for server in servers:
                server.should_exit = True
            await asyncio.gather(*runs)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(PATIENCE_S)
    yield found[0]
    end.set()
    thread.join()


@pytest.mark.parametrize("name", NAMES)
def test_the_api_answers_over_https_to_who_trusts_exactly_this_certificate(opened, name):
    if name == "[::1]" and not opened.has_ipv6:
        pytest.skip("no IPv6 on this computer")
    answer = opened.ask("GET", "/v1/instance", name=name)
    assert answer.status_code == 200
    assert "strict-transport-security" not in answer.headers  # it would reach the http port too


def test_nobody_else_trusts_it(opened):
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError):
        client.get(f"{opened.origin}/v1/instance")


def test_plain_http_on_this_port_gets_nothing(opened):
    with (
        httpx.Client(trust_env=False) as client,
        pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)),
    ):
        client.get(f"http://127.0.0.1:{opened.https}/v1/instance")


def test_old_tls_gets_nothing(opened):
    context = opened.trust
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", opened.https)) as raw,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(raw, server_hostname="127.0.0.1")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param({"Host": "127.0.0.1:{http}"}, 421, "host_not_allowed", id="port-of-http"),
        pytest.param({"Host": "evil.example:{https}"}, 421, "host_not_allowed", id="host"),
        pytest.param({"Origin": "https://evil.example"}, 403, "origin_not_allowed", id="origin"),
        pytest.param(
            {"Origin": "http://127.0.0.1:{http}"}, 403, "origin_not_allowed", id="http-origin"
        ),
        pytest.param({}, 401, "authentication_required", id="no-token"),
    ],
)
def test_the_same_guard_stands_here(opened, headers, status, code):
    ports = {"http": opened.http, "https": opened.https}
    sent = {name: value.format(**ports) for name, value in headers.items()}
    answer = opened.ask("GET", "/v1/readers", headers=sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_our_own_page_signs_in_with_the_https_origin_and_is_bound_to_it(opened):
    headers = {"Authorization": f"Ticket {opened.ticket()}", "Origin": opened.origin}
    signed = opened.ask("POST", "/v1/console-sessions", headers=headers, json={})
    assert signed.status_code == 200, signed.text
    bearer = {"Authorization": f"Bearer {signed.json()['token']}"}
    own = opened.ask("GET", "/v1/readers", headers={**bearer, "Origin": opened.origin})
    assert own.status_code == 200
    with httpx.Client(trust_env=False) as client:
        plain = {**bearer, "Origin": f"http://127.0.0.1:{opened.http}"}
        other = client.get(f"http://127.0.0.1:{opened.http}/v1/readers", headers=plain)
    assert (other.status_code, other.json()["code"]) == (403, "token_origin_mismatch")


def test_the_proof_of_the_daemon_names_the_port_that_was_asked(opened):
    challenge = {"challenge": "A" * 43}
    proof = opened.ask("POST", "/v1/instance/proof", json=challenge)
    assert proof.json()["port"] == opened.https


def test_tls_01_without_the_users_word_there_is_no_https_server(tmp_path):
    door = open_door(tls_desk(tmp_path, MemorySecrets(), stores=[]), tmp_path)
    assert door.listening is None
    assert set(TLS_PORTS) & set(range(42110, 42120)) == set()


# -- browsers' own stores --------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with databases of Chromium and of a Firefox profile."""
    certutil = shutil.which("certutil")
    if certutil is None or sys.platform == "win32":
        pytest.skip("certutil of NSS is not installed")
    for place in (".pki/nssdb", ".mozilla/firefox/abc.default"):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        command = [certutil, "-N", "-d", f"sql:{folder}", "--empty-password"]
        subprocess.run(command, check=True, capture_output=True)
    (tmp_path / ".mozilla/firefox/Crash Reports").mkdir()
    return tmp_path


def test_tls_03_browsers_trust_it_and_after_the_end_know_nothing_of_it(home: Path) -> None:
    stores = nss_stores(home, shutil.which("certutil"))
    assert [store.name for store in stores] == ["Chromium", "Firefox"]
    desk = tls_desk(home, MemorySecrets(), stores=stores)
    leaf = desk.enable()
    assert desk.trusted_by() == {"Chromium": True, "Firefox": True}
    assert desk.enable() == leaf
    assert [b"P,," in _listed(home, place) for place in (".pki/nssdb",)] == [True]
    desk.disable()
    assert b"Carebridge" not in _listed(home, ".pki/nssdb")
    assert b"Carebridge" not in _listed(home, ".mozilla/firefox/abc.default")
    assert list((home / FOLDER).iterdir()) == []


def _listed(home: Path, place: str) -> bytes:
    command = ["certutil", "-L", "-d", f"sql:{home / place}"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_without_the_tool_no_browser_is_named(tmp_path: Path) -> None:
    assert nss_stores(tmp_path, None) == []
    assert nss_stores(tmp_path, os.devnull) == []


# -- the program itself ----------------------------------------------------------------------------

STORY = """
set -e
printf 'desktop password' | gnome-keyring-daemon --unlock --components=secrets > /dev/null
"$1" -m bridge tls enable --folder "$2" --json
"$1" -m bridge run --folder "$2" --json &
"$1" "$3" "$2"
kill $!
wait $! || true
"$1" -m bridge tls disable --folder "$2" --json
"""

VISIT = """
import json, ssl, sys, time, urllib.request
from pathlib import Path

folder = Path(sys.argv[1])
file = folder / "run" / "instance.json"
for _ in range(600):
    if file.exists():
        break
    time.sleep(0.1)
port = json.loads(file.read_text())["tls_port"]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(cafile=folder / "data" / "tls" / "trust.pem")
way = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
)
answer = way.open(f"https://127.0.0.1:{port}/v1/instance")
print(json.dumps({"port": port, "version": json.loads(answer.read())["version"]}))
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(
    not all(shutil.which(name) for name in ("dbus-run-session", "gnome-keyring-daemon")),
    reason="dbus or gnome-keyring is not installed",
)
def test_tls_03_the_production_daemon_serves_https_and_disabling_removes_everything(
    tmp_path: Path,
) -> None:
    (tmp_path / "runtime").mkdir(mode=0o700)
    visit = tmp_path / "visit.py"
    visit.write_text(VISIT)
    root = Path(__file__).resolve().parents[2]
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    home = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "runtime")}
    own = tmp_path / "own"
    (own / "data").mkdir(mode=0o700, parents=True)
    anchors = tls.trust_file(tmp_path)
    (own / "data" / FILE_NAME).write_text(f'[trust]\nsts_anchors = "{anchors}"\n')
    words = [sys.executable, str(own), str(visit)]
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", STORY, "sh", *words],
        cwd=root,
        env={**kept, **home, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    on, *said, off = [json.loads(line) for line in done.stdout.splitlines()]
    visited = next(each for each in said if "version" in each)
    assert (on["is_on"], on["trusted_by"]["file"], off["is_on"]) == (True, True, False)
    assert visited["port"] in TLS_PORTS
    assert list((own / "data" / FOLDER).iterdir()) == []
