// Practices and registrations: in whose name Carebridge works.

import {field, fill, h} from "./dom.js";
import {action, badge, card, heading, notice, table, tell} from "./parts.js";
import {named, t} from "./texts.js";

/** The view: both lists, and a form for a new practice. */
export function practice(app) {
  const {api} = app;
  const said = notice();
  const practices = h("div", {});
  const registrations = h("div", {});

  const change = (each, body) => async () => {
    const {tag} = await api.read(each.links.self);
    await api.patch(each.links.self, body(), tag);
    tell(said, t("saved"));
    await app.refresh();
  };

  function rename(each) {
    const name = h("input", {type: "text", value: each.name, maxlength: 100, "aria-label": t("practice_name"), "data-key": `name-${each.id}`});
    return h("span", {class: "inline"}, name,
      action(t("save"), said, change(each, () => ({name: name.value.trim()})), {key: `save-${each.id}`}));
  }

  function showPractices(items) {
    const rows = items.map((each) => [
      rename(each),
      each.is_default ? badge("accepted", t("is_default")) : action(t("make_default"), said, change(each, () => ({is_default: true})), {key: `default-${each.id}`}),
    ]);
    const name = h("input", {type: "text", maxlength: 100, required: true, "data-key": "new-practice"});
    const add = async () => {
      await api.post("/v1/practices", {name: name.value.trim()}, {once: true});
      tell(said, t("saved"));
      await app.refresh();
    };
    fill(practices, table(t("practices"), [[t("practice_name")], [t("standard")]], rows),
      h("div", {class: "inline"}, field(t("new_practice"), name), action(t("add"), said, add, {key: "add-practice"})));
  }

  function showRegistrations(items, known) {
    const practiceName = (id) => known.find((each) => each.id === id)?.name ?? "–";
    const rows = items.map((each) => [
      h("a", {href: `#/registration/${each.id}`, "data-key": each.id}, each.label || each.holder.name),
      named("registration", each.kind), each.holder.nihii, practiceName(each.practice_id),
      each.is_default ? badge("accepted", t("is_default")) : "–",
    ]);
    fill(registrations,
      table(t("registrations"), [[t("registration")], [t("registration_kind")], [t("nihii")], [t("practice")], [t("standard")]], rows),
      h("p", {}, h("a", {href: "#/registration/new"}, t("new_registration"))));
  }

  return {
    element: h("div", {}, heading(t("nav_practice")), said,
      card(t("practices"), practices), card(t("registrations"), registrations)),
    notice: said,
    hears: (type) => type === "practice.updated" || type === "registration.updated",
    async refresh() {
      const [found, known] = await Promise.all([api.get("/v1/registrations"), api.get("/v1/practices")]);
      showPractices(known.items);
      showRegistrations(found.items, known.items);
    },
  };
}
