"""Practices and registrations over HTTP, and a session of each kind in the simulator."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.identifiers import Cbe, Nihii
from bridge.domain.registrations import RegistrationKind
from bridge.service.tokens import Client
from tests.support.daemon import running_daemon

CBE = "0200000043"
GROUP = "94000126"
COLLEAGUE = {"name": "Fien Testens", "nihii": "41234502401", "niss": "00000000097"}
NUMBERS: dict[str, dict[str, Any]] = {
    "nurse": {},
    "enterprise": {"cbe": CBE},
    "enterprise_employee": {"cbe": CBE, "on_behalf_of": COLLEAGUE},
    "mandate": {"on_behalf_of": COLLEAGUE},
    "nurse_group": {"group": GROUP},
    "nurse_group_enterprise": {"cbe": CBE, "group": GROUP},
}
INVOICING: dict[str, Any] = {
    "iban": "BE68 5390 0754 7034",
    "bic": "GKCCBEBB",
    "contact_last_name": "Voorbeeld",
    "contact_first_name": "Fictive",
    "contact_phone": "021234567",
    "qualification": "401",
}
PATCH = {"Content-Type": "application/merge-patch+json"}
WAIT = {"Prefer": "wait=30"}


def body_of(daemon: Any, kind: str, **further: Any) -> dict[str, Any]:
    holder = daemon.world.nurse.registration.holder
    return {
        "kind": kind,
        "holder": {
            "niss": holder.niss.digits,
            "nihii": holder.nihii.digits,
            "first_name": holder.first_name,
            "last_name": holder.last_name,
        },
        **NUMBERS[kind],
        **further,
    }


async def registered(daemon: Any, http: Any, kind: str) -> str:
    """Add a registration and give it the nurse's certificate; gives its identifier."""
    made = await http.post("/v1/registrations", json=body_of(daemon, kind))
    assert made.status_code == 201, made.text
    nurse = daemon.world.nurse
    daemon.parts.keystore.import_pkcs12(
        nurse.keystore_p12, nurse.keystore_passphrase, registration_id=made.json()["id"]
    )
    return str(made.json()["id"])


@pytest.mark.parametrize("kind", [each.value for each in RegistrationKind])
async def test_a_session_of_each_kind_opens_when_the_platform_knows_it(
    tmp_path: Path, kind: str
) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        registration_id = await registered(daemon, http, kind)
        niss = daemon.world.nurse.registration.holder.niss
        daemon.world.nurses.recognise_group(Nihii.parse(GROUP), [niss])
        daemon.world.nurses.recognise_enterprise(Cbe.parse(CBE), [niss])
        daemon.world.nurses.give_mandate(niss, "insurability")
        asked = {"registration_id": registration_id}
        answer = await http.post("/v1/ehealth-sessions", json=asked, headers=WAIT)
        assert answer.status_code == 201, answer.text
        assert answer.json()["registration_kind"] == kind


@pytest.mark.parametrize("kind", sorted(set(NUMBERS) - {"nurse"}))
async def test_a_refused_session_names_what_must_be_arranged_elsewhere(
    tmp_path: Path, kind: str
) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        registration_id = await registered(daemon, http, kind)
        shown = (await http.get(f"/v1/registrations/{registration_id}")).json()
        asked = {"registration_id": registration_id}
        answer = await http.post("/v1/ehealth-sessions", json=asked, headers=WAIT)
        problem = answer.json()["problem"]
        assert problem["code"] == "care_provider_not_recognised"
        assert problem["params"]["registration_kind"] == kind
        assert problem["params"]["prerequisites"].split() == [
            each["code"] for each in shown["prerequisites"]
        ]


async def test_prerequisites_are_shown_at_creation_in_the_callers_language(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        said = set()
        for language in ("fr", "nl", "de", "en"):
            made = await http.post(
                "/v1/registrations",
                json=body_of(daemon, "mandate"),
                headers={"Accept-Language": language},
            )
            (first, *_) = made.json()["prerequisites"]
            assert first["code"] == "mandate_to_colleague"
            said.add(first["text"])
        assert len(said) == 4


async def test_a_registration_is_made_changed_and_removed(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        made = await http.post("/v1/registrations", json=body_of(daemon, "enterprise_employee"))
        assert made.status_code == 201
        path = made.headers["Location"]
        (practice,) = (await http.get("/v1/practices")).json()["items"]
        assert made.json()["practice_id"] == practice["id"]
        tag = (await http.get(path)).headers["ETag"]
        change = {
            "label": "Company",
            "on_behalf_of": {"niss": None},
            "settings": {"sends_sender": False},
            "is_default": True,
        }
        changed = await http.patch(path, json=change, headers={**PATCH, "If-Match": tag})
        assert changed.status_code == 200, changed.text
        shown = changed.json()
        assert (shown["label"], shown["is_default"]) == ("Company", True)
        assert shown["on_behalf_of"] == {**COLLEAGUE, "niss": None}
        assert shown["settings"]["sends_sender"] is False
        assert shown["settings"]["names_person_in_sender"] is True
        assert (await http.get(path)).json() == shown
        again = await http.patch(path, json=change, headers={**PATCH, "If-Match": tag})
        assert (again.status_code, again.json()["code"]) == (412, "precondition_failed")
        blind = await http.patch(path, json=change, headers=PATCH)
        assert (blind.status_code, blind.json()["code"]) == (428, "precondition_required")
        assert (await http.delete(path)).status_code == 204
        assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "further", "expected"),
    [
        ("enterprise", {"cbe": "0200000044"}, ("/cbe", "cbe_invalid")),
        ("nurse_group", {"group": "41234502"}, ("/group", "group_number_invalid")),
        ("nurse", {"group": GROUP}, ("/group", "member_not_for_kind")),
        (
            "mandate",
            {"on_behalf_of": {**COLLEAGUE, "nihii": "40000029"}},
            ("/on_behalf_of/nihii", "nihii_invalid"),
        ),
        (
            "enterprise",
            {"invoicing": {**INVOICING, "iban": "BE69539007547034"}},
            ("/invoicing/iban", "iban_invalid"),
        ),
        (
            "enterprise",
            {"invoicing": {**INVOICING, "bic": "GKCC1234"}},
            ("/invoicing/bic", "bic_invalid"),
        ),
        (
            "enterprise",
            {"invoicing": {**INVOICING, "qualification": "000"}},
            ("/invoicing/qualification", "qualification_missing"),
        ),
        (
            "nurse",
            {"invoicing": INVOICING},
            ("/invoicing/enterprise_number", "enterprise_number_missing"),
        ),
        ("nurse", {"practice_id": "prc_none"}, ("/practice_id", "value_not_allowed")),
        ("nurse", {"surprise": 1}, ("/surprise", "member_unknown")),
    ],
)
async def test_what_cannot_work_is_found_before_anything_is_kept(
    tmp_path: Path, kind: str, further: dict[str, Any], expected: tuple[str, str]
) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        before = (await http.get("/v1/registrations")).json()["page"]["total"]
        answer = await http.post("/v1/registrations", json=body_of(daemon, kind, **further))
        assert answer.status_code == 422, answer.text
        found = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
        assert found == [expected]
        assert (await http.get("/v1/registrations")).json()["page"]["total"] == before


async def test_a_change_that_breaks_the_registration_changes_nothing(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        made = await http.post("/v1/registrations", json=body_of(daemon, "enterprise"))
        path = made.headers["Location"]
        answer = await http.patch(path, json={"cbe": None}, headers={**PATCH, "If-Match": "*"})
        assert [each["code"] for each in answer.json()["errors"]] == ["cbe_missing"]
        answer = await http.patch(path, json={"holder": None}, headers={**PATCH, "If-Match": "*"})
        assert [each["code"] for each in answer.json()["errors"]] == ["member_missing"]
        assert (await http.get(path)).json() == made.json()


async def test_invoicing_details_are_given_changed_and_cleared(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        made = await http.post("/v1/registrations", json=body_of(daemon, "enterprise"))
        path = made.headers["Location"]
        assert made.json()["invoicing"] is None

        async def changed(invoicing: Any) -> Any:
            answer = await http.patch(
                path, json={"invoicing": invoicing}, headers={**PATCH, "If-Match": "*"}
            )
            assert answer.status_code == 200, answer.text
            return answer.json()["invoicing"]

        given = await changed(INVOICING)
        plain = {**INVOICING, "iban": "BE68539007547034", "enterprise_number": None}
        assert given == plain
        again = await changed({"contact_phone": "029999999", "enterprise_number": "0123456749"})
        assert again == {
            **plain,
            "contact_phone": "029999999",
            "enterprise_number": "0123456749",
        }
        assert await changed(None) is None


async def test_practices_are_made_changed_and_removed(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        made = await http.post("/v1/practices", json={"name": "Two"})
        assert (made.status_code, made.json()["is_default"]) == (201, False)
        path = made.headers["Location"]
        tag = (await http.get(path)).headers["ETag"]
        change = {"name": "Three", "is_default": True}
        changed = await http.patch(path, json=change, headers={**PATCH, "If-Match": tag})
        assert changed.status_code == 200, changed.text
        assert (changed.json()["name"], changed.json()["is_default"]) == ("Three", True)
        used = (await http.get("/v1/practices")).json()["items"][-1]
        refused = await http.delete(f"/v1/practices/{used['id']}")
        assert (refused.status_code, refused.json()["code"]) == (409, "practice_in_use")
        assert (await http.delete(path)).status_code == 204


async def test_a_pairing_reads_registrations_without_person_numbers_and_changes_none(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path) as daemon:
        scopes = frozenset({"registrations:read"})
        token = daemon.services.tokens.issue(
            Client(id="front", display_name="Front", scopes=scopes), lifetime=timedelta(hours=1)
        )
        async with daemon.http(token) as http:
            listed = await http.get("/v1/registrations")
            (shown,) = listed.json()["items"]
            assert "niss" not in shown["holder"]
            asked = (await http.get("/v1/registrations?fields=*,niss")).json()["items"][0]
            assert asked["holder"] == {**shown["holder"], "niss": None}
            assert shown["practice_id"].startswith("prc_")
            assert daemon.world.nurse.registration.holder.niss.digits not in listed.text
            for answer in (
                await http.post("/v1/registrations", json=body_of(daemon, "nurse")),
                await http.delete(f"/v1/registrations/{shown['id']}"),
                await http.post("/v1/practices", json={"name": "Mine"}),
            ):
                assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
