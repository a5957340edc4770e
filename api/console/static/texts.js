// What the page says, in the four languages of the catalogue, and how it writes days and amounts.

export const LANGUAGES = ["fr", "nl", "de", "en"];
export const NAMES = {fr: "Français", nl: "Nederlands", de: "Deutsch", en: "English"};
const KEPT = "carebridge-language";
const ZONE = "Europe/Brussels";
const DAY = {day: "2-digit", month: "2-digit", year: "numeric"};
const MINUTE_S = 60;
const HOUR_S = 3600;
let texts = {};
let language = "en";

/** Load the texts of the chosen language: of the last visit, else of the browser. */
export async function loadTexts(wanted = null) {
  const kept = wanted ?? localStorage.getItem(KEPT) ?? document.documentElement.lang;
  language = LANGUAGES.includes(kept) ? kept : "en";
  if (wanted !== null) localStorage.setItem(KEPT, language);
  const answer = await fetch(new URL(`texts-${language}.json`, import.meta.url));
  texts = await answer.json();
  document.documentElement.lang = language;
}

/** Give the language in use. */
export function currentLanguage() {
  return language;
}

/** Give a sentence of the page, with its placeholders filled. */
export function t(key, given = {}) {
  return filled(texts.console?.[key] ?? key, given);
}

/** Give a text of another section of the catalogue; what is not there is shown as it is. */
export function say(section, key) {
  const found = texts[section]?.[key];
  return typeof found === "string" ? found : String(key);
}

function filled(sentence, given) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(given[name] ?? "…"));
}

/** Give what a code of a kind is called: `kind_`, `card_` and such; else the code itself. */
export function named(prefix, code) {
  return texts.console?.[`${prefix}_${code}`] ?? String(code);
}

/** Give what a scope allows. */
export function scopeName(scope) {
  return say("scopes", scope.replace(/[:-]/g, "_"));
}

/** Give what a health check is called. */
export function checkName(name) {
  const key = name.replaceAll(":", "_");
  return key in (texts.health ?? {}) ? say("health", key) : say("health", "other");
}

/** Give the name of an insurer, a union or a sickness fund. */
export function insurerName(code) {
  const union = `${String(code)[0]}00`;
  const found = texts.unions?.[union];
  return found === undefined ? String(code) : `${code} ${found}`;
}

function locale() {
  return language === "en" ? "en-GB" : `${language}-BE`;
}

/** Write a moment in the time of Brussels. */
export function moment(text) {
  if (!text) return "–";
  const form = {...DAY, hour: "2-digit", minute: "2-digit", timeZone: ZONE};
  return new Intl.DateTimeFormat(locale(), form).format(new Date(text));
}

/** Write a calendar day. */
export function day(text) {
  if (!text) return "–";
  const form = {...DAY, timeZone: "UTC"};
  return new Intl.DateTimeFormat(locale(), form).format(new Date(`${text}T00:00:00Z`));
}

/** Write an amount. */
export function amount(cents) {
  if (cents === null || cents === undefined) return "–";
  const form = {style: "currency", currency: "EUR"};
  return new Intl.NumberFormat(locale(), form).format(cents / 100);
}

/** Write a count. */
export function count(number) {
  return new Intl.NumberFormat(locale()).format(number);
}

/** Write how long something still lasts. */
export function timeLeft(seconds) {
  const minutes = Math.max(0, Math.floor(seconds / MINUTE_S));
  const hours = Math.floor(minutes / (HOUR_S / MINUTE_S));
  return t(hours > 0 ? "hours_left" : "minutes_left", {hours, minutes: minutes % 60});
}
