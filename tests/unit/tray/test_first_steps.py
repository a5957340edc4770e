"""What the window of the first steps is told, and how it says it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import pytest

from bridge.i18n import LANGUAGES, text
from bridge.i18n.catalogue import messages
from tray.assistant.pages import BUILDERS
from tray.assistant.steps import MARKS, PAGES, Step, Steps
from tray.dialogs.talk import Talk

DONE = Step(state="done", key="done_card")


def steps(*done: str) -> Steps:
    return Steps(language="en", steps=dict.fromkeys(done, DONE))


def test_every_page_has_a_builder_a_title_and_a_text():
    assert set(BUILDERS) == set(PAGES)
    for page in PAGES:
        assert {f"{page}_title", f"{page}_text"} <= set(messages("en")["assistant"])


@pytest.mark.parametrize(
    ("done", "page"),
    [
        ((), "language"),
        (("language", "reader", "card"), "certificate"),
        (("language", "reader", "card", "registration"), "certificate"),
        (PAGES, "question"),
    ],
)
def test_it_goes_on_where_something_is_left(done, page):
    assert steps(*done).first_open == page


def test_steps_come_through_the_pipe_as_they_are():
    sent = Steps(
        language="fr",
        chosen="system",
        has_session=True,
        practice="Zonnebloem",
        steps={"card": Step(state="trouble", code="card_missing"), "reader": DONE},
    )
    assert Steps.parse(json.loads(json.dumps(asdict(sent)))) == sent


def test_states_differ_by_a_sign_and_not_by_colour_alone():
    marks = [Step(state=state).mark for state in ("open", "done", "working", "trouble")]
    assert len(set(marks)) == 4
    assert set(MARKS.values()) < set(marks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_trouble_is_told_in_the_words_of_the_catalogue(language):
    step = Step(state="trouble", code="card_missing")
    assert step.sentence(language) == text("card_missing", "detail", language)


def test_what_stands_in_a_step_is_not_in_its_text_form():
    step = Step(state="done", key="done_registration", params={"practice": "Zonnebloem"})
    assert repr(step) == "Step(done)"


class Pipes:
    """Both ends of a window's talk."""

    def __init__(self) -> None:
        hears, self.writing = os.pipe()
        self.reading, says = os.pipe()
        self._ends = (hears, says)
        self.talk = Talk(hears, says)

    def close(self) -> None:
        os.close(self.writing)
        assert self.talk.is_over.wait(30)
        for end in (self.reading, *self._ends):
            os.close(end)


@pytest.fixture
def pipes():
    made = Pipes()
    yield made
    made.close()


def test_sec_136_a_password_follows_its_line_and_is_wiped(pipes):
    secret = bytearray("gehëim".encode())
    pipes.talk.say("certificate", {"file": "a.p12"}, secret=secret)
    line, _, rest = os.read(pipes.reading, 4096).partition(b"\n")
    assert json.loads(line) == {"do": "certificate", "file": "a.p12", "secret": 7}
    assert rest.decode() == "gehëim"
    assert secret == bytearray(7)


def test_the_window_hears_lines_in_order_also_when_they_come_in_parts(pipes):
    for part in (b'{"a": 1}\n{"b"', b": 2}\n"):
        os.write(pipes.writing, part)
    assert pipes.talk.first() == {"a": 1}
    assert pipes.talk.first() == {"b": 2}
    assert pipes.talk.heard() is None


@pytest.mark.parametrize("said", [b"garbage\n", b"x" * 70_000], ids=["no-json", "no-end"])
def test_what_is_no_message_ends_the_talk(pipes, said):
    os.write(pipes.writing, said[:65_000])
    if said[65_000:]:
        os.write(pipes.writing, said[65_000:])
    assert pipes.talk.is_over.wait(30)
