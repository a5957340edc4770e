"""A month of a home nurse's care requests, done through the API alone.

Twenty patients of several insurers: lump sums and toilets that are new, extended, changed and
closed, palliative care with a second answer, specific technical acts, a descoring, a wrong number
corrected and resent, and a patient who has another nurse.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

import httpx

DOCTOR = "10007133004"
"""A general practitioner whom the played insurers know."""

STRANGER = "10012378004"
"""A doctor's number with right check digits that nobody has."""

B = {"washing": 3, "dressing": 3, "transfer": 3, "toileting": 3, "continence": 3, "eating": 2}
A = {"washing": 3, "dressing": 3, "transfer": 3, "toileting": 2, "continence": 2, "eating": 2}
TOILET = {"washing": 2, "dressing": 1, "transfer": 1, "toileting": 1, "continence": 1, "eating": 1}
LUMP_SUM = {"days_per_week": 7, "visits_per_day": 1}
TWICE_A_WEEK = {"toilets": 2, "toilet_frequency": "week"}
DAY_S = 86_400
ORDINARY = (
    "insured, ordinary rate",
    "insured, increased reimbursement",
    "insured, born after",
    "insured, bis number",
    "insured, health fund",
)


@dataclass
class PracticeMonth:
    """The month while it goes on.

    Attributes:
        http: The API, with a token.
        today: In Brussels.
        pause: Lets so many seconds pass, where the house says that it is too fast.
        made: Names of declarations to their identifiers, by kind of resource.
    """

    http: httpx.AsyncClient
    today: date
    pause: Callable[[int], Awaitable[None]]
    days: float = 0.0
    made: dict[str, str] = field(default_factory=dict)
    people: list[dict[str, Any]] = field(default_factory=list)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call once; gives the parsed answer, and fails with it when it is a refusal."""
        answer = await self.http.request(method, path, json=body, headers=headers)
        while answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            await self.pause(int(answer.headers["Retry-After"]))
            answer = await self.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None

    async def send(self, path: str, body: Any) -> Any:
        """Release something and wait until every message was taken over."""
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=30"}
        return await self.call("POST", path, body, **headers)

    async def pass_days(self, days: float) -> None:
        """Let the insurers' time pass, and fetch what they sent."""
        self.days += days
        ahead = {"insurers_ahead_s": int(self.days * DAY_S)}
        await self.call("PUT", "/v1/simulator/clock", ahead)
        await self.call("POST", "/v1/response-fetches", {"service": "medadmin"}, Prefer="wait=30")

    def patient(self, purpose: str, place: int = 0) -> dict[str, Any]:
        """Name a person of the simulator by what the person is for."""
        found = [each for each in self.people if each["purpose"].startswith(purpose)][place]
        sex = "female" if found["gender"] == "female" else "male"
        return {"niss": found["niss"], "mutuality": found["mutuality"], "sex": sex}

    async def draft(self, name: str, kind: str, body: Any) -> None:
        """Make a draft that can be sent, under a name."""
        made = await self.call("POST", f"/v1/{kind}-declarations", body)
        assert made["is_submittable"], (name, made["findings"])
        self.made[name] = made["links"]["self"]

    async def katz(self, name: str, patient: Any, **members: Any) -> None:
        """Make a Katz draft: lump sum B of this week unless said otherwise."""
        start_on = self.today - timedelta(days=3)
        body = {
            "patient": patient,
            "care_kind": "B",
            "scores": B,
            "frequency": LUMP_SUM,
            "period": self.period(start_on, 30),
            **members,
        }
        await self.draft(name, "katz", body)

    def period(self, start_on: date, days: int) -> dict[str, str]:
        """Give some days."""
        end_on = start_on + timedelta(days=days)
        return {"start_on": start_on.isoformat(), "end_on": end_on.isoformat()}

    async def state(self, name: str) -> dict[str, Any]:
        """Read a declaration by its name."""
        found: dict[str, Any] = await self.call("GET", self.made[name])
        return found

    # -- the month ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Do everything."""
        self.people = (await self.call("GET", "/v1/simulator/people?limit=200"))["items"]
        await self._first_week()
        await self._second_week()
        await self._rest()
        await self._work_off()

    async def _first_week(self) -> None:
        care = "insured, for care requests"
        for place in range(5):
            await self.katz(f"katz-{place}", self.patient(care, place))
        better = "insured, increased reimbursement, for care"
        await self.katz(
            "toilet",
            self.patient(better),
            care_kind="toilet",
            scores=TOILET,
            frequency=TWICE_A_WEEK,
        )
        for place, start in enumerate(ORDINARY):
            await self.katz(f"a-{place}", self.patient(start), care_kind="A", scores=A)
        await self.katz("visited", self.patient("control visit"))
        await self.katz("other-nurse", self.patient("has another nurse"))
        await self.katz("taken-over", self.patient("another nurse takes over"))
        await self.katz("medical", self.patient("rights not in order"))
        await self.katz("closed-by-insurer", self.patient("the insurer closes"))
        await self.katz("shortened", self.patient("the insurer shortens"))
        for name, purpose in (
            ("palliative-later", "palliative: the practitioner's form arrives"),
            ("palliative-never", "palliative: the practitioner's form never"),
            ("palliative", "insured, liberal union"),
        ):
            await self.palliative(name, self.patient(purpose))
        for name, place, act in (("perfusion", 0, "perfusion"), ("catheter", 1, "catheter")):
            await self.technical(name, self.patient(care, place), act, DOCTOR)
        await self.technical("wrong-number", self.patient(care, 2), "parenteral", STRANGER)
        sent = await self.send("/v1/declaration-submissions", {})
        assert len(sent["declarations"]) == len(self.made)
        await self.pass_days(3)

    async def palliative(self, name: str, patient: Any) -> None:
        """Make a palliative draft."""
        registration = (await self.call("GET", "/v1/registrations"))["items"][0]
        body = {
            "patient": patient,
            "start_on": self.today.isoformat(),
            "usual_doctor": DOCTOR,
            "nurse": registration["holder"]["nihii"],
        }
        await self.draft(name, "palliative", body)

    async def technical(self, name: str, patient: Any, act: str, prescriber: str) -> None:
        """Make a draft of a notification."""
        body = {
            "patient": patient,
            "act_kind": act,
            "period": self.period(self.today, 10),
            "prescriber": prescriber,
            "product": "NACL 0,9 %",
        }
        await self.draft(name, "technical-act", body)

    async def _second_week(self) -> None:
        """Extend, change, close; correct what was wrong; take over from another nurse."""
        for name, place in (("extended", 0), ("changed", 1)):
            old = await self.state(f"katz-{place}")
            number = old["handover"]["agreement_number"]
            patient = self.patient("insured, for care requests", place)
            end_on = date.fromisoformat(old["handover"]["end_on"])
            await self.call("GET", old["links"]["exchange"])
            members: dict[str, Any] = {"request": "extension", "period": self.period(end_on, 60)}
            if name == "changed":
                members = {
                    "request": "change",
                    "period": self.period(self.today, 60),
                    "care_kind": "A",
                    "scores": A,
                }
            await self.katz(name, patient, agreement_number=number, **members)
        closing = await self.call(
            "POST", f"{self.made['katz-3']}/closure", {"end_on": self.today.isoformat()}
        )
        self.made["closing"] = closing["links"]["self"]
        await self._correct("wrong-number", {}, {"prescriber": DOCTOR})
        await self._correct("other-nurse", {"as_reference_provider": True}, None)
        sent = await self.send("/v1/declaration-submissions", {})
        assert len(sent["declarations"]) == 5
        await self.pass_days(3)

    async def _correct(self, name: str, how: Any, change: Any) -> None:
        wrong = await self.state(name)
        made = await self.call("POST", wrong["links"]["correction"], how)
        path = made["links"]["self"]
        if change is not None:
            etag = (await self.http.get(path)).headers["ETag"]
            kind = {"If-Match": etag, "Content-Type": "application/merge-patch+json"}
            await self.call("PATCH", path, change, **kind)
        self.made[f"{name}-corrected"] = path

    async def _rest(self) -> None:
        """Let the rest of the month pass: second answers, visits, what insurers change."""
        for _ in range(8):
            await self.pass_days(4)

    async def _work_off(self) -> None:
        """Work off what insurers changed by themselves, as a secretary does."""
        open_ones = await self.call("GET", "/v1/care-updates?is_processed=false")
        for update in open_ones["items"]:
            kinds = [step["kind"] for step in update["steps"] if step["done_at"] is None]
            assert update["declaration_id"] is not None
            done = await self.call("POST", f"{update['links']['self']}/steps", {"kinds": kinds})
            assert done["processed_at"] is not None

    async def states(self) -> dict[str, str]:
        """Give the state of every declaration by its name."""
        return {name: (await self.state(name))["status"] for name in self.made}

    async def manual_actions(self) -> int:
        """Count what still waits for a person."""
        wanted = "status=manual_action_required&is_processed=false"
        found = await self.call("GET", f"/v1/exchanges?{wanted}")
        return int(found["page"]["total"])


EXPECTED = {
    **{f"katz-{place}": "accepted" for place in range(5)},
    "toilet": "accepted",
    **{f"a-{place}": "accepted" for place in range(5)},
    "visited": "accepted",
    "other-nurse": "refused",
    "taken-over": "accepted",
    "medical": "accepted",
    "closed-by-insurer": "accepted",
    "shortened": "accepted",
    "palliative-later": "accepted",
    "palliative-never": "refused",
    "palliative": "accepted",
    "perfusion": "acknowledged",
    "catheter": "acknowledged",
    "wrong-number": "error",
    "extended": "accepted",
    "changed": "accepted",
    "closing": "accepted",
    "wrong-number-corrected": "acknowledged",
    "other-nurse-corrected": "accepted",
}
"""Where every declaration stands at the end of the month."""
