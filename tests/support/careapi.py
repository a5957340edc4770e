"""Care requests over the interface, of the sandbox's people, as a front end would make them."""

from __future__ import annotations

import uuid
from typing import Any, Final

from bridge.sandbox.care_directory import DOCTORS
from bridge.sandbox.people import SandboxPerson
from tests.support.daemon import TestDaemon

KATZ: Final = "/v1/katz-declarations"
PALLIATIVE: Final = "/v1/palliative-declarations"
TECHNICAL: Final = "/v1/technical-act-declarations"
SUBMISSIONS: Final = "/v1/declaration-submissions"
DOCTOR: Final = DOCTORS[0].number.digits
DAY_S: Final = 24 * 3600
SCORES_B: Final = {
    "washing": 3,
    "dressing": 3,
    "transfer": 3,
    "toileting": 3,
    "continence": 3,
    "eating": 1,
}


def person(daemon: TestDaemon, first_name: str) -> SandboxPerson:
    """Give a person of the sandbox."""
    return next(each for each in daemon.world.people.people() if each.first_name == first_name)


def patient(daemon: TestDaemon, first_name: str) -> dict[str, Any]:
    """Give a person as a declaration names one."""
    found = person(daemon, first_name)
    return {
        "niss": found.niss.digits,
        "mutuality": found.mutuality.digits,
        "sex": found.gender,
    }


def katz(daemon: TestDaemon, first_name: str, **other: Any) -> dict[str, Any]:
    """Give a Katz declaration nothing is wrong with: lump sum B for three months."""
    return {
        "patient": patient(daemon, first_name),
        "care_kind": "B",
        "scores": SCORES_B,
        "frequency": {"days_per_week": 7, "visits_per_day": 1},
        "period": {"start_on": "2026-11-23", "end_on": "2027-02-22"},
        "prescriber": DOCTOR,
        **other,
    }


def palliative(daemon: TestDaemon, first_name: str, **other: Any) -> dict[str, Any]:
    """Give a palliative declaration nothing is wrong with."""
    return {
        "patient": patient(daemon, first_name),
        "start_on": "2026-11-23",
        "usual_doctor": DOCTOR,
        "nurse": daemon.world.nurse.registration.holder.nihii.digits,
        **other,
    }


def technical(daemon: TestDaemon, first_name: str, **other: Any) -> dict[str, Any]:
    """Give a notification nothing is wrong with."""
    return {
        "patient": patient(daemon, first_name),
        "act_kind": "perfusion",
        "period": {"start_on": "2026-11-23", "end_on": "2026-12-07"},
        "prescriber": DOCTOR,
        "product": "NACL 0.9% 500 ML",
        **other,
    }


def key() -> dict[str, str]:
    """Give a fresh key, and patience."""
    return {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=30"}


async def create(http: Any, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Store a draft."""
    answer = await http.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == made["links"]["self"]
    return made


async def again(http: Any, shown: dict[str, Any]) -> dict[str, Any]:
    """Read a resource as it is now."""
    answer = await http.get(shown["links"]["self"])
    assert answer.status_code == 200, answer.text
    now: dict[str, Any] = answer.json()
    return now


async def change(http: Any, shown: dict[str, Any], body: dict[str, Any]) -> Any:
    """Change the version that is there now."""
    current = await http.get(shown["links"]["self"])
    headers = {
        "If-Match": current.headers["ETag"],
        "Content-Type": "application/merge-patch+json",
    }
    return await http.patch(shown["links"]["self"], json=body, headers=headers)


async def submit(http: Any, shown: dict[str, Any], **body: Any) -> Any:
    """Release a draft."""
    return await http.post(f"{shown['links']['self']}/submission", json=body, headers=key())


async def sent(http: Any, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Store a draft and release it."""
    draft = await create(http, path, body)
    answer = await submit(http, draft)
    assert answer.status_code == 201, answer.text
    return await again(http, draft)


async def fetch(http: Any) -> None:
    """Fetch what waits, until it is here."""
    answer = await http.post("/v1/response-fetches", json={}, headers=key())
    assert answer.status_code == 202, answer.text
    operation = await http.get(answer.headers["Location"])
    assert operation.json()["status"] == "succeeded", operation.text


async def days_pass(daemon: TestDaemon, http: Any, days: float) -> None:
    """Let days pass for the insurers, and fetch what they sent."""
    ahead = daemon.world.clock.insurers_ahead.total_seconds()
    daemon.world.clock.set_insurers_ahead(int(ahead + days * DAY_S))
    await fetch(http)
