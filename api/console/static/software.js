// Connected software: what it may do, when it last called, and taking that away again.

import {fill, h} from "./dom.js";
import {action, badge, card, confirmed, heading, notice, pager, tell} from "./parts.js";
import {count, moment, scopeName, t} from "./texts.js";

const CONNECTED = "approved";

/** The view: nothing is approved here, that is for the window and the command line (D10). */
export function software(app) {
  const {api} = app;
  const said = notice();
  const list = h("div", {});
  let cursors = [null];

  const disconnect = (each) => async () => {
    if (!await confirmed(t("disconnect_question"), t("disconnect_detail", {name: each.display_name}), t("disconnect"))) return;
    await api.delete(each.links.self);
    tell(said, t("disconnected"));
    await app.refresh();
  };

  const pause = (each) => async () => {
    if (each.is_paused) await api.delete(`${each.links.self}/pause`);
    else await api.put(`${each.links.self}/pause`);
    tell(said, each.is_paused ? t("resumed") : t("paused"), "calm");
    await app.refresh();
  };

  function one(each) {
    const isConnected = each.state === CONNECTED;
    const buttons = isConnected ? h("div", {class: "buttons"},
      action(each.is_paused ? t("resume") : t("pause"), said, pause(each), {key: `pause-${each.id}`}),
      action(t("disconnect"), said, disconnect(each), {kind: "danger", key: `end-${each.id}`})) : null;
    const state = each.is_paused ? badge("warn", t("pairing_paused"), "❙❙") : badge(tone(each.state), t(`pairing_${each.state}`));
    return card(each.display_name,
      h("p", {}, state, " ", each.origin === null ? t("client_native") : h("code", {}, each.origin)),
      each.state === "pending" ? h("p", {class: "said care"}, t("pairing_waits")) : null,
      h("dl", {class: "facts"}, [
        [t("connected_at"), moment(each.created_at)], [t("last_used"), moment(each.last_used_at)],
        [t("calls_today"), count(each.calls_today ?? 0)], [t("expires"), moment(each.expires_at)],
      ].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h("details", {}, h("summary", {"data-key": `scopes-${each.id}`}, t("may_do", {count: each.scopes.length})),
        h("ul", {}, each.scopes.map((scope) => h("li", {}, scopeName(scope))))),
      buttons);
  }

  return {
    element: h("div", {}, heading(t("nav_software")), h("p", {}, t("software_text")), said, list),
    notice: said,
    hears: (type) => type === "pairing.changed",
    async refresh() {
      const found = await api.get("/v1/pairings", {limit: 25, cursor: cursors.at(-1)});
      fill(list, found.items.length === 0 ? h("p", {class: "empty"}, t("no_software")) : h("div", {class: "columns"}, found.items.map(one)),
        pager(found.page, cursors.length - 1, (to) => {
          if (to === "next") cursors.push(found.page.next_cursor);
          else cursors.pop();
          app.refresh();
        }));
    },
  };
}

function tone(state) {
  if (state === CONNECTED) return "accepted";
  return state === "blocked" ? "refused" : "draft";
}
