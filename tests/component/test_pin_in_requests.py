"""No request carries a PIN: PIN-01 of *Local API security* 21.5 (SEC-82)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.simulated import ALL_ENDPOINTS
from tests.support.api_services import GuardedProbe, good_request
from tests.support.audit import records_of
from tests.support.canary import is_in
from tests.support.daemon import CLIENT, running_daemon
from tests.support.logfiles import logging_to

CANARY = "7391846205"
NAMES = ("pin", "puk", "pin_code", "code_pin", "pincode", "PIN", "Pin-Code")
WITH_BODY = [each for each in ALL_ENDPOINTS if each.method in {"POST", "PUT", "PATCH"}]


def nested(name: str, depth: int) -> dict[str, Any]:
    """Put a member below objects and lists."""
    value: Any = {name: CANARY}
    for level in range(depth):
        value = {"a": value} if level % 2 else {"a": [1, value]}
    return value


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=lambda each: each.operation_id)
async def test_pin_01_no_address_takes_a_pin_at_any_depth(endpoint):
    guarded = GuardedProbe()
    request = good_request(endpoint)
    own = json.loads(request["body"])
    for place, name in enumerate(NAMES):
        body = own | nested(name, place * 2)
        reply = await guarded.ask(**request | {"body": json.dumps(body).encode()})
        assert (reply.status, reply.code) == (422, "secret_in_request"), name
        assert CANARY.encode() not in reply.body
    assert guarded.probe.calls == 0
    assert {code for code, _, _ in guarded.reported} == {"secret_in_request"}


async def test_pin_01_its_value_is_nowhere_on_disk_and_the_software_is_recorded(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        with logging_to(tmp_path):
            for path in ("/v1/ehealth-sessions", "/v1/insurability-checks"):
                for depth in (0, 5):
                    answer = await http.post(
                        path,
                        json=nested("pin", depth),
                        headers={"Idempotency-Key": "a2b1c0d9e8f7a6b5"},
                    )
                    assert answer.json()["code"] == "secret_in_request"
                    assert CANARY not in answer.text
        told = [
            record for record in records_of(tmp_path) if record["result"] == "secret_in_request"
        ]
        assert {record["client"] for record in told} == {CLIENT.id}
        rows = await daemon.parts.store.read(
            lambda unit: unit.operations.count(client_id=CLIENT.id)
        )
        assert rows == 0
    assert_nowhere(tmp_path)


def assert_nowhere(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        assert not is_in(CANARY.encode(), path.read_bytes()), path.name
