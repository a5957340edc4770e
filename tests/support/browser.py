"""A real browser, Chromium, driven by its own ChromeDriver over plain HTTP (W3C WebDriver)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any, Final, Self

import httpx
import pytest

_PROGRAMS: Final = ("chromium", "chromedriver")
_MISSING: Final = [name for name in _PROGRAMS if shutil.which(name) is None]
IS_PROMISED: Final = sys.platform == "linux" and os.environ.get("CI") == "true"
needs_browser: Final = pytest.mark.skipif(
    bool(_MISSING) and not IS_PROMISED, reason="Chromium or its driver is not installed"
)
_ANSWER_S: Final = 90
_GLANCE_S: Final = 0.02
_QUIET: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
)
_STARTED: Final = "successfully on port "
_PERMISSION: Final = "loopback-network"
_WRAPPED: Final = (
    "const done = arguments[arguments.length - 1];"
    "(async (...given) => {%s})(...arguments).then(done, error => done(`failed: ${error}`));"
)


class Browser:
    """One headless browser with an empty profile that goes with it."""

    def __init__(self, arguments: Iterable[str]) -> None:
        self._driver = subprocess.Popen(
            ["chromedriver", "--port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        self._http = httpx.Client(timeout=_ANSWER_S, trust_env=False)
        self._base = f"http://127.0.0.1:{self._told_port()}"
        chosen = {"args": [*_QUIET, *arguments]}
        wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": chosen}}
        made = self._ask("POST", "/session", {"capabilities": wanted})
        self._base += f"/session/{made['sessionId']}"
        self.version: str = made["capabilities"]["browserVersion"]
        self._ask("POST", "/timeouts", {"script": 60_000, "pageLoad": 60_000})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self._ask("DELETE", "", None)
        finally:
            self._http.close()
            self._driver.terminate()
            self._driver.wait()
            self._driver.stdout.close()

    def _told_port(self) -> int:
        """Read the port the driver took, from the line in which it says so."""
        for line in self._driver.stdout:
            if _STARTED in line:
                return int(line.rpartition(_STARTED)[2].strip().rstrip("."))
        raise AssertionError("the driver does not start")

    def _ask(self, method: str, path: str, body: Any) -> Any:
        answer = self._http.request(method, self._base + path, json=body).json()["value"]
        if isinstance(answer, dict) and "error" in answer and "stacktrace" in answer:
            raise AssertionError(f"{answer['error']}: {answer['message'].splitlines()[0]}")
        return answer

    def open(self, url: str) -> None:
        """Go to an address as a user does who types it."""
        self._ask("POST", "/url", {"url": url})

    def run(self, script: str, *given: Any) -> Any:
        """Run the body of an async function in the page; an error comes back as text."""
        body = {"script": _WRAPPED % script, "args": list(given)}
        return self._ask("POST", "/execute/async", body)

    def click(self, selector: str) -> None:
        """Click as a user does, which the page can tell from a script's click."""
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        (reference,) = found.values()
        self._ask("POST", f"/element/{reference}/click", {})

    def enter(self, selector: str) -> None:
        """Run scripts in a frame from now on, until another page is opened."""
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        self._ask("POST", "/frame", {"id": found})

    def command(self, name: str, **parameters: Any) -> Any:
        """Give a command of the browser's own protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def permit(self, origin: str, setting: str) -> None:
        """Answer for the user whether pages of an origin may speak to this computer."""
        self.command(
            "Browser.setPermission",
            permission={"name": _PERMISSION},
            setting=setting,
            origin=origin,
        )

    def tabs(self) -> list[str]:
        """Name all tabs, the first one first."""
        return list(self._ask("GET", "/window/handles", None))

    def look_at(self, tab: str) -> None:
        """Go on in another tab."""
        self._ask("POST", "/window", {"handle": tab})

    def type(self, selector: str, text: str) -> None:
        """Type into a field, as a user does."""
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        (reference,) = found.values()
        self._ask("POST", f"/element/{reference}/value", {"text": text})

    def close_others(self) -> None:
        """Close every tab but the first."""
        first, *others = self._ask("GET", "/window/handles", None)
        for handle in others:
            self._ask("POST", "/window", {"handle": handle})
            self._ask("DELETE", "/window", None)
        self._ask("POST", "/window", {"handle": first})


def until(condition: Any, *, what: str, seconds: float = 60) -> Any:
    """Wait until a condition gives something true, and give it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(_GLANCE_S)
    return found
