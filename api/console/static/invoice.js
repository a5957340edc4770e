// One invoice at a billing service: where it stands, instalments, history, and what the service says.

import {personOf} from "./billing.js";
import {fill, h} from "./dom.js";
import {action, badge, card, facts, heading, notice, stateBadge, statusBadge, table, tell} from "./parts.js";
import {amount, day, moment, say, t} from "./texts.js";

/** The view of one invoice. */
export function invoice(app, id) {
  const {api} = app;
  const path = `/v1/billing-invoices/${encodeURIComponent(id)}`;
  const said = notice();
  const body = h("div", {});
  const live = h("div", {"aria-live": "polite"});

  const ask = async () => {
    const found = await api.get(`${path}/service-information`);
    showLive(found);
    show(found.invoice);
    tell(said, t("fetched_at", {at: moment(found.fetched_at)}));
  };

  function showLive(found) {
    const words = found.said;
    fill(live, words === null ? h("p", {class: "said care"}, t("not_known_there")) : facts([
      [t("fetched_head"), moment(found.fetched_at)],
      [say("columns", "status"), words.state === null ? words.raw_state : stateBadge(words.state)],
      [t("service_word"), words.raw_state],
      [t("changed_there"), moment(words.changed_at)],
      [t("amount"), amount(words.amount_cents)],
      [t("paid"), amount(words.paid_cents)],
      [t("reminders_head"), words.reminders.count],
      [t("service_reference"), words.service_ref],
    ]));
  }

  function show(each) {
    fill(body,
      h("div", {class: "columns"},
        card(t("where_it_stands"), h("p", {class: "big"}, stateBadge(each.state)), standing(each)),
        card(t("invoice_title"), described(each))),
      instalments(each.instalments),
      findings(each.findings),
      card(t("service_information"), h("p", {}, t("service_information_text")),
        action(t("service_information_show"), said, ask, {kind: "main", key: "ask"}), live),
      card(t("course"), table(t("course"), [[t("changed_there")], [t("learned")], [say("columns", "status")], [t("paid"), "number"]],
        each.history.map((one) => [moment(one.changed_at), moment(one.at), stateBadge(one.state), amount(one.paid_cents)]))));
  }

  return {
    element: h("div", {}, heading(t("invoice_title"), h("a", {href: "#/billing"}, t("back_to_billing"))), said, body),
    notice: said,
    hears: (type, data) => type === "billing_invoice.updated" && data.object_id === id,
    refresh: async () => show(await api.get(path)),
  };
}

function standing(each) {
  return facts([
    [t("amount"), amount(each.total_cents)],
    [t("paid"), amount(each.paid_cents)],
    [t("reminders_head"), each.reminders.count === 0 ? null : `${each.reminders.count} (${day(each.reminders.last_on)})`],
    [t("loss_on"), each.loss_on === null ? null : day(each.loss_on)],
    [t("paid_on"), each.paid_on === null ? null : day(each.paid_on)],
    [t("cancelled_on"), each.cancelled_on === null ? null : day(each.cancelled_on)],
    [t("sending"), statusBadge(each.status)],
    [t("synchronised"), each.is_synchronised ? t("yes") : t("no")],
    [t("heard"), moment(each.heard_at)],
  ]);
}

function described(each) {
  return facts([
    [t("number"), each.number],
    [t("patient"), personOf(each)],
    [t("issued"), day(each.issued_on)],
    [t("due"), day(each.due_on)],
    [t("payment_reference"), each.payment_reference],
    [t("branch_treatment"), each.treatment_ref],
    [t("branch_estimate"), each.estimate_ref],
    [t("message"), h("a", {href: `#/exchange/${each.links.exchange.split("/").at(-1)}`}, t("exchange_title"))],
  ]);
}

function instalments(plan) {
  if (plan === null) return null;
  const rows = plan.items.map((each) => [
    each.number, day(each.due_on), amount(each.amount_cents),
    each.paid_on === null ? badge("sent", t("instalment_open"), "○") : badge("paid", day(each.paid_on), "✔"),
  ]);
  const label = t("instalments_progress", {paid: plan.paid_count, all: plan.instalments_count});
  return card(t("instalments"),
    h("p", {}, label, " ", amount(plan.paid_cents), " / ", amount(plan.total_cents)),
    h("progress", {max: plan.total_cents, value: plan.paid_cents, "aria-label": label}),
    table(t("instalments"), [[t("number")], [t("due")], [t("amount"), "number"], [t("paid")]], rows));
}

function findings(found) {
  if (found.length === 0) return null;
  return card(t("findings"), h("p", {}, t("findings_text")),
    table(t("findings"), [[t("when")], [t("what")], [t("service_word")]],
      found.map((each) => [moment(each.at), [h("strong", {}, each.title), h("br"), each.detail], each.raw_state ?? "–"])));
}
