// How everything is, for people and for support on the phone.

import {fill, h} from "./dom.js";
import {action, badge, card, facts, heading, notice, table, tell} from "./parts.js";
import {NAMES, checkName, currentLanguage, moment, say, t} from "./texts.js";

const ORDER = ["fail", "warn", "pass"];

/** The view: read from memory, so looking costs nothing (API-82). */
export function health(app) {
  const {api} = app;
  const said = notice();
  const body = h("div", {});

  function copyOf(input) {
    return async () => {
      input.select();
      document.execCommand("copy");
      tell(said, t("copied"));
    };
  }

  const lookAgain = async () => {
    await api.post("/v1/health/probes");
    await app.refresh();
  };

  function show(report, instance, changes) {
    const reference = h("input", {type: "text", readonly: true, value: report.support_ref, id: "support-reference", size: 10});
    const rows = Object.entries(report.checks)
      .flatMap(([name, entries]) => entries.map((entry) => ({name, ...entry})))
      .sort((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status))
      .map((each) => [checkName(each.name), badge(each.status, t(`check_${each.status}`)), explained(each), moment(each.since ?? each.time)]);
    fill(body,
      card(t("health_now"),
        h("p", {class: "big"}, badge(report.status, say("health", report.status))),
        facts([[t("version"), instance.version], [t("installation"), instance.id], [t("language"), NAMES[currentLanguage()]]]),
        h("div", {class: "copy"}, h("label", {for: "support-reference"}, t("support_reference")), reference,
          action(t("copy"), said, copyOf(reference), {key: "copy"})),
        h("p", {class: "hint"}, t("support_text"))),
      card(t("checks"), table(t("checks"), [[t("check")], [say("columns", "status")], [t("what_to_do")], [t("since"), "tight"]], rows)),
      card(t("health_day"), table(t("health_day"), [[t("when"), "tight"], [t("check")], [say("columns", "status")]],
        changes.map((each) => [moment(each.at), checkName(each.check), [badge(each.status, t(`check_${each.status}`)),
          each.code === null ? null : ` ${say("problems", each.code)}`]]), t("no_change"))));
  }

  return {
    element: h("div", {}, heading(t("nav_health"), action(t("look_again"), said, lookAgain, {key: "again"})), said, body),
    notice: said,
    hears: (type) => type === "health.changed",
    async refresh() {
      const [report, instance, day] = await Promise.all([
        api.get("/v1/health"), api.get("/v1/instance"), api.get("/v1/health/history"),
      ]);
      show(report, instance, day.items);
    },
  };
}

function explained(entry) {
  if (entry.output === null) return entry.about ?? "–";
  return [
    h("strong", {}, say("problems", entry.output)),
    entry.about === null ? null : ` (${entry.about})`,
    entry.user_action && entry.user_action !== "none" ? [h("br"), say("actions", entry.user_action)] : null,
    entry.who_can_fix ? [h("br"), h("small", {}, say("fixers", entry.who_can_fix))] : null,
  ];
}
