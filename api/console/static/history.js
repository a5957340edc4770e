// The history: one row for each message and what came back.

import {choice, field, fill, h} from "./dom.js";
import {filtersOf} from "./overview.js";
import {action, heading, kindName, notice, pager, statusBadge, table, tell} from "./parts.js";
import {insurerName, moment, say, t} from "./texts.js";

const STATUSES = [
  "to_send", "sent", "received", "acknowledged", "accepted", "partially_accepted", "refused",
  "error", "manual_action_required", "outcome_unknown", "settled",
];
const KINDS = ["insurability_batch", "care_request", "invoice_batch", "billing_invoice"];
const UNIONS = ["100", "200", "300", "400", "500", "600", "900"];
const FLAGS = ["is_read", "is_processed", "is_archived"];
const MARKS = ["read", "unread", "processed", "unprocessed", "archived", "unarchived"];
const EMPTY = {status: "", kind: "", insurer: "", is_read: "", is_processed: "", is_archived: "false"};

/** The view; `list` with a kind of waiting work shows only that. */
export function history(app, mode, key) {
  const {api} = app;
  const said = notice();
  const chosen = app.kept.get("history") ?? {...EMPTY};
  if (mode === "list" && filtersOf(key) !== null) Object.assign(chosen, EMPTY, {is_archived: ""}, filtersOf(key));
  app.kept.set("history", chosen);
  const marked = new Set();
  const list = h("div", {});
  const form = h("form", {class: "filters", "aria-label": t("filters"), on: {submit: (event) => event.preventDefault()}});
  let cursors = [null];
  let person = "";

  const reset = async () => {
    cursors = [null];
    marked.clear();
    await app.refresh();
  };

  function select(name, label, options) {
    const known = options.some(([value]) => value === chosen[name]);
    const all = known ? options : [...options, [chosen[name], t("several")]];
    const control = choice(all, chosen[name], {"data-key": name});
    control.addEventListener("change", () => {
      chosen[name] = control.value;
      person = "";
      reset();
    });
    return field(label, control);
  }

  function showForm() {
    const either = [["", t("all")], ["true", t("yes")], ["false", t("no")]];
    const number = h("input", {
      type: "text", inputmode: "numeric", autocomplete: "off", maxlength: 15, value: person, "data-key": "person",
    });
    const search = h("button", {type: "submit", class: "plain"}, t("search"));
    fill(form,
      select("kind", say("columns", "kind"), [["", t("all")], ...KINDS.map((each) => [each, kindName(each)])]),
      select("status", say("columns", "status"), [["", t("all")], ...STATUSES.map((each) => [each, say("status", each)])]),
      select("insurer", say("columns", "insurer"), [["", t("all")], ...UNIONS.map((each) => [each, insurerName(each)])]),
      FLAGS.map((each) => select(each, t(each), either)),
      h("div", {class: "field search"}, field(t("person_number"), number, t("person_number_hint")), search));
    form.onsubmit = (event) => {
      event.preventDefault();
      person = number.value.replace(/\D/g, "");
      reset();
    };
  }

  async function read() {
    if (person !== "") return api.post("/v1/exchanges/search", {niss: person, limit: 50});
    return api.get("/v1/exchanges", {...chosen, limit: 25, cursor: cursors.at(-1)});
  }

  const mark = (name) => async () => {
    if (marked.size === 0) {
      tell(said, t("choose_rows"), "calm");
      return;
    }
    await api.post("/v1/exchanges/marks", {exchange_ids: [...marked], mark: name});
    tell(said, t("marks_set", {count: marked.size}));
    marked.clear();
    await app.refresh();
  };

  function box(row) {
    const control = h("input", {
      type: "checkbox", checked: marked.has(row.id), "data-key": `box-${row.id}`,
      "aria-label": t("choose_row", {kind: kindName(row.kind), at: moment(row.created_at)}),
    });
    control.addEventListener("change", () => (control.checked ? marked.add(row.id) : marked.delete(row.id)));
    return control;
  }

  function show(found) {
    const rows = found.items.map((row) => [
      box(row),
      h("a", {href: `#/exchange/${row.id}`, "data-key": row.id}, moment(row.sent_at ?? row.created_at)),
      kindName(row.kind),
      row.insurer === "" ? "–" : insurerName(row.insurer),
      row.items,
      [statusBadge(row.status), row.send_status.length > 0 ? h("small", {}, ` ${row.send_status.at(-1).title}`) : null],
      moment(row.answered_at),
      marksOf(row),
    ]);
    const columns = [
      [h("span", {class: "spoken"}, t("choose"))], [t("sent_or_made"), "tight"], [say("columns", "kind")],
      [say("columns", "insurer")], [say("columns", "items"), "number"], [say("columns", "status")],
      [say("columns", "answered_at"), "tight"], [t("marks")],
    ];
    const buttons = MARKS.map((each) => action(t(`mark_${each}`), said, mark(each), {key: `mark-${each}`}));
    fill(list,
      h("div", {class: "buttons small", role: "group", "aria-label": t("mark_chosen")}, h("span", {}, t("mark_chosen")), buttons),
      table(t("nav_history"), columns, rows, t("history_empty")),
      pager(found.page, cursors.length - 1, (to) => {
        if (to === "next") cursors.push(found.page.next_cursor);
        else cursors.pop();
        marked.clear();
        app.refresh();
      }));
  }

  showForm();
  return {
    element: h("div", {}, heading(t("nav_history")), form, said, list),
    notice: said,
    hears: (type) => type === "exchange.updated" || type === "response.received",
    refresh: async () => show(await read()),
  };
}

/** Show which marks people have set, as words. */
export function marksOf(row) {
  const set = [["read_at", "read"], ["processed_at", "processed"], ["archived_at", "archived"]]
    .filter(([member]) => row[member] !== null)
    .map(([, name]) => h("span", {class: "mark-set"}, t(`marked_${name}`)));
  return set.length === 0 ? h("span", {class: "empty"}, "–") : h("span", {class: "marks"}, set);
}
