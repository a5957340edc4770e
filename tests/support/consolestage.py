"""The stage of the console's tests: a demo with work of each kind in it, and one real browser."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.adapters.localsocket import LocalClient
from bridge.domain.openuris import console_address
from tests.support import billing
from tests.support.browsed import EVIL, GOOD, Daemon, running_demo
from tests.support.browser import Browser, until
from tests.support.relays import Relay
from tests.support.websites import WebSite

PLANTED: Final = "<img src=x onerror=window.planted=1><script>window.planted=1</script>"
"""A last name as only an attacker has it."""
FIRST_NAME: Final = "Geheimnaam"
INVOICES: Final = 4
METADATA: Final = rb"(?im)^sec-fetch-[^\r\n]*\r\n"
"""What browsers say of their requests."""
MONTHS_S: Final = 130 * 86_400
_BUSY: Final = 429
_FINAL: Final = frozenset({"succeeded", "failed", "cancelled", "outcome_unknown"})


def niss_of(place: int) -> str:
    """Give a number with valid check digits that nobody has, another one for each place."""
    stem = f"{40 + place:02d}0101{1 + place:03d}"
    return f"{stem}{97 - int(stem) % 97:02d}"


@dataclass
class Office:
    """The demo as software of a practice uses it."""

    daemon: Daemon
    keys: int = 0

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call, patiently where it is too often, and give the document."""
        while True:
            answer = self.daemon.ask(method, path, body, **headers)
            if answer.status_code != _BUSY:
                break
            time.sleep(0.1)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def send(self, path: str, body: Any) -> Any:
        """Call with a key of its own and wait for the result."""
        self.keys += 1
        headers = {"Idempotency-Key": f"console-stage-{self.keys:06d}", "Prefer": "wait=30"}
        return self.ask("POST", path, body, **headers)

    def batch(self, places: range, insurer: str) -> Any:
        """Ask one insurer about some patients."""
        patients = [{"patient": {"niss": niss_of(place)}, "insurer": insurer} for place in places]
        return self.send(
            "/v1/insurability-batches", {"purpose": "new_patients", "patients": patients}
        )

    def play(self, scenario: str) -> None:
        """Let the platform misbehave, or not."""
        self.ask("PUT", "/v1/simulator/scenario", {"name": scenario})

    def pass_time(self, seconds: int) -> None:
        """Let time pass for insurers and the billing service, and fetch."""
        self.ask("PUT", "/v1/simulator/clock", {"insurers_ahead_s": seconds})
        self.fetch()

    def fetch(self) -> None:
        self.ask("POST", "/v1/response-fetches", {}, Prefer="wait=30")

    def invoice(self, number: int, last_name: str = "Pruikenmaker") -> Any:
        """Send an invoice to the played billing service."""
        (service,) = self.ask("GET", "/v1/billing-services")["items"]
        body = {
            "billing_service_id": service["id"],
            "pdf_base64": base64.b64encode(billing.pdf(number)).decode(),
            "number": f"2026-{number:04d}",
            "payment_reference": billing.communication(number),
            "issued_on": "2026-11-20",
            "due_on": "2026-12-20",
            "total_cents": 12_000 + number,
            "patient": {
                "patient_ref": f"patient-{number // 2 + 1}",
                "last_name": last_name,
                "first_name": FIRST_NAME,
                "niss": niss_of(number),
            },
            "treatment_ref": f"treatment-{(number + 1) // 2}",
        }
        return self.send("/v1/billing-invoices", body)


@dataclass
class ConsoleStage:
    """Everything together.

    Attributes:
        relay: Between the browser and the daemon; keeps what passes.
        invoice: The one whose patient has a planted name.
    """

    daemon: Daemon
    office: Office
    relay: Relay
    browser: Browser
    invoice: Any

    @property
    def url(self) -> str:
        return self.daemon.url

    def ticket(self) -> str:
        """Get a ticket as the command line does."""
        answer = LocalClient(self.daemon.runtime, key=bytes).call({"verb": "console-ticket"})
        return str(answer["ticket"])

    def sign_in(self, page: str = "") -> None:
        """Open the page as the tray does."""
        self.browser.open("about:blank")  # else only the fragment changes
        address = console_address(port=self.daemon.port, ticket=self.ticket(), page=page)
        self.browser.open(address)
        until(lambda: self.has("nav.side"), what="the page's frame")

    def go(self, path: str) -> None:
        """Show a view and wait until it was read."""
        self.browser.run("location.hash = given[0];", f"#/{path}")

    def has(self, selector: str) -> bool:
        return bool(self.browser.run("return !!document.querySelector(given[0]);", selector))

    def text(self, selector: str = "body") -> str:
        script = "return document.querySelector(given[0])?.innerText ?? '';"
        return str(self.browser.run(script, selector))

    def shows(self, *words: str, within: str = "body") -> str:
        """Wait until all words are to be read, and give the whole text."""

        def found() -> str:
            shown = self.text(within)
            return shown if all(word in shown for word in words) else ""

        return str(until(found, what=f"{words} in the page"))

    def press(self, key: str) -> None:
        """Press what has this key, once it is there; news may put another one in its place."""
        script = """
          const found = document.querySelector(`[data-key="${given[0]}"]:not(:disabled)`);
          found?.click();
          return found !== null;
        """
        until(lambda: self.browser.run(script, key), what=f"the button {key}")


@contextmanager
def console_stage(folder: Path) -> Iterator[ConsoleStage]:
    """Set the stage: a session, answered and waiting messages, invoices, connected software."""
    with ExitStack() as stack:
        daemon = stack.enter_context(running_demo(folder / "daemon"))
        site = stack.enter_context(WebSite(folder))
        relay = stack.enter_context(Relay(daemon.port))
        office = Office(daemon)
        office.ask("POST", "/v1/ehealth-sessions", {}, Prefer="wait=30")
        invoice = office.invoice(1, PLANTED)
        for number in range(2, INVOICES + 1):
            office.invoice(number)
        office.batch(range(3), "300")
        office.pass_time(MONTHS_S)
        office.batch(range(3, 5), "100")
        daemon.pair(GOOD)
        names = {
            "evil.example:443": site.port,
            "app.vendor.example:443": site.port,
            f"127.0.0.1:{daemon.port}": relay.port,
        }
        rules = ", ".join(f"MAP {name} 127.0.0.1:{port}" for name, port in names.items())
        browser = stack.enter_context(Browser([f"--host-resolver-rules={rules}"]))
        yield ConsoleStage(daemon, office, relay, browser, invoice)


__all__ = ["EVIL", "GOOD", "ConsoleStage", "console_stage"]
