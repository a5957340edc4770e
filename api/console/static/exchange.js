// One exchange: where it stands, what came back, and what a person may do with it.

import {fill, h} from "./dom.js";
import {marksOf} from "./history.js";
import {action, badge, card, confirmed, facts, heading, kindName, notice, statusBadge, table, tell} from "./parts.js";
import {insurerName, moment, named, say, t} from "./texts.js";

const RESENDABLE = new Set(["error", "outcome_unknown"]);
const SUBJECTS = {"/v1/billing-invoices/": "#/invoice/"};

/** The view of one exchange. */
export function exchange(app, id) {
  const {api} = app;
  const path = `/v1/exchanges/${encodeURIComponent(id)}`;
  const said = notice();
  const body = h("div", {});
  const evidence = h("div", {});

  const mark = (name) => async () => {
    await api.post("/v1/exchanges/marks", {exchange_ids: [id], mark: name});
    tell(said, t("mark_set"));
    await app.refresh();
  };

  const resend = async () => {
    if (!await confirmed(t("resend_question"), t("resend_detail"), t("resend"))) return;
    await api.post(`${path}/resending`, {}, {once: true});
    tell(said, t("resent"));
    await app.refresh();
  };

  const showEvidence = async () => {
    const {items} = await api.get(`${path}/evidence`);
    const rows = items.map((piece) => [
      named("evidence", piece.kind), moment(piece.created_at), piece.media_type,
      h("button", {type: "button", class: "plain", on: {click: () => save(piece)}}, t("save")),
    ]);
    fill(evidence, table(t("evidence"), [[t("what")], [t("when")], [t("form")], [t("file")]], rows));
  };

  function buttons(row) {
    const flip = (member, on, off) => (row[member] === null ? on : off);
    const marks = [
      flip("read_at", "read", "unread"), flip("processed_at", "processed", "unprocessed"),
      flip("archived_at", "archived", "unarchived"),
    ];
    return h("div", {class: "buttons"},
      marks.map((each, place) => action(t(`mark_${each}`), said, mark(each), {key: `mark-${place}`})),
      RESENDABLE.has(row.status) ? action(t("resend"), said, resend, {kind: "main", key: "resend"}) : null);
  }

  function show(row) {
    fill(body,
      card(t("where_it_stands"), h("p", {class: "big"}, statusBadge(row.status)), buttons(row), facts([
        [say("columns", "kind"), kindName(row.kind)],
        [say("columns", "insurer"), row.insurer === "" ? "" : insurerName(row.insurer)],
        [say("columns", "items"), row.items],
        [say("columns", "sent_at"), moment(row.sent_at)],
        [say("columns", "answered_at"), moment(row.answered_at)],
        [say("columns", "has_receipt"), row.has_receipt ? t("yes") : t("no")],
        [t("next_attempt"), row.next_attempt_at === null ? null : moment(row.next_attempt_at)],
        [say("columns", "input_reference"), row.input_reference],
        [t("marks"), marksOf(row)],
        [t("belongs_to"), subject(row.links.subject)],
      ])),
      trouble(row),
      card(t("decisions"), table(t("decisions"), [[t("when")], [say("columns", "status")]],
        row.decisions.map((each) => [moment(each.at), statusBadge(each.status)]), t("no_decision"))),
      card(t("answers"), answers(row.responses)),
      card(t("evidence"), h("p", {}, t("evidence_text")),
        action(t("evidence_show"), said, showEvidence), evidence));
  }

  return {
    element: h("div", {},
      heading(t("exchange_title"), h("a", {href: "#/history"}, t("back_to_history"))), said, body),
    notice: said,
    hears: (type, data) => (type === "exchange.updated" || type === "response.received")
      && (data.object_id === id || type === "response.received"),
    refresh: async () => show(await api.get(path)),
  };
}

function subject(path) {
  const known = Object.entries(SUBJECTS).find(([start]) => path?.startsWith(start));
  return known === undefined ? null : h("a", {href: known[1] + path.slice(known[0].length)}, t("invoice_title"));
}

function trouble(row) {
  if (row.problem === null && row.send_status.length === 0 && row.prerequisites.length === 0) return null;
  return card(t("trouble"),
    row.problem === null ? null : h("div", {class: "said bad"}, h("strong", {}, row.problem.title), h("span", {}, row.problem.detail)),
    table(t("trouble"), [[t("when")], [t("what")], [t("remote_code")]],
      row.send_status.map((each) => [moment(each.at), [h("strong", {}, each.title), h("br"), each.detail], each.remote_code ?? "–"]), ""),
    row.prerequisites.length === 0 ? null
      : [h("h3", {}, t("prerequisites")), h("ul", {}, row.prerequisites.map((each) => h("li", {}, each.text)))]);
}

function answers(responses) {
  const rows = responses.map((each) => [
    moment(each.received_at), named("response", each.kind),
    each.is_readable ? badge("pass", t("readable")) : badge("fail", t("unreadable")),
    each.findings.length === 0 ? "–" : h("ul", {}, each.findings.map((one) => h("li", {}, one.text ?? one.title ?? one.code))),
    each.confirmed_at === null ? t("no") : moment(each.confirmed_at),
  ]);
  return table(t("answers"), [[t("when")], [say("columns", "kind")], [t("readable_head")], [t("findings")], [t("confirmed_head")]],
    rows, t("no_answer"));
}

/** Let the browser save a piece of evidence; its name says nothing about anybody. */
function save(piece) {
  const bytes = Uint8Array.from(atob(piece.content_base64), (each) => each.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], {type: "application/octet-stream"}));
  const link = h("a", {href: address, download: `${piece.id}.bin`});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
