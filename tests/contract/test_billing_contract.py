"""Both sides of the contract with a billing service against its OpenAPI document.

What our adapter writes and the played service says is judged by the document; then the adapter
meets a server made up from the document, and one that does not keep to it.
"""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.adapters.billing.rest import connect
from bridge.domain.billing import BillingPosition, BillingState, follow, is_reachable
from bridge.errors import BridgeError, TheirAnswerInvalid
from bridge.ports.billing import BillingPlace, Upload
from bridge.ports.rest import RestRequest
from bridge.sandbox.billing import CLIENT_ID, PlayedBilling
from bridge.sandbox.billing_fates import FATES
from bridge.sandbox.billing_transport import PlayedRest
from bridge.sandbox.clock import SandboxClock
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.scenarios import ScenarioBoard
from tests.support import billing, contractserver
from tests.support.fakes import CountingIds, FixedClock

FEW = settings(max_examples=40, deadline=None, database=None)
BARE = billing.patient(2, street="", postal_code="", city="")
PATHS = {"/invoices/{reference}", "/invoices/{reference}/instalments", "/changes"}


def valid(name, content) -> bool:
    schema = contractserver.schema(name)
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(content)


def place(opener, **changes):
    return BillingPlace(
        account=billing.account(**changes),
        client_secret="secret",
        identity=None,
        opener=opener,
        clock=FixedClock(),
    )


def upload(number=1, **changes):
    asked = billing.wanted("bsv_1", number, **changes)
    return Upload(
        reference=f"bin_{number:026d}",
        issued_on=asked.issued_on,
        due_on=asked.due_on,
        patient=asked.patient,
        amounts=asked.amounts,
        references=asked.references,
        pdf=asked.pdf,
    )


class Played:
    """The played service with a clock to move, and every answer judged by the document."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        scenario = ScenarioBoard()
        self.service = PlayedBilling(
            clock=SandboxClock(self.clock, scenario),
            ids=CountingIds(),
            scenario=scenario,
            ledger=Ledger(),
        )
        token = self.ask("POST", "/token", b"grant_type=client_credentials", basic=True)
        self.token = json.loads(token.body)["access_token"]

    def ask(self, method, path, body=None, *, basic=False):
        if basic:
            pair = base64.b64encode(f"{CLIENT_ID}:{self.service.client_secret}".encode()).decode()
            headers = {"Authorization": f"Basic {pair}"}
        else:
            headers = {"Authorization": f"Bearer {self.token}"}
        url = f"https://billing.example/billing{path}"
        return self.service.answer(RestRequest(method=method, url=url, headers=headers, body=body))

    def judged(self, method, path, template, body=None):
        """Ask, and let the document judge status and body."""
        reply = self.ask(method, path, body)
        known = contractserver.answers(template, method.lower())
        assert str(reply.status) in known
        content = known[str(reply.status)]["content"]["application/json"]["schema"]
        name = contractserver.resolved(content)
        document = json.loads(reply.body)
        schema = {**name, "components": contractserver.schema("Upload")["components"]}
        assert jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(document)
        return reply.status, document


def test_the_document_describes_what_the_contract_page_lists():
    assert set(contractserver.document()["paths"]) == PATHS
    for schema in contractserver.document()["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)
    page = (contractserver.DOCUMENT.parent / "billing-service.md").read_text("utf-8")
    assert all(f"{path}" in page for path in PATHS)


def test_its_states_are_those_of_the_table():
    text = contractserver.document()["components"]["schemas"]["InvoiceState"]["properties"][
        "state"
    ]["description"]
    named = text.partition(";")[0].replace(" or ", ", ").split(", ")
    assert {name.strip() for name in named} == {s.value for s in BillingState} - {"prepared"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="everything"),
        pytest.param({"due_on": None, "patient": BARE}, id="little"),
    ],
)
def test_what_we_send_is_an_upload_of_the_document(changes):
    service = connect(place(contractserver.ScriptedRest()))
    body = json.loads(service.encode(upload(**changes)))
    assert valid("Upload", body)
    assert not valid("Upload", {**body, "more": 1})


def test_the_played_service_keeps_to_the_document_through_every_fate():
    played = Played()
    service = connect(place(PlayedRest(played.service)))
    for number in range(1, len(FATES) + 1):
        body = service.encode(upload(number))
        path = f"/invoices/bin_{number:026d}"
        for status in (201, 200):
            assert played.judged("PUT", path, "/invoices/{reference}", body)[0] == status
    again = service.encode(upload(1, pdf=billing.pdf(9)))
    one = f"/invoices/bin_{1:026d}"
    assert played.judged("PUT", one, "/invoices/{reference}", again)[0] == 409
    assert played.judged("PUT", one, "/invoices/{reference}", b"{}")[0] == 422
    cursor = ""
    for _ in range(30):
        played.clock.advance(days=11)
        played.token = json.loads(
            played.ask("POST", "/token", b"grant_type=client_credentials", basic=True).body
        )["access_token"]
        _, page = played.judged("GET", f"/changes?limit=5{cursor}", "/changes")
        cursor = f"&cursor={page['next_cursor']}"
        for number in range(1, len(FATES) + 1):
            path = f"/invoices/bin_{number:026d}"
            played.judged("GET", path, "/invoices/{reference}")
            played.judged("GET", f"{path}/instalments", "/invoices/{reference}/instalments")
    assert played.judged("GET", "/invoices/nothing", "/invoices/{reference}")[0] == 404
    played.token = "old"
    assert played.judged("GET", "/changes", "/changes")[0] == 401


@FEW
@given(contractserver.values({"$ref": "#/components/schemas/ChangePage"}))
def test_every_page_the_document_allows_is_read(page):
    assert valid("ChangePage", page)
    service = connect(place(contractserver.ScriptedRest(contractserver.as_json(page))))
    read = asyncio.run(service.changed(cursor=None, limit=5))
    assert (len(read.items), read.unreadable) == (len(page["items"]), 0)
    assert read.next_cursor == page["next_cursor"]
    for said, item in zip(read.items, page["items"], strict=True):
        assert said.report.raw_state == item["state"]
        assert said.report.amount == item.get("amount_cents")
        assert (said.report.state is not None) == (
            item["state"] in {s.value for s in BillingState} - {"prepared"}
        )


@FEW
@given(contractserver.items_about("bin_1"))
def test_words_in_any_order_repeated_impossible_or_broken_lead_to_a_life_that_can_be(items):
    page = contractserver.page(items, "next")
    service = connect(place(contractserver.ScriptedRest(page)))
    read = asyncio.run(service.changed(cursor="c", limit=100))
    assert len(read.items) + read.unreadable == len(items)
    position, at = BillingPosition(), billing.NOW
    for said in read.items:
        at += timedelta(seconds=1)
        after = follow(position, said.report, at=at, amount=12_000)
        assert is_reachable(position.state, after.state)
        assert json.loads(said.raw).keys() <= {
            "reference", "service_ref", "state", "changed_at", "amount_cents", "paid_cents",
            "reminders", "loss_on", "paid_on", "cancelled_on", "has_instalments", "instalments",
        }  # fmt: skip
        position = after
    impossible = [each for each in position.findings if each.code == "billing_move_impossible"]
    assert all(each.raw_state for each in impossible)


@FEW
@given(st.one_of(st.binary(max_size=200), st.from_type(type(None)).map(lambda _: b"null")))
def test_whatever_comes_instead_of_json_is_an_error_of_theirs(body):
    def service():
        reply = contractserver.RestReply(status=200, body=body)
        return connect(place(contractserver.ScriptedRest(reply)))

    for asked in (
        lambda: service().changed(cursor=None, limit=5),
        lambda: service().invoice("bin_1"),
    ):
        try:
            asyncio.run(asked())
        except TheirAnswerInvalid:
            continue
        except BridgeError as error:  # pragma: no cover  # it would be the wrong one
            raise AssertionError from error
        assert isinstance(json.loads(body), dict)
