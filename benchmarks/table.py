"""A table on standard output, with a ratio against the first row."""

from __future__ import annotations

import logging
import os
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

from bridge import logs


class Row(NamedTuple):
    """One measured thing: best and median, in ``unit``."""

    name: str
    best: float
    median: float
    unit: str


def timed(name: str, work: Callable[[], object], *, runs: int) -> Row:
    """Run ``work`` some times and give milliseconds."""
    work()
    figures = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        figures.append((time.perf_counter() - begun) * 1000)
    return row(name, figures, unit="ms")


def row(name: str, figures: list[float], *, unit: str) -> Row:
    """Sum up figures."""
    return Row(name, min(figures), statistics.median(figures), unit)


def show(title: str, rows: list[Row]) -> None:
    """Print rows of one unit; the ratio is that of the medians against the first row."""
    print(f"\n{title}{_load()}\n")
    print(f"| {'what':<58} | {'best':>9} | {'median':>9} | unit | ratio |")
    print(f"| {'-' * 58} | {'-' * 8}: | {'-' * 8}: | ---- | ----: |")
    for each in rows:
        ratio = each.median / rows[0].median
        print(
            f"| {each.name:<58} | {each.best:>9.2f} | {each.median:>9.2f} "
            f"| {each.unit:<4} | {ratio:>5.2f} |",
        )


def _load() -> str:
    """Say how many programs wanted a processor in the last minute, where the system tells."""
    if not hasattr(os, "getloadavg"):
        return ""
    return f" (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)"


def quiet() -> None:
    """Keep events of the daemon out of the tables."""
    logs.configure(folder=None)
    logging.getLogger().setLevel(logging.ERROR)
