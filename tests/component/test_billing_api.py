"""Billing over the interface: registrations, invoices, sums, the tree, and a simulated year."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from bridge.domain.rights import Grant, MessageKind, Right
from bridge.service.tokens import SCOPES, Client
from tests.support import billing, tls
from tests.support.billingfront import INVOICES, SERVICES, Front
from tests.support.daemon import running_daemon

TREE = "/v1/billing-tree"
KEY = {"Idempotency-Key": "billing-api-test-0001"}
PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await daemon.services.billing_sync.close()
        made = Front(daemon, http)
        await made.register()
        yield made


def codes(reply: httpx.Response) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in reply.json()["errors"]]


async def test_a_registration_is_made_changed_and_removed_and_shows_no_secret(front):
    secret = front.daemon.world.billing.client_secret
    shown = await front.http.get(f"{SERVICES}/{front.service_id}")
    assert secret not in shown.text
    assert shown.json()["synchronisation"] == {
        "last_run_at": None, "has_more": False, "failures": 0, "problem_code": None, "requests": 0,
    }  # fmt: skip
    stored = front.daemon.parts.secrets.get(f"billing-{front.service_id}-0")
    assert stored == secret.encode()
    headers = {**PATCH, "If-Match": shown.headers["ETag"]}
    path = f"{SERVICES}/{front.service_id}"
    changed = await front.http.patch(path, json={"name": "Other"}, headers=headers)
    assert (changed.status_code, changed.json()["name"]) == (200, "Other")
    stale = await front.http.patch(path, json={"name": "Third"}, headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert front.daemon.parts.secrets.get(f"billing-{front.service_id}-0") == secret.encode()
    assert (await front.send(1)).status_code == 201
    used = await front.http.delete(path)
    assert (used.status_code, used.json()["code"]) == (409, "billing_service_in_use")
    other = (await front.register(name="Second")).json()
    listed = await front.get(SERVICES)
    assert [each["name"] for each in listed["items"]] == ["Second", "Other"]
    assert (await front.http.delete(other["links"]["self"])).status_code == 204
    assert front.daemon.parts.secrets.get(f"billing-{other['id']}-0") is None


def certificate_file():
    credential = tls.client_credential()
    return pkcs12.serialize_key_and_certificates(
        b"practice", credential.key, credential.certificate, None, BestAvailableEncryption(b"pw")
    )


UNUSABLE = {
    "adapter": ({"adapter": "acme"}, 422, "billing_adapter_unknown", []),
    "practice": ({"practice_id": "prc_none"}, 404, "not_found", []),
    "no credentials": ({"token_url": "", "client_secret": None}, 422, "validation_failed", None),
    "plain http": ({"base_url": "http://billing.example"}, 422, "validation_failed", None),
    "no file": (
        {"authentication": "mutual_tls"},
        422,
        "validation_failed",
        [("/certificate_base64", "member_missing")],
    ),
    "no pkcs12": (
        {"authentication": "mutual_tls", "certificate_base64": "AAAA"},
        422,
        "billing_certificate_invalid",
        [],
    ),
}


async def test_a_registration_that_cannot_be_used_is_refused(front):
    for case, (changes, status, code, findings) in UNUSABLE.items():
        reply = await front.register(**changes)
        assert (reply.status_code, reply.json()["code"]) == (status, code), case
        if findings is not None:
            assert codes(reply) == findings, case
    assert (await front.get(SERVICES))["page"]["total"] == 1


async def test_a_certificate_goes_to_the_key_store_and_its_key_is_never_shown(front):
    made = await front.register(
        authentication="mutual_tls",
        certificate_base64=base64.b64encode(certificate_file()).decode(),
        certificate_passphrase="pw",
    )
    assert made.status_code == 201
    assert made.json()["has_certificate"] is True
    key = front.daemon.parts.secrets.get(f"billing-{made.json()['id']}-0")
    assert key is not None
    assert base64.b64encode(key).decode() not in made.text


async def test_an_invoice_is_sent_shown_and_followed_without_names_in_lists(front):
    sent = await front.send(1)
    assert sent.status_code == 201
    detail = sent.json()
    assert sent.headers["Location"] == detail["links"]["self"]
    assert detail["state"] == {"code": "sent", "symbol": "➤", "text": "Sent"}
    assert detail["patient"]["last_name"] == "Pruikenmaker"
    replayed = await front.send(1)
    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert replayed.json()["id"] == detail["id"]
    await front.send(2)
    listed = await front.http.get(INVOICES)
    assert "Pruikenmaker" not in listed.text
    assert billing.NISS not in listed.text
    assert [each["number"] for each in listed.json()["items"]] == ["2026-0002", "2026-0001"]
    named = await front.get(INVOICES, fields="patient,number", limit=1)
    assert named["items"][0]["patient"]["niss"] == billing.NISS
    assert set(named["items"][0]) == {"id", "object", "patient", "number"}
    front.pass_days(2)
    live = await front.get(detail["links"]["service_information"])
    assert live["fetched_at"] == "2026-11-25T09:30:00.000Z"
    assert (live["is_known_there"], live["said"]["raw_state"]) == (True, "open")
    assert live["invoice"]["state"]["code"] == "open"
    exchange = await front.get(detail["links"]["exchange"])
    assert (exchange["service"], exchange["kind"]) == ("billing", "billing_invoice")
    assert exchange["links"]["subject"] == detail["links"]["self"]
    totals = await front.get(f"{INVOICES}/totals")
    shown = {each["state"]["code"]: each["count"] for each in totals["states"] if each["count"]}
    assert shown == {"open": 1, "sent": 1}
    assert (totals["count"], totals["total_cents"]) == (2, 24_003)


async def test_sec_95_an_invoice_says_for_whom_it_was_sent(front):
    actor = await front.daemon.services.actors.create("Nele Voorbeeld")
    grant = Grant(rights=(Right.ASK, Right.SEND), kind=MessageKind.BILLING_INVOICES)
    await front.daemon.services.actors.set_rights(actor.id, [grant])
    client = Client(id="colleague", display_name="S", scopes=SCOPES, actor_id=actor.id)
    token = front.daemon.services.tokens.issue(client, lifetime=timedelta(days=1))
    async with front.daemon.http(token) as http:
        sent = await Front(front.daemon, http, front.service_id).send(1)
        assert sent.status_code == 201, sent.text
        exchange = (await http.get(sent.json()["links"]["exchange"])).json()
    assert exchange["actor_id"] == actor.id


async def test_the_tree_goes_from_patients_to_treatments_and_is_refreshed_by_treatment(front):
    for number in (1, 2, 3):
        await front.send(number)
    await front.send(4, treatment_ref="treatment-9", estimate_ref="estimate-1")
    body = front.invoice(5, estimate_ref="estimate-1")
    del body["treatment_ref"]
    await front.http.post(INVOICES, json=body, headers={**KEY, "Prefer": "wait=30"})
    tree = await front.http.get(TREE)
    assert "Pruikenmaker" not in tree.text
    shape = [
        (
            patient["patient_ref"],
            [(each["kind"], each["ref"], len(each["invoices"])) for each in patient["branches"]],
        )
        for patient in tree.json()["items"]
    ]
    assert shape == [
        ("patient-1", [
            ("treatment", "treatment-1", 2), ("treatment", "treatment-2", 1),
            ("treatment", "treatment-9", 1),
        ]),
        ("patient-2", [("estimate", "estimate-1", 1)]),
    ]  # fmt: skip
    one = await front.get(TREE, treatment_ref="treatment-1", fields="*,patient")
    assert one["items"][0]["patient"]["last_name"] == "Pruikenmaker"
    assert len(one["items"][0]["branches"]) == 1
    front.pass_days(2)
    refreshed = await front.http.post(f"{TREE}/refresh", json={"treatment_ref": "treatment-1"})
    leaves = refreshed.json()["items"][0]["branches"][0]["invoices"]
    assert [leaf["state"]["symbol"] for leaf in leaves] == ["○", "○"]
    other = await front.get(TREE, treatment_ref="treatment-2")
    assert other["items"][0]["branches"][0]["invoices"][0]["state"]["code"] == "sent"
    none = await front.http.post(f"{TREE}/refresh", json={})
    assert (none.status_code, codes(none)) == (422, [("/treatment_ref", "member_missing")])


UNSENDABLE = {
    "base64": ({"pdf_base64": "not base64!"}, [("/pdf_base64", "format_wrong")]),
    "no pdf": ({"pdf_base64": "AAAAAAAA"}, [("/pdf_base64", "billing_pdf_invalid")]),
    "check digits": (
        {"payment_reference": "000000000102"},
        [("/payment_reference", "value_invalid")],
    ),
    "other reference": (
        {"payment_reference": billing.communication(7)},
        [("/payment_reference", "billing_reference_differs")],
    ),
    "days": ({"due_on": "2026-11-19"}, [("/due_on", "period_reversed")]),
    "a person": ({"treatment_ref": billing.NISS}, [("/treatment_ref", "value_not_allowed")]),
    "nothing due": ({"total_cents": 0}, [("/total_cents", "out_of_range")]),
}


async def test_what_speaks_against_sending_is_said_and_nothing_is_kept(front):
    for case, (changes, findings) in UNSENDABLE.items():
        reply = await front.send(1, **changes)
        assert (reply.status_code, codes(reply)) == (422, findings), case
    assert (await front.get(INVOICES))["page"]["total"] == 0
    assert front.daemon.world.ledger.entries() == []


async def test_sec_165_a_person_is_no_filter_and_others_see_nothing(front):
    sent = (await front.send(1)).json()
    asked = await front.http.get(TREE, params={"treatment_ref": billing.NISS})
    assert (asked.status_code, asked.json()["code"]) == (400, "parameter_invalid")
    unknown = await front.http.get(INVOICES, params={"niss": "1"})
    assert unknown.json()["code"] == "parameter_unknown"
    tokens = front.daemon.services.tokens
    for scopes, status in (
        (SCOPES - {"history:read-all", "console"}, 404),
        (SCOPES - {"billing:read"}, 403),
    ):
        other = Client(id="other", display_name="Other", scopes=scopes)
        token = tokens.issue(other, lifetime=timedelta(hours=1))
        async with front.daemon.http(token) as http:
            assert (await http.get(sent["links"]["self"])).status_code == status
            if status == 404:
                assert (await http.get(INVOICES)).json()["page"]["total"] == 0
                changed = await http.post(SERVICES, json={})
                assert changed.json()["code"] in {"insufficient_scope", "validation_failed"}


async def test_a_service_that_is_down_says_so_while_a_person_waits(front):
    sent = (await front.send(1)).json()
    front.daemon.world.scenario.choose("billing_down")
    reply = await front.http.get(sent["links"]["service_information"])
    assert (reply.status_code, reply.json()["code"]) == (503, "remote_unavailable")
    front.daemon.world.scenario.choose("billing_garbage")
    reply = await front.http.get(sent["links"]["service_information"])
    assert (reply.status_code, reply.json()["code"]) == (502, "remote_invalid_answer")
