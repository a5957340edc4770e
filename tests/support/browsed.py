"""The stage of the browser tests: a demo daemon, web sites of friend and foe, one real browser."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalClient
from tests.support.browser import Browser
from tests.support.relays import Carried, Relay
from tests.support.websites import WebSite

ROOT: Final = Path(__file__).resolve().parents[2]
GOOD: Final = "https://app.vendor.example"
EVIL: Final = "https://evil.example"
FAR_GOOD: Final = "https://far.vendor.example"
"""As ``GOOD``, but on the public internet as far as the browser knows."""
FAR_EVIL: Final = "https://far-evil.example"
REBOUND: Final = "rebound.example"
_SCOPES: Final = ["status:read", "insurability:check", "history:read"]
_LISTS: Final = (
    "exchanges",
    "insurability-checks",
    "invoice-batches",
    "operations",
    "registrations",
    "ehealth-sessions",
    "simulator/ledger",
    "simulator/people",
)


@dataclass
class Daemon:
    """The demo, a process of its own."""

    url: str
    sandbox_url: str
    token: str
    pid: int
    runtime: Path
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return httpx.request(
            method, self.url + path, json=body, headers=sent, timeout=30, trust_env=False
        )

    def decide(self, pairing_id: str, decision: str = "approve") -> None:
        """Decide as the user does on her command line (D10)."""
        request = {"verb": "pairing-decision", "decision": decision, "pairing_id": pairing_id}
        assert "error" not in LocalClient(self.runtime, key=bytes).call(request)

    def waiting(self) -> list[dict[str, Any]]:
        pairings = LocalClient(self.runtime, key=bytes).call({"verb": "pairings"})["pairings"]
        return [each for each in pairings if each["state"] == "pending"]

    def pair(self, origin: str) -> str:
        """Connect a web origin and give its token."""
        wanted = {"client_kind": "web", "display_name": "Zorg", "scopes": _SCOPES}
        offer = self.ask("POST", "/v1/pairings", wanted, Origin=origin).json()
        self.decide(offer["pairing_id"])
        shown = {"Authorization": f"Pairing {offer['pairing_secret']}", "Origin": origin}
        return str(self.ask("GET", offer["links"]["self"], **shown).json()["token"])

    def contents(self) -> dict[str, Any]:
        """Give what handlers could have changed: what is stored, and what insurers received."""
        lists = {name: self.ask("GET", f"/v1/{name}").json()["items"] for name in _LISTS}
        ledger = lists["simulator/ledger"]  # states of invoices are asked for in the background
        return {**lists, "simulator/ledger": [e for e in ledger if e["service"] != "billing"]}

    def handled(self) -> list[tuple[str, str, int]]:
        """Give what the daemon's own access log says was let through: method, route, status."""
        lines = map(json.loads, self.log.read_text("utf-8").splitlines())
        answered = [line for line in lines if line["event"] == "http.answered"]
        return [
            (line["method"], line["route"], line["status"])
            for line in answered
            if line["status"] < 400
        ]


@dataclass
class Stage:
    """Everything together.

    Attributes:
        relay: Between the browser and the daemon; keeps what passes.
        attacker: Serves the page of the name that is led to the daemon afterwards.
        name: What that name leads to.
        token: Of ``GOOD``.
    """

    daemon: Daemon
    relay: Relay
    attacker: WebSite
    name: Relay
    browser: Browser
    token: str

    @property
    def api(self) -> str:
        return self.daemon.url

    @property
    def rebound(self) -> str:
        """The attacker's own origin, with the daemon's port."""
        return f"http://{REBOUND}:{self.daemon.port}"

    def at(self, origin: str, path: str = "/") -> None:
        """Show a page of an origin, and keep only what it does from now on."""
        self.browser.open(origin + path)
        self.relay.forget()

    def carried(self, path: str | None = None) -> list[Carried]:
        """Give what passed since ``at``, once it is answered."""
        return self.relay.carried(path)


@contextmanager
def running_demo(folder: Path) -> Iterator[Daemon]:
    """Run the simulator build until the block ends."""
    arguments = ("demo", "--headless", "--json", "--port", "0", "--folder", str(folder))
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    try:
        facts = json.loads(process.stdout.readline())
        folders = Folders.under(folder)
        log = folders.logs / "carebridge.log"
        yield Daemon(
            url=facts["base_url"],
            sandbox_url=facts["sandbox_url"],
            token=facts["token"],
            pid=facts["pid"],
            runtime=folders.runtime,
            log=log,
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Set the stage.

    The sites of ``FAR_GOOD`` and ``FAR_EVIL`` are on a port that the browser takes for one of the
    public internet, so it asks the user before their pages speak to this computer.
    """
    with ExitStack() as stack:
        daemon = stack.enter_context(running_demo(folder / "daemon"))
        near = stack.enter_context(WebSite(folder))
        far = stack.enter_context(WebSite(folder))
        attacker = stack.enter_context(WebSite())
        relay = stack.enter_context(Relay(daemon.port))
        name = stack.enter_context(Relay(attacker.port))
        leads = {
            "app.vendor.example:443": near.port,
            "evil.example:443": near.port,
            "far.vendor.example:443": far.port,
            "far-evil.example:443": far.port,
            f"{REBOUND}:{daemon.port}": name.port,
            f"127.0.0.1:{daemon.port}": relay.port,
        }
        rules = ", ".join(f"MAP {place} 127.0.0.1:{port}" for place, port in leads.items())
        arguments = [
            f"--host-resolver-rules={rules}",
            f"--ip-address-space-overrides=127.0.0.1:{far.port}=public",
            # So that the attacker may register service workers, as from a page over TLS.
            f"--unsafely-treat-insecure-origin-as-secure=http://{REBOUND}:{daemon.port}",
        ]
        token = daemon.pair(GOOD)
        browser = stack.enter_context(Browser(arguments))
        yield Stage(daemon, relay, attacker, name, browser, token)
