"""A front end that hands invoices to the played billing service, over the interface."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import httpx

from bridge.sandbox.billing import CLIENT_ID
from tests.support import billing
from tests.support.daemon import TestDaemon

SERVICES = "/v1/billing-services"
INVOICES = "/v1/billing-invoices"


def invoice(service_id: str, number: int) -> dict[str, Any]:
    """Give an invoice as a front end hands it over."""
    return {
        "billing_service_id": service_id,
        "pdf_base64": base64.b64encode(billing.pdf(number)).decode(),
        "number": f"2026-{number:04d}",
        "payment_reference": billing.communication(number),
        "issued_on": "2026-11-20",
        "due_on": "2026-12-20",
        "total_cents": 12_000 + number,
        "patient": {
            "patient_ref": f"patient-{(number + 3) // 4}",
            "last_name": "Pruikenmaker",
            "first_name": "Zoë",
            "niss": billing.NISS,
        },
        "treatment_ref": f"treatment-{(number + 1) // 2}",
    }


@dataclass
class Front:
    """A front end with a registration at the played service."""

    daemon: TestDaemon
    http: httpx.AsyncClient
    service_id: str = ""

    async def register(self, **changes: Any) -> httpx.Response:
        played = self.daemon.world.billing
        body = {
            "name": "CMD",
            "base_url": billing.BASE_URL,
            "token_url": f"{billing.BASE_URL}/token",
            "authentication": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": played.client_secret,
            "is_synchronised": True,
        }
        body = {name: value for name, value in (body | changes).items() if value is not None}
        reply = await self.http.post(SERVICES, json=body)
        if reply.status_code == 201:
            self.service_id = reply.json()["id"]
        return reply

    def invoice(self, number: int, **changes: Any) -> dict[str, Any]:
        return invoice(self.service_id, number) | changes

    async def send(self, number: int, *, wait: int = 8, **changes: Any) -> httpx.Response:
        headers = {"Idempotency-Key": f"billing-api-{number:06d}", "Prefer": f"wait={wait}"}
        return await self.http.post(INVOICES, json=self.invoice(number, **changes), headers=headers)

    def pass_days(self, days: float) -> None:
        """Let days pass here and there; the token is renewed, as it would be on the way."""
        self.daemon.clock.advance(days=days)
        self.http.headers["Authorization"] = f"Bearer {self.daemon.token()}"

    async def get(self, path: str, **query: Any) -> Any:
        reply = await self.http.get(path, params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()
