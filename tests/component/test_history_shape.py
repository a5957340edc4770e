"""The history as people want it: columns, views, sparse rows, exports, responses."""

from __future__ import annotations

import csv
import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.views import COLUMNS, MOST_VIEWS, ViewColumn
from bridge.errors import Conflict, NotFound
from bridge.i18n import LANGUAGES
from bridge.service.views import WantedView
from bridge.soap.xml import parse
from tests.component.test_story_batches import HOUR_S, ask, fetch, request_about
from tests.support.audit import records_of
from tests.support.daemon import CLIENT, TestDaemon, running_daemon
from tests.support.zips import read_zip

PHRASE = "juist paard batterij nietje"

VIEW = {
    "name": "Te verwerken",
    "columns": [{"member": "insurer"}, {"member": "status", "width_px": 120, "is_pinned": True}],
    "sort": ["insurer"],
    "filters": {"is_processed": ["false"]},
}


@pytest.fixture
async def daemon(tmp_path: Any) -> Any:
    async with running_daemon(tmp_path) as running:
        await running.open_session()
        yield running


@pytest.fixture
async def http(daemon: TestDaemon) -> Any:
    """A caller with a history of answered exchanges."""
    async with daemon.http() as client:
        await ask(client, request_about(daemon))
        daemon.world.clock.set_insurers_ahead(HOUR_S)
        await fetch(client)
        yield client


async def keep(http: Any, **other: Any) -> dict[str, Any]:
    answer = await http.post("/v1/views", json={**VIEW, **other})
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def export(http: Any, language: str = "nl", **body: Any) -> tuple[dict[str, Any], bytes]:
    """Give an export and the file in it, opened with its pass phrase."""
    body = {"passphrase": PHRASE} | body
    headers = {"Prefer": "wait=30", "Accept-Language": language}
    started = await http.post("/v1/exchange-exports", json=body, headers=headers)
    assert started.status_code == 202, started.text
    operation = started.json()
    assert operation["status"] == "succeeded", operation
    shown = (await http.get(operation["links"]["result"])).json()
    content = await http.get(shown["links"]["content"], headers={"Accept": "*/*"})
    assert content.status_code == 200
    assert len(content.content) == shown["size_bytes"]
    assert content.headers["content-type"] == "application/zip"
    ((name, plain),) = read_zip(content.content, PHRASE).items()
    assert name == f"carebridge-history.{shown['format']}"
    return shown, plain


def found_in(folder: Path, secret: bytes) -> list[str]:
    """Name the files below a folder in which a secret stands."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if secret in path.read_bytes()]


class TestColumns:
    async def test_every_column_has_a_label_in_four_languages(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            columns = (await http.get("/v1/exchanges/columns")).json()["items"]
        assert [each["member"] for each in columns] == [column.member for column in COLUMNS]
        assert all(set(each["labels"]) == set(LANGUAGES) for each in columns)
        assert not any(each["is_sensitive"] for each in columns)

    async def test_every_column_is_a_member_of_a_row(self, http: Any) -> None:
        row = (await http.get("/v1/exchanges?limit=1")).json()["items"][0]
        assert {column.member for column in COLUMNS} <= row.keys()

    @pytest.mark.parametrize("column", [each for each in COLUMNS if each.is_sortable])
    async def test_what_is_called_sortable_sorts(self, http: Any, column: Any) -> None:
        rows = (await http.get(f"/v1/exchanges?sort=-{column.member}")).json()["items"]
        values = [row[column.member] or "" for row in rows]
        assert values == sorted(values, reverse=True)


class TestShape:
    async def test_only_the_members_asked_for(self, http: Any) -> None:
        rows = (await http.get("/v1/exchanges?fields=status,insurer")).json()["items"]
        assert rows
        assert all(row.keys() == {"id", "object", "status", "insurer"} for row in rows)

    async def test_responses_within_each_row(self, http: Any) -> None:
        rows = (await http.get("/v1/exchanges?expand=responses")).json()["items"]
        assert all({each["kind"] for each in row["responses"]} >= {"message"} for row in rows)
        path = "/v1/exchanges?expand=responses&fields=status"
        rows = (await http.get(path)).json()["items"]
        assert all(row.keys() == {"id", "object", "status", "responses"} for row in rows)

    @pytest.mark.parametrize("query", ["fields=niss", "fields=", "expand=people", "sort=id2"])
    async def test_what_is_not_published_is_refused(self, http: Any, query: str) -> None:
        answer = await http.get(f"/v1/exchanges?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "parameter_invalid")


class TestViews:
    async def test_a_view_decides_filters_order_and_columns(self, http: Any) -> None:
        view = await keep(http)
        listed = (await http.get(f"/v1/exchanges?view={view['id']}")).json()
        assert listed["query"]["columns"] == ["insurer", "status"]
        assert listed["query"]["sort"] == ["insurer"]
        insurers = [row["insurer"] for row in listed["items"]]
        assert insurers == sorted(insurers)
        first = listed["items"][0]["id"]
        await http.post("/v1/exchanges/marks", json={"exchange_ids": [first], "mark": "processed"})
        again = (await http.get(f"/v1/exchanges?view={view['id']}")).json()
        assert first not in {row["id"] for row in again["items"]}

    async def test_explicit_parameters_win(self, http: Any) -> None:
        view = await keep(http)
        path = f"/v1/exchanges?view={view['id']}&sort=-insurer&limit=2"
        page = await http.get(path)
        insurers = [row["insurer"] for row in page.json()["items"]]
        assert insurers == sorted(insurers, reverse=True)
        link = page.headers["Link"].split(">")[0].removeprefix("<")
        following = (await http.get(link)).json()
        assert following["items"][0]["insurer"] <= insurers[-1]
        assert following["query"]["columns"] == ["insurer", "status"]

    async def test_a_view_is_replaced_by_version_and_removed(self, http: Any) -> None:
        view = await keep(http)
        path = view["links"]["self"]
        tag = (await http.get(path)).headers["ETag"]
        body = {**VIEW, "name": "Anders"}
        assert (await http.put(path, json=body)).status_code == 428
        changed = await http.put(path, json=body, headers={"If-Match": tag})
        assert changed.json()["name"] == "Anders"
        stale = await http.put(path, json=VIEW, headers={"If-Match": tag})
        assert stale.status_code == 412
        assert (await http.delete(path)).status_code == 204
        assert (await http.get(path)).status_code == 404
        assert (await http.get(f"/v1/exchanges?view={view['id']}")).status_code == 404

    async def test_one_default_of_a_caller(self, http: Any) -> None:
        first = await keep(http, is_default=True)
        second = await keep(http, is_default=True)
        views = (await http.get("/v1/views")).json()["items"]
        assert [(view["id"], view["is_default"]) for view in views] == [
            (second["id"], True),
            (first["id"], False),
        ]

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"columns": [{"member": "niss"}]}, 422),
            ({"columns": [{"member": "status"}, {"member": "status"}]}, 422),
            ({"columns": []}, 422),
            ({"sort": ["colour"]}, 400),
            ({"filters": {"colour": ["red"]}}, 422),
            ({"filters": {"is_read": ["perhaps"]}}, 400),
        ],
    )
    async def test_a_view_the_list_would_refuse_is_refused(
        self, daemon: TestDaemon, change: dict[str, Any], status: int
    ) -> None:
        async with daemon.http() as http:
            answer = await http.post("/v1/views", json={**VIEW, **change})
            assert answer.status_code == status, answer.text
            assert (await http.get("/v1/views")).json()["items"] == []

    async def test_there_is_an_end_to_views(self, daemon: TestDaemon) -> None:
        wanted = WantedView(name="Een", columns=(ViewColumn(member="status"),))
        views = daemon.services.views
        for _ in range(MOST_VIEWS):
            await views.create(wanted, client=CLIENT)
        with pytest.raises(Conflict) as caught:
            await views.create(wanted, client=CLIENT)
        assert caught.value.problem_code == "views_full"


class TestExports:
    async def test_exactly_the_rows_and_columns_of_the_list(self, http: Any) -> None:
        rows = (await http.get("/v1/exchanges?sort=insurer")).json()["items"]
        body = {"columns": ["insurer", "id", "status"], "sort": ["insurer"]}
        shown, content = await export(http, format="json", **body)
        assert shown["rows"] == len(rows)
        assert json.loads(content)["items"] == [
            {name: row[name] for name in body["columns"]} for row in rows
        ]

    @pytest.mark.parametrize(("language", "divider"), [("nl", ";"), ("fr", ";"), ("en", ",")])
    async def test_csv_opens_in_a_spreadsheet_of_that_language(
        self, http: Any, language: str, divider: str
    ) -> None:
        _, content = await export(http, language, format="csv", columns=["sent_at", "status"])
        assert content.startswith(b"\xef\xbb\xbf")
        table = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=divider))
        labels = {"nl": "Toestand", "fr": "État", "en": "State"}
        assert table[0][1] == labels[language]
        total = (await http.get("/v1/exchanges")).json()["page"]["total"]
        assert len(table) == total + 1
        assert all(len(line) == 2 for line in table)

    async def test_a_spreadsheet_has_one_row_for_each(self, http: Any) -> None:
        shown, content = await export(http, format="xlsx", columns=["insurer", "sent_at"])
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sheet = parse(archive.read("xl/worksheets/sheet1.xml"))
        rows = sheet.findall(".//{*}row")
        assert len(rows) == shown["rows"] + 1
        assert sheet.findall(".//{*}f") == []

    async def test_by_a_view_and_about_a_person(self, daemon: TestDaemon, http: Any) -> None:
        view = await keep(http)
        niss = daemon.world.people.people()[0].niss.digits
        shown, content = await export(http, format="json", view=view["id"], niss=niss)
        assert shown["rows"] == 1
        assert json.loads(content)["items"][0].keys() == {"insurer", "status"}

    async def test_it_is_gone_after_a_day_or_when_taken_away(
        self, daemon: TestDaemon, http: Any
    ) -> None:
        first, _ = await export(http, format="csv")
        second, _ = await export(http, format="csv")
        assert (await http.delete(first["links"]["self"])).status_code == 204
        assert (await http.get(first["links"]["self"])).status_code == 404
        daemon.clock.advance(seconds=24 * HOUR_S)
        exports = daemon.services.exports
        with pytest.raises(NotFound):
            await exports.content(second["id"], client=CLIENT)
        await exports.expire()
        kept = await daemon.parts.store.read(
            lambda unit: unit.exports.get(second["id"], client_id=CLIENT.id)
        )
        assert kept is None

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"format": "pdf"}, 422),
            ({"format": "csv", "columns": ["niss"]}, 422),
            ({"format": "csv", "filters": {"colour": ["red"]}}, 422),
            ({"format": "csv", "niss": "00000000000"}, 422),
            ({"format": "csv", "view": "view_none"}, 404),
        ],
    )
    async def test_what_cannot_be_exported_is_refused(
        self, daemon: TestDaemon, body: dict[str, Any], status: int
    ) -> None:
        async with daemon.http() as http:
            answer = await http.post("/v1/exchange-exports", json=body)
            assert answer.status_code == status, answer.text

    async def test_sec_134_no_plain_file_leaves_unless_the_user_allowed_it(
        self, tmp_path: Path, daemon: TestDaemon, http: Any
    ) -> None:
        refused = await http.post("/v1/exchange-exports", json={"format": "csv"})
        assert (refused.status_code, refused.json()["code"]) == (409, "export_passphrase_missing")
        shown, plain = await export(http, format="csv")
        assert shown["is_sealed"] is True
        sealed = await http.get(shown["links"]["content"], headers={"Accept": "*/*"})
        assert plain[3:20] not in sealed.content
        (record,) = [each for each in records_of(tmp_path) if each["object_id"] == shown["id"]]
        assert (record["action"], record["result"]) == ("export_made", "done")
        assert not found_in(tmp_path, PHRASE.encode())

    async def test_sec_134_the_user_may_allow_plain_files_and_each_is_recorded(
        self, tmp_path: Path
    ) -> None:
        headers = {"Prefer": "wait=30"}
        async with (
            running_daemon(tmp_path, may_export_plain=True) as daemon,
            daemon.http() as http,
        ):
            made = await http.post("/v1/exchange-exports", json={"format": "json"}, headers=headers)
            shown = (await http.get(made.json()["links"]["result"])).json()
            given = await http.get(shown["links"]["content"], headers={"Accept": "*/*"})
        assert (shown["is_sealed"], given.json()["items"]) == (False, [])
        (record,) = [each for each in records_of(tmp_path) if each["object_id"] == shown["id"]]
        assert (record["action"], record["result"]) == ("export_made", "plain")

    async def test_the_same_key_makes_one_export(self, http: Any) -> None:
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=30"}
        body = {"format": "csv", "passphrase": PHRASE}
        first = await http.post("/v1/exchange-exports", json=body, headers=headers)
        again = await http.post("/v1/exchange-exports", json=body, headers=headers)
        assert again.json()["id"] == first.json()["id"]
        assert again.headers["Idempotency-Replayed"] == "true"


class TestResponses:
    async def test_what_insurers_sent_is_listed(self, http: Any) -> None:
        page = (await http.get("/v1/responses?limit=5")).json()
        assert len(page["items"]) == 5
        cursor = page["page"]["next_cursor"]
        further = (await http.get(f"/v1/responses?limit=200&cursor={cursor}")).json()
        ids = [each["id"] for each in (*page["items"], *further["items"])]
        assert len(set(ids)) == page["page"]["total"] == len(ids)
        one = (await http.get(f"/v1/responses/{ids[0]}")).json()
        assert one["links"]["exchange"] == f"/v1/exchanges/{one['exchange_id']}"

    async def test_by_service(self, http: Any) -> None:
        everything = (await http.get("/v1/responses?service=memberdata")).json()
        nothing = (await http.get("/v1/responses?service=efact")).json()
        assert everything["page"]["total"] > 0
        assert nothing["page"]["total"] == 0
