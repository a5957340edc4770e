/**
 * Carebridge for web pages: finds the daemon, proves that it is the genuine one, connects the page
 * and signs every call with a key that cannot leave the browser.
 *
 * No dependency, no build step: copy this file and `carebridge-texts.js` into your page and import
 * it as a module.
 *
 *     import {Carebridge} from "./carebridge.js";
 *     const carebridge = new Carebridge({displayName: "Voorbeeld", scopes: ["status:read"]});
 *     button.onclick = async () => {
 *       let found = await carebridge.connect();
 *       if (found.state === "not_paired") found = await carebridge.pair({onCode: show});
 *       if (found.state === "ready") await carebridge.fetch("/v1/health");
 *     };
 *
 * The browser may ask the user whether the page may speak to this computer.
 * That question comes only after a click, so call `connect` in the listener of one, after a
 * sentence that says why (`sentence("before_asking", language)` of `carebridge-texts.js`).
 *
 * Source: *Local API security* 6.2, 6.5, 7.2, 7.3; RFC 9449.
 */

/** Version of this file; the daemon says the oldest it still works with as `api.min_helper`. */
export const VERSION = "0.1";

/** The ports a daemon may have: the list, not one number, is what it promises. */
export const CANDIDATE_PORTS = Object.freeze(Array.from({length: 10}, (_, place) => 42110 + place));

/**
 * How looking for the daemon ended.
 *
 * - `ready`: this user's genuine daemon, connected.
 * - `not_paired`: a daemon is there and this page is not connected to it: call `pair`.
 * - `several`: more than one program says that it is Carebridge, and none can be told from the
 *   others before pairing; give the right port to the constructor.
 * - `needs_click`: the browser would ask the user, and this is no click of hers.
 * - `permission_refused`: the user refused, or once refused, that this page speaks to this computer.
 * - `blocked_by_policy`: not the user but a rule forbids it: of the page (its own content security
 *   policy), of the page around this frame, or of the computer's administrator.
 * - `wrong_port`: something listens where a daemon may be, and it is not this user's daemon.
 * - `not_running`: nothing listens. With `permission` still `prompt` the user may also have closed
 *   the browser's question without an answer.
 * - `insecure_page`: the page itself did not come over https, so browsers let it do nothing of this.
 */
export const STATES = Object.freeze([
  "ready", "not_paired", "several", "needs_click", "permission_refused", "blocked_by_policy",
  "wrong_port", "not_running", "insecure_page",
]);

const PROOF_PREFIX = "carebridge-instance-proof-1";
const PERMISSIONS = ["loopback-network", "local-network-access"];
const PATIENCE_MS = 5000;
const DECIDING_MS = 120_000; // while the browser asks the user, calls wait for her
const POLL_MS = 1000;
const TOLD_MS = 100; // a violation of the policy is told a moment after the call has failed
const EC = {name: "ECDSA", namedCurve: "P-256"};
const ES256 = {name: "ECDSA", hash: "SHA-256"};
const PLAIN = {credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer"};

/** No answer of the daemon: `found` says why, as `connect` does. */
export class Unavailable extends Error {
  constructor(found) {
    super(`Carebridge cannot be used: ${found.state}`);
    this.name = "Unavailable";
    this.found = found;
  }
}

/** The browser's permission: `granted`, `denied`, `prompt`, or `unsupported` where there is none. */
export async function permission() {
  for (const name of PERMISSIONS) {
    try {
      return (await navigator.permissions.query({name})).state;
    } catch {
      // Not a name this browser knows; an older browser knows the other one.
    }
  }
  return "unsupported";
}

/** One page's way to the daemon of the user who looks at it. */
export class Carebridge {
  #displayName;
  #scopes;
  #ports;
  #store;
  #proven = null;
  #hasSpoken = false; // once something answered, the browser has no more question to ask

  /**
   * @param {object} settings
   * @param {string} settings.displayName What the nurse sees beside your origin.
   * @param {string[]} settings.scopes What you ask for; you may be given less.
   * @param {number[]} [settings.ports] Other candidates, for instance the one you were given.
   * @param {{get: Function, set: Function}} [settings.store] Keeps the connection between visits;
   *   by default a database of the browser, since the key must not become a text.
   */
  constructor({displayName, scopes, ports = CANDIDATE_PORTS, store = new BrowserStore()}) {
    if (typeof document === "undefined") {
      throw new TypeError("a worker cannot ask the user: use Carebridge in a page");
    }
    this.#displayName = displayName;
    this.#scopes = scopes;
    this.#ports = ports;
    this.#store = store;
  }

  /**
   * Find the daemon; never throws.
   *
   * The token is shown to no port that has not proven, since the page was loaded, to be the
   * daemon the page was connected to.
   * @returns {Promise<{state: string, port: number|null, strangers: number[], permission: string}>}
   */
  async connect() {
    if (!globalThis.isSecureContext) return this.#found("insecure_page", "unsupported");
    const before = await permission();
    const obstacle = await this.#obstacle(before);
    if (obstacle) return this.#found(obstacle, before);
    const known = await this.#store.get("pairing");
    const blocked = watchPolicy();
    const seen = await this.#look(known, before === "prompt" ? DECIDING_MS : PATIENCE_MS);
    const isBlocked = await blocked.stop(seen.some((each) => each.who === "genuine"));
    const after = await permission();
    if (after !== "denied") await this.#store.set("asked", true);
    return this.#judge(seen, {isBlocked, after});
  }

  /**
   * Connect the page; call it in the listener of a click.
   *
   * @param {object} options
   * @param {(code: string) => void} options.onCode Show the code: the nurse compares it with the one
   *   in Carebridge, and approves there.
   * @param {AbortSignal} [options.signal] Stops waiting.
   * @returns What `connect` gives; `state` may also be the daemon's code of a refusal, such as
   *   `pairing_denied`, `pairing_blocked`, `pairing_expired`, `pairing_pending`, `rate_limited`.
   */
  async pair({onCode, signal}) {
    const found = await this.connect();
    if (found.state !== "not_paired") return found;
    const pair = await crypto.subtle.generateKey(EC, false, ["sign", "verify"]);
    const {kty, crv, x, y} = await crypto.subtle.exportKey("jwk", pair.publicKey);
    const jwk = {kty, crv, x, y};
    const base = address(found.port);
    const wanted = {client_kind: "web", display_name: this.#displayName, scopes: this.#scopes};
    const asked = await reached(() => post(`${base}/v1/pairings`, {...wanted, dpop_jwk: jwk}));
    if (asked?.status !== 202) return this.#failed(found, asked);
    const offer = await asked.json();
    onCode(offer.comparison_code);
    const answer = await waitForUser(`${base}${offer.links.self}`, offer.pairing_secret, signal);
    if (answer?.status !== 200) return this.#failed(found, answer);
    const grant = await answer.json();
    const told = await reached(() => fetch(`${base}/v1/instance`, PLAIN));
    if (told?.status !== 200) return this.#failed(found, told);
    const instance = await told.json();
    await this.#store.set("pairing", {
      token: grant.token, scopes: grant.scopes, key: pair.privateKey, jwk,
      instance: {id: instance.id, spki: instance.public_key.spki}, port: found.port,
    });
    return this.connect();
  }

  /**
   * Call the daemon as `fetch` does; `body` is a value that becomes JSON.
   *
   * @throws {Unavailable} There is no proven daemon, or it went away; call `connect` on a click.
   */
  async fetch(path, {method = "GET", headers = {}, body, signal} = {}) {
    if (this.#proven === null) {
      const found = await this.connect();
      if (found.state !== "ready") throw new Unavailable(found);
    }
    const {token, key, jwk} = await this.#store.get("pairing");
    const url = address(this.#proven) + path;
    const sent = new Headers(headers);
    sent.set("Authorization", `DPoP ${token}`);
    sent.set("DPoP", await proofOf({key, jwk, token, method, url}));
    if (body !== undefined && !sent.has("Content-Type")) sent.set("Content-Type", "application/json");
    try {
      const text = body === undefined ? undefined : JSON.stringify(body);
      return await fetch(url, {...PLAIN, method, headers: sent, body: text, signal});
    } catch (error) {
      if (signal?.aborted) throw error;
      this.#proven = null; // whoever answers there next must prove itself again
      throw new Unavailable(this.#found("not_running", await permission()));
    }
  }

  /** Give the connection up, in the daemon and here. */
  async disconnect() {
    const answer = await this.fetch("/v1/pairings/current", {method: "DELETE"});
    await this.#store.set("pairing", undefined);
    this.#proven = null;
    return answer.ok;
  }

  /** Tell what forbids even to try, without trying: trying is what makes the browser ask. */
  async #obstacle(state) {
    if (isKeptFromFrame()) return "blocked_by_policy";
    if (state === "denied") {
      // A user can only have refused what she was asked; otherwise it was decided for her.
      return (await this.#store.get("asked")) ? "permission_refused" : "blocked_by_policy";
    }
    if (state !== "prompt") return null;
    await this.#store.set("asked", true);
    const isClick = navigator.userActivation?.isActive !== false;
    return isClick || this.#hasSpoken ? null : "needs_click";
  }

  /** Ask the port of the last time first, then the others, all at once. */
  async #look(known, patience) {
    const last = this.#ports.filter((port) => port === known?.port);
    const others = this.#ports.filter((port) => port !== known?.port);
    const first = await Promise.all(last.map((port) => whoIs(port, known, patience)));
    if (first.some((each) => each.who === "genuine")) return first;
    return [...first, ...await Promise.all(others.map((port) => whoIs(port, known, patience)))];
  }

  #judge(seen, {isBlocked, after}) {
    const of = (who) => seen.filter((each) => each.who === who).map((each) => each.port);
    const [genuine] = of("genuine");
    const unknown = of("unknown");
    const strangers = [...of("stranger"), ...of("impostor")];
    this.#proven = genuine ?? null;
    this.#hasSpoken ||= genuine !== undefined || unknown.length > 0;
    if (genuine !== undefined) return this.#found("ready", after, {port: genuine, strangers});
    if (unknown.length === 1) return this.#found("not_paired", after, {port: unknown[0], strangers});
    if (unknown.length > 1) return this.#found("several", after, {strangers: unknown});
    if (isBlocked) return this.#found("blocked_by_policy", after);
    if (after === "denied") return this.#found("permission_refused", after);
    if (strangers.length) return this.#found("wrong_port", after, {strangers});
    return this.#found("not_running", after);
  }

  /** Say why pairing ended: what the daemon answered, or that it went away meanwhile. */
  async #failed(found, answer) {
    if (answer === null) return this.#found("not_running", await permission());
    return {...found, state: (await answer.json()).code};
  }

  #found(state, permissionNow, more = {}) {
    return {state, port: null, strangers: [], permission: permissionNow, ...more};
  }
}

/** Keeps the connection in a database of the browser, where a key stays a key. */
export class BrowserStore {
  #name;

  constructor(name = "carebridge") {
    this.#name = name;
  }

  async get(key) {
    return this.#with("readonly", (kept) => kept.get(key));
  }

  async set(key, value) {
    await this.#with("readwrite", (kept) => (value === undefined ? kept.delete(key) : kept.put(value, key)));
  }

  async #with(mode, act) {
    const opening = indexedDB.open(this.#name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
    const database = await settled(opening);
    try {
      return await settled(act(database.transaction("kept", mode).objectStore("kept")));
    } finally {
      database.close();
    }
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Tell who listens on a port: `genuine`, `impostor`, `unknown` (a Carebridge), `stranger`, `nobody`. */
async function whoIs(port, known, patience) {
  if (known) {
    const answer = await proofFrom(port, known.instance, patience);
    if (answer !== null) return {port, who: answer ? "genuine" : "impostor"};
  }
  return {port, who: await unprovenOn(address(port), patience)};
}

/** Ask for a proof; gives whether it holds, or null where there is none. */
async function proofFrom(port, instance, patience) {
  const challenge = base64url(crypto.getRandomValues(new Uint8Array(32)));
  try {
    const answer = await patiently(() => post(`${address(port)}/v1/instance/proof`, {challenge}, patience));
    if (answer.status !== 200) return null;
    const {signature} = await answer.json();
    return await isSigned(instance, {challenge, port, signature});
  } catch {
    return null;
  }
}

/** Verify with what the page knows itself: its challenge, the port it asked, its own origin. */
async function isSigned({id, spki}, {challenge, port, signature}) {
  const text = [PROOF_PREFIX, challenge, port, globalThis.origin, id].join("\n");
  const key = await crypto.subtle.importKey("spki", bytes(spki), EC, false, ["verify"]);
  return crypto.subtle.verify(ES256, key, bytes(signature), new TextEncoder().encode(text));
}

/** What may be asked without being connected; a daemon answers it in its own form. */
async function unprovenOn(base, patience) {
  try {
    const url = `${base}/v1/pairings/none`;
    const answer = await patiently(() => fetch(url, {...PLAIN, signal: AbortSignal.timeout(patience)}));
    const {type} = await answer.json();
    return String(type).startsWith("urn:carebridge:problem:") ? "unknown" : "stranger";
  } catch {
    // Nothing readable: either nobody is there, or somebody who lets us read nothing.
  }
  try {
    const signal = AbortSignal.timeout(patience);
    await fetch(base, {...PLAIN, mode: "no-cors", redirect: "follow", signal});
    return "stranger";
  } catch (error) {
    return error.name === "TimeoutError" ? "stranger" : "nobody";
  }
}

/** Try again, once, when there were too many calls on this computer. */
async function patiently(act) {
  const answer = await act();
  if (answer.status !== 429) return answer;
  await pause(1000 * Number(answer.headers.get("Retry-After") ?? 1));
  return act();
}

/** Give the answer, or null where none came; who stopped waiting is told so. */
async function reached(call) {
  try {
    return await call();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return null;
  }
}

/** Ask once a second until the user has decided; gives the answer that is no "not yet". */
async function waitForUser(url, secret, signal) {
  for (;;) {
    const headers = {Authorization: `Pairing ${secret}`};
    const answer = await reached(() => fetch(url, {...PLAIN, headers, signal}));
    if (answer?.status !== 202 && answer?.status !== 429) return answer;
    await pause(POLL_MS);
    signal?.throwIfAborted();
  }
}

/** Make a proof of possession (RFC 9449 4.2) for one call. */
async function proofOf({key, jwk, token, method, url}) {
  const {origin, pathname} = new URL(url);
  const utf8 = new TextEncoder();
  const part = (value) => base64url(utf8.encode(JSON.stringify(value)));
  const claims = {
    jti: crypto.randomUUID(), htm: method, htu: origin + pathname, iat: Math.floor(Date.now() / 1000),
    ath: base64url(await crypto.subtle.digest("SHA-256", utf8.encode(token))),
  };
  const signed = `${part({typ: "dpop+jwt", alg: "ES256", jwk})}.${part(claims)}`;
  return `${signed}.${base64url(await crypto.subtle.sign(ES256, key, utf8.encode(signed)))}`;
}

/** Notice when the page's own content security policy stops a call. */
function watchPolicy() {
  let isBlocked = false;
  const notice = (event) => { isBlocked ||= event.effectiveDirective === "connect-src"; };
  document.addEventListener("securitypolicyviolation", notice);
  return {
    async stop(isEnough) {
      if (!isEnough) await pause(TOLD_MS);
      document.removeEventListener("securitypolicyviolation", notice);
      return isBlocked;
    },
  };
}

/** Tell whether the page around this frame did not pass the permission on. */
function isKeptFromFrame() {
  const policy = document.permissionsPolicy ?? document.featurePolicy;
  const known = PERMISSIONS.filter((name) => policy?.features().includes(name));
  return known.length > 0 && !policy.allowsFeature(known[0]);
}

function post(url, document, patience = PATIENCE_MS) {
  const [headers, body] = [{"Content-Type": "application/json"}, JSON.stringify(document)];
  return fetch(url, {...PLAIN, method: "POST", headers, body, signal: AbortSignal.timeout(patience)});
}

function address(port) {
  return `http://127.0.0.1:${port}`; // the literal address: a name may be led elsewhere
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function base64url(content) {
  const text = btoa(String.fromCharCode(...new Uint8Array(content)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
