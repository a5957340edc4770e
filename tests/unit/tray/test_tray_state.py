"""Which face follows from which facts, and that faces differ by more than colour."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from PIL import ImageChops, ImageStat

from tests.support.trayfacts import NOW, OPEN, OVER, READY
from tray.icon import SIZES, draw
from tray.state import RING_STEPS, RULES, Face, TrayState, face_of, state_of

LATE = replace(OPEN, expires_at=NOW + timedelta(minutes=15))
TABLE = {
    "ready": (READY, TrayState.READY),
    "played": (replace(READY, is_simulator=True), TrayState.SIMULATOR),
    "no-card": (replace(READY, has_card=False), TrayState.NO_CARD),
    "no-card-simulator": (replace(READY, has_card=False, is_simulator=True), TrayState.NO_CARD),
    "no-reader": (replace(READY, has_reader=False, has_card=False), TrayState.NO_READER),
    "session": (OPEN, TrayState.SESSION),
    "session-simulator": (replace(OPEN, is_simulator=True), TrayState.SESSION),
    "session-needs-no-card": (replace(OPEN, has_reader=False, has_card=False), TrayState.SESSION),
    "session-over": (OVER, TrayState.READY),
    "session-over-card-gone": (replace(OVER, has_card=False), TrayState.NO_CARD),
    "answers": (replace(OPEN, unread=2), TrayState.ANSWERS),
    "answers-without-session": (replace(READY, unread=1), TrayState.ANSWERS),
    "working": (replace(OPEN, unread=2, is_working=True), TrayState.WORKING),
    "ends-soon": (replace(LATE, unread=2, is_working=True), TrayState.ENDS_SOON),
    "manual": (replace(LATE, manual=1), TrayState.MANUAL_ACTION),
    "problem": (replace(LATE, manual=1, failure="storage_full"), TrayState.PROBLEM),
    "a-remark-is-no-problem": (replace(READY, problem="remote_unavailable"), TrayState.READY),
}
FACES = [
    Face(
        state=state,
        ring={TrayState.SESSION: 14, TrayState.ENDS_SOON: 1}.get(state),
        is_simulator=state is TrayState.SIMULATOR,
    )
    for state in TrayState
]


@pytest.mark.parametrize(("facts", "state"), TABLE.values(), ids=TABLE)
def test_the_state_follows_from_the_facts(facts, state):
    assert state_of(facts) is state


def test_each_state_is_reached_by_a_row_of_the_table():
    assert {state for _, state in TABLE.values()} == set(TrayState)
    assert {state for state, _ in RULES} == set(TrayState) - {TrayState.READY}


@pytest.mark.parametrize(
    ("left", "ring"),
    [
        pytest.param(timedelta(hours=12), RING_STEPS, id="whole"),
        pytest.param(timedelta(hours=6), RING_STEPS // 2, id="half"),
        pytest.param(timedelta(seconds=1), 1, id="nearly-over"),
        pytest.param(timedelta(), None, id="over"),
        pytest.param(-timedelta(hours=1), None, id="long-over"),
    ],
)
def test_the_ring_shows_how_much_is_left(left, ring):
    end = NOW + left
    facts = replace(OPEN, opened_at=end - timedelta(hours=12), expires_at=end)
    assert face_of(facts).ring == ring


def test_a_session_of_no_length_has_no_ring():
    assert replace(OPEN, opened_at=NOW, expires_at=NOW).share_left == 0.0
    assert READY.share_left == 0.0
    assert face_of(READY).ring is None


def test_the_badge_says_that_software_waits():
    assert face_of(replace(READY, pairings=1)).has_badge
    assert not face_of(READY).has_badge


@pytest.mark.parametrize("size", SIZES)
def test_any_two_faces_differ_in_shades_of_grey(size):
    """A colour-blind nurse, and a screenshot in greyscale, tell them apart."""
    shades = {face.state: grey(draw(face, size)) for face in FACES}
    for one, other in combinations(TrayState, 2):
        difference = ImageChops.difference(shades[one], shades[other])
        assert ImageStat.Stat(difference).mean[0] > 4, (one, other)


@pytest.mark.parametrize("size", SIZES)
def test_any_two_faces_differ_by_shape_alone(size):
    """Every ink the same: what is left is the outline, or the drawing within it."""
    shapes = {face.state: edges(draw(face, size)) for face in FACES}
    for one, other in combinations(TrayState, 2):
        difference = ImageChops.difference(shapes[one], shapes[other])
        assert ImageStat.Stat(difference).mean[0] > 4, (one, other)


def test_simulator_ring_and_badge_change_a_face():
    plain = Face(state=TrayState.SESSION, ring=12)
    for other in (
        replace(plain, ring=20),
        replace(plain, is_simulator=True),
        replace(plain, has_badge=True),
    ):
        assert ImageChops.difference(grey(draw(plain, 32)), grey(draw(other, 32))).getbbox()


def grey(image):
    ground = image.copy()
    ground.paste((200, 200, 200, 255), (0, 0, *image.size))
    ground.alpha_composite(image)
    return ground.convert("L")


def edges(image):
    """White where the lightness is above its mean inside the figure, black elsewhere."""
    shade, inside = grey(image), image.getchannel("A")
    middle = ImageStat.Stat(shade, inside.point(lambda value: 255 * (value > 128))).mean[0]
    light = shade.point(lambda value: 255 * (value > middle))
    return ImageChops.multiply(light, inside)
