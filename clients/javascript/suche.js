// Search in Ch@nge Wissen while somebody types: no library, no build step. Markup: suche.html. MIT licence.
const form = document.querySelector("#wissen");
const message = document.querySelector("#wissen-meldung");
const list = document.querySelector("#wissen-treffer");
const PAUSE = 250; // milliseconds without a key before the service is asked
let running = new AbortController();
let waiting;

function make(name, text, more = {}) {
  return Object.assign(document.createElement(name), { textContent: text }, more); // textContent: never read as HTML
}

function show(hit) {
  const item = document.createElement("li");
  item.append(make("a", hit.document.title, { href: new URL(hit.url, form.action) }));
  // The one field that is HTML: the service escapes everything in it but <mark> and <em>.
  item.append(make("p", "", { innerHTML: hit.passage.snippet_html }), make("small", hit.citation.text));
  return item;
}

async function search() {
  clearTimeout(waiting);
  running.abort(); // the answer to what was typed before is no longer wanted
  const { signal } = (running = new AbortController());
  const q = form.elements.q.value.trim();
  if (!q) return report("", []);
  const address = new URL("api/v1/search", form.action);
  address.search = new URLSearchParams({ q, page_size: 5 });
  try {
    const response = await fetch(address, { signal, headers: { accept: "application/json" } });
    const answer = await response.json();
    if (!response.ok) return report(answer.detail, []); // a problem document (RFC 9457) says in German what to do
    const nothing = answer.fitting ? [] : ["Dazu gibt es nichts Passendes. Am nächsten kommt:"];
    report([...nothing, ...answer.notices].join(" "), answer.hits);
  } catch (error) {
    if (!signal.aborted) report("Die Suche ist gerade nicht erreichbar. Bitte später noch einmal versuchen.", []);
  }
}

function report(text, hits) {
  message.textContent = text;
  list.replaceChildren(...hits.map(show));
}

form.addEventListener("submit", (event) => (event.preventDefault(), search()));
form.addEventListener("input", () => (clearTimeout(waiting), (waiting = setTimeout(search, PAUSE))));
