"""What the menu offers at which moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.i18n import LANGUAGES, text
from tests.support.trayfacts import NOW, OPEN, OVER, READY
from tray.menu import LANGUAGE, Choices, menu_of, tooltip

ENGLISH = Choices(language="en")


def lines(facts, choices=ENGLISH):
    return [entry for entry in menu_of(facts, choices) if entry.label]


def by_action(facts, choices=ENGLISH):
    return {entry.action: entry for entry in lines(facts, choices) if entry.action}


@pytest.mark.parametrize("facts", [READY, OPEN, OVER], ids=["ready", "open", "over"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_entry_is_the_default_one_and_every_entry_has_a_text(facts, language):
    entries = lines(replace(facts, is_paused=False), Choices(language=language))
    assert entries[0].is_default
    assert sum(entry.is_default for entry in entries) == 1
    assert len({entry.label for entry in entries}) == len(entries)


def test_a_click_opens_the_session_and_later_the_console():
    assert lines(READY)[0].action == "open_session"
    assert lines(OPEN)[0].action == "open_console"


def test_an_open_session_can_be_ended_and_renewed_and_tells_its_time():
    menu = by_action(OPEN)
    assert menu["end_session"].label == "End the session"
    assert menu["open_session"].label == "Renew the session…"
    assert "6 h 00 left" in [entry.label for entry in lines(OPEN)]
    assert menu["fetch"].is_enabled


def test_without_a_session_nothing_is_fetched():
    menu = by_action(READY)
    assert not menu["fetch"].is_enabled
    assert "end_session" not in menu
    assert "No session" in [entry.label for entry in lines(READY)]
    assert "The session is over" in [entry.label for entry in lines(OVER)]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(hours=11, minutes=59, seconds=1), "12 h 00"),
        (timedelta(minutes=61), "1 h 01"),
        (timedelta(seconds=61), "0 h 02"),
        (timedelta(seconds=1), "0 h 01"),
    ],
)
def test_time_is_rounded_up_to_minutes(left, said):
    assert said in tooltip(replace(OPEN, expires_at=NOW + left), "en")


def test_a_daemon_that_cannot_work_opens_no_session():
    menu = by_action(replace(READY, failure="storage_full", problem="storage_full"))
    assert not menu["open_session"].is_enabled


def test_what_is_wrong_is_the_entry_above_the_diagnosis():
    labels = [entry.label for entry in lines(replace(READY, problem="remote_unavailable"))]
    assert labels.index("Diagnosis…") == labels.index(text("remote_unavailable", "title", "en")) + 1


def test_first_steps_about_and_stopping_can_always_be_reached():
    assert {"first_steps", "stop_everything", "about", "quit"} <= by_action(READY).keys()


def test_waiting_software_is_counted():
    assert "answer_pairing" not in by_action(READY)
    menu = by_action(replace(READY, pairings=2))
    assert menu["answer_pairing"].label == "Requests to connect (2)…"
    assert {"expect_pairing", "pairings", "registrations"} <= menu.keys()


@pytest.mark.parametrize(
    ("is_paused", "action"), [(None, None), (False, "pause"), (True, "resume")]
)
def test_software_is_paused_where_some_is_connected(is_paused, action):
    menu = by_action(replace(READY, is_paused=is_paused))
    assert {"pause", "resume"} & menu.keys() == ({action} if action else set())


@pytest.mark.parametrize(
    ("choices", "chosen"),
    [
        (Choices(language="fr"), "system"),
        (Choices(language="fr", is_system_language=False), "fr"),
    ],
)
def test_the_language_is_chosen_among_names_in_their_own_language(choices, chosen):
    entries = next(entry.entries for entry in lines(READY, choices) if entry.entries)
    assert [entry.action for entry in entries if entry.is_chosen] == [f"{LANGUAGE}{chosen}"]
    assert [entry.label for entry in entries][1:] == [
        "Français",
        "Nederlands",
        "Deutsch",
        "English",
    ]


def test_the_tooltip_says_that_answers_are_played():
    assert tooltip(replace(OPEN, is_simulator=True), "nl").endswith("simulator")
    assert tooltip(replace(READY, is_simulator=True), "nl") == "Carebridge: simulator"
