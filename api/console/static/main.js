// The page: signing in with the ticket it was opened with, the frame, and which view is shown.

import {Api} from "./api.js";
import {billing} from "./billing.js";
import {choice, fill, h} from "./dom.js";
import {exchange} from "./exchange.js";
import {health} from "./health.js";
import {history as historyView} from "./history.js";
import {invoice} from "./invoice.js";
import {overview} from "./overview.js";
import {tellProblem} from "./parts.js";
import {practice} from "./practice.js";
import {registration} from "./registration.js";
import {software} from "./software.js";
import {Stream} from "./stream.js";
import {LANGUAGES, NAMES, currentLanguage, loadTexts, t, timeLeft} from "./texts.js";

const SETTLE_MS = 500;
const TICK_MS = 20_000;
const NAVIGATION = ["overview", "history", "billing", "software", "practice", "health"];
const VIEWS = {
  overview, history: historyView, exchange, billing, invoice, software, practice, registration, health,
};
const OPENED_AT = {pairings: "software", registrations: "practice"};
const SHOWN_UNDER = {exchange: "history", invoice: "billing", registration: "practice"};

/** What all views share, for as long as the page is open. */
class App {
  api = new Api(() => this.#showClosed(t("signed_out")));
  kept = new Map();
  #stream = null;
  #view = null;
  #main = h("main", {id: "main"});
  #chip = h("span", {class: "chip", "data-key": "chip"});
  #live = h("span", {class: "live"});
  #session = null;
  #timer = null;
  #isSimulator = false;
  #isReading = false;
  #isStale = false;
  #isLive = false;

  /** Take the ticket out of the address, exchange it, and show the first view. */
  async start() {
    const given = new URLSearchParams(location.hash.slice(1));
    const ticket = given.get("ticket");
    const first = OPENED_AT[given.get("page")];
    history.replaceState(null, "", ticket !== null && first !== undefined ? `/#/${first}` : "/");
    await loadTexts();
    if (ticket === null) return this.#showClosed(null);
    try {
      await this.api.signIn(ticket);
      this.#isSimulator = (await this.api.get("/v1/instance")).is_simulator;
    } catch (error) {
      return this.#showClosed(error);
    }
    addEventListener("hashchange", () => this.show());
    setInterval(() => this.#showSession(), TICK_MS);
    this.#stream = new Stream(this.api, (type, data) => this.#hear(type, data), (isOpen) => this.#showLive(isOpen));
    this.#frame();
    await Promise.all([this.#stream.open(), this.readSession(), this.show()]);
  }

  /** Show the view of the address. */
  async show() {
    if (!this.api.isSignedIn) return;
    const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
    const chosen = Object.hasOwn(VIEWS, name) ? name : "overview";
    for (const link of document.querySelectorAll("nav.side a")) {
      const isHere = link.dataset.view === (SHOWN_UNDER[chosen] ?? chosen);
      link.toggleAttribute("aria-current", isHere);
      if (isHere) link.setAttribute("aria-current", "page");
    }
    const view = VIEWS[chosen](this, ...rest);
    this.#view = view;
    this.#isReading = false;  // what the former view still reads counts no more
    fill(this.#main, view.element);
    this.#main.querySelector("h1")?.focus({preventScroll: true});
    scrollTo(0, 0);
    await this.refresh(view);
  }

  /** Let the view read anew; a second wish meanwhile is granted afterwards, and once. */
  async refresh(view = this.#view) {
    if (view === null) return;
    if (this.#isReading && view === this.#view) {
      this.#isStale = true;
      return;
    }
    this.#isReading = true;
    try {
      await view.refresh();
    } catch (error) {
      if (view === this.#view && this.api.isSignedIn) tellProblem(view.notice, error);
    } finally {
      this.#isReading = false;
    }
    if (this.#isStale) {
      this.#isStale = false;
      await this.refresh();
    }
  }

  /** Read the sessions that are open, for the frame and the overview. */
  async readSession() {
    const {items} = await this.api.get("/v1/ehealth-sessions");
    const open = items.filter((each) => each.state === "open");
    this.#session = open[0] ?? null;
    this.#showSession();
    return open;
  }

  #hear(type, data) {
    if (type.startsWith("ehealth_session.") || type === "resync") this.readSession().catch(() => {});
    if (type === "daemon.stopping") this.#showLive(false);
    const view = this.#view;
    if (view === null || !(type === "resync" || view.hears(type, data))) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(view), SETTLE_MS);
  }

  #frame() {
    const links = NAVIGATION.map((name) =>
      h("li", {}, h("a", {href: `#/${name}`, "data-view": name}, t(`nav_${name}`))));
    const language = choice(LANGUAGES.map((each) => [each, NAMES[each]]), currentLanguage(), {
      id: "language",
      on: {change: (event) => this.#speak(event.target.value)},
    });
    fill(document.body,
      h("a", {class: "skip", href: "#main", on: {click: (event) => this.#skip(event)}}, t("skip")),
      h("header", {},
        h("span", {class: "brand"}, h("span", {class: "mark", "aria-hidden": "true"}), "Carebridge"),
        this.#chip,
        h("div", {class: "tools"}, this.#live,
          h("label", {for: "language", class: "spoken"}, t("language")), language,
          h("button", {type: "button", class: "plain", on: {click: () => this.api.signOut()}}, t("close")))),
      this.#isSimulator ? h("p", {class: "banner", role: "note"}, t("simulator")) : null,
      h("div", {class: "frame"}, h("nav", {class: "side", "aria-label": t("views")}, h("ul", {}, links)), this.#main));
    this.#showSession();
    this.#showLive();
  }

  #skip(event) {
    event.preventDefault();
    this.#main.querySelector("h1")?.focus();
  }

  async #speak(language) {
    await loadTexts(language);
    this.#frame();
    await this.show();
    document.getElementById("language").focus();
  }

  #showSession() {
    const session = this.#session;
    const left = session === null ? 0 : (Date.parse(session.expires_at) - Date.now()) / 1000;
    const isOpen = left > 0;
    this.#chip.className = isOpen ? "chip good" : "chip quiet";
    const text = isOpen ? t("session_chip", {left: timeLeft(left)}) : t("session_none");
    fill(this.#chip, h("span", {"aria-hidden": "true"}, isOpen ? "● " : "○ "), text);
  }

  #showLive(isOpen = this.#isLive) {
    this.#isLive = isOpen;
    fill(this.#live, h("span", {"aria-hidden": "true"}, isOpen ? "● " : "○ "), t(isOpen ? "live" : "not_live"));
  }

  /** Nobody is signed in: say how to open the page, and nothing else (SEC-48). */
  #showClosed(why) {
    this.#stream?.close();
    this.#view = null;
    const place = h("div", {class: "notice", role: "status"});
    fill(document.body, h("main", {class: "closed"},
      h("p", {class: "brand"}, h("span", {class: "mark", "aria-hidden": "true"}), "Carebridge"),
      h("h1", {tabindex: "-1"}, t("closed_title")), place,
      h("p", {}, t("closed_tray")), h("p", {}, t("closed_command")), h("pre", {}, "carebridge console"),
      h("p", {class: "hint"}, t("closed_why"))));
    if (why instanceof Error) tellProblem(place, why);
    else if (why !== null) fill(place, h("p", {class: "said calm"}, why));
  }
}

new App().start();
