// Making elements. Data only ever becomes text: nothing here, or in any other part, parses markup.

/**
 * Make an element.
 *
 * @param {string} name Name of the element.
 * @param {object} given Attributes; `on` holds listeners, `false` and `null` leave one out.
 * @param {...(Node|string|number|null|Array)} children What is in it; texts are texts.
 * @returns {HTMLElement} The element.
 */
export function h(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (key === "value" || key === "checked" || key === "disabled" || key === "selected") {
      made[key] = value;
    } else {
      made.setAttribute(key, value === true ? "" : String(value));
    }
  }
  made.append(...nodes(children));
  return made;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((each) => each !== null && each !== undefined && each !== false)
    .map((each) => (each instanceof Node ? each : document.createTextNode(String(each))));
}

/** Show other children; the focus stays on what has the same `data-key`. */
export function fill(place, ...children) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  place.replaceChildren(...nodes(children));
  if (!key) return;
  for (const each of place.querySelectorAll("[data-key]")) {
    if (each.dataset.key === key) {
      each.focus({preventScroll: true});
      return;
    }
  }
}

let made = 0;

/** Give an identifier that no other element has. */
export function freshId() {
  made += 1;
  return `made-${made}`;
}

/** Give a control below its label. */
export function field(label, control, hint = null) {
  control.id = control.id || freshId();
  const said = hint === null ? null : h("small", {id: `${control.id}-hint`}, hint);
  if (said !== null) control.setAttribute("aria-describedby", said.id);
  return h("div", {class: "field"}, h("label", {for: control.id}, label), control, said);
}

/** Give a choice of one; `options` are pairs of value and text. */
export function choice(options, chosen, given = {}) {
  return h(
    "select",
    given,
    options.map(([value, text]) => h("option", {value, selected: value === chosen}, text)),
  );
}
