"""The conformance suite of the port ``exchanges``: pages of the history in every order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from bridge.adapters.db import migrate
from bridge.adapters.db.engine import encrypted_engine
from bridge.adapters.db.exchangepages import page_of
from bridge.adapters.db.exchanges import SqlExchanges
from bridge.adapters.db.tables import EXCHANGES as EXCHANGES_TABLE
from bridge.domain.exchanges import Exchange, ExchangeStatus, SendProblem
from bridge.domain.identifiers import Niss
from bridge.errors import StoreError
from bridge.ports.exchanges import SORTABLE, ExchangeFilter, SortKey
from tests.support import stores

ROWS = 60
LIMIT = 13
PERSON = Niss(stores.NISS)
DAY = timedelta(days=1)
MARKS = {"is_read": "read_at", "is_processed": "processed_at", "is_archived": "archived_at"}


def exchange(number):
    """Make an exchange; few different moments, so that most rows are equal to others somewhere."""
    chance = random.Random(number)  # noqa: S311  no secret

    def moment(share=1.0):
        days = chance.choice((0, 1, 2, 3, 4, 5, -60))
        return stores.NOW + DAY * days if chance.random() < share else None

    problem = SendProblem(at=stores.NOW, code="remote_timeout")
    return Exchange(
        id=f"exc_{chance.getrandbits(40):013d}{number:03d}",
        client_id=chance.choice(("client-a", "client-b")),
        practice_id=chance.choice(("prc_1", "prc_2")),
        registration_id="reg_1",
        service=chance.choice(("memberdata", "efact")),
        kind=chance.choice(("insurability_batch", "invoice_batch")),
        insurer=chance.choice(("100", "300", "500")),
        input_reference=f"R{number}",
        content_digest=f"{number:064d}",
        subject_id=None,
        status=chance.choice((ExchangeStatus.ACCEPTED, ExchangeStatus.SENT, ExchangeStatus.ERROR)),
        created_at=moment(),
        updated_at=moment(),
        sent_at=moment(0.7),
        answered_at=moment(0.4),
        read_at=moment(0.5),
        processed_at=moment(0.3),
        archived_at=moment(0.2),
        send_status=(problem,) if chance.random() < 0.2 else (),
    )


EXCHANGES = [exchange(number) for number in range(ROWS)]
ABOUT_PERSON = {each.id for each in EXCHANGES[::5]}

FILTERS = {
    "everything": {},
    "own": {"client_id": "client-a"},
    "two-states": {"status": ("accepted", "error")},
    "who-what-where": {
        "practice_id": ("prc_1",),
        "registration_id": ("reg_1", "reg_2"),
        "service": ("memberdata",),
        "kind": ("insurability_batch", "invoice_batch"),
        "insurer": ("100", "300"),
    },
    "read-and-not-archived": {"is_read": True, "is_archived": False},
    "trouble-not-processed": {"has_send_problem": True, "is_processed": False},
    "span": {"sent_from": stores.NOW + DAY, "sent_to": stores.NOW + 4 * DAY},
    "until": {"sent_to": stores.NOW + 2 * DAY},
    "span-of-a-union": {"sent_from": stores.NOW + DAY, "insurer": ("300",)},
    "person": {"niss": PERSON},
    "person-own-span-sent": {
        "niss": PERSON,
        "client_id": "client-b",
        "status": ("sent",),
        "sent_from": stores.NOW,
    },
    "nothing": {"insurer": ("999",)},
}
SORTS = [
    *((SortKey(member=name, is_descending=way),) for name in SORTABLE for way in (True, False)),
    (SortKey(member="sent_at", is_descending=True), SortKey(member="insurer", is_descending=False)),
    (SortKey(member="insurer", is_descending=True), SortKey(member="sent_at", is_descending=False)),
    (
        SortKey(member="status", is_descending=False),
        SortKey(member="kind", is_descending=True),
        SortKey(member="answered_at", is_descending=True),
    ),
    (SortKey(member="created_at", is_descending=False), SortKey(member="sent_at")),
    (),
]


def fits(each, wanted):
    """Tell whether a row fits, member by member."""
    lists = ("status", "kind", "service", "insurer", "practice_id", "registration_id")
    value = {**{name: getattr(each, name) for name in lists}, "status": each.status.value}
    sent = each.sent_at
    problem = wanted.has_send_problem
    return all(
        (
            wanted.client_id in {None, each.client_id},
            all(
                not getattr(wanted, name) or value[name] in getattr(wanted, name) for name in lists
            ),
            all(
                getattr(wanted, name) in {None, getattr(each, at) is not None}
                for name, at in MARKS.items()
            ),
            problem in {None, bool(each.send_status)},
            wanted.sent_from is None or (sent is not None and sent >= wanted.sent_from),
            wanted.sent_to is None or (sent is not None and sent < wanted.sent_to),
            wanted.niss is None or each.id in ABOUT_PERSON,
        )
    )


def in_order(rows, sort):
    """Sort in the plainest way, by the last member first; what is not there yet is earliest."""
    rows = sorted(rows, key=lambda each: each.id, reverse=sort[-1].is_descending if sort else True)
    for key in reversed(sort):
        rows.sort(key=lambda each: plain(each, key.member), reverse=key.is_descending)
    return rows


def plain(each, member):
    value = getattr(each, member)
    if isinstance(value, ExchangeStatus):
        return value.value
    return value if isinstance(value, str) else (value.isoformat() if value else "")


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    path = tmp_path_factory.mktemp("history") / "carebridge.db"
    path.touch()
    engine = encrypted_engine(path, stores.KEY, connections=1, writes=True)
    with engine.begin() as opened:
        migrate.upgrade(opened)
        exchanges = SqlExchanges(opened)
        for each in EXCHANGES:
            exchanges.add(each, people=(PERSON,) if each.id in ABOUT_PERSON else ())
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def read_through(connection, wanted, sort, **bounds):
    """Read a list from its first page to its last; gives its rows and what the pages say of it."""
    after, rows, totals = None, [], set()
    while True:
        page = page_of(connection, wanted, sort=sort, limit=LIMIT, after=after, **bounds)
        rows += page.items
        totals.add((page.total, page.total_is_exact))
        if page.next_after is None:
            return rows, totals
        after = page.next_after


@pytest.mark.parametrize("wanted", [pytest.param(each, id=name) for name, each in FILTERS.items()])
def test_every_order_gives_each_row_once_where_it_belongs(connection, wanted):
    wanted = ExchangeFilter(**wanted)
    expected = [each for each in EXCHANGES if fits(each, wanted)]
    for sort in SORTS:
        rows, totals = read_through(connection, wanted, sort)
        assert [each.id for each in rows] == [each.id for each in in_order(expected, sort)], sort
        assert totals == {(len(expected), True)}
    assert rows or wanted.insurer == ("999",)


@pytest.mark.parametrize("name", ["span", "until", "span-of-a-union", "person"])
def test_more_than_is_counted_is_said_and_read_all_the_same(connection, name):
    wanted = ExchangeFilter(**FILTERS[name])
    expected = [each for each in EXCHANGES if fits(each, wanted)]
    for sort in SORTS:
        rows, totals = read_through(connection, wanted, sort, counts_to=5)
        assert [each.id for each in rows] == [each.id for each in in_order(expected, sort)], sort
        assert totals == {(5, False)}


def test_the_database_counts_its_groups_itself(tmp_path):
    path = tmp_path / "carebridge.db"
    path.touch()
    engine = encrypted_engine(path, stores.KEY, connections=1, writes=True)
    with engine.begin() as connection:
        migrate.upgrade(connection)
        exchanges = SqlExchanges(connection)
        for each in EXCHANGES[:20]:
            exchanges.add(each)
        for each in EXCHANGES[:10]:
            exchanges.replace(replace(each, insurer="900", status=ExchangeStatus.REFUSED))
        exchanges.replace(replace(EXCHANGES[11], read_at=stores.NOW, archived_at=stores.NOW))
        connection.execute(delete(EXCHANGES_TABLE).where(EXCHANGES_TABLE.c.insurer == "300"))
        kept = connection.exec_driver_sql(
            "SELECT facets_id, status, marks, total FROM exchange_counts WHERE total <> 0"
        ).all()
        counted = connection.exec_driver_sql(
            "SELECT facets_id, status, marks, count(*) FROM exchanges GROUP BY 1, 2, 3"
        ).all()
        assert sorted(kept) == sorted(counted)
        assert sum(row.total for row in kept) < len(EXCHANGES[:20])
    engine.dispose()


@pytest.mark.parametrize("member", ["niss", "id", "document"])
def test_an_order_that_is_not_offered_is_refused(connection, member):
    sort = (SortKey(member=member),)
    with pytest.raises(StoreError):
        page_of(connection, ExchangeFilter(), sort=sort, limit=LIMIT, after=None)
