// <change-wissen-suche>: the search of Ch@nge Wissen in any other page. How to use it: README.md. MIT licence.
// Its child is a plain form, which stays without scripts, without the service, and where the origin is not allowed.
(() => {
const NAME = "change-wissen-suche";
const ATTRIBUTES = ["adresse", "treffer", "sammlung", "platzhalter", "frage"];
const CHARACTERS = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };

// Which of the two defaults of a colour holds follows from `color-scheme` of the page around.
const LOOK = `
:host {
  --_farbe: var(--cw-farbe, light-dark(#1d2427, #e9e6de)); --_leise: var(--cw-leise, light-dark(#535d61, #a9b2b3));
  --_flaeche: var(--cw-flaeche, light-dark(#fff, #1b2124)); --_linie: var(--cw-linie, light-dark(#d9d7cf, #333c3f));
  --_rand: var(--cw-rand, light-dark(#7d8588, #78848a)); --_akzent: var(--cw-akzent, light-dark(#0a5f5a, #74cfc0));
  --_auf-akzent: var(--cw-auf-akzent, light-dark(#fff, #0b211f)); --_marke: var(--cw-marke, light-dark(#ffe4ab, #574108));
  --_fokus: var(--cw-fokus, light-dark(#b26a00, #e8a33d)); --_radius: var(--cw-radius, 6px);
  display: block; color: var(--_farbe); font-family: var(--cw-schrift, inherit); line-height: 1.5; overflow-wrap: anywhere;
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
div[lang] { padding: var(--cw-abstand, 1rem); background: var(--_flaeche); border: 1px solid var(--_linie); border-radius: var(--_radius); }
form { display: flex; flex-wrap: wrap; gap: .4rem .5rem; }
label { flex: 0 0 100%; font-weight: 600; }
input, form button { font: inherit; min-height: 2.75rem; padding: .5rem .8rem; border-radius: var(--_radius); }
input { flex: 1 1 11rem; min-width: 0; color: inherit; background: none; border: 2px solid var(--_rand); }
input::placeholder { color: var(--_leise); opacity: 1; }
form button { font-weight: 600; color: var(--_auf-akzent); background: var(--_akzent); border: 2px solid transparent; }
p { margin: .6rem 0 0; }
a, p button, summary { color: var(--_akzent); text-decoration: underline; text-underline-offset: .18em; min-height: 1.5rem; }
a { display: inline-block; font-weight: 600; }
p button, [part=thema] { font: inherit; margin: 0 .4rem .3rem; padding: 0; text-align: start; background: none; border: 0; }
:focus-visible { outline: 3px solid var(--_fokus); outline-offset: 2px; }
ol { list-style: none; margin: .8rem 0 0; padding: 0; }
li { border-top: 1px solid var(--_linie); padding: .7rem 0; }
li p { margin: .25rem 0 0; }
mark { color: inherit; background: var(--_marke); font-weight: 600; border-bottom: 2px solid var(--_fokus); }
em { font-style: normal; text-decoration: underline dotted; }
small { color: var(--_leise); }
`;

// Strings inside become text: nothing is ever read as HTML.
function make(name, attributes, ...inside) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...inside);
  return element;
}

const keep = (text) => text.replace(/(§|\b(?:S|Abs|Art|Nr)\.) /g, "$1\u00a0"); // "S. 4" on one line

// `snippet_html` is escaped text with <mark> and <em>; every other tag stays text.
function readSnippet(html) {
  const root = document.createDocumentFragment();
  let place = root;
  html.split(/<(\/?(?:mark|em))>/).forEach((piece, index) => { // text and tags take turns
    if (index % 2 === 0) place.append(keep(piece.replace(/&[#\w]+;/g, (entity) => CHARACTERS[entity] || entity)));
    else if (piece[0] === "/") place = place.parentNode || root;
    else place = place.appendChild(make(piece, { part: piece }));
  });
  return root;
}

// "" unless the address leads to a page.
function readAddress(address, base) {
  try {
    return /^https?:.*/.exec(new URL(address, base).href)?.[0] || "";
  } catch {
    return "";
  }
}

const told = new Set();
function tell(text) {
  if (!told.has(text)) console.info(`<${NAME}> ${text} Das einfache Formular bleibt stehen.`); // once a page, not once an element
  told.add(text);
}

class Suche extends HTMLElement {
  static observedAttributes = ATTRIBUTES;
  #base = ""; // of the service; "" while none is asked
  #ready = false; // the plain form is replaced
  #running = new AbortController();
  #slot = make("slot", {});
  #label = make("label", { id: "l", for: "q", part: "beschriftung" });
  #field = make("input", { id: "q", name: "q", type: "search", maxlength: 2000, autocomplete: "off", part: "feld" });
  #button = make("button", { part: "knopf" });
  #form = make("form", { role: "search", "aria-labelledby": "l", part: "formular" }, this.#label, this.#field, this.#button);
  #message = make("p", { role: "status", part: "meldung" });
  #results = make("div", { part: "ergebnis" });
  #frame = make("div", { lang: "de", part: "rahmen" }, this.#form, this.#message, this.#results);

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // a <style> would need 'unsafe-inline'
    sheet.replaceSync(LOOK);
    root.adoptedStyleSheets = [sheet];
    root.append(this.#slot);
    this.#form.addEventListener("submit", (event) => (event.preventDefault(), this.#search()));
    this.#field.addEventListener("input", () => this.#field.value || this.#clear());
    this.#results.addEventListener("keydown", (event) => event.key === "Escape" && this.#field.focus());
  }

  connectedCallback() {
    for (const [name, value] of Object.entries(this)) { // set before this file was there
      if (ATTRIBUTES.includes(name)) delete this[name] && (this[name] = value);
    }
    this.#offer();
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#running.abort()); // only moved: goes on
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.isConnected) return;
    if (name === "adresse") this.#offer();
    else if (!this.#ready) return;
    else if (name === "platzhalter") this.#field.placeholder = this.platzhalter;
    else if (name === "frage") after ? this.#ask(after) : this.#clear();
    else if (this.#field.value) this.#search();
  }

  focus(options) {
    (this.#ready ? this.#field : this.querySelector("[name=q]"))?.focus(options);
  }

  // Take the place of the plain form if the service lets this page ask, once nobody is writing in that form.
  async #offer() {
    const base = this.adresse && readAddress(this.adresse.replace(/\/*$/, "/"), document.baseURI);
    if (base && base === this.#base) return;
    this.#base = base;
    this.#clear();
    this.#swap(false);
    if (!base) return tell('Es fehlt adresse="https://…".');
    const reach = (mode) => fetch(`${base}api/v1/health`, { mode, credentials: "omit" }).then(() => true, () => false);
    const open = await reach("cors"), alive = open || (await reach("no-cors"));
    if (base !== this.#base) return;
    if (!open) {
      this.#base = ""; // to be asked again
      return tell(alive
        ? `${base} gibt diese Seite nicht frei. Dort ${location.origin} in CHANGE_WISSEN_ORIGINS nennen.`
        : `${base} ist nicht erreichbar, oder es fehlt in connect-src der CSP dieser Seite.`);
    }
    const swap = (event) => {
      if (this.contains(event?.relatedTarget || null)) return;
      this.removeEventListener("focusout", swap);
      if (base === this.#base) this.#swap(true);
    };
    if (this.matches(":focus-within")) this.addEventListener("focusout", swap);
    else swap();
  }

  #swap(ready) {
    this.#ready = ready;
    this.shadowRoot.replaceChildren(ready ? this.#frame : this.#slot);
    if (!ready) return;
    const plain = this.querySelector("[name=q]");
    this.#form.action = `${this.#base}suche`;
    this.#label.textContent = plain?.labels?.[0]?.textContent.trim() || "Frage oder Stichwort";
    this.#button.textContent = this.querySelector("button")?.textContent.trim() || "Suchen";
    this.#field.placeholder = this.platzhalter || plain?.placeholder || "";
    if (plain?.value) this.#field.value = plain.value;
    else if (this.frage) this.#ask(this.frage);
  }

  #clear() {
    this.#running.abort();
    this.#message.textContent = "";
    this.#results.replaceChildren();
  }

  #ask(text, more) {
    this.#field.value = text;
    this.#search(more);
  }

  async #search(more = {}) {
    this.#clear(); // no older answer is wanted
    const { signal } = (this.#running = new AbortController());
    const q = this.#field.value.trim();
    if (!q) return (this.#message.textContent = "Bitte eine Frage oder ein Stichwort eingeben.");
    const asked = new URLSearchParams({ q, ...more });
    for (const name of this.sammlung.split(/[\s,]+/).filter(Boolean)) asked.append("collection", name);
    const all = `${this.#base}suche?${asked}`;
    const count = Number.parseInt(this.treffer, 10) || 5;
    this.#message.textContent = "Die Suche läuft …";
    try {
      const address = `${this.#base}api/v1/search?${asked}&page_size=${count}&facets=none&explain=false`;
      const response = await fetch(address, { signal, credentials: "omit", headers: { accept: "application/json" } });
      const answer = await response.json();
      if (response.ok) this.#show(answer, all);
      else this.#fail(answer.detail.toString(), response.status); // German, from a problem document
    } catch {
      if (signal.aborted) return this.isConnected || this.#clear();
      this.#fail("Die Suche ist nicht erreichbar. Bitte später noch einmal versuchen.", 0);
      this.#lead(all, "In Ch@nge Wissen suchen");
    }
  }

  #show({ fitting, hits, total, notices, suggestions: { did_you_mean: other, corrected, related } }, all) {
    const number = (total.relation === "eq" ? "" : "mindestens ") + total.value.toLocaleString("de-DE");
    const found = fitting ? `${hits.length} von ${number} Textstellen.` : "Dazu haben wir nichts Passendes gefunden.";
    this.#message.textContent = [corrected ? `Gesucht wurde nach „${other}“.` : "", found, ...notices].join(" ").trim();
    if (corrected) this.#suggest("Stattdessen wörtlich:", [this.#field.value.trim()], { verbatim: "true" });
    else if (other) this.#suggest("Meinten Sie:", [other]);
    if (related.length) this.#results.append(make("p", {}, "Nahe Themen:", ...related.map((q) => // on the page: of all collections
      make("a", { href: `${this.#base}suche?${new URLSearchParams({ q })}`, part: "thema" }, q))));
    const list = make("ol", { role: "list", part: "liste" }, ...hits.map((hit) => this.#makeHit(hit)));
    this.#results.append(fitting ? list : make("details", {}, make("summary", {}, "Was am nächsten kommt"), list));
    this.#lead(all, fitting ? `Alle Treffer (${number})` : "In Ch@nge Wissen weitersuchen");
    this.#announce("treffer", { anzahl: total.value, gezeigt: hits.length, passend: fitting });
  }

  #makeHit(hit) {
    return make("li", { part: "treffer" },
      make("a", { href: readAddress(hit.url, this.#base), part: "titel" }, hit.document.title),
      make("p", { part: "ausschnitt" }, readSnippet(hit.passage.snippet_html)),
      make("small", { part: "beleg" }, keep(hit.citation.text)));
  }

  #suggest(lead, words, more) {
    const line = make("p", {}, lead, ...words.map((word) => make("button", { part: "vorschlag" }, word)));
    line.addEventListener("click", ({ target }) => {
      if (target === line) return;
      this.#ask(target.textContent, more);
      this.#field.focus(); // the button is gone
    });
    this.#results.append(line);
  }

  #lead(href, text) {
    this.#results.append(make("p", {}, make("a", { href, part: "alle" }, text)));
  }

  #fail(text, status) {
    this.#message.textContent = text;
    this.#announce("fehler", { status });
  }

  #announce(what, detail) { // never the question itself
    this.dispatchEvent(new CustomEvent(`${NAME}:${what}`, { detail, bubbles: true, composed: true }));
  }
}

for (const name of ATTRIBUTES) {
  Object.defineProperty(Suche.prototype, name, {
    get() { return this.getAttribute(name) || ""; },
    set(value) { this.setAttribute(name, value); },
  });
}
// Browsers from before 2023 keep the plain form.
if ("adoptedStyleSheets" in Document.prototype && !customElements.get(NAME)) customElements.define(NAME, Suche);
})();
