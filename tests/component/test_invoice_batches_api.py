"""Invoice batches over the interface: drafts, claims in pages, findings, the file, the release."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from bridge.domain.periods import brussels_day
from bridge.domain.rights import card_mark
from bridge.i18n import LANGUAGES
from bridge.service.tokens import SCOPES, Client
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.invoicingpractice import (
    BATCHES,
    INJECTION,
    MERGE,
    PRICE,
    TOO_MUCH,
    InvoicingPractice,
    as_sent,
    claim_as_sent,
    month_before,
)

pytestmark = pytest.mark.timeout(60)


@dataclass
class Desk:
    """A daemon and a practice that the tests of the module share; each invoices its own people."""

    daemon: TestDaemon
    practice: InvoicingPractice

    @property
    def days(self) -> list[date]:
        return month_before(self.practice.today)

    async def somebody(self, fund: str = "129") -> Any:
        """Give a person whom nobody has invoiced."""
        (person,) = await self.practice.enrol([fund])
        return person

    async def claim(self, *acts: dict[str, Any], **other: Any) -> dict[str, Any]:
        """Give the invoice of somebody."""
        return self.practice.claim(await self.somebody(), *acts, **other)

    async def draft(self, *cents: int, fund: str = "129") -> Any:
        """Keep a draft with a claim of injections, one for each price."""
        practice, person = self.practice, await self.somebody(fund)
        acts = [practice.injection(day, each) for day, each in zip(self.days, cents, strict=False)]
        claims = [practice.claim(person, *acts)] if acts else []
        return await practice.draft(f"{fund[0]}00", "2026-10", claims)

    async def problem(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call something that is refused: status, code, and findings."""
        answer = await self.practice.ask(method, path, body, **headers)
        told = answer.json()
        places = [(each["pointer"], each["code"]) for each in told["errors"]]
        return (
            (answer.status_code, told["code"], places)
            if places
            else (
                answer.status_code,
                told["code"],
            )
        )

    async def claims(self, batch: Any) -> list[dict[str, Any]]:
        return await self.practice.items(batch["links"]["claims"] + "?fields=*,patient")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with running_daemon(tmp_path_factory.mktemp("invoices")) as daemon, daemon.http() as http:

        async def pause(seconds: int) -> None:
            daemon.clock.advance(seconds=seconds)

        today = brussels_day(daemon.clock.now())
        practice = InvoicingPractice(http=http, today=today, pause=pause)
        await practice.begin()
        yield Desk(daemon=daemon, practice=practice)


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def errors_of(found: Any) -> list[str]:
    """Give what keeps the batch as a whole from being sent; other tests may have sent today."""
    return [each["code"] for each in found["findings"] if not each["is_warning"]]


# -- drafts ----------------------------------------------------------------------------------------


async def test_a_draft_is_kept_found_changed_and_deleted(desk: Desk) -> None:
    practice, body = desk.practice, {"month": "2026-09", "insurer": "600", "client_ref": "sept"}
    made = await practice.ask("POST", BATCHES, body)
    assert (made.status_code, made.headers["Location"]) == (201, made.json()["links"]["self"])
    draft = made.json()
    assert {name: draft[name] for name in body} == body
    assert (draft["status"], draft["claims"], draft["sending_number"]) == ("draft", 0, None)
    assert draft["payer"] == practice.nurse
    path = draft["links"]["self"]
    assert await practice.call("GET", path) == draft
    where = f"{BATCHES}?status=draft&insurer=600&month=2026-09&practice_id={draft['practice_id']}"
    assert [each["id"] for each in await practice.items(where)] == [draft["id"]]
    assert await practice.items(f"{BATCHES}?insurer=600&month=2026-10") == []

    changes = {"month": "2026-08", "client_ref": None}
    assert await desk.problem("PATCH", path, changes, **MERGE) == (428, "precondition_required")
    stale = {**MERGE, "If-Match": '"00000000000000000000000000000000"'}
    assert await desk.problem("PATCH", path, changes, **stale) == (412, "precondition_failed")
    fresh = {**MERGE, "If-Match": (await practice.ask("GET", path)).headers["ETag"]}
    changed = await practice.call("PATCH", path, changes, **fresh)
    assert (changed["month"], changed["client_ref"]) == ("2026-08", None)
    assert (await practice.ask("DELETE", path)).status_code == 204
    assert await desk.problem("GET", path) == (404, "not_found")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"month": "2026-13"}, (422, "validation_failed", [("/month", "format_wrong")])),
        ({"month": "2027-01"}, (422, "validation_failed", [("/month", "month_in_future")])),
        ({"insurer": "319"}, (422, "validation_failed", [("/insurer", "format_wrong")])),
        ({"mounth": "2026-10"}, (422, "validation_failed", [("/mounth", "member_unknown")])),
        ({"client_ref": None}, (422, "validation_failed", [("/client_ref", "type_wrong")])),
        ({"registration_id": "reg_nobody"}, (404, "not_found")),
    ],
    ids=["month", "future", "fund", "unknown", "null", "registration"],
)
async def test_a_draft_that_cannot_be_is_refused_where_it_is_wrong(
    desk: Desk, changes: dict[str, Any], expected: Any
) -> None:
    body = {"month": "2026-10", "insurer": "100", **changes}
    assert await desk.problem("POST", BATCHES, body) == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [("month=october", "parameter_invalid"), ("is_read=maybe", "parameter_invalid"),
     ("niss=00000000097", "parameter_unknown"), ("cursor=abc", "cursor_invalid")],
)  # fmt: skip
async def test_a_list_knows_its_parameters(desk: Desk, query: str, code: str) -> None:
    assert await desk.problem("GET", f"{BATCHES}?{query}") == (400, code)


async def test_one_key_makes_one_draft_and_one_page_of_claims_api_33(desk: Desk) -> None:
    practice, body = desk.practice, {"month": "2026-10", "insurer": "200"}
    headers = key()
    first, second = [await practice.call("POST", BATCHES, body, **headers) for _ in range(2)]
    assert second["id"] == first["id"]
    other = {**body, "month": "2026-09"}
    assert await desk.problem("POST", BATCHES, other, **headers) == (422, "idempotency_key_reused")

    claim = await desk.claim(practice.injection(desk.days[0]))
    path, page = first["links"]["claims"], {"claims": [claim, claim]}
    once, twice = [await practice.call("POST", path, page, **headers) for _ in range(2)]
    assert once == twice
    assert len(await desk.claims(first)) == 2
    elsewhere = await practice.call("POST", BATCHES, body)
    assert await desk.problem("POST", elsewhere["links"]["claims"], page, **headers) == (
        422,
        "idempotency_key_reused",
    )


# -- claims ----------------------------------------------------------------------------------------


async def test_claims_come_in_pages_and_are_shown_as_they_were_sent(desk: Desk) -> None:
    practice = desk.practice
    day = desk.days[0]
    act = practice.injection(day, supplement_cents=50, prescriber_norm="one", reference="OWN-1")
    sent = await desk.claim(act, client_ref="c-1", reference="INV-1")
    batch = await practice.draft("100", "2026-10", [sent, *[{**sent, "client_ref": "c-2"}] * 2])
    assert (batch["claims"], batch["lines"]) == (3, 3)
    assert batch["insurer_amount_cents"] == batch["open_cents"] == 3 * PRICE
    path = batch["links"]["claims"]
    page = await practice.call("GET", f"{path}?limit=2&fields=*,patient")
    assert [each["client_ref"] for each in page["items"]] == ["c-1", "c-2"]
    rest = await practice.call("GET", f"{path}?limit=2&cursor={page['page']['next_cursor']}")
    assert [each["position"] for each in rest["items"]] == [2]
    first = page["items"][0]
    assert await practice.call("GET", first["links"]["self"]) == first
    kept = claim_as_sent(first)
    assert {name: kept[name] for name in sent if name != "care"} == {
        name: value for name, value in sent.items() if name != "care"
    }
    line = as_sent(first["lines"][0])
    reading = line.pop("reading")
    assert act.pop("reading").items() <= reading.items()
    assert act.items() <= line.items()
    assert rest["items"][0]["lines"][0]["reference"] == "OWN-1/3"


async def test_a_claim_is_replaced_and_taken_out(desk: Desk) -> None:
    practice = desk.practice
    batch = await desk.draft(PRICE, PRICE)
    (claim,) = await desk.claims(batch)
    path = claim["links"]["self"]
    body = claim_as_sent(claim)
    body["care"] = [{**body["care"][0], "insurer_amount_cents": TOO_MUCH}]
    assert await desk.problem("PUT", path, body) == (428, "precondition_required")
    tag = {"If-Match": (await practice.ask("GET", path)).headers["ETag"]}
    changed = await practice.call("PUT", path, body, **tag)
    assert (changed["id"], changed["insurer_amount_cents"]) == (claim["id"], TOO_MUCH)
    assert changed["lines"][0]["reference"] == claim["lines"][0]["reference"]
    assert await desk.problem("PUT", path, body, **tag) == (412, "precondition_failed")
    assert (await practice.ask("DELETE", path)).status_code == 204
    assert await desk.problem("DELETE", path) == (404, "not_found")
    assert (await practice.again(batch))["lines"] == 0


async def test_a_day_with_a_lump_sum_is_given_in_visits(desk: Desk) -> None:
    practice, day = desk.practice, desk.days[0].isoformat()
    visit = {"provider": practice.nurse, "acts": ["425110"], "care_time": "0800"}
    lump_sum = {
        "kind": "lump_sum_day",
        "nomenclature_code": "425272",
        "day_on": day,
        "reference": "DAY-1",
        "insurer_amount_cents": 2000,
        "copayment_cents": 0,
        "visits": [visit, {**visit, "acts": [INJECTION], "care_time": "1800"}],
    }
    person = await desk.somebody()
    batch = await practice.draft("100", "2026-10", [practice.claim(person, lump_sum)])
    (claim,) = await desk.claims(batch)
    lines = [(each["nomenclature_code"], each["is_statistical"]) for each in claim["lines"]]
    assert [code for code, is_statistical in lines if not is_statistical] == ["425272"]
    assert lines[0] == ("426635", True)
    assert [each["share_percent"] for each in claim["lines"] if each["share_percent"]] == [50, 50]
    assert claim["insurer_amount_cents"] == 2000

    wrong = {**lump_sum, "visits": [visit, {**visit, "acts": []}]}
    body = {"claims": [practice.claim(person), practice.claim(person, wrong)]}
    assert await desk.problem("POST", batch["links"]["claims"], body) == (
        422,
        "validation_failed",
        [("/claims/1/care/0/visits/1/acts", "visit_without_acts")],
    )
    assert len(await desk.claims(batch)) == 1  # all or none


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"nomenclature_code": "42511"}, ("nomenclature_code", "format_wrong")),
        ({"day_on": "2026-02-30"}, ("day_on", "date_invalid")),
        ({"care_time": "2460"}, ("care_time", "format_wrong")),
        ({"insurer_amount_cents": 100_000_000_000}, ("insurer_amount_cents", "out_of_range")),
        ({"insurer_amount_cents": 4.8}, ("insurer_amount_cents", "type_wrong")),
        ({"reference": "é"}, ("reference", "reference_invalid")),
        ({"units": 10_000}, ("units", "out_of_range")),
        ({"provider": "40000099"}, ("provider", "nihii_invalid")),
        ({"place": "street"}, ("place", "value_not_allowed")),
        ({"code": INJECTION}, ("code", "member_unknown")),
        ({"reading": {"reading_kind": "1"}}, ("reading/support_kind", "member_missing")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_an_act_that_cannot_be_read_is_refused_where_it_stands(
    desk: Desk, changes: dict[str, Any], finding: tuple[str, str]
) -> None:
    practice = desk.practice
    batch = await practice.call("POST", BATCHES, {"month": "2026-10", "insurer": "100"})
    act = practice.injection(desk.days[0])
    claim = await desk.claim(act, {**act, **changes})
    member, code = finding
    assert await desk.problem("POST", batch["links"]["claims"], {"claims": [claim]}) == (
        422,
        "validation_failed",
        [(f"/claims/0/care/1/{member}", code)],
    )


async def test_every_wrong_number_is_told_at_once_and_never_repeated(desk: Desk) -> None:
    practice = desk.practice
    batch = await practice.call("POST", BATCHES, {"month": "2026-10", "insurer": "100"})
    act = practice.injection(desk.days[0], prescriber="10007199", provider="40000099")
    claim = await desk.claim(act)
    niss = claim["patient"]["niss"]
    claim["patient"]["niss"] = wrong = f"{niss[:-1]}{(int(niss[-1]) + 1) % 10}"
    answer = await practice.ask("POST", batch["links"]["claims"], {"claims": [claim]})
    assert {(each["pointer"], each["code"]) for each in answer.json()["errors"]} == {
        ("/claims/0/patient/niss", "niss_invalid"),
        ("/claims/0/care/0/prescriber", "nihii_invalid"),
        ("/claims/0/care/0/provider", "nihii_invalid"),
    }
    assert wrong not in answer.text


async def test_a_page_has_a_thousand_acts_and_twenty_megabytes_at_most(desk: Desk) -> None:
    practice = desk.practice
    batch = await practice.call("POST", BATCHES, {"month": "2026-10", "insurer": "100"})
    path = batch["links"]["claims"]
    act = practice.injection(desk.days[0])
    claims = [await desk.claim(*[act] * 600)] * 2
    assert await desk.problem("POST", path, {"claims": claims}) == (
        422,
        "validation_failed",
        [("/claims", "out_of_range")],
    )

    async def sized(where: str, size: int) -> tuple[int, str]:
        body = json.dumps({"filling": "x" * size}).encode()
        headers = {"Content-Type": "application/json"}
        answer = await practice.http.post(where, content=body, headers=headers)
        return answer.status_code, answer.json()["code"]

    assert await sized(path, 2 * 1024 * 1024) == (422, "validation_failed")
    assert await sized(path, 20 * 1024 * 1024) == (413, "content_too_large")
    assert await sized(BATCHES, 1024 * 1024) == (413, "content_too_large")


# -- what speaks against sending -------------------------------------------------------------------


async def test_findings_name_claim_member_record_and_zone_in_four_languages(desk: Desk) -> None:
    practice, (day, *_) = desk.practice, desk.days
    bert = await desk.somebody()
    late = practice.injection(day, prescribed_on=(day + timedelta(days=1)).isoformat())
    strange = practice.injection(day + timedelta(days=1), nomenclature_code="423055")
    good = practice.claim(bert, practice.injection(desk.days[2]))
    claims = [practice.claim(bert, late), good, practice.claim(bert, strange)]
    batch = await practice.draft("100", "2026-10", claims)
    path = batch["links"]["validation"]
    found = await practice.call("POST", path, {"limit": 1})
    assert found["is_submittable"] is False
    assert (found["page"]["total"], [each["position"] for each in found["items"]]) == (2, [0])
    (finding,) = [each for each in found["items"][0]["findings"] if not each["is_warning"]]
    place = ("pointer", "code", "record", "zone", "start", "length")
    assert [finding[name] for name in place] == [
        "/lines/0/prescribed_on", "prescription_after_act", "50", "20,21", 100, 8,
    ]  # fmt: skip
    body = {"limit": 1, "cursor": found["page"]["next_cursor"]}
    rest = await practice.call("POST", path, body)
    assert [each["position"] for each in rest["items"]] == [2]
    assert rest["items"][0]["findings"][0]["pointer"] == "/lines/0/nomenclature_code"
    assert rest["page"]["next_cursor"] is None
    elsewhere = await practice.draft("100", "2026-10", [])
    assert await desk.problem("POST", elsewhere["links"]["validation"], body) == (
        400,
        "cursor_mismatch",
    )
    said = set()
    for language in LANGUAGES:
        told = await practice.call("POST", path, {}, **{"Accept-Language": language})
        (one,) = [
            each
            for each in told["items"][0]["findings"]
            if each["code"] == "prescription_after_act"
        ]
        said.add((one["message"], one["zone_title"]))
    assert len(said) == len(LANGUAGES)


async def test_an_empty_draft_has_nothing_to_send(desk: Desk) -> None:
    batch = await desk.draft()
    found = await desk.practice.call("POST", batch["links"]["validation"], {})
    assert errors_of(found) == ["nothing_to_send"]


async def test_the_file_is_shown_zone_by_zone_before_anything_leaves(desk: Desk) -> None:
    practice, batch = desk.practice, await desk.draft(PRICE, PRICE)
    path = batch["links"]["file_preview"]
    page = await practice.call("POST", path, {"limit": 5}, **{"Accept-Language": "nl"})
    kinds = [each["kind"] for each in page["items"]]
    assert kinds == ["200", "300", "10", "20", "50"]
    rest = await practice.call("POST", path, {"limit": 50, "cursor": page["page"]["next_cursor"]})
    kinds += [each["kind"] for each in rest["items"]]
    assert kinds[5:] == ["52", "50", "52", "80", "90", "95", "96"]
    assert page["page"]["total"] == len(kinds)
    assert page["length"] == 227 + 350 * (len(kinds) - 2)
    act = page["items"][4]
    assert act["title"] == "verstrekking"
    (amount,) = [each for each in act["zones"] if each["zone"] == "19"]
    assert (amount["raw"], amount["meaning"], amount["start"]) == ("+00000000480", "4.80", 88)
    assert "".join(each["raw"] for each in act["zones"]).startswith("50")
    now = await practice.again(batch)
    assert (now["status"], now["sending_number"]) == ("draft", None)


async def test_who_has_no_account_is_told_before_sending(desk: Desk) -> None:
    practice, batch = desk.practice, await desk.draft(PRICE)
    (registration,) = (await practice.call("GET", "/v1/registrations"))["items"]
    headers = {**MERGE, "If-Match": "*"}
    path = registration["links"]["self"]
    await practice.call("PATCH", path, {"invoicing": None}, **headers)
    try:
        found = await practice.call("POST", batch["links"]["validation"], {})
        assert errors_of(found) == ["invoicing_profile_missing"]
        status, code, *_ = await desk.problem("POST", batch["links"]["file_preview"], {})
        assert (status, code) in {(422, "validation_failed"), (422, "invoicing_profile_missing")}
    finally:
        await practice.begin()


# -- releasing -------------------------------------------------------------------------------------


async def test_a_draft_with_an_error_is_not_sent_d18(desk: Desk) -> None:
    practice, (day, *_) = desk.practice, desk.days
    bad = practice.injection(day, prescribed_on=(day + timedelta(days=1)).isoformat())
    batch = await practice.draft("100", "2026-10", [await desk.claim(bad)])
    path = batch["links"]["submission"]
    assert await desk.problem("POST", path, {}) == (400, "idempotency_key_missing")
    assert await desk.problem("POST", path, {}, **key()) == (
        409,
        "not_submittable",
        [("/claims/0/lines/0/prescribed_on", "prescription_after_act")],
    )
    assert (await practice.again(batch))["status"] == "draft"


async def test_a_release_is_followed_repeated_by_its_key_and_final(desk: Desk) -> None:
    practice = desk.practice
    batch, other = await desk.draft(PRICE), await desk.draft(PRICE, PRICE, PRICE)
    path, headers = batch["links"]["submission"], key()
    first = await practice.ask("POST", path, {}, **headers)
    assert (first.status_code, first.json()["kind"]) == (202, "invoice_batch.submit")
    assert first.headers["Location"] == first.json()["links"]["self"]
    again = await practice.ask("POST", path, {}, **headers, Prefer="wait=30")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    sent = again.json()
    assert (sent["status"], sent["operation_id"]) == ("sent", first.json()["id"])
    assert await desk.problem("POST", other["links"]["submission"], {}, **headers) == (
        422,
        "idempotency_key_reused",
    )
    (evidence, *_) = (await practice.call("GET", sent["links"]["evidence"]))["items"]
    assert evidence["kind"] in {"content", "message"}
    message = await practice.call("GET", sent["links"]["evidence"].removesuffix("/evidence"))
    assert message["links"]["subject"] == sent["links"]["self"]
    kept = await desk.daemon.parts.store.read(lambda unit: unit.exchanges.get(message["id"]))
    person = desk.daemon.world.nurse.registration.person
    assert kept.card == card_mark(person, kept.id)  # it leaves in no other person's session
    (claim,) = await desk.claims(batch)
    assert claim["invoice_number"].startswith("202610")
    for method, where, body in (
        ("POST", path, {}),
        ("POST", f"{sent['links']['self']}/validation", {}),
        ("POST", f"{sent['links']['self']}/file-preview", {}),
        ("POST", sent["links"]["claims"], {"claims": [claim_as_sent(claim)]}),
        ("PATCH", sent["links"]["self"], {"client_ref": "late"}),
        ("PUT", claim["links"]["self"], claim_as_sent(claim)),
        ("DELETE", claim["links"]["self"], None),
        ("DELETE", sent["links"]["self"], None),
    ):
        kind = MERGE if method == "PATCH" else {}
        told = await desk.problem(method, where, body, **kind, **key(), **{"If-Match": "*"})
        assert told == (409, "already_sent"), where
    draft_only = ("validation", "file_preview", "submission", "resending")
    assert {sent["links"][name] for name in draft_only} == {None}


async def test_what_was_invoiced_already_is_not_sent_again(desk: Desk) -> None:
    practice = desk.practice
    claims = [await desk.claim(practice.injection(desk.days[0]))]
    await practice.send(await practice.draft("100", "2026-10", claims))
    twin = await practice.draft("100", "2026-10", claims)
    assert await desk.problem("POST", twin["links"]["submission"], {}, **key()) == (
        409,
        "not_submittable",
        [("/claims/0/lines/0/nomenclature_code", "act_already_invoiced")],
    )


async def test_a_release_that_waits_for_a_session_can_be_taken_back(desk: Desk) -> None:
    practice = desk.practice
    batch = await desk.draft(*[PRICE] * 5)
    path = batch["links"]["submission"]
    cancellation = f"{batch['links']['self']}/cancellation"
    assert await desk.problem("POST", cancellation, {}) == (409, "state_not_allowed")
    await practice.call("DELETE", "/v1/ehealth-sessions/current")
    try:
        refused = await desk.problem("POST", path, {}, **key())
        assert refused == (409, "ehealth_session_required")
        held = await practice.call("POST", path, {"hold_until_session": True}, **key())
        assert held["status"] == "queued"
        waiting = await practice.again(batch)
        assert (waiting["status"], waiting["links"]["cancellation"]) == ("to_send", cancellation)
        headers = key()
        draft, twice = [await practice.call("POST", cancellation, {}, **headers) for _ in range(2)]
        assert draft == twice
        assert draft["status"] == "draft"
        assert draft["sending_number"] == waiting["sending_number"] is not None
    finally:
        await practice.call("POST", "/v1/ehealth-sessions", {}, Prefer="wait=30")
    sent = await practice.send(draft)
    assert sent["sending_number"] == waiting["sending_number"]
    assert await desk.problem("POST", cancellation, {}) == (409, "operation_final")


# -- afterwards ------------------------------------------------------------------------------------


async def test_paid_acts_are_taken_back_and_refused_batches_repeated_once(desk: Desk) -> None:
    practice = desk.practice
    paid = await practice.send(await desk.draft(*[PRICE] * 8, fund="319"))
    dear = await desk.draft(*[TOO_MUCH] * 8, fund="319")
    refused = await practice.send(dear)
    await practice.pass_days(6)
    paid, refused = [await practice.again(each) for each in (paid, refused)]
    assert (paid["status"], refused["status"]) == ("settled", "refused")
    assert [each["answer"] for each in paid["decisions"]] == ["920098", "920900"]
    (answer, *_) = await practice.items(paid["links"]["settlements"])
    assert answer["invoice_batch_id"] == paid["id"]

    (claim,) = await desk.claims(paid)
    assert {each["result"] for each in claim["lines"]} == {"paid"}
    reference = claim["lines"][2]["reference"]
    body, headers = {"references": [reference], "is_invoiced_anew": True}, key()
    path = claim["links"]["credit_note"]
    note, twice = [await practice.call("POST", path, body, **headers) for _ in range(2)]
    assert note == twice
    credit, anew = note["items"]
    assert (credit["kind"], credit["insurer_amount_cents"]) == ("credit_note", -PRICE)
    assert (anew["kind"], anew["insurer_amount_cents"]) == ("correction", PRICE)
    assert credit["previous"]["sending_number"] == paid["sending_number"]
    assert credit["previous"]["payment_reference"]
    assert await desk.problem("POST", path, body) == (409, "nothing_to_credit")
    foreign = path.replace(paid["id"], refused["id"])
    assert await desk.problem("POST", foreign, {}) == (404, "not_found")

    resending = f"{refused['links']['self']}/resending"
    draft = await practice.call("POST", resending, {})
    assert (draft["status"], draft["resends_id"], draft["lines"]) == ("draft", refused["id"], 8)
    (repeated,) = await desk.claims(draft)
    (before,) = await desk.claims(refused)
    assert {each["result"] for each in before["lines"]} == {"refused"}
    assert [each["carried_to"] for each in before["lines"]] == [
        each["reference"] for each in repeated["lines"]
    ]
    line = {**as_sent(repeated["lines"][0]), "insurer_amount_cents": PRICE}
    body = {**claim_as_sent(repeated), "care": [line]}
    put = await practice.call("PUT", repeated["links"]["self"], body, **{"If-Match": "*"})
    assert put["lines"][0]["carried_from"] == before["lines"][0]["reference"]
    assert await desk.problem("POST", resending, {}) == (409, "correction_exists")
    paid_again = f"{paid['links']['self']}/resending"
    assert await desk.problem("POST", paid_again, {}) == (409, "state_not_allowed")


async def test_archiving_needs_the_mark_processed_first_d20(desk: Desk) -> None:
    practice, batch = desk.practice, await desk.practice.send(await desk.draft(PRICE))
    path, body = f"{BATCHES}/marks", {"invoice_batch_ids": [batch["id"]]}
    archived = {**body, "mark": "archived"}
    assert await desk.problem("POST", path, archived) == (409, "not_processed")
    nobody = {"invoice_batch_ids": [batch["id"], "inv_nobody"], "mark": "read"}
    assert await desk.problem("POST", path, nobody) == (404, "not_found")
    assert (await practice.again(batch))["read_at"] is None
    for mark in ("read", "processed", "archived"):
        await practice.call("POST", path, {**body, "mark": mark})
    now = await practice.again(batch)
    assert None not in {now["read_at"], now["processed_at"], now["archived_at"]}
    assert (now["status"], now["sent_at"]) == (batch["status"], batch["sent_at"])
    assert [each["id"] for each in await practice.items(f"{BATCHES}?is_archived=true")] == [
        batch["id"]
    ]


async def test_what_a_removed_draft_repeated_or_took_back_waits_again(desk: Desk) -> None:
    practice = desk.practice
    partly = await practice.send(await desk.draft(*[PRICE] * 19, TOO_MUCH, fund="319"))
    refused = await practice.send(await desk.draft(*[TOO_MUCH] * 3, fund="319"))
    await practice.pass_days(6)
    partly, refused = [await practice.again(each) for each in (partly, refused)]
    (claim,) = await desk.claims(partly)
    body = {"references": [claim["lines"][0]["reference"]]}
    (answer,) = await practice.items(f"{partly['links']['settlements']}&answer=920900")
    resending = f"{refused['links']['self']}/resending"
    working_off = f"{answer['links']['self']}/processing"

    async def bound() -> tuple[Any, ...]:
        (first, *_, last) = (await desk.claims(partly))[0]["lines"]
        lines = (await desk.claims(refused))[0]["lines"]
        return (
            first["credited_by"],
            last["carried_to"],
            *{each["carried_to"] is None for each in lines},
            (await practice.again(refused))["resent_by_id"],
            (await practice.again(answer))["carried_to_id"],
        )

    free = await bound()
    assert free == (None, None, True, None, None)
    for _ in range(2):
        draft = (await practice.call("POST", working_off, {}))["carried_to_id"]
        note = await practice.call("POST", claim["links"]["credit_note"], body)
        repeat = await practice.call("POST", resending, {})
        assert note["invoice_batch_id"] == draft
        assert None not in await bound()
        for each in (draft, repeat["id"]):
            await practice.call("DELETE", f"{BATCHES}/{each}")
        assert await bound() == free

    repeat = await practice.call("POST", resending, {})
    (repeated,) = await desk.claims(repeat)
    kept = {**claim_as_sent(repeated), "care": [as_sent(repeated["lines"][1])]}
    await practice.call("PUT", repeated["links"]["self"], kept, **{"If-Match": "*"})
    lines = (await desk.claims(refused))[0]["lines"]
    assert [each["carried_to"] is None for each in lines] == [True, False, True]
    await practice.call("DELETE", repeated["links"]["self"])
    lines = (await desk.claims(refused))[0]["lines"]
    assert {each["carried_to"] for each in lines} == {None}


# -- an answer nobody can read ---------------------------------------------------------------------


async def test_an_answer_that_is_cut_off_is_shown_closed_repeated_and_overtaken(desk: Desk) -> None:
    practice = desk.practice
    await practice.call("PUT", "/v1/simulator/scenario", {"name": "efact_cut_short"})
    try:
        batch = await practice.send(await desk.draft(*[TOO_MUCH] * 9, fund="319"))
        await practice.pass_days(6)
    finally:
        await practice.call("PUT", "/v1/simulator/scenario", {"name": "normal"})
    stuck = await practice.again(batch)
    assert stuck["status"] == "manual_action_required"
    problem = stuck["problem"]
    assert (problem["code"], problem["is_retryable"], problem["user_action"]) == (
        "answer_not_understood",
        False,
        "contact_insurer",
    )
    unread = stuck["unread_answer"]
    found = unread["findings"][0]
    assert found["code"] == "file_truncated"
    pieces = (await practice.call("GET", unread["evidence"]))["items"]
    (raw,) = [each for each in pieces if each["subject_id"] == unread["response_id"]
              and each["media_type"] == "text/plain"]  # fmt: skip
    content = base64.b64decode(raw["content_base64"])
    assert 0 <= len(content) - found["position"] < 800
    response = await practice.call("GET", f"/v1/responses/{unread['response_id']}")
    assert response["findings"] == unread["findings"]
    words = set()
    for language in LANGUAGES:
        told = await practice.call("GET", stuck["links"]["self"], **{"Accept-Language": language})
        words.add((told["problem"]["detail"], told["unread_answer"]["findings"][0]["message"]))
    assert len(words) == len(LANGUAGES)

    marks = {"invoice_batch_ids": [batch["id"]], "mark": "processed"}
    await practice.call("POST", f"{BATCHES}/marks", marks)
    closed = await practice.again(batch)
    assert closed["processed_at"] is not None
    draft = await practice.call("POST", closed["links"]["resending"], {})
    assert (draft["resends_id"], draft["lines"]) == (batch["id"], 9)
    repeated = await practice.again(batch)
    assert (repeated["resent_by_id"], repeated["links"]["resending"]) == (draft["id"], None)
    assert await desk.problem("POST", closed["links"]["resending"], {}) == (
        409,
        "correction_exists",
    )
    await practice.correct(draft)
    sent = await practice.send(draft)
    await practice.pass_days(6)
    settled = await practice.again(sent)
    assert (settled["status"], settled["paid_cents"]) == ("settled", 9 * PRICE)


# -- who may ---------------------------------------------------------------------------------------


async def test_nobody_else_sees_or_touches_a_batch(desk: Desk) -> None:
    practice, batch = desk.practice, await desk.draft(PRICE)
    (claim,) = await desk.claims(batch)
    own, other = batch["links"]["self"], claim["links"]["self"]
    stranger = Client(
        id="other", display_name="Other", scopes=SCOPES - {"history:read-all", "console"}
    )
    poor = Client(id="poor", display_name="Poor", scopes=SCOPES - {"invoices:send"})
    match = {"If-Match": "*"}
    asked = [
        ("GET", own, None, {}),
        ("PATCH", own, {"client_ref": "x"}, {**MERGE, **match}),
        ("DELETE", own, None, {}),
        ("GET", f"{own}/claims?fields=patient", None, {}),
        ("POST", f"{own}/claims", {"claims": [claim_as_sent(claim)]}, {}),
        ("GET", other, None, {}),
        ("PUT", other, claim_as_sent(claim), match),
        ("DELETE", other, None, {}),
        ("POST", f"{other}/credit-note", {}, {}),
        *(("POST", f"{own}/{noun}", {}, key()) for noun in
          ("validation", "file-preview", "submission", "cancellation", "resending")),
    ]  # fmt: skip
    for client, expected in ((stranger, (404, "not_found")), (poor, (403, "insufficient_scope"))):
        token = desk.daemon.services.tokens.issue(client, lifetime=timedelta(hours=1))
        async with desk.daemon.http(token) as http:
            for method, path, body, headers in asked:
                answer = await http.request(method, path, json=body, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == expected, (method, path)
    assert await practice.again(batch) == batch


# -- lump sums -------------------------------------------------------------------------------------


async def test_a_day_with_a_lump_sum_is_paid_once_its_agreement_is_there(desk: Desk) -> None:
    practice, today = desk.practice, desk.practice.today
    people = await practice.items("/v1/simulator/people")
    person = next(each for each in people if each["purpose"] == "insured, for care requests")
    day = today - timedelta(days=3)
    visits = [
        {
            "provider": practice.nurse,
            "acts": ["425110", INJECTION],
            "care_time": hour,
            "reading": practice.injection(day)["reading"],
        }
        for hour in ("0815", "1830")
    ]
    lump_sum = {
        "kind": "lump_sum_day",
        "nomenclature_code": "425294",
        "day_on": day.isoformat(),
        "insurer_amount_cents": 3850,
        "copayment_cents": 0,
        "visits": visits,
    }
    claim = practice.claim(person, lump_sum)
    union = f"{claim['patient']['mutuality'][0]}00"
    batch = await practice.draft(union, f"{today:%Y-%m}", [claim])
    found = await practice.call("POST", batch["links"]["validation"], {})
    missing = [
        (each["pointer"], each["code"]) for item in found["items"] for each in item["findings"]
    ]
    assert missing == [("/lines/6/nomenclature_code", "act_without_agreement")]
    katz = {
        "patient": claim["patient"],
        "care_kind": "B",
        "scores": {"washing": 3, "dressing": 3, "transfer": 3, "toileting": 3, "continence": 3,
                   "eating": 2},
        "frequency": {"days_per_week": 7, "visits_per_day": 1},
        "period": {"start_on": day.isoformat(), "end_on": (day + timedelta(days=60)).isoformat()},
    }  # fmt: skip
    declared = await practice.call("POST", "/v1/katz-declarations", katz)
    headers = {**key(), "Prefer": "wait=30"}
    await practice.call("POST", f"{declared['links']['self']}/submission", {}, **headers)
    await practice.pass_days(3)
    await practice.call("POST", "/v1/response-fetches", {}, Prefer="wait=30")
    assert (await practice.again(declared))["status"] == "accepted"
    sent = await practice.send(batch)
    await practice.pass_days(6)
    settled = await practice.again(sent)
    assert (settled["status"], settled["paid_cents"]) == ("settled", 3850)
