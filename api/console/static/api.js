// The published interface, and nothing else. The token is in this object, and nowhere else.

import {currentLanguage} from "./texts.js";

const POLL_MS = 700;
const FINAL = new Set(["succeeded", "failed", "cancelled", "outcome_unknown"]);
const UNAUTHENTICATED = 401;
const NO_CONTENT = 204;
const RATE_LIMITED = 429;
const MOST_WAIT_S = 20;

/** A problem document of an answer, or that no answer came. */
export class Problem extends Error {
  constructor(document) {
    super(document.code);
    this.document = document;
    this.code = document.code;
  }
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Give an identifier for one intention of the user (API-30). */
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}

/** Calls with the token that a ticket was exchanged for. */
export class Api {
  #token = null;
  #onSignedOut;

  constructor(onSignedOut) {
    this.#onSignedOut = onSignedOut;
  }

  get isSignedIn() {
    return this.#token !== null;
  }

  /** Exchange the ticket of the address; throws `Problem` when it is no good. */
  async signIn(ticket) {
    const answer = await this.#send("POST", "/v1/console-sessions", {
      body: {},
      headers: {Authorization: `Ticket ${ticket}`},
    });
    this.#token = answer.document.token;
  }

  /** Forget the token. */
  signOut() {
    this.#token = null;
    this.#onSignedOut();
  }

  /** Read something; `query` leaves out what is empty. */
  async get(path, query = {}) {
    return (await this.call("GET", withQuery(path, query))).document;
  }

  /** Read something with its `ETag`, to change it later. */
  async read(path) {
    const answer = await this.call("GET", path);
    return {document: answer.document, tag: answer.tag};
  }

  /** Post a body; `once` gives the intention a key, so that it cannot happen twice. */
  async post(path, body = {}, {once = false} = {}) {
    const headers = once ? {"Idempotency-Key": freshKey()} : {};
    return (await this.call("POST", path, {body, headers})).document;
  }

  async put(path, body = {}) {
    return (await this.call("PUT", path, {body})).document;
  }

  /** Change something that was read with `read`. */
  async patch(path, body, tag) {
    return (await this.call("PATCH", path, {body, headers: {"If-Match": tag}})).document;
  }

  async delete(path) {
    await this.call("DELETE", path);
  }

  /** Read an operation until it is final; tells each state to `onState`. */
  async follow(operation, onState) {
    let current = operation;
    while (!FINAL.has(current.status)) {
      onState(current);
      await pause(POLL_MS);
      current = await this.get(operation.links.self);
    }
    onState(current);
    if (current.problem !== null && current.status !== "cancelled") throw new Problem(current.problem);
    return current;
  }

  /** Call with the token; waits once when there were too many calls. */
  async call(method, path, given = {}) {
    if (this.#token === null) throw new Problem({code: "token_expired"});
    const headers = {...given.headers, Authorization: `Bearer ${this.#token}`};
    return this.#send(method, path, {...given, headers});
  }

  async #send(method, path, {body, headers = {}}, isSecond = false) {
    const sent = {"Accept-Language": currentLanguage(), ...headers};
    if (body !== undefined) {
      sent["Content-Type"] = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    }
    const text = body === undefined ? undefined : JSON.stringify(body);
    let answer;
    try {
      answer = await fetch(path, {method, headers: sent, body: text, cache: "no-store", credentials: "omit"});
    } catch {
      throw new Problem({code: "daemon_not_running"});
    }
    if (answer.status === RATE_LIMITED && !isSecond) {
      const wait = Number(answer.headers.get("Retry-After") ?? 1);
      if (wait <= MOST_WAIT_S) {
        await pause(wait * 1000);
        return this.#send(method, path, {body, headers}, true);
      }
    }
    const document = answer.status === NO_CONTENT ? null : await answer.json();
    const isHealth = document?.checks !== undefined;  // 503 says that something fails
    if (answer.ok || isHealth) return {document, tag: answer.headers.get("ETag")};
    if (answer.status === UNAUTHENTICATED && this.#token !== null) this.signOut();
    throw new Problem(document);
  }
}

/** Add parameters to a path; nothing about a person ever is one (API-63). */
export function withQuery(path, query) {
  const chosen = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return chosen.length === 0 ? path : `${path}?${new URLSearchParams(chosen)}`;
}
