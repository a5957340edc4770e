"""The gate: many together, or one alone."""

from __future__ import annotations

import threading

from bridge.adapters.db.gate import Gate


def test_several_pass_together_and_one_waits_for_all():
    gate, inside = Gate(), threading.Semaphore(0)
    goes_on, entered = threading.Event(), threading.Event()
    order: list[str] = []

    def reader() -> None:
        with gate.passing():
            inside.release()
            goes_on.wait(30)
            order.append("reader")

    def alone() -> None:
        entered.set()
        with gate.alone():
            order.append("alone")

    threads = [threading.Thread(target=reader) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert inside.acquire(timeout=30)
    last = threading.Thread(target=alone)
    last.start()
    assert entered.wait(30)
    goes_on.set()
    for thread in (*threads, last):
        thread.join(30)
    assert order == ["reader", "reader", "alone"]


def test_who_is_alone_holds_others_up_and_lets_them_in_again():
    gate, began = Gate(), threading.Event()
    seen: list[bool] = []
    is_alone = [False]

    def reader() -> None:
        began.set()
        with gate.passing():
            seen.append(is_alone[0])

    with gate.alone():
        is_alone[0] = True
        thread = threading.Thread(target=reader)
        thread.start()
        assert began.wait(30)
        is_alone[0] = False
    thread.join(30)
    assert seen == [False]


def test_a_failure_inside_opens_the_gate():
    gate = Gate()
    for way in (gate.alone, gate.passing):
        try:
            with way():
                raise LookupError
        except LookupError:
            pass
    with gate.alone():
        pass
