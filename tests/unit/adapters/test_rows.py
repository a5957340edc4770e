"""Writing whole rows: only what is new is named, and a row that is not there is an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    select,
)

from bridge.adapters.db.rows import add_row, replace_row, replace_rows
from bridge.errors import StoreError

METADATA = MetaData()
PARCELS = Table(
    "parcels",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("weight", Integer),
    Column("document", Text, nullable=False),
    Index("parcels_by_owner", "owner"),
)


def parcel(name: str, *, owner: str = "a", weight: int | None = None, document: str = "{}") -> dict:
    return {"id": name, "owner": owner, "weight": weight, "document": document}


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        METADATA.create_all(opened)
        for number in range(1200):
            add_row(opened, PARCELS, parcel(f"p{number}"))
        yield opened
    engine.dispose()


@pytest.fixture
def updates(connection: Connection) -> list[str]:
    heard: list[str] = []

    @event.listens_for(connection, "before_cursor_execute")
    def hear(_connection, _cursor, statement, *_rest) -> None:
        if statement.startswith("UPDATE"):
            heard.append(statement)

    return heard


def read(connection: Connection, name: str) -> dict:
    found = connection.execute(select(PARCELS).where(PARCELS.c.id == name)).mappings().one()
    return dict(found)


def test_only_columns_with_a_new_value_are_named(
    connection: Connection, updates: list[str]
) -> None:
    replace_row(connection, PARCELS, parcel("p1", weight=5, document="{1}"))
    assert read(connection, "p1") == parcel("p1", weight=5, document="{1}")
    assert updates == ["UPDATE parcels SET weight=?, document=? WHERE parcels.id = ?"]


def test_the_document_alone_is_written_when_nothing_else_is_new(
    connection: Connection, updates: list[str]
) -> None:
    replace_row(connection, PARCELS, parcel("p1", document="{1}"))
    assert read(connection, "p1") == parcel("p1", document="{1}")
    assert updates == ["UPDATE parcels SET document=? WHERE parcels.id = ?"]


def test_rows_with_different_changes_are_each_written_whole(
    connection: Connection, updates: list[str]
) -> None:
    rows = [
        parcel("p1", weight=1, document="{1}"),
        parcel("p2", owner="b", document="{2}"),
        parcel("p3", weight=3, document="{3}"),
        parcel("p4", owner="b", weight=4, document="{4}"),
    ]
    replace_rows(connection, PARCELS, rows)
    assert [read(connection, row["id"]) for row in rows] == rows
    assert len(updates) == 3


def test_a_value_can_be_taken_away_again(connection: Connection) -> None:
    replace_row(connection, PARCELS, parcel("p1", weight=5))
    replace_row(connection, PARCELS, parcel("p1", weight=None))
    assert read(connection, "p1")["weight"] is None


def test_many_rows_are_written_at_once(connection: Connection, updates: list[str]) -> None:
    rows = [parcel(f"p{number}", weight=number, document="{1}") for number in range(1200)]
    replace_rows(connection, PARCELS, rows)
    assert read(connection, "p1199") == rows[1199]
    assert len(updates) == 1


def test_nothing_to_write_asks_for_nothing(connection: Connection, updates: list[str]) -> None:
    replace_rows(connection, PARCELS, [])
    assert updates == []


@pytest.mark.parametrize("others", [[], ["p1"]], ids=["alone", "beside-another"])
def test_a_row_that_is_not_there_is_an_error_and_nothing_is_written(
    connection: Connection, updates: list[str], others: list[str]
) -> None:
    rows = [parcel(name, weight=9) for name in [*others, "nobody"]]
    with pytest.raises(StoreError):
        replace_rows(connection, PARCELS, rows)
    assert updates == []
