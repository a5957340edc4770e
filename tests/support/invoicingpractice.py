"""A practice that invoices a month of care, through the API alone.

What it asks for is written here; what became of it is read from the API again.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any, Final

import httpx

from bridge.domain.holidays import has_weekend_codes

BATCHES: Final = "/v1/invoice-batches"
SETTLEMENTS: Final = "/v1/settlements"
DOCTOR: Final = "10007133004"
"""A general practitioner whom the played insurers know."""

INJECTION: Final = "423054"
PRICE: Final = 480
"""What the played insurers pay for an injection in the week, in cents."""

TOO_MUCH: Final = 481
SHARE: Final = 120
DAY_S: Final = 86_400
INVOICING: Final = {
    "iban": "BE68539007547034",
    "bic": "GKCCBEBB",
    "contact_last_name": "Voorbeeld",
    "contact_first_name": "Fictive",
    "contact_phone": "021234567",
    "qualification": "401",
}
MERGE: Final = {"Content-Type": "application/merge-patch+json"}


def niss_of(place: int) -> str:
    """A valid number of a man, another one for each place."""
    stem = f"{40 + place % 50:02d}{1 + place % 12:02d}{1 + place % 28:02d}{1 + 2 * place:03d}"
    return f"{stem}{97 - int(stem) % 97:02d}"


def month_before(today: date) -> list[date]:
    """Give the days of last month on which care has the codes of the week."""
    last = today.replace(day=1) - timedelta(days=1)
    days = (last.replace(day=number) for number in range(1, last.day + 1))
    return [day for day in days if not has_weekend_codes(day)]


@dataclass
class InvoicingPractice:
    """A practice at work.

    Attributes:
        http: The API, with a token.
        today: In Brussels.
        pause: Lets so many seconds pass, where the house says that it is too fast.
        nurse: Number of the nurse, once it began.
        enrolled: How many people were made known to insurers.
    """

    http: httpx.AsyncClient
    today: date
    pause: Callable[[int], Awaitable[None]]
    days: float = 0.0
    nurse: str = ""
    enrolled: int = 0

    # -- the API --------------------------------------------------------------------------------

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Call once, as fast as the house lets."""
        while True:
            answer = await self.http.request(method, path, json=body, headers=headers)
            if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                return answer
            await self.pause(int(answer.headers["Retry-After"]))

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call once; gives the parsed answer, and fails with it when it is a refusal."""
        answer = await self.ask(method, path, body, **headers)
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None

    async def items(self, path: str) -> list[dict[str, Any]]:
        """Read a list to its end, page by page."""
        found: list[dict[str, Any]] = []
        mark, cursor = "&" if "?" in path else "?", ""
        while True:
            page = await self.call("GET", f"{path}{mark}limit=200{cursor}")
            found += page["items"]
            if page["page"]["next_cursor"] is None:
                assert len(found) == page["page"]["total"]
                return found
            cursor = f"&cursor={page['page']['next_cursor']}"

    # -- the practice ---------------------------------------------------------------------------

    async def begin(self) -> None:
        """Say who is paid, and open a session."""
        (registration,) = (await self.call("GET", "/v1/registrations"))["items"]
        self.nurse = registration["holder"]["nihii"]
        changes = {"cbe": "0200000043", "invoicing": INVOICING}
        path = registration["links"]["self"]
        await self.call("PATCH", path, changes, **{**MERGE, "If-Match": "*"})
        await self.call("POST", "/v1/ehealth-sessions", {}, Prefer="wait=30")

    async def enrol(self, mutualities: Sequence[str]) -> list[dict[str, Any]]:
        """Make people known to insurers, one for each sickness fund that is named."""
        made = []
        for mutuality in mutualities:
            niss, self.enrolled = niss_of(self.enrolled), self.enrolled + 1
            person = {"niss": niss, "mutuality": mutuality, "gender": "male"}
            made.append(await self.call("POST", "/v1/simulator/people", person))
        return made

    def injection(self, day: date, cents: int = PRICE, **other: Any) -> dict[str, Any]:
        """Give an act nothing is wrong with but, perhaps, its price."""
        return {
            "kind": "act",
            "nomenclature_code": INJECTION,
            "day_on": day.isoformat(),
            "care_time": "0815",
            "provider": self.nurse,
            "prescriber": DOCTOR,
            "prescribed_on": day.replace(day=1).isoformat(),
            "insurer_amount_cents": cents,
            "copayment_cents": SHARE,
            "reading": {
                "reading_kind": "1",
                "support_kind": "1",
                "support_serial": "592012345678",
                "read_on": day.isoformat(),
                "read_time": "0815",
            },
            **other,
        }

    def claim(self, person: dict[str, Any], *care: dict[str, Any], **other: Any) -> dict[str, Any]:
        """Give the invoice of a person."""
        span = person["periods"][-1]
        return {
            "patient": {
                "niss": person["niss"],
                "mutuality": span["mutuality"],
                "sex": "male" if person["gender"] == "male" else "female",
            },
            "ct1": span["ct1"],
            "ct2": span["ct2"],
            "care": list(care),
            **other,
        }

    async def draft(self, insurer: str, month: str, claims: Sequence[Any]) -> dict[str, Any]:
        """Begin a batch and add claims, some at a time."""
        batch = await self.call("POST", BATCHES, {"month": month, "insurer": insurer})
        for start in range(0, len(claims), 50):
            page = {"claims": claims[start : start + 50]}
            await self.call("POST", batch["links"]["claims"], page)
        return await self.again(batch)

    async def again(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Read something as it is now."""
        found: dict[str, Any] = await self.call("GET", shown["links"]["self"])
        return found

    async def send(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Check a draft, release it, and wait until the platform took it over."""
        checked = await self.call("POST", batch["links"]["validation"], {})
        assert checked["is_submittable"], checked
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=30"}
        sent: dict[str, Any] = await self.call("POST", batch["links"]["submission"], {}, **headers)
        assert (sent["object"], sent["status"]) == ("invoice_batch", "sent"), sent
        return sent

    async def pass_days(self, days: float) -> None:
        """Let the insurers' time pass, and fetch what they sent."""
        self.days += days
        ahead = {"insurers_ahead_s": int(self.days * DAY_S)}
        await self.call("PUT", "/v1/simulator/clock", ahead)
        await self.call("POST", "/v1/response-fetches", {"service": "invoicing"}, Prefer="wait=30")

    async def correct(self, batch: dict[str, Any]) -> None:
        """Ask the right price for every act of a draft."""
        for claim in await self.items(batch["links"]["claims"] + "?fields=*,patient"):
            care = [{**as_sent(line), "insurer_amount_cents": PRICE} for line in claim["lines"]]
            body = {**claim_as_sent(claim), "care": care}
            await self.call("PUT", claim["links"]["self"], body, **{"If-Match": "*"})

    async def work_off(self) -> list[dict[str, Any]]:
        """Process every answer that is not processed yet, oldest first."""
        waiting = await self.items(f"{SETTLEMENTS}?is_processed=false")
        return [
            await self.call("POST", f"{each['links']['self']}/processing", {})
            for each in reversed(waiting)
        ]

    # -- the books ------------------------------------------------------------------------------

    async def books(self) -> Counter[str]:
        """Add up what was sent, paid, refused and is open, act by act."""
        sums: Counter[str] = Counter()
        for batch in await self.items(BATCHES):
            if batch["sent_at"] is None:
                continue
            sums["sent"] += batch["insurer_amount_cents"]
            sums["paid"] += batch["paid_cents"]
            sums["open"] += batch["open_cents"]
            for claim in await self.items(batch["links"]["claims"] + "?fields=*,patient"):
                sums["refused"] += sum(refused_of(line) for line in claim["lines"])
        return sums

    async def payments(self) -> Counter[str]:
        """Add up what insurers say they pay, by the settlement that holds."""
        sums: Counter[str] = Counter()
        for answer in await self.items(f"{SETTLEMENTS}?answer=920900"):
            for payment in answer["payments"]:
                assert payment["payment_reference"]
                sums[answer["insurer"]] += payment["accepted_cents"]
        return sums

    async def balances(self) -> dict[str, Any]:
        """Read what the house itself adds up, over all unions and days."""
        found = await self.call("GET", "/v1/invoice-balances?limit=200")
        assert all(each["amounts"]["is_balanced"] for each in found["items"])
        total: dict[str, Any] = found["total"]
        return total

    async def ledger(self) -> tuple[Counter[str], int]:
        """Ask the platform itself: references of files it received, and cents insurers accepted."""
        entries = await self.items("/v1/simulator/ledger")
        posts = (each for each in entries if each["service"] == "genasync_invoicing")
        received = Counter(each["reference"] for each in posts if each["operation"] == "post")
        settled = (each["check"] for each in entries if each["operation"] == "settlement")
        return received, sum(int(text.split("accepted ")[1].split(",")[0]) for text in settled)


def refused_of(line: dict[str, Any]) -> int:
    """Give the cents of an act that are not paid; none while it is open."""
    is_open = line["result"] == "open"
    return 0 if is_open else int(line["insurer_amount_cents"]) - int(line["paid_cents"])


_WRITABLE: Final = (
    "reference", "nomenclature_code", "day_on", "provider", "insurer_amount_cents",
    "copayment_cents", "supplement_cents", "units", "is_statistical", "provider_norm", "care_time",
    "visit", "place", "institution", "prescriber", "prescribed_on", "prescriber_norm",
    "agreement_number", "repetition", "share_billing", "related_code", "is_in_convention",
    "base_value_cents", "assistant", "share_percent", "reading",
)  # fmt: skip


def as_sent(line: dict[str, Any]) -> dict[str, Any]:
    """Give an act that was read as it would be sent."""
    return {"kind": "act", **{name: line[name] for name in _WRITABLE if line[name] is not None}}


def claim_as_sent(claim: dict[str, Any]) -> dict[str, Any]:
    """Give a claim that was read as it would be sent."""
    patient = {name: claim["patient"][name] for name in ("niss", "mutuality", "sex")}
    members = ("ct1", "ct2", "client_ref", "reference", "is_limitation_interrupted")
    kept = {name: claim[name] for name in members if claim[name] is not None}
    return {"patient": patient, "care": [as_sent(each) for each in claim["lines"]], **kept}


def in_three_unions(people: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Give people by their union."""
    unions = sorted({each["periods"][-1]["mutuality"][0] + "00" for each in people})
    for union in unions:
        yield union, [each for each in people if each["periods"][-1]["mutuality"][0] == union[0]]
