"""Size, contrast and letters of our windows."""

from __future__ import annotations

import pytest

from bridge.i18n import LANGUAGES
from bridge.i18n.catalogue import messages
from tray.dialogs.look import scaling_of, wants_contrast
from tray.dialogs.mnemonics import letter_for

BUTTONS = {
    "window": [("cancel", "confirm"), ("consent_yes", "consent_no"), ("bundle_yes", "bundle_no")],
    "confirm": [
        (f"{question}_yes", f"{question}_no")
        for question in ("quit", "end_session", "stop_everything", "take_over")
    ],
    "assistant": [
        ("browse", "import", "later", "back", "skip"),
        ("ask", "later", "back", "finish"),
        ("expect", "later", "back", "next"),
    ],
}
"""Buttons that stand in one window together."""


@pytest.mark.parametrize(
    ("environ", "dots", "wanted"),
    [
        pytest.param({}, 0, 1.5, id="as-tk-found"),
        pytest.param({}, 144, 2.0, id="dots-of-the-desktop"),
        pytest.param({"GDK_SCALE": "2"}, 0, 3.0, id="gtk"),
        pytest.param({"QT_SCALE_FACTOR": "2"}, 72, 2.0, id="qt"),
        pytest.param({"GDK_SCALE": "2", "QT_SCALE_FACTOR": "2"}, 72, 2.0, id="one-wish-said-twice"),
        pytest.param({"GDK_SCALE": "0.1"}, 72, 1.0, id="never-smaller"),
        pytest.param({"GDK_SCALE": "40"}, 0, 6.0, id="no-larger-than-a-screen"),
        pytest.param({"GDK_SCALE": "large"}, 72, 1.0, id="no-number"),
    ],
)
def test_windows_are_as_large_as_the_desktop_wants(environ, dots, wanted):
    assert scaling_of(environ, dots_per_inch=dots, own=1.5) == wanted


@pytest.mark.parametrize(
    ("theme", "wanted"),
    [("HighContrast", True), ("High-Contrast:dark", True), ("Adwaita", False), ("", False)],
)
def test_high_contrast_is_known_by_the_theme(theme, wanted):
    assert wants_contrast({"GTK_THEME": theme}) is wanted


def test_without_a_theme_there_is_no_high_contrast():
    assert not wants_contrast({})


@pytest.mark.parametrize(
    ("label", "taken", "place"),
    [
        ("Quit", set(), 0),
        ("Keep it", {"k"}, 5),
        ("Öffnen", set(), 1),
        ("Quit", {"q", "u"}, 2),
        ("…", set(), -1),
        ("Ok", {"o", "k"}, -1),
    ],
)
def test_a_letter_is_the_first_free_one_of_a_word(label, taken, place):
    assert letter_for(label, taken) == place


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", BUTTONS)
def test_buttons_of_one_window_all_get_a_letter_of_their_own(section, language):
    for keys in BUTTONS[section]:
        taken: set[str] = set()
        for label in (messages(language)[section][key] for key in keys):
            place = letter_for(label, taken)
            assert place >= 0, (label, taken)
            taken.add(label[place].lower())
        assert len(taken) == len(keys)
