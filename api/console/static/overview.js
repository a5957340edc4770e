// Where one stands: session, readers, what waits, and whether everything works.

import {choice, field, fill, h} from "./dom.js";
import {action, badge, card, facts, followed, heading, notice, tell} from "./parts.js";
import {checkName, count, moment, named, say, t, timeLeft} from "./texts.js";

const FULL_S = 12 * 3600;
const WORK = [
  ["work_attention", "history", {
    status: "refused,error,manual_action_required,outcome_unknown,partially_accepted", is_processed: "false",
  }],
  ["work_unread", "history", {
    status: "accepted,acknowledged,partially_accepted,refused,manual_action_required,settled", is_read: "false",
  }],
  ["work_to_send", "history", {status: "to_send"}],
  ["work_waiting", "history", {status: "sent,received"}],
];
const FURTHER = [
  ["work_updates", "/v1/care-updates", {is_processed: "false"}, null],
  ["work_settlements", "/v1/settlements", {is_processed: "false"}, null],
  ["work_agreements", "/v1/care-agreements", {state: "expiring"}, null],
  ["work_billing", "/v1/billing-invoices", {has_findings: "true"}, "#/billing"],
];

/** The view: it hears of sessions, cards, answers and health. */
export function overview(app) {
  const {api} = app;
  const said = notice();
  const session = card(t("session_title"));
  const readers = card(t("readers_title"));
  const work = card(t("work_title"));
  const state = card(t("health_title"));
  work.classList.add("wide");
  const [sessionBody, readersBody, workBody, stateBody] = [session, readers, work, state].map((place) => {
    const body = h("div", {});
    place.append(body);
    return body;
  });

  const openSession = (registrationId) => async () => {
    const body = registrationId() === null ? {} : {registration_id: registrationId()};
    await followed(api, await api.post("/v1/ehealth-sessions", body), said);
    tell(said, t("session_opened"));
    await app.refresh();
    await app.readSession();
  };

  const endSession = (each) => async () => {
    await api.delete(each.links.self);
    tell(said, t("session_ended"), "calm");
    await app.refresh();
    await app.readSession();
  };

  const fetchNow = async () => {
    await followed(api, await api.post("/v1/response-fetches"), said);
    tell(said, t("fetched"));
    await app.refresh();
  };

  function showSession(open, registrations) {
    const chosen = registrations.length > 1
      ? choice(registrations.map((each) => [each.id, registrationName(each)]),
        registrations.find((each) => each.is_default)?.id)
      : null;
    const wanted = () => chosen?.value ?? null;
    fill(sessionBody,
      open.length === 0 ? h("p", {}, t("session_closed_text")) : open.map((each) => openOne(each)),
      chosen === null ? null : field(t("registration"), chosen),
      h("div", {class: "buttons"},
        action(t("session_open"), said, openSession(wanted), {kind: open.length === 0 ? "main" : "plain", key: "open"}),
        action(t("fetch_now"), said, fetchNow, {key: "fetch"})));
  }

  function openOne(each) {
    const left = Math.max(0, (Date.parse(each.expires_at) - Date.now()) / 1000);
    return h("div", {class: "session"},
      h("p", {class: "big"}, badge("pass", t("session_is_open")), " ", timeLeft(left)),
      h("meter", {min: 0, max: FULL_S, low: 3600, optimum: FULL_S, value: left, "aria-label": t("session_left")}),
      facts([
        [t("holder"), `${each.holder.first_name} ${each.holder.last_name}`],
        [t("nihii"), each.holder.nihii],
        [t("registration_kind"), named("registration", each.registration_kind)],
        [t("open_until"), moment(each.expires_at)],
      ]),
      h("div", {class: "buttons"}, action(t("session_end"), said, endSession(each), {key: `end-${each.id}`})));
  }

  function showReaders(items) {
    fill(readersBody, items.length === 0 ? h("p", {class: "empty"}, t("no_reader"))
      : h("ul", {class: "plain-list"}, items.map((each) => h("li", {},
        h("strong", {}, each.name), h("span", {}, cardText(each)),
        each.has_keypad ? h("small", {}, t("keypad")) : null))));
  }

  async function showWork() {
    const total = async (path, query) => (await api.get(path, {...query, limit: 1})).page.total;
    const rows = [
      ...WORK.map(([key, , query]) => [key, "/v1/exchanges", query, `#/history/list/${key}`]),
      ...FURTHER,
    ];
    const counts = await Promise.all(rows.map(([, path, query]) => total(path, query)));
    const tile = ([key, , , link], place) => {
      const inside = [h("strong", {}, count(counts[place])), h("span", {}, t(key))];
      return h("li", {class: counts[place] > 0 ? "tile" : "tile none"},
        link === null ? h("div", {}, inside) : h("a", {href: link, "data-key": key}, inside));
    };
    fill(workBody, h("ul", {class: "tiles"}, rows.map(tile)));
  }

  function showState(report) {
    const remarks = Object.entries(report.checks)
      .flatMap(([name, entries]) => entries.map((entry) => [name, entry]))
      .filter(([, entry]) => entry.status !== "pass");
    fill(stateBody,
      h("p", {}, badge(report.status, say("health", report.status))),
      remarks.length === 0 ? null : h("ul", {class: "plain-list"}, remarks.map(([name, entry]) => h("li", {},
        h("strong", {}, checkName(name)), h("span", {}, say("problems", entry.output))))),
      h("p", {}, h("a", {href: "#/health"}, t("to_health"))));
  }

  return {
    element: h("div", {}, heading(t("nav_overview")), said, h("div", {class: "columns"}, session, h("div", {class: "stack"}, readers, state), work)),
    notice: said,
    hears: (type) => /^(ehealth_session|reader|card|exchange|response|settlement|care_update|billing_invoice|health)\./.test(type),
    async refresh() {
      const [open, registrations, found, report] = await Promise.all([
        app.readSession(), api.get("/v1/registrations"), api.get("/v1/readers"), api.get("/v1/health"), showWork(),
      ]);
      showSession(open, registrations.items);
      showReaders(found.items);
      showState(report);
    },
  };
}

/** Filters of the history for a kind of waiting work; `null` for none. */
export function filtersOf(key) {
  return WORK.find(([name]) => name === key)?.[2] ?? null;
}

function registrationName(each) {
  return each.label || `${each.holder.name} – ${named("registration", each.kind)}`;
}

function cardText(reader) {
  if (reader.state === "card_held") return t("card_held");
  return reader.card === null ? t("card_none") : named("card", reader.card.kind);
}
