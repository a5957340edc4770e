// Invoices at billing services: sums per state, the list, patients as a tree, the services.

import {choice, field, fill, h} from "./dom.js";
import {action, card, heading, notice, pager, stateBadge, table, tell} from "./parts.js";
import {amount, count, day, moment, say, t} from "./texts.js";

const TABS = ["invoices", "tree", "services"];
const EMPTY = {state: "", billing_service_id: "", has_findings: ""};

/** The view, with one of three parts. */
export function billing(app, part) {
  const {api} = app;
  const tab = TABS.includes(part) ? part : "invoices";
  const said = notice();
  const totals = h("div", {});
  const body = h("div", {});
  const chosen = app.kept.get("billing") ?? {...EMPTY};
  app.kept.set("billing", chosen);
  const opened = app.kept.get("opened") ?? new Set();
  app.kept.set("opened", opened);
  let cursors = [null];
  let services = [];

  const choose = (name, value) => {
    chosen[name] = value;
    cursors = [null];
    app.refresh();
  };

  function showTotals(found) {
    const tile = (each) => h("li", {class: each.count > 0 ? "tile" : "tile none"},
      h("button", {
        type: "button", "aria-pressed": String(chosen.state === each.state.code), "data-key": `state-${each.state.code}`,
        on: {click: () => choose("state", chosen.state === each.state.code ? "" : each.state.code)},
      }, h("strong", {}, count(each.count)), stateBadge(each.state), h("span", {}, amount(each.total_cents))));
    fill(totals,
      h("ul", {class: "tiles states"}, found.states.map(tile)),
      h("p", {class: "sum"}, t("billing_sum", {
        count: count(found.count), total: amount(found.total_cents), paid: amount(found.paid_cents),
      })));
  }

  function filters() {
    const select = (name, label, options) => field(label, choice(options, chosen[name], {
      "data-key": name, on: {change: (event) => choose(name, event.target.value)},
    }));
    return h("form", {class: "filters", "aria-label": t("filters"), on: {submit: (event) => event.preventDefault()}},
      select("billing_service_id", t("billing_service"), [["", t("all")], ...services.map((each) => [each.id, each.name])]),
      select("has_findings", t("has_findings"), [["", t("all")], ["true", t("yes")], ["false", t("no")]]));
  }

  async function readInvoices() {
    const query = {...chosen, fields: "*,patient", limit: 25, cursor: cursors.at(-1)};
    const found = await api.get("/v1/billing-invoices", query);
    const rows = found.items.map((each) => [
      h("a", {href: `#/invoice/${each.id}`, "data-key": each.id}, each.number), personOf(each), day(each.issued_on),
      amount(each.total_cents), amount(each.paid_cents), [stateBadge(each.state), remarks(each)], day(each.changed_at?.slice(0, 10)),
    ]);
    const columns = [
      [t("number"), "tight"], [t("patient")], [t("issued"), "tight"], [t("amount"), "number"], [t("paid"), "number"],
      [say("columns", "status")], [say("columns", "updated_at"), "tight"],
    ];
    return [filters(), table(t("billing_invoices"), columns, rows, t("billing_empty")), pager(found.page, cursors.length - 1, (to) => {
      if (to === "next") cursors.push(found.page.next_cursor);
      else cursors.pop();
      app.refresh();
    })];
  }

  const renew = (branch) => async () => {
    const member = branch.kind === "estimate" ? "estimate_ref" : "treatment_ref";
    const found = await api.post("/v1/billing-tree/refresh", {[member]: branch.ref});
    await app.refresh();
    tell(said, t("fetched_at", {at: moment(found.fetched_at)}));
  };

  function fold(key, summary, ...inside) {
    const made = h("details", {open: opened.has(key)}, h("summary", {"data-key": `fold-${key}`}, summary), inside);
    made.addEventListener("toggle", () => (made.open ? opened.add(key) : opened.delete(key)));
    return made;
  }

  function branchOf(person, branch) {
    const rows = branch.invoices.map((each) => [
      h("a", {href: `#/invoice/${each.id}`, "data-key": each.id}, each.number), day(each.issued_on),
      amount(each.total_cents), amount(each.paid_cents), [stateBadge(each.state), remarks(each)],
    ]);
    const columns = [[t("number"), "tight"], [t("issued"), "tight"], [t("amount"), "number"], [t("paid"), "number"], [say("columns", "status")]];
    const name = branch.ref === null ? t("branch_none") : `${t(`branch_${branch.kind}`)} ${branch.ref}`;
    return fold(`${person.patient_ref}/${branch.ref}`, `${name} (${count(rows.length)})`, table(name, columns, rows),
      branch.ref === null ? null : action(t("ask_service"), said, renew(branch), {key: `renew-${branch.ref}`}));
  }

  async function readTree() {
    const found = await api.get("/v1/billing-tree", {fields: "*,patient", limit: 25, cursor: cursors.at(-1)});
    const people = found.items.map((each) => h("li", {},
      fold(each.patient_ref, personOf(each), each.branches.map((branch) => branchOf(each, branch)))));
    return [
      people.length === 0 ? h("p", {class: "empty"}, t("billing_empty")) : h("ul", {class: "tree"}, people),
      pager(found.page, cursors.length - 1, (to) => {
        if (to === "next") cursors.push(found.page.next_cursor);
        else cursors.pop();
        app.refresh();
      }),
    ];
  }

  const synchronise = (each) => async () => {
    const {document, tag} = await api.read(each.links.self);
    await api.patch(each.links.self, {is_synchronised: !document.is_synchronised}, tag);
    await app.refresh();
  };

  function serviceCard(each) {
    const sync = each.synchronisation;
    return card(each.name,
      h("p", {}, each.is_synchronised ? t("sync_on") : t("sync_off")),
      sync.problem_code === null ? null : h("p", {class: "said bad"}, say("problems", sync.problem_code)),
      h("dl", {class: "facts"},
        [[t("billing_invoices"), count(each.invoices_count)], [t("unknown_invoices"), count(each.unknown_invoices_count)],
          [t("last_sync"), moment(sync.last_run_at)], [t("address"), each.base_url]]
          .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h("div", {class: "buttons"},
        action(each.is_synchronised ? t("sync_stop") : t("sync_start"), said, synchronise(each), {key: `sync-${each.id}`})));
  }

  const readers = {
    invoices: readInvoices,
    tree: readTree,
    services: async () => (services.length === 0 ? h("p", {class: "empty"}, t("no_service")) : services.map(serviceCard)),
  };

  const links = TABS.map((name) => h("li", {},
    h("a", {href: `#/billing/${name}`, "aria-current": name === tab ? "page" : null}, t(`tab_${name}`))));
  return {
    element: h("div", {}, heading(t("nav_billing")), totals,
      h("nav", {class: "tabs", "aria-label": t("nav_billing")}, h("ul", {}, links)), said, body),
    notice: said,
    hears: (type) => type.startsWith("billing_"),
    async refresh() {
      const [sums, known] = await Promise.all([
        api.get("/v1/billing-invoices/totals", {...chosen, state: ""}), api.get("/v1/billing-services"),
      ]);
      services = known.items;
      showTotals(sums);
      fill(body, await readers[tab]());
    },
  };
}

/** Give who is billed; only ever a text in the page. */
export function personOf(each) {
  return each.patient ? `${each.patient.last_name} ${each.patient.first_name}` : each.patient_ref;
}

function remarks(each) {
  const reminders = each.reminders?.count ?? each.reminders_count ?? 0;
  const plan = each.has_instalments ?? each.instalments !== null;
  return h("small", {class: "remarks"}, [
    reminders > 0 ? h("span", {}, t("reminders", {count: reminders})) : null,
    plan ? h("span", {}, t("has_instalments")) : null,
    each.findings_count > 0 ? h("span", {}, `⚠ ${t("findings_count", {count: each.findings_count})}`) : null,
  ]);
}
