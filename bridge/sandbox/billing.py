"""A played billing service that speaks our contract (``docs/billing-service.md``).

It verifies what it gets: token, form, hash and kind of the file, and that a reference is not used
twice for different things; it keeps what it received in the ledger.
Its time is the insurers', so that months pass in a moment.
"""

from __future__ import annotations

import base64
import bisect
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from bridge.domain.ids import IdSource
from bridge.ports.rest import RestReply, RestRequest
from bridge.sandbox.billing_fates import Chooser, PlayedInvoice, Step, in_turn
from bridge.sandbox.billing_upload import check_upload
from bridge.sandbox.clock import SandboxClock
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.scenarios import ScenarioBoard

PATH: Final = "/billing"
"""Where it lies."""

SERVICE: Final = "billing"
CLIENT_ID: Final = "carebridge-sandbox"
DOWN: Final = "billing_down"
BILLING_SCENARIOS: Final[dict[str, str]] = {
    DOWN: "The billing service cannot be reached.",
    "billing_answer_lost": "The billing service takes an invoice, but its answer is lost.",
    "billing_garbage": "The billing service answers with something that is no JSON.",
    "billing_busy": "The billing service takes nothing and asks to come again in two minutes.",
    "billing_not_accepted": "The billing service refuses every invoice.",
    "billing_access_revoked": "The billing service does not know us any more.",
}
_TOKEN_LIFETIME: Final = timedelta(minutes=10)
_MOST_ITEMS: Final = 1000
_FINAL: Final = frozenset({"paid", "cancelled"})
_STRAY: Final[dict[str, Any]] = {
    "reference": None,
    "service_ref": "S-ELSEWHERE",
    "state": "open",
    "changed_at": None,
    "amount_cents": 4200,
    "paid_cents": 0,
    "reminders": {"count": 0, "last_on": None},
    "loss_on": None,
    "paid_on": None,
    "cancelled_on": None,
    "has_instalments": False,
    "instalments": None,
}
"""An invoice that came to the service another way."""

_Entry = tuple[float, int, int]
"""When a step is listed, of which invoice, and which step: the order of the list."""


class _Refusal(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class PlayedBilling:
    """The service; safe to use from several threads."""

    def __init__(
        self,
        *,
        clock: SandboxClock,
        ids: IdSource,
        scenario: ScenarioBoard,
        ledger: Ledger,
        fate_of: Chooser = in_turn,
    ) -> None:
        """Begin without invoices, and with one client."""
        self._clock = clock
        self._ids = ids
        self._scenario = scenario
        self._ledger = ledger
        self._fate_of = fate_of
        self._lock = threading.Lock()
        self._tokens: dict[str, datetime] = {}
        self._invoices: dict[str, PlayedInvoice] = {}
        self._order: list[PlayedInvoice] = []
        self._changes: list[_Entry] = []
        self.client_secret = ids.secret(24).hex()

    @property
    def is_down(self) -> bool:
        """Whether the scenario makes it unreachable."""
        return self._scenario.name == DOWN

    def truth(self, reference: str) -> dict[str, Any]:
        """Give what the service decided about an invoice, as of now."""
        invoice = self._invoices[reference]
        return invoice.shown(invoice.standing(self._clock.insurers_now()))

    def fate(self, reference: str) -> str:
        """Give the name of an invoice's fate."""
        return self._invoices[reference].fate.name

    def answer(self, request: RestRequest) -> RestReply:
        """Verify a request and answer it."""
        with self._lock:
            try:
                reply = self._answer(request)
            except _Refusal as refusal:
                reply = _json(refusal.status, {"code": refusal.code, "message": "Refused."})
        if self._scenario.name == "billing_garbage":
            reply = RestReply(status=200, body=b"<html>oops</html>", content_type="text/html")
        return replace(reply, sent_at=self._clock.now())

    def _answer(self, request: RestRequest) -> RestReply:
        parts = urlsplit(request.url)
        path = unquote(parts.path).removeprefix(PATH)
        if self.is_down:
            raise _Refusal(503, "down")
        if (request.method, path) == ("POST", "/token"):
            return self._token(request)
        self._check_access(request)
        if self._scenario.name == "billing_busy":
            busy = _json(429, {"code": "busy", "message": "Come again later."})
            return replace(busy, retry_after_s=120)
        if (request.method, path) == ("GET", "/changes"):
            return self._list(parse_qs(parts.query))
        segments = path.split("/")
        if segments[1:2] != ["invoices"] or len(segments) not in {3, 4}:
            raise _Refusal(404, "not_found")
        return self._about(request, segments[2], segments[3:])

    def _about(self, request: RestRequest, reference: str, rest: list[str]) -> RestReply:
        if request.method == "PUT" and not rest:
            return self._upload(reference, request.body or b"")
        if request.method != "GET" or rest not in ([], ["instalments"]):
            raise _Refusal(404, "not_found")
        invoice = self._invoices.get(reference)
        operation = "instalments" if rest else "invoice"
        self._accept(operation, reference, None if invoice else "not_found")
        if invoice is None:
            raise _Refusal(404, "not_found")
        step = invoice.standing(self._clock.insurers_now())
        if not rest:
            # The plan has an address of its own; the list of changes says it at once.
            return _json(200, {**invoice.shown(step), "instalments": None})
        if not step.has_plan:
            raise _Refusal(404, "no_instalments")
        return _json(200, invoice.plan(step))

    def _token(self, request: RestRequest) -> RestReply:
        wanted = base64.b64encode(f"{CLIENT_ID}:{self.client_secret}".encode()).decode()
        is_known = request.headers.get("Authorization") == f"Basic {wanted}"
        if request.body != b"grant_type=client_credentials":
            raise _Refusal(400, "unsupported_grant_type")
        if not is_known or self._scenario.name == "billing_access_revoked":
            self._refuse("token", None, "invalid_client")
            raise _Refusal(401, "invalid_client")
        token = self._ids.secret(24).hex()
        self._tokens[token] = self._clock.now() + _TOKEN_LIFETIME
        seconds = round(_TOKEN_LIFETIME.total_seconds())
        return _json(200, {"access_token": token, "token_type": "Bearer", "expires_in": seconds})

    def _check_access(self, request: RestRequest) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        until = self._tokens.get(token)
        is_good = kind == "Bearer" and until is not None and self._clock.now() < until
        if not is_good or self._scenario.name == "billing_access_revoked":
            self._refuse("access", None, "invalid_token")
            raise _Refusal(401, "invalid_token")

    def _upload(self, reference: str, body: bytes) -> RestReply:
        wrong = check_upload(reference, body)
        if wrong is not None:
            self._refuse("upload", reference, wrong)
            raise _Refusal(422, wrong)
        if self._scenario.name == "billing_not_accepted":
            self._refuse("upload", reference, "not_accepted")
            raise _Refusal(422, "not_accepted")
        digest = hashlib.sha256(body).hexdigest()
        known = self._invoices.get(reference)
        if known is not None and known.digest != digest:
            self._refuse("upload", reference, "reference_reused")
            raise _Refusal(409, "reference_reused")
        invoice = known or self._take(reference, digest, json.loads(body))
        self._accept("upload", reference, "known" if known else None)
        if self._scenario.name == "billing_answer_lost":
            raise _Refusal(504, "lost")
        step = invoice.standing(self._clock.insurers_now())
        return _json(200 if known else 201, invoice.shown(step))

    def _take(self, reference: str, digest: str, document: Mapping[str, Any]) -> PlayedInvoice:
        serial = len(self._order) + 1
        invoice = PlayedInvoice(
            serial=serial,
            reference=reference,
            uploaded_at=self._clock.insurers_now(),
            digest=digest,
            total=document["amounts"]["total_cents"],
            fate=self._fate_of(serial),
        )
        self._invoices[reference] = invoice
        self._order.append(invoice)
        for place, step in enumerate(invoice.fate.steps):
            bisect.insort(self._changes, (invoice.listed(step).timestamp(), serial, place))
        return invoice

    def _list(self, query: Mapping[str, list[str]]) -> RestReply:
        now = self._clock.insurers_now()
        limit = _number(query.get("limit", ["500"])[0])
        self._accept("changes", None)
        if "cursor" not in query:
            return self._snapshot(0, now.timestamp(), limit)
        kind, *places = _read_cursor(query["cursor"][0])
        if kind == "snapshot":
            return self._snapshot(int(places[0]), places[1], limit)
        return self._since((places[0], int(places[1]), int(places[2])), now, limit)

    def _snapshot(self, after: int, as_of: float, limit: int) -> RestReply:
        """Give everything that is not settled, as it was when the list was begun."""
        moment = datetime.fromtimestamp(as_of, tz=self._clock.now().tzinfo)
        waiting = self._order[after:]
        items: list[dict[str, Any]] = [] if after else [dict(_STRAY)]
        place = after
        for invoice in waiting:
            if len(items) >= limit:
                break
            place = invoice.serial
            step = invoice.standing(moment)
            if step.state not in _FINAL:
                items.append(invoice.shown(step))
        has_more = place < len(self._order)
        # Whatever was listed until then is in the snapshot; what comes later is a change.
        cursor = ["snapshot", place, as_of] if has_more else ["since", as_of, 10**9, 0]
        return _page(items, cursor, has_more=has_more)

    def _since(self, after: _Entry, now: datetime, limit: int) -> RestReply:
        first = bisect.bisect_right(self._changes, after)
        last = bisect.bisect_right(self._changes, (now.timestamp(), 10**9, 0))
        entries = self._changes[first : min(last, first + limit)]
        items = [self._shown(entry) for entry in entries]
        cursor = ["since", *(entries[-1] if entries else after)]
        return _page(items, cursor, has_more=first + len(entries) < last)

    def _shown(self, entry: _Entry) -> dict[str, Any]:
        _, serial, place = entry
        invoice = self._order[serial - 1]
        step: Step = invoice.fate.steps[place]
        return invoice.shown(step)

    def _accept(self, operation: str, reference: str | None, code: str | None = None) -> None:
        self._ledger.accept(
            at=self._clock.insurers_now(),
            service=SERVICE,
            operation=operation,
            reference=reference,
            code=code,
        )

    def _refuse(self, operation: str, reference: str | None, code: str) -> None:
        self._ledger.refuse(
            at=self._clock.insurers_now(),
            service=SERVICE,
            operation=operation,
            reference=reference,
            code=code,
            check=code,
        )


def _page(items: list[dict[str, Any]], cursor: list[Any], *, has_more: bool) -> RestReply:
    text = base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")
    return _json(200, {"items": items, "next_cursor": text, "has_more": has_more})


def _read_cursor(text: str) -> list[Any]:
    try:
        padded = text + "=" * (-len(text) % 4)
        cursor: list[Any] = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        raise _Refusal(400, "cursor_invalid") from None
    return cursor


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= _MOST_ITEMS:
        raise _Refusal(400, "limit_invalid")
    return int(text)


def _json(status: int, document: Mapping[str, Any]) -> RestReply:
    body = json.dumps(document, ensure_ascii=False).encode()
    return RestReply(status=status, body=body, content_type="application/json")
