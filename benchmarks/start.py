"""Start of the demo: until it answers, until it is ready, its health, and its idle memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from benchmarks.table import Row, row, show

RUNS = 5
HEALTH_ASKED = 20
LIBRARIES = (
    "fastapi, uvicorn, pydantic_settings, httpx, lxml.etree, cryptography.x509, sqlalchemy, "
    "alembic, sqlcipher3, pkcs11, keyring, structlog, typer"
)


@contextmanager
def demo() -> Iterator[tuple[subprocess.Popen[str], dict[str, Any], float]]:
    """Run a demo and give its process, its facts and the seconds until it was ready."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "bridge", "demo", "--headless", "--json", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    facts: dict[str, Any] = json.loads(process.stdout.readline() if process.stdout else "")
    ready = time.perf_counter() - begun
    try:
        yield process, facts, ready
    finally:
        process.terminate()
        process.wait()


def asked_health(facts: dict[str, Any]) -> float:
    """Ask for the health once, and give the milliseconds that took."""
    headers = {"Authorization": f"Bearer {facts['token']}"}
    request = urllib.request.Request(facts["base_url"] + "/v1/health", headers=headers)
    begun = time.perf_counter()
    urllib.request.urlopen(request).close()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Print the tables."""
    ready, alive, memory, bare, bare_memory, health = [], [], [], [], [], []
    code = f"import {LIBRARIES}; import psutil; print(psutil.Process().memory_info().rss)"
    for _ in range(RUNS):
        begun = time.perf_counter()
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        bare.append((time.perf_counter() - begun) * 1000)
        bare_memory.append(int(answer.stdout) / 2**20)
        with demo() as (process, facts, seconds):
            ready.append(seconds * 1000)
            asked = time.perf_counter()
            urllib.request.urlopen(facts["base_url"] + "/livez").close()
            alive.append((time.perf_counter() - asked) * 1000)
            time.sleep(1)
            health += [asked_health(facts) for _ in range(HEALTH_ASKED)]
            memory.append(psutil.Process(process.pid).memory_info().rss / 2**20)
    rows: list[Row] = [
        row("bare interpreter that imports the same libraries", bare, unit="ms"),
        row("start until the JSON line (ready, sandbox and its PKI too)", ready, unit="ms"),
        row("first answer of /livez", alive, unit="ms"),
        row("/v1/health, all checks from memory", health, unit="ms"),
    ]
    show("Start", rows)
    show(
        "Idle memory (resident)",
        [
            row("bare interpreter that imports the same libraries", bare_memory, unit="MiB"),
            row("demo: daemon, sandbox and software card in one process", memory, unit="MiB"),
        ],
    )


if __name__ == "__main__":
    main()
