"""Our own page in a real browser: what a nurse does with it, and what others cannot do to it.

Source: *Local API security* SEC-48, 5.2, 21.2 and 21.9.
"""

from __future__ import annotations

import re

import pytest

from tests.support.browser import needs_browser, until
from tests.support.consolestage import (
    EVIL,
    FIRST_NAME,
    GOOD,
    INVOICES,
    METADATA,
    PLANTED,
    ConsoleStage,
    console_stage,
    niss_of,
)
from tests.support.relays import told

pytestmark = [needs_browser, pytest.mark.timeout(240)]
REFUSED = "fetch_metadata_rejected"
FRAME = """
  const frame = document.createElement("iframe");
  frame.src = given[0];
  const loaded = new Promise(resolve => { frame.onload = resolve; });
  document.body.append(frame);
  await loaded;
"""
LINK = """
  const link = Object.assign(document.createElement("a"), {href: given[0], id: "way"});
  link.textContent = "way";
  document.body.append(link);
"""
FIRST_LINK = "return document.querySelector('td a').getAttribute('href').slice(2);"
WAITING_LINK = """
  const rows = [...document.querySelectorAll("tbody tr")];
  const row = rows.find(each => each.textContent.includes("Christian"));
  return row.querySelector("a").getAttribute("href").slice(2);
"""
SPEAK = """
  const choice = document.querySelector("#language");
  choice.value = given[0];
  choice.dispatchEvent(new Event("change"));
"""


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory):
    with console_stage(tmp_path_factory.mktemp("console")) as made:
        yield made


@pytest.fixture
def stage(whole_stage: ConsoleStage):
    """Give the stage with a page that was not opened yet, and none that still asks something."""
    whole_stage.browser.open("about:blank")
    whole_stage.relay.forget()
    yield whole_stage
    whole_stage.relay.leaves_out = None
    whole_stage.browser.close_others()


@pytest.fixture
def page(whole_stage: ConsoleStage):
    """Give the stage with the page signed in, since before or now; nothing of it is refused."""
    if not whole_stage.has("nav.side"):
        whole_stage.relay.forget()
        whole_stage.sign_in()
        whole_stage.browser.run(SPEAK, "en")
    yield whole_stage
    refused = [each for each in whole_stage.relay.carried(waits=False) if each.status >= 400]
    assert told(refused) == []


@pytest.fixture
def fresh_page(page: ConsoleStage):
    """Give the page signed in anew: it remembers no filters of another test."""
    page.browser.open("about:blank")
    page.sign_in()
    page.browser.run(SPEAK, "en")
    return page


# -- signing in ----------------------------------------------------------------------------------


def test_sec_48_without_a_ticket_the_page_says_how_to_open_it_and_nothing_else(stage):
    stage.browser.open(stage.url + "/")
    shown = stage.shows("carebridge console")
    assert "Sandbox" not in shown
    asked = {each.path.split("/")[1] for each in stage.relay.carried()}
    assert asked == {"", "console"}


def test_sec_48_a_ticket_opens_the_page_once_and_leaves_the_address(stage):
    stage.sign_in("pairings")
    (exchange,) = stage.relay.carried("/v1/console-sessions")
    used = exchange.sent("authorization").removeprefix("Ticket ")
    assert stage.browser.run("return location.href;") == f"{stage.url}/#/software"
    stage.browser.open("about:blank")
    stage.browser.open(f"{stage.url}/#ticket={used}")
    stage.shows("carebridge console", within=".closed")
    until(lambda: stage.has(".closed .said.bad"), what="the problem")
    again = stage.relay.carried("/v1/console-sessions")[-1]
    assert (again.status, again.code) == (401, "token_invalid")


def test_sec_48_reloading_forgets_the_token(page):
    kept = "return [Object.keys(localStorage), sessionStorage.length, document.cookie];"
    page.browser.run(SPEAK, "en")
    assert page.browser.run(kept) == [["carebridge-language"], 0, ""]
    page.browser.run("location.reload();")
    page.shows("carebridge console", within=".closed")


# -- the views -----------------------------------------------------------------------------------


def test_the_overview_shows_session_readers_and_what_waits_and_ends_the_session(page):
    page.go("overview")
    page.shows("Simulator", "min left", "Sandbox reader", "Work waiting", "Live")
    tile = page.text("main .tile a")
    waiting = "refused,error,manual_action_required,outcome_unknown,partially_accepted"
    path = f"/v1/exchanges?is_processed=false&status={waiting}"
    assert tile.split()[0] == str(page.office.ask("GET", path)["page"]["total"])
    (session,) = page.office.ask("GET", "/v1/ehealth-sessions")["items"]
    page.press(f"end-{session['id']}")
    page.shows("No eHealth session", "The session has ended.")
    page.press("open")
    page.shows("The session is open.")
    page.press("fetch")
    page.shows("The answers were fetched.")


def test_a_row_of_the_history_is_marked_and_news_come_by_themselves(fresh_page):
    page = fresh_page
    page.go("history")
    page.shows("Insurability", "Solidaris", "Christian Mutualities")
    until(lambda: page.has("td a") and "Christian" in page.text("tbody"), what="the row")
    page.go(page.browser.run(WAITING_LINK))
    exchange_id = page.browser.run("return location.hash.split('/').at(-1);")
    path = f"/v1/exchanges/{exchange_id}"
    page.shows("Where it stands", "No decision yet.")
    page.press("mark-1")
    page.shows("The mark is set.")
    assert page.office.ask("GET", path)["processed_at"] is not None
    until(lambda: "Not processed" in page.text("main .buttons"), what="the way back")

    marks = {"exchange_ids": [exchange_id], "mark": "archived"}
    page.office.ask("POST", "/v1/exchanges/marks", marks)
    until(lambda: "Unarchive" in page.text("main .buttons"), what="the event")
    page.press("Show the evidence")
    page.shows("Message sent")
    page.go("history")
    until(lambda: page.has("td a"), what="the list")
    assert exchange_id not in page.browser.run("return document.body.innerHTML;")


def test_what_may_not_have_arrived_is_sent_again_on_a_persons_word_alone(page):
    page.office.play("genasync_lost_answer")
    batch = page.office.batch(range(5, 6), "400")
    page.office.play("normal")
    (exchange_id,) = batch["exchange_ids"]
    path = f"/v1/exchanges/{exchange_id}"

    def status() -> str:
        return page.office.ask("GET", path)["status"]

    until(lambda: status() == "outcome_unknown", what="the silence")
    page.go(f"exchange/{exchange_id}")
    page.shows("Outcome unknown")
    for answer in (".plain", ".danger"):
        page.press("resend")
        until(lambda: page.has("dialog[open]"), what="the question")
        page.browser.click(f"dialog {answer}")
        until(lambda: not page.has("dialog"), what="the end of the question")
        if answer == ".plain":
            assert page.office.ask("GET", path)["attempts"] == 1
    page.shows("The message is released again.")
    until(lambda: status() in {"sent", "received"}, what="the second sending")


def test_the_history_is_filtered_and_searched_for_a_person(fresh_page):
    page = fresh_page
    page.go("history")
    until(lambda: page.has("td a"), what="the list")
    choose = """
      const control = document.querySelector(`[data-key="${given[0]}"]`);
      control.value = given[1];
      control.dispatchEvent(new Event("change"));
    """
    page.browser.run(choose, "insurer", "300")
    page.shows("1 in total")
    page.browser.run(choose, "status", "to_send")
    page.shows("No message fits these filters.")
    page.browser.type('[data-key="person"]', niss_of(0))
    page.browser.click(".filters button")
    page.shows("Solidaris", "1 in total")
    assert niss_of(0) not in page.browser.run("return location.href;")
    searched = page.relay.carried("/v1/exchanges/search")
    assert [each.method for each in searched] == ["POST"]
    assert not [each for each in page.relay.carried(waits=False) if niss_of(0) in each.path]


def test_names_with_markup_in_them_are_texts_and_nothing_runs(page):
    page.go("billing")
    page.shows(PLANTED, "invoices")
    page.go("billing/tree")
    page.shows(PLANTED)
    page.browser.run("document.querySelectorAll('details').forEach(each => { each.open = true; });")
    page.shows("treatment-1", "2026-0001")
    page.go(f"invoice/{page.invoice['id']}")
    page.shows(PLANTED, "Structured communication")
    page.press("ask")
    page.shows("Word of the service", "Asked the service on")
    assert page.browser.run("return [window.planted ?? null, document.images.length];") == [None, 0]
    assert page.browser.run("return document.title;") == "Carebridge"


def test_totals_choose_a_state_and_news_of_the_service_come_by_themselves(page):
    page.go("billing")
    totals = page.office.ask("GET", "/v1/billing-invoices/totals")
    (paid,) = [each for each in totals["states"] if each["state"]["code"] == "paid"]
    page.press("state-paid")
    page.shows(f"{paid['count']} in total")
    page.press("state-paid")
    page.shows(f"{totals['count']} in total")
    page.office.invoice(INVOICES + 1)
    page.shows(f"{totals['count'] + 1} in total", f"2026-{INVOICES + 1:04d}")


def test_connected_software_is_shown_paused_and_disconnected(page):
    page.go("software")
    page.shows("Zorg", GOOD, "Connected", "Calls today")
    (pairing,) = page.office.ask("GET", "/v1/pairings")["items"]
    page.press(f"pause-{pairing['id']}")
    page.shows("Paused", "Resume")
    page.press(f"end-{pairing['id']}")
    until(lambda: page.has("dialog[open]"), what="the question")
    page.browser.click("dialog .danger")
    page.shows("Withdrawn")
    (after,) = page.office.ask("GET", "/v1/pairings")["items"]
    assert after["state"] == "revoked"


def test_practices_are_added_and_registrations_looked_at(page):
    page.go("practice")
    page.shows("Registrations")
    until(lambda: page.has('[data-key="new-practice"]'), what="the form")
    page.browser.type('[data-key="new-practice"]', "Tweede praktijk")
    page.press("add-practice")
    page.shows("It is saved.")
    practices = page.office.ask("GET", "/v1/practices")["items"]
    (made,) = [each for each in practices if each["name"] == "Tweede praktijk"]
    page.press(f"default-{made['id']}")
    until(lambda: page.office.ask("GET", made["links"]["self"])["is_default"], what="the change")

    page.go(page.browser.run(FIRST_LINK))
    page.shows("To be arranged outside Carebridge", "NIHII number", "Nurse")
    (before,) = page.office.ask("GET", "/v1/registrations")["items"]
    page.browser.type(".form .field input", "Eerste")
    page.press("save")
    page.shows("It is saved.")
    (after,) = page.office.ask("GET", "/v1/registrations")["items"]
    assert (after["label"], after["holder"]) == ("Eerste", before["holder"])


def test_health_gives_a_reference_for_support_in_each_language(page):
    for language, title in (
        ("fr", "État"),
        ("nl", "Toestand"),
        ("de", "Zustand"),
        ("en", "Health"),
    ):
        page.browser.run(SPEAK, language)
        page.go("health")
        page.shows(title, within="main h1")
        assert page.browser.run("return document.documentElement.lang;") == language
    page.press("again")
    page.shows("Changes of the last 24 hours")
    reference = page.browser.run("return document.querySelector('#support-reference').value;")
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{2}", reference)
    page.press("copy")
    page.shows("The reference is copied.")
    page.browser.open("about:blank")
    page.browser.open(page.url + "/")
    page.shows("Open this page from Carebridge")  # the language is kept


# -- what others cannot do -----------------------------------------------------------------------


def test_orig_13_a_foreign_page_cannot_lead_the_user_to_the_console(stage):
    """As the user's own opening does above; other ways are in ``test_browser_attacks``."""
    stage.browser.open(EVIL + "/")
    stage.browser.run(LINK, stage.url + "/")
    stage.browser.click("#way")
    seen = until(lambda: stage.relay.carried("/"), what="a request")
    assert {each.code for each in seen} == {REFUSED}
    assert seen[0].sent("sec-fetch-mode") == "navigate"


def test_frame_01_the_console_in_a_frame_of_a_foreign_page_is_refused(stage):
    stage.browser.open(EVIL + "/")
    stage.browser.run(FRAME, stage.url + "/")
    (exchange,) = stage.relay.carried("/")
    assert (exchange.status, exchange.code) == (403, REFUSED)
    assert exchange.sent("sec-fetch-dest") == "iframe"


def test_frame_01_with_metadata_stripped_the_page_itself_refuses_the_frame(stage):
    stage.relay.leaves_out = METADATA
    stage.browser.open(EVIL + "/")
    stage.browser.run(FRAME, stage.url + "/")
    (exchange,) = stage.relay.carried("/")
    assert exchange.status == 200
    assert "frame-ancestors 'none'" in exchange.got("content-security-policy")
    assert not [each for each in stage.relay.carried() if each.path.startswith("/console/")]
    stage.browser.open(stage.url + "/")  # shown on its own it loads its parts, also then
    stage.shows("carebridge console")
    assert [each for each in stage.relay.carried() if each.path.startswith("/console/")]


@pytest.mark.parametrize(
    ("leads_to", "is_cut"),
    [pytest.param("console", True, id="FRAME-02"), pytest.param("other", False, id="another-site")],
)
def test_frame_02_a_window_that_shows_the_console_is_out_of_reach(stage, leads_to, is_cut):
    stage.browser.open(EVIL + "/")
    stage.browser.run("window.held = window.open('/second');")
    first, second = until(
        lambda: len(stage.browser.tabs()) == 2 and stage.browser.tabs(), what="the second tab"
    )
    stage.browser.look_at(second)
    if leads_to == "console":
        stage.sign_in()
        assert stage.browser.run("return window.opener;") is None
    else:
        stage.browser.open(GOOD + "/")
    stage.browser.look_at(first)
    assert stage.browser.run("return window.held.closed;") is is_cut


def test_log_01_nothing_of_patients_tickets_or_tokens_is_in_the_log(stage):
    """The log has each request of the page, and everything that was done for it before."""
    stage.sign_in()
    (exchange,) = stage.relay.carried("/v1/console-sessions")
    ticket = exchange.sent("authorization").removeprefix("Ticket ")
    log = stage.daemon.log.read_text("utf-8")
    assert '"route": "GET /console/{place}/{name}"' in log
    canaries = [FIRST_NAME, "planted", ticket, "cbr_", *(niss_of(each) for each in range(6))]
    assert [each for each in canaries if each in log] == []
