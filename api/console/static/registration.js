// One registration: what it says, what must be arranged elsewhere, and the form to add or change it.

import {choice, field, fill, h} from "./dom.js";
import {action, card, confirmed, facts, heading, notice, tell} from "./parts.js";
import {named, t} from "./texts.js";

const KINDS = ["nurse", "enterprise", "enterprise_employee", "mandate", "nurse_group", "nurse_group_enterprise"];
const WITH_CBE = new Set(["enterprise", "enterprise_employee", "nurse_group_enterprise"]);
const WITH_GROUP = new Set(["nurse_group", "nurse_group_enterprise"]);
const FOR_ANOTHER = new Set(["enterprise_employee", "mandate"]);
const NEW = "new";

/** The view of one registration, or with `new` the form for another one. */
export function registration(app, id) {
  const {api} = app;
  const path = `/v1/registrations/${encodeURIComponent(id)}`;
  const said = notice();
  const body = h("div", {});
  let isFilled = false;

  const leave = () => { location.hash = "#/practice"; };

  const add = (read) => async () => {
    await api.post("/v1/registrations", read(), {once: true});
    leave();
  };

  const change = (given) => async () => {
    const {tag} = await api.read(path);
    await api.patch(path, given(), tag);
    isFilled = false;
    await app.refresh();
    tell(said, t("saved"));
  };

  const remove = async () => {
    if (!await confirmed(t("remove_question"), t("remove_detail"), t("remove"))) return;
    await api.delete(path);
    leave();
  };

  function showNew(practices) {
    const inputs = form(practices, {});
    const buttons = h("div", {class: "buttons"}, action(t("add"), said, add(inputs.whole), {kind: "main", key: "add"}));
    fill(body, card(t("new_registration"), inputs.element, buttons));
  }

  function show(each, practices) {
    const inputs = form(practices, each);
    const practiceName = practices.find((one) => one.id === each.practice_id)?.name;
    fill(body,
      h("div", {class: "columns"},
        card(each.label || each.holder.name, facts([
          [t("registration_kind"), named("registration", each.kind)],
          [t("practice"), practiceName],
          [t("holder"), each.holder.name],
          [t("nihii"), each.holder.nihii],
          [t("niss"), each.holder.niss],
          [t("cbe"), each.cbe],
          [t("group_number"), each.group],
          [t("on_behalf_of"), each.on_behalf_of?.name],
          [t("standard"), each.is_default ? t("yes") : t("no")],
          [t("iban"), each.invoicing?.iban],
        ]), h("div", {class: "buttons"},
          each.is_default ? null : action(t("make_default"), said, change(() => ({is_default: true})), {key: "default"}),
          action(t("remove"), said, remove, {kind: "danger", key: "remove"}))),
        card(t("prerequisites"), h("ul", {}, each.prerequisites.map((one) => h("li", {}, one.text))))),
      card(t("change"), inputs.element, h("div", {class: "buttons"},
        action(t("save"), said, change(inputs.changed), {kind: "main", key: "save"}))));
  }

  return {
    element: h("div", {},
      heading(id === NEW ? t("new_registration") : t("registration"), h("a", {href: "#/practice"}, t("back_to_practice"))),
      said, body),
    notice: said,
    hears: (type) => type === "registration.updated" && !isFilled,
    async refresh() {
      if (isFilled) return;
      const known = (await api.get("/v1/practices")).items;
      if (id === NEW) showNew(known);
      else show(await api.get(path), known);
      isFilled = true;  // what is being typed is not taken away by news
    },
  };
}

/** Give the inputs of a registration, and functions that read what they say, and what of it is new. */
function form(practices, known) {
  const [first = "", ...last] = (known.holder?.name ?? "").split(" ");
  const text = (value, more = {}) => h("input", {type: "text", value: value ?? "", maxlength: 100, autocomplete: "off", ...more});
  const digits = (value, longest) => text(value, {inputmode: "numeric", maxlength: longest});
  const inputs = {
    label: text(known.label),
    kind: choice(KINDS.map((each) => [each, named("registration", each)]), known.kind ?? KINDS[0]),
    practice: choice(practices.map((each) => [each.id, each.name]),
      known.practice_id ?? practices.find((each) => each.is_default)?.id),
    first: text(first),
    last: text(last.join(" ")),
    niss: digits(known.holder?.niss, 15),
    nihii: digits(known.holder?.nihii, 15),
    cbe: digits(known.cbe, 14),
    group: digits(known.group, 12),
    otherName: text(known.on_behalf_of?.name),
    otherNihii: digits(known.on_behalf_of?.nihii, 15),
  };
  const optional = {
    cbe: [WITH_CBE, field(t("cbe"), inputs.cbe)],
    group: [WITH_GROUP, field(t("group_number"), inputs.group)],
    other: [FOR_ANOTHER, h("fieldset", {}, h("legend", {}, t("on_behalf_of")),
      field(t("name"), inputs.otherName), field(t("nihii"), inputs.otherNihii))],
  };
  const adapt = () => {
    for (const [kinds, place] of Object.values(optional)) place.hidden = !kinds.has(inputs.kind.value);
  };
  inputs.kind.addEventListener("change", adapt);
  adapt();
  const element = h("div", {class: "form"},
    field(t("label"), inputs.label), field(t("registration_kind"), inputs.kind), field(t("practice"), inputs.practice),
    h("fieldset", {}, h("legend", {}, t("holder")),
      field(t("first_name"), inputs.first), field(t("last_name"), inputs.last),
      field(t("niss"), inputs.niss), field(t("nihii"), inputs.nihii)),
    Object.values(optional).map(([, place]) => place));
  const before = read(inputs);
  return {element, whole: () => read(inputs), changed: () => difference(before, read(inputs))};
}

/** Give what differs, as a merge patch: nothing that was left alone is written anew. */
function difference(before, now) {
  const found = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    if (before[name] === now[name]) continue;
    const areParts = typeof before[name] === "object" && typeof now[name] === "object";
    const changed = areParts ? difference(before[name], now[name]) : now[name] ?? null;
    if (!areParts || Object.keys(changed).length > 0) found[name] = changed;
  }
  return found;
}

const onlyDigits = (input) => input.value.replace(/\D/g, "");

function read(inputs) {
  const kind = inputs.kind.value;
  const said = {
    kind,
    practice_id: inputs.practice.value,
    holder: {
      niss: onlyDigits(inputs.niss), nihii: onlyDigits(inputs.nihii),
      first_name: inputs.first.value.trim(), last_name: inputs.last.value.trim(),
    },
  };
  if (inputs.label.value.trim() !== "") said.label = inputs.label.value.trim();
  if (WITH_CBE.has(kind)) said.cbe = onlyDigits(inputs.cbe);
  if (WITH_GROUP.has(kind)) said.group = onlyDigits(inputs.group);
  if (FOR_ANOTHER.has(kind)) {
    said.on_behalf_of = {name: inputs.otherName.value.trim(), nihii: onlyDigits(inputs.otherNihii)};
  }
  return said;
}
