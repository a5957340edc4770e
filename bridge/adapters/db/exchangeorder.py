"""The order of the history: where a page begins, and the rows of many groups in one order.

Rows with the same facets, status and marks are a group (a row of ``exchange_counts``).
Within a group an index gives every order, so a page of any filter is the merge of the groups
that fit: each is entered once, where the page begins, and read only as far as the page reaches.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import chain, groupby, islice, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from bridge.errors import StoreError
from bridge.ports.exchanges import SORTABLE, SortKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine.interfaces import DBAPICursor

_OF_A_GROUP: Final = ("status", "kind", "service", "insurer")
"""Members all rows of a group have in common."""

_MAYBE_NOT_YET: Final = ("sent_at", "answered_at")
_FIRST_PIECE: Final = 4
_GROWTH: Final = 4
"""Rows of a group are read in pieces: a page takes few of most groups and many of some."""

NEVER: Final = "0"
"""Condition no row fits."""

ALWAYS: Final = "1"
"""Condition every row fits."""

Values = tuple[str, ...]


class Condition(NamedTuple):
    """A condition in SQL with its parameters."""

    text: str
    values: Values = ()


ANY: Final = Condition(ALWAYS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What is asked of rows besides their group.

    Attributes:
        low: From where on in the order within a group.
        high: Up to where.
        rows: What is looked at in each row.
    """

    low: Condition = ANY
    high: Condition = ANY
    rows: Condition = ANY

    def beside(self, beyond: Condition, within: SortKey) -> Condition:
        """Give all conditions; an index is to be entered where the page begins.

        Two bounds on one side would let the database choose the wider one.
        """
        near, far = (self.high, self.low) if within.is_descending else (self.low, self.high)
        is_entered = expression(within.member) in beyond.text
        return both(beyond, far, self.rows) if is_entered else both(beyond, near, far, self.rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Rows with the same facets, status and marks.

    Attributes:
        total: How many they are.
        common: The members to sort by that all of them share.
    """

    facets_id: int
    status: str
    marks: int
    total: int
    common: dict[str, str]


class _Backwards(str):
    """A text that sorts the other way."""

    __slots__ = ()
    __lt__ = str.__gt__


@dataclass(frozen=True)
class Order:
    """Members to sort by, and ``id`` last, which makes it total (API-61)."""

    keys: tuple[SortKey, ...]

    @classmethod
    def of(cls, sort: tuple[SortKey, ...]) -> Order:
        """Give the order of a list.

        Raises:
            StoreError: the history is not sorted by one of the members.
        """
        if any(key.member not in SORTABLE for key in sort):
            raise StoreError("the history is not sorted by this")
        last = SortKey(member="id", is_descending=sort[-1].is_descending if sort else True)
        return cls((*sort, last))

    @property
    def leads_by_moment(self) -> bool:
        """Tell whether an index over all rows serves this order."""
        return self.keys[0].member not in _OF_A_GROUP

    def columns(self, common: dict[str, str]) -> list[str]:
        """Give what is read of a row to sort it: all but what a group has in common."""
        return [expression(key.member) for key in self.keys if key.member not in common]

    def clause(self, common: dict[str, str]) -> str:
        """Give the ``ORDER BY`` within a group; of all rows when nothing is common."""
        return ", ".join(
            f"{expression(key.member)} {'DESC' if key.is_descending else 'ASC'}"
            for key in self.keys
            if key.member not in common
        )

    @property
    def within(self) -> SortKey:
        """Give what sorts the rows of a group first: a moment, or ``id``."""
        return next(key for key in self.keys if key.member not in _OF_A_GROUP)

    def beyond(self, after: Values | None, common: dict[str, str]) -> Condition:
        """Give the condition for rows that follow a row; ``NEVER`` when a group has none.

        The first column bounds alone, so an index begins there.
        """
        if after is None:
            return ANY
        found = Condition(NEVER)
        for key, value in reversed(list(zip(self.keys, after, strict=False))):
            own = common.get(key.member)
            if own is None:
                found = _following(key, value, found)
            elif own != value:
                found = Condition(ALWAYS if (own < value) == key.is_descending else NEVER)
        return found

    def rank(self, values: Sequence[str]) -> Values:
        """Give what sorts as the values do in this order."""
        return tuple(
            _Backwards(value) if key.is_descending else value
            for key, value in zip(self.keys, values, strict=False)
        )


def both(*parts: Condition) -> Condition:
    """Join conditions all of which are to fit."""
    asked = [part for part in parts if part.text != ALWAYS]
    if not asked:
        return ANY
    text = " AND ".join(f"({part.text})" for part in asked)
    return Condition(text, tuple(value for part in asked for value in part.values))


def expression(member: str) -> str:
    """Give the column of a member, as the indexes have it; what is not there yet is empty."""
    column = f"e.{member}"
    return f"coalesce({column}, '')" if member in _MAYBE_NOT_YET else column


def _following(key: SortKey, value: str, then: Condition) -> Condition:
    column, further = expression(key.member), "<" if key.is_descending else ">"
    if then.text == NEVER:
        return Condition(f"{column} {further} ?", (value,))
    if then.text == ALWAYS:
        return Condition(f"{column} {further}= ?", (value,))
    text = f"{column} {further}= ? AND ({column} {further} ? OR ({then.text}))"
    return Condition(text, (value, value, *then.values))


@dataclass(frozen=True, kw_only=True)
class GroupReader:
    """Reads rows of groups in one order, after a row.

    Args:
        order: The order.
        after: Sort values of the row before the first one.
        bounds: What is asked of each row.
        cursor: Of the driver: a page asks a short question for every group, and the layers above
            the driver would cost ten times the answers.
    """

    order: Order
    after: Values | None
    bounds: Bounds
    cursor: DBAPICursor

    def merged(self, groups: list[Group], *, limit: int) -> list[Values]:
        """Give the sort values of the first rows.

        Groups that only come later by what they have in common are not entered.
        """
        order = self.order
        led_by = list(takewhile(_OF_A_GROUP.__contains__, (key.member for key in order.keys)))

        def leading(group: Group) -> Values:
            return order.rank([group.common[name] for name in led_by])

        together = groupby(sorted(groups, key=leading), key=leading)
        rows = chain.from_iterable(
            heapq.merge(*(self._rows(group) for group in each), key=order.rank)
            for _, each in together
        )
        return list(islice(rows, limit))

    def _rows(self, group: Group) -> Iterator[Values]:
        """Read a group piece by piece, the first one when its first row is wanted."""
        after, length = self.after, _FIRST_PIECE
        while True:
            beyond = self.order.beyond(after, group.common)
            piece = [] if beyond.text == NEVER else self._piece(group, beyond, length)
            yield from piece
            if len(piece) < length:
                return
            after, length = piece[-1], length * _GROWTH

    def _piece(self, group: Group, beyond: Condition, length: int) -> list[Values]:
        common = group.common
        asked = self.bounds.beside(beyond, self.order.within)
        query = (
            f"SELECT {', '.join(self.order.columns(common))} FROM exchanges AS e "  # noqa: S608  names of ours
            f"INDEXED BY exchanges_grouped_by_{self.order.within.member} "
            f"WHERE e.facets_id = ? AND e.status = ? AND e.marks = ? AND {asked.text} "
            f"ORDER BY {self.order.clause(common)} LIMIT {length:d}"
        )
        parameters = (group.facets_id, group.status, group.marks)
        self.cursor.execute(query, (*parameters, *asked.values))
        rows = self.cursor.fetchall()
        names = [key.member for key in self.order.keys]
        return [_whole(names, common, iter(row)) for row in rows]


def _whole(names: list[str], common: dict[str, str], own: Iterator[str]) -> Values:
    return tuple(common[name] if name in common else next(own) for name in names)
