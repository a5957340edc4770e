// What happens meanwhile: the event stream, opened with a ticket each time (API-50).

const AGAIN_MS = 3000;
export const TYPES = [
  "operation.updated", "reader.connected", "reader.disconnected", "card.inserted", "card.removed",
  "ehealth_session.opened", "ehealth_session.expiring", "ehealth_session.expired",
  "ehealth_session.ended", "response.received", "exchange.updated", "work_list.updated",
  "declaration.updated", "care_update.updated", "actor.updated", "practice.updated",
  "registration.updated", "view.updated", "invoice_batch.updated", "settlement.updated",
  "billing_service.updated", "billing_invoice.updated", "health.changed", "pairing.changed",
  "pairing.warned", "daemon.stopping", "resync",
];

/** Follows the stream until it is closed; a gap is told as `resync`. */
export class Stream {
  #api;
  #onEvent;
  #onState;
  #source = null;
  #timer = null;
  #isClosed = false;
  #wasOpen = false;

  /**
   * @param {object} api Gives tickets.
   * @param {Function} onEvent Hears the type and the data of each event.
   * @param {Function} onState Hears whether the stream is open.
   */
  constructor(api, onEvent, onState) {
    this.#api = api;
    this.#onEvent = onEvent;
    this.#onState = onState;
  }

  /** Open it, and again whenever it ends. */
  async open() {
    try {
      const {ticket, links} = await this.#api.post("/v1/event-tickets");
      if (this.#isClosed) return;
      this.#listen(`${links.stream}?ticket=${ticket}`);
    } catch {
      this.#later();
    }
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  #listen(address) {
    const source = new EventSource(address);
    this.#source = source;
    source.onopen = () => {
      this.#onState(true);
      if (this.#wasOpen) this.#onEvent("resync", {});
      this.#wasOpen = true;
    };
    source.onerror = () => {
      source.close();  // its ticket is used up, so it cannot open again by itself
      this.#later();
    };
    for (const type of TYPES) {
      source.addEventListener(type, (event) => this.#onEvent(type, JSON.parse(event.data)));
    }
  }

  #later() {
    if (this.#isClosed) return;
    this.#onState(false);
    this.#timer = setTimeout(() => this.open(), AGAIN_MS);
  }
}
