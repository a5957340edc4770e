// What several views are made of: tables, states, notices, buttons that say how it went.

import {fill, freshId, h} from "./dom.js";
import {count, named, say, t} from "./texts.js";

const SIGNS = {
  draft: "✎", to_send: "◷", sent: "➤", received: "✉", acknowledged: "✓", accepted: "✔",
  partially_accepted: "◐", refused: "✖", error: "⚠", manual_action_required: "☞",
  outcome_unknown: "?", settled: "✔", pass: "✔", warn: "⚠", fail: "✖",
};
const TONES = {
  accepted: "good", settled: "good", acknowledged: "good", paid: "good", pass: "good",
  refused: "bad", error: "bad", fail: "bad", loss: "bad", cancelled: "quiet", draft: "quiet",
  partially_accepted: "care", manual_action_required: "care", outcome_unknown: "care",
  reminded: "care", warn: "care",
};

/** Show a state: a sign, a word, and a tone that says nothing more than these. */
export function badge(code, text, sign = SIGNS[code] ?? "•") {
  const tone = TONES[code] ?? "calm";
  return h("span", {class: `badge ${tone}`}, h("span", {class: "sign", "aria-hidden": "true"}, sign), text);
}

/** Show a state of the one vocabulary (D17). */
export const statusBadge = (code) => badge(code, say("status", code));

/** Show a state at a billing service, with the sign the service's states have everywhere. */
export const stateBadge = (state) => badge(state.code, state.text, state.symbol);

/**
 * Make a table that scrolls by itself when the window is narrow.
 *
 * @param {string} caption What it is a table of.
 * @param {Array} columns Pairs of heading and class; a heading of its own for those who hear it.
 * @param {Array} rows Rows of cells; a cell is a text or nodes.
 * @param {string} empty What is said when there are no rows.
 */
export function table(caption, columns, rows, empty = t("nothing_here")) {
  if (rows.length === 0) return h("p", {class: "empty"}, empty);
  const heads = columns.map(([text, kind]) => h("th", {scope: "col", class: kind ?? null}, text));
  const body = rows.map((cells) => row(cells, columns));
  return h("div", {class: "table", tabindex: "0", role: "region", "aria-label": caption},
    h("table", {},
      h("caption", {class: "spoken"}, caption),
      h("thead", {}, h("tr", {}, heads)),
      h("tbody", {}, body)));
}

function row(cells, columns) {
  return h("tr", {}, cells.map((cell, place) => h("td", {class: columns[place][1] ?? null}, cell)));
}

/** Give names and what they are, as a list of descriptions; pairs without a value are left out. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", {class: "facts"}, shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A part of a page with a heading. */
export function card(title, ...children) {
  const id = freshId();
  return h("section", {class: "card", "aria-labelledby": id}, h("h2", {id}, title), children);
}

/** The heading of a page, which takes the focus when the page is shown. */
export function heading(text, ...beside) {
  return h("div", {class: "heading"}, h("h1", {tabindex: "-1"}, text), beside);
}

/** A place where what happens is said, also to those who only hear it. */
export function notice() {
  return h("div", {class: "notice", role: "status"});
}

/** Say a problem: what it is, what to do, and the reference for support. */
export function tellProblem(place, error) {
  const found = error.document ?? {code: "internal_error"};
  const title = found.title ?? say("problems", found.code);
  const ref = found.support_ref ? h("small", {}, t("reference", {ref: found.support_ref})) : null;
  const lines = (found.errors ?? []).map((each) => h("li", {}, `${each.pointer}: ${each.message}`));
  fill(place, h("div", {class: "said bad", role: "alert"},
    h("strong", {}, `${SIGNS.error} ${title}`), found.detail ? h("span", {}, found.detail) : null,
    lines.length > 0 ? h("ul", {}, lines) : null, ref));
}

/** Say that something went well, or how far it is. */
export function tell(place, text, tone = "good", ...further) {
  fill(place, h("div", {class: `said ${tone}`}, text, further));
}

/** A button that works on something and says how it went; it cannot be pressed twice. */
export function action(text, place, work, {kind = "plain", key = null} = {}) {
  const button = h("button", {type: "button", class: kind, "data-key": key ?? text}, text);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await work();
    } catch (error) {
      tellProblem(place, error);
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

/** Ask before something that cannot be taken back; gives whether the user said yes. */
export function confirmed(question, detail, yes) {
  return new Promise((resolve) => {
    const title = freshId();
    const close = (answer) => () => { dialog.close(); resolve(answer); };
    const dialog = h("dialog", {"aria-labelledby": title, on: {cancel: () => resolve(false)}},
      h("h2", {id: title}, question), h("p", {}, detail),
      h("div", {class: "buttons"},
        h("button", {type: "button", class: "plain", autofocus: true, on: {click: close(false)}}, t("cancel")),
        h("button", {type: "button", class: "danger", on: {click: close(true)}}, yes)));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Where one is in a list, and the way to the next page and back. */
export function pager(page, seen, onTurn) {
  const total = t(page.total_is_exact ? "total" : "total_at_least", {count: count(page.total)});
  const turn = (text, to, isThere) => h("button", {
    type: "button", class: "plain", "data-key": text, disabled: !isThere, on: {click: () => onTurn(to)},
  }, text);
  return h("nav", {class: "pager", "aria-label": t("pages")},
    h("span", {}, total),
    turn(t("previous_page"), "back", seen > 0),
    turn(t("next_page"), "next", page.next_cursor !== null));
}

/** Follow an operation and say how far it is; it can be cancelled while that is possible. */
export async function followed(api, operation, place) {
  const show = (current) => {
    const path = current.links.cancellation;
    const cancel = path === null ? null
      : action(t("cancel"), place, () => api.post(path), {key: "cancel-operation"});
    tell(place, current.progress.label, "calm", cancel);
  };
  return api.follow(operation, show);
}

/** Give a code of the interface as people call it. */
export const kindName = (code) => named("kind", code);
