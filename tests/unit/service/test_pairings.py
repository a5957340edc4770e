"""Pairings on a real store: asking, deciding, fetching the token, limits (7.2, PAIR-01 to 10)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from bridge.daemon.storage import ClosedStore
from bridge.domain.pairings import ALL_HISTORY, PairingState
from bridge.domain.softwarenames import LONGEST
from bridge.errors import (
    AccessDenied,
    Conflict,
    InputError,
    NotFound,
    PairingRefused,
    StoreError,
)
from bridge.ports.pairings import Consent
from bridge.service.pairingdesk import COMMAND_LINE, WINDOW
from bridge.service.pairings import GRANTABLE
from tests.support.pairing import EVIL, GOOD, NATIVE, SCOPES, WEB, ProofMaker, office


def site(number: int):
    return replace(WEB, origin=f"https://site{number}.example", display_name=f"Site {number}")


def refusal_of(call) -> PairingRefused:
    with pytest.raises(PairingRefused) as caught:
        call()
    return caught.value


async def test_pair_01_an_unknown_site_gets_a_badge_and_no_window(tmp_path):
    async with office(tmp_path) as has:
        has.requests.open(WEB)
        await asyncio.sleep(0)
        assert has.screen.badges == [1]
        assert has.screen.asked == []


async def test_pair_01_a_window_opens_once_after_the_user_said_that_she_connects(tmp_path):
    async with office(tmp_path) as has:
        has.screen.consent = Consent(decision="approve")
        has.desk.expect()
        opened = has.requests.open(WEB)
        has.requests.open(site(2))
        for _ in range(3):
            await asyncio.sleep(0)
        assert [request.pairing_id for request in has.screen.asked] == [opened.pairing.id]
        assert has.poll(opened).state is PairingState.APPROVED
        assert has.screen.told == []


async def test_pair_01_what_the_user_said_holds_for_five_minutes(tmp_path):
    async with office(tmp_path) as has:
        has.desk.expect()
        has.clock.advance(minutes=5)
        has.requests.open(WEB)
        await asyncio.sleep(0)
        assert has.screen.asked == []


async def test_pair_01_nobody_who_was_not_approved_writes_to_the_disk(tmp_path):
    async with office(tmp_path) as has:
        has.requests.open(WEB)
        denied = has.requests.open(site(2))
        await has.desk.deny(denied.pairing.id, where=WINDOW)
    async with office(tmp_path) as later:
        assert later.desk.all() == []


async def test_pair_02_one_site_asks_twenty_times(tmp_path):
    async with office(tmp_path) as has:
        has.requests.open(WEB)
        codes = {refusal_of(lambda: has.requests.open(WEB)).problem_code for _ in range(19)}
        assert codes == {"pairing_pending"}
        assert len(has.desk.all()) == 1
        assert has.journal.kinds.count("pairing.not_taken") == 19


async def test_pair_02_many_sites_get_three_requests_in_ten_minutes(tmp_path):
    async with office(tmp_path) as has:
        for number in range(3):
            has.requests.open(site(number))
        refused = [refusal_of(lambda n=n: has.requests.open(site(n))) for n in range(3, 20)]
        assert {each.problem_code for each in refused} == {"rate_limited"}
        assert {each.params["retry_after_s"] for each in refused} == {600}
        has.clock.advance(minutes=9, seconds=59)
        assert refusal_of(lambda: has.requests.open(site(20))).params["retry_after_s"] == 1
        has.clock.advance(seconds=1)
        has.requests.open(site(20))


async def test_pair_02_pauses_grow_after_each_refusal(tmp_path):
    async with office(tmp_path) as has:
        for minutes in (1, 5, 15, 15):
            opened = has.requests.open(WEB)
            await has.desk.deny(opened.pairing.id, where=COMMAND_LINE)
            refused = refusal_of(lambda: has.requests.open(WEB))
            assert refused.params["retry_after_s"] == minutes * 60
            has.clock.advance(minutes=15)


async def test_pair_02_a_yes_ends_the_pauses_and_so_does_a_quiet_day(tmp_path):
    async with office(tmp_path) as has:
        for ends in ({"minutes": 2}, {"days": 1}):
            opened = has.requests.open(WEB)
            await has.desk.deny(opened.pairing.id, where=COMMAND_LINE)
            has.clock.advance(**ends)
        opened = has.requests.open(WEB)
        await has.desk.deny(opened.pairing.id, where=COMMAND_LINE)
        assert refusal_of(lambda: has.requests.open(WEB)).params["retry_after_s"] == 60
        has.clock.advance(minutes=2)
        await has.approved()
        assert has.desk.setbacks(GOOD) is None


async def test_pair_03_a_wrong_or_missing_secret_says_nothing(tmp_path):
    async with office(tmp_path) as has:
        opened = has.requests.open(WEB)
        for secret in (None, "", opened.secret[:-1], opened.secret + "A"):
            with pytest.raises(AccessDenied) as caught:
                has.poll(opened, secret=secret)
            assert caught.value.problem_code == "token_invalid"
        with pytest.raises(AccessDenied) as caught:
            has.requests.poll("pair_unknown", opened.secret, origin=GOOD)
        assert caught.value.problem_code == "token_invalid"


@pytest.mark.parametrize("origin", [EVIL, None])
async def test_pair_03_the_right_secret_from_elsewhere_is_refused(origin, tmp_path):
    async with office(tmp_path) as has:
        opened = await has.approved()
        with pytest.raises(AccessDenied) as caught:
            has.poll(opened, origin=origin)
        assert caught.value.problem_code == "token_origin_mismatch"
        assert has.poll(opened).is_ready


async def test_pair_04_a_token_is_given_once(tmp_path):
    async with office(tmp_path) as has:
        opened = await has.approved()
        polled = has.poll(opened)
        first, second = await asyncio.gather(
            has.requests.collect(polled), has.requests.collect(polled), return_exceptions=True
        )
        assert has.tokens.authenticate(first.token).origin == GOOD
        assert second.problem_code == "pairing_consumed"
        assert refusal_of(lambda: has.poll(opened)).problem_code == "pairing_consumed"
    async with office(tmp_path) as has:
        assert refusal_of(lambda: has.poll(opened)).problem_code == "pairing_consumed"


async def test_pair_04_a_token_that_cannot_be_kept_is_not_given(tmp_path):
    async with office(tmp_path, store=ClosedStore("storage_damaged")) as has:
        opened = await has.approved()
        with pytest.raises(StoreError):
            await has.requests.collect(has.poll(opened))
        assert has.poll(opened).is_ready
        assert has.journal.kinds == ["pairing.requested", "pairing.approved"]


async def test_a_right_that_was_withdrawn_stays_so_when_the_disk_fails(tmp_path):
    async with office(tmp_path, store=ClosedStore("storage_damaged")) as has:
        opened = await has.approved()
        with pytest.raises(StoreError):
            await has.desk.revoke(opened.pairing.id, where=COMMAND_LINE)
        assert refusal_of(lambda: has.poll(opened)).problem_code == "pairing_denied"


async def test_pair_04_a_repeated_request_gets_no_second_secret(tmp_path):
    async with office(tmp_path) as has:
        opened = has.requests.open(WEB)
        repeated = partial(has.requests.refuse_repetition, opened.pairing.id)
        assert refusal_of(repeated).problem_code == "pairing_pending"
        await has.desk.deny(opened.pairing.id, where=COMMAND_LINE)
        assert refusal_of(repeated).problem_code == "pairing_consumed"


async def test_pair_05_what_was_decided_stays_and_cannot_be_widened(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        assert has.tokens.authenticate(given.token).scopes == frozenset(SCOPES)
        with pytest.raises(Conflict):
            await has.desk.approve(given.pairing.id, where=COMMAND_LINE, has_all_history=True)


async def test_pair_05_all_history_is_granted_only_where_it_was_ticked_d13(tmp_path):
    wanted = replace(WEB, scopes=("history:read", ALL_HISTORY))
    async with office(tmp_path) as has:
        plain = await has.token(wanted)
        ticked = await has.token(replace(wanted, origin=EVIL), has_all_history=True)
        assert has.tokens.authenticate(plain.token).scopes == {"history:read"}
        assert has.tokens.authenticate(ticked.token).scopes == {"history:read", ALL_HISTORY}


@pytest.mark.parametrize("scope", ["console", "everything", "*"])
async def test_pair_05_no_pairing_gets_the_console_or_an_unknown_scope(scope, tmp_path):
    assert scope not in GRANTABLE
    async with office(tmp_path) as has:
        with pytest.raises(InputError) as caught:
            has.requests.open(replace(WEB, scopes=("status:read", scope)))
        (finding,) = caught.value.findings
        assert (finding.pointer, finding.code) == ("/scopes/1", "value_not_allowed")
        assert has.desk.all() == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("\u202egro.knab\u202c Zorg", "gro.knab Zorg", id="right-to-left-override"),
        pytest.param("Zo\u200brg\ufeff\x00\x1b[2J", "Zorg[2J", id="invisible-and-control"),
        pytest.param("a\r\nb\tc\u2028d", "a b c d", id="lines"),
        pytest.param("<b>Zorg</b>", "<b>Zorg</b>", id="html-is-text"),
        pytest.param("e\u0301\u0301\u0301\u0301", "\u00e9\u0301", id="piled-accents"),
        pytest.param("\u200b\u200e", "?", id="nothing-visible"),
    ],
)
async def test_pair_07_names_are_made_safe_to_show(name, shown, tmp_path):
    async with office(tmp_path) as has:
        opened = has.requests.open(replace(WEB, display_name=name))
        assert opened.pairing.display_name == shown
        assert opened.pairing.shown_as == f"{shown} ({GOOD})"


async def test_pair_07_a_long_name_leaves_the_origin_in_sight(tmp_path):
    async with office(tmp_path) as has:
        opened = has.requests.open(replace(WEB, display_name="x" * 500))
        assert len(opened.pairing.display_name) == LONGEST
        assert opened.pairing.shown_as.endswith(f"… ({GOOD})")


async def test_pair_07_the_window_shows_both_forms_of_an_origin(tmp_path):
    async with office(tmp_path) as has:
        opened = has.requests.open(replace(WEB, origin="https://xn--pple-43d.example:8443"))
        await has.desk.ask(opened.pairing.id)
        (request,) = has.screen.asked
        assert request.origin == (
            "https://xn--pple-43d.example:8443 [https://\u0430pple.example:8443]"
        )
        assert request.code == opened.pairing.code
        assert opened.pairing.code not in repr(request)


async def test_pair_08_refused_blocked_expired_are_told_apart(tmp_path):
    async with office(tmp_path) as has:
        denied, blocked, late = (has.requests.open(site(n)) for n in range(3))
        await has.desk.deny(denied.pairing.id, where=COMMAND_LINE)
        await has.desk.block(blocked.pairing.id, where=COMMAND_LINE)
        has.clock.advance(seconds=119)
        assert has.poll(late).state is PairingState.PENDING
        has.clock.advance(seconds=1)
        codes = [refusal_of(lambda o=o: has.poll(o)).problem_code for o in (denied, blocked, late)]
        assert codes == ["pairing_denied", "pairing_blocked", "pairing_expired"]


async def test_pair_08_an_approval_nobody_fetches_runs_out_too(tmp_path):
    async with office(tmp_path) as has:
        opened = await has.approved()
        has.clock.advance(seconds=120)
        assert refusal_of(lambda: has.poll(opened)).problem_code == "pairing_expired"


async def test_pair_08_a_block_outlives_a_restart_and_can_be_taken_back(tmp_path):
    async with office(tmp_path) as has:
        opened = has.requests.open(WEB)
        await has.desk.block(opened.pairing.id, where=COMMAND_LINE)
    async with office(tmp_path) as has:
        has.clock.advance(days=400)
        assert refusal_of(lambda: has.requests.open(WEB)).problem_code == "pairing_blocked"
        (blocked,) = has.desk.all()
        await has.desk.unblock(blocked.id, where=COMMAND_LINE)
        has.requests.open(WEB)
    async with office(tmp_path) as has:
        assert has.desk.all() == []
        has.requests.open(WEB)


async def test_pair_08_a_block_withdraws_what_the_site_has(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        again = has.requests.open(WEB)
        await has.desk.block(again.pairing.id, where=WINDOW)
        assert not has.tokens.is_paired(GOOD)
        with pytest.raises(AccessDenied) as caught:
            has.tokens.authenticate(given.token)
        assert caught.value.problem_code == "token_revoked"


async def test_pair_09_native_software_needs_the_code_and_the_yes(tmp_path):
    async with office(tmp_path) as has:
        opened = await has.approved(NATIVE)
        assert not has.poll(opened).is_ready
        with pytest.raises(Conflict):
            await has.requests.collect(has.poll(opened))
        has.requests.enter_code(opened.pairing.id, opened.secret, opened.pairing.code, origin=None)
        given = await has.requests.collect(has.poll(opened))
        assert has.tokens.authenticate(given.token).origin is None


async def test_pair_09_five_wrong_codes_make_it_void_and_the_next_one_waits(tmp_path):
    async with office(tmp_path) as has:
        opened = has.requests.open(NATIVE)
        wrong = "000000" if opened.pairing.code != "000000" else "000001"

        def guess():
            return has.requests.enter_code(opened.pairing.id, opened.secret, wrong, origin=None)

        left = [refusal_of(guess).params.get("tries_left") for _ in range(4)]
        assert left == [4, 3, 2, 1]
        last = refusal_of(guess)
        assert (last.problem_code, last.params["retry_after_s"]) == ("rate_limited", 60)
        assert refusal_of(guess).problem_code == "pairing_expired"
        assert refusal_of(lambda: has.requests.open(NATIVE)).problem_code == "rate_limited"
        assert has.journal.kinds.count("pairing.code_wrong") == 5


async def test_pair_09_a_web_page_compares_the_code_and_cannot_send_it(tmp_path):
    async with office(tmp_path) as has:
        opened = has.requests.open(WEB)
        with pytest.raises(Conflict):
            has.requests.enter_code(
                opened.pairing.id, opened.secret, opened.pairing.code, origin=GOOD
            )


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(replace(NATIVE, origin=GOOD), id="native-with-origin"),
        pytest.param(replace(WEB, origin=None), id="web-without-origin"),
        pytest.param(replace(NATIVE, is_browser=True), id="native-from-a-browser"),
    ],
)
async def test_pair_10_software_must_be_what_it_says(wanted, tmp_path):
    async with office(tmp_path) as has:
        refused = refusal_of(lambda: has.requests.open(wanted))
        assert refused.problem_code == "client_kind_mismatch"
        assert has.screen.badges == []


@pytest.mark.parametrize("decision", ["approve", "deny", "block", "later"])
async def test_the_window_does_what_was_chosen(decision, tmp_path):
    states = {
        "approve": PairingState.APPROVED,
        "deny": PairingState.DENIED,
        "block": PairingState.BLOCKED,
        "later": PairingState.PENDING,
    }
    async with office(tmp_path) as has:
        has.screen.consent = Consent(decision=decision)
        opened = has.requests.open(WEB)
        await has.desk.ask(opened.pairing.id)
        assert has.desk.get(opened.pairing.id).state is states[decision]


async def test_d10_a_decision_on_the_command_line_shows_a_notice(tmp_path):
    async with office(tmp_path) as has:
        opened = await has.approved()
        assert has.screen.told == [("approved", opened.pairing.shown_as, COMMAND_LINE)]
        assert has.screen.badges == [1, 0]


async def test_a_window_that_answers_too_late_decides_nothing(tmp_path):
    async with office(tmp_path) as has:
        has.screen.consent = Consent(decision="approve")
        opened = has.requests.open(WEB)
        await has.desk.deny(opened.pairing.id, where=COMMAND_LINE)
        await has.desk.ask(opened.pairing.id)
        assert has.desk.get(opened.pairing.id).state is PairingState.DENIED


async def test_decisions_about_nothing_are_refused(tmp_path):
    async with office(tmp_path) as has:
        with pytest.raises(NotFound):
            await has.desk.approve("pair_unknown", where=COMMAND_LINE)


async def test_every_attempt_and_decision_is_recorded_without_secrets(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token(replace(WEB, dpop_jwk=ProofMaker().jwk))
        await has.desk.revoke(given.pairing.id, where=COMMAND_LINE)
        assert has.journal.kinds == [
            "pairing.requested", "pairing.approved", "pairing.collected", "pairing.revoked",
        ]  # fmt: skip
        written = repr(has.journal.records) + repr(given) + repr(has.desk.all())
        for secret in (given.token, given.pairing.secret_digest, given.pairing.token.digest):
            assert secret not in written


async def test_a_key_that_is_none_is_refused_by_place(tmp_path):
    jwk = ProofMaker().jwk
    async with office(tmp_path) as has:
        for wrong in ({**jwk, "y": jwk["x"]}, {**jwk, "d": jwk["x"]}, {**jwk, "crv": "P-384"}):
            with pytest.raises(InputError) as caught:
                has.requests.open(replace(WEB, dpop_jwk=wrong))
            assert caught.value.findings[0].pointer == "/dpop_jwk"
