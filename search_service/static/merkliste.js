// The reader's bookmarks: kept in this browser, set by „Merken“, counted in the head of every page.
// Other scripts find the list as `window.merkliste`, and have a message shown and spoken by the event "melden".

const KEY = "change-wissen.merkliste";
const MOST = 200; // as many as one answer of the service cites
const LONGEST = { document: 80, title: 300, citation: 1500, snippet: 700, note: 2000, date: 30 };

// Where the list stands, and what its reader is told of how long: when something is remembered, and on the page of the list.
const byStorage = { get: () => localStorage.getItem(KEY), set: (text) => localStorage.setItem(KEY, text), told: "", listed: "" };
// The window's name ends with the tab and needs no permission. Only in a secure context does Cross-Origin-Opener-Policy keep
// it from the sites that the tab goes on to, and theirs from us.
const UNTIL_CLOSED = "Ihr Browser erlaubt kein Speichern: Die Merkliste gilt nur, bis Sie diesen Tab schließen.";
const byTab = {
  get: () => (window.name.startsWith(KEY) ? window.name.slice(KEY.length) : null),
  set: (text) => { window.name = KEY + text; },
  told: UNTIL_CLOSED,
  listed: `${UNTIL_CLOSED} Bitte vorher exportieren.`,
};
let held = null;
const byPage = {
  get: () => held,
  set: (text) => { held = text; },
  told: "Ihr Browser erlaubt kein Speichern: Das gilt nur auf dieser Seite. Bitte den Beleg hier kopieren.",
  listed: "Ihr Browser erlaubt kein Speichern: Was Sie merken oder ändern, gilt nur auf der Seite, auf der Sie es tun.",
};
const instead = window.isSecureContext ? byTab : byPage;
let place = byStorage;
try {
  byStorage.get();
  const kept = instead.get();
  if (kept !== null) { // storing failed in this tab before, or it was named so: the list is taken from there if it fails again
    localStorage.setItem(`${KEY}.probe`, kept);
    localStorage.removeItem(`${KEY}.probe`);
  }
} catch {
  place = instead;
}

/** Return the entries in their order. What is stored may be broken, old or somebody else's: only what fits is taken. */
function read() {
  let stored;
  try {
    stored = JSON.parse(place.get());
  } catch {
    return [];
  }
  if (stored?.version !== 1 || !Array.isArray(stored.entries)) return [];
  const entries = new Map();
  for (const found of stored.entries) {
    if (typeof found?.id !== "string" || !/^[\w-]{1,80}$/.test(found.id) || entries.size === MOST) continue;
    const fields = Object.entries(LONGEST).map(([name, longest]) => [name, clip(found[name], longest)]);
    entries.set(found.id, { id: found.id, ...Object.fromEntries(fields) });
  }
  return [...entries.values()];
}

function write(entries) {
  const text = JSON.stringify({ version: 1, entries });
  try {
    place.set(text);
  } catch {
    place = instead; // full or read-only
    place.set(text);
  }
  document.dispatchEvent(new Event("merkliste"));
}

const clip = (value, longest) => (typeof value === "string" ? value.slice(0, longest) : "");
window.merkliste = { read, write, MOST, tellLimit: () => place.listed };

// Messages: one line at the lower edge, which moves nothing.
const line = document.createElement("p");
line.className = "told";
line.setAttribute("role", "status");
document.body.append(line);
let clearing;
document.addEventListener("melden", ({ detail: { text, urgent = false } }) => {
  line.textContent = text;
  clearTimeout(clearing);
  if (!urgent) clearing = setTimeout(() => { line.textContent = ""; }, 6000);
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") line.textContent = ""; });
line.addEventListener("click", () => { line.textContent = ""; });
const tell = (text, urgent) => document.dispatchEvent(new CustomEvent("melden", { detail: { text, urgent } }));

// Buttons.
const taken = new Map(); // off the list since this page was opened: put on again, an entry has its note again
function furnish(actions) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet swap";
  button.dataset.remember = actions.dataset.actions;
  const title = actions.closest("[data-passage]")?.querySelector("[data-title]")?.textContent.trim() ?? "";
  for (const word of ["Merken", "Gemerkt"]) {
    const label = button.appendChild(document.createElement("span"));
    const unseen = document.createElement("span");
    unseen.className = "unseen";
    unseen.textContent = ` – ${title}`;
    label.append(word, unseen);
  }
  actions.prepend(button);
}
function furnishAll() {
  for (const actions of document.querySelectorAll("[data-actions]")) {
    if (!actions.querySelector("[data-remember]")) furnish(actions);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-remember]");
  if (!button) return;
  const entries = read();
  const id = button.dataset.remember;
  const known = entries.findIndex((entry) => entry.id === id);
  if (known >= 0) {
    taken.set(id, entries[known]);
    write(entries.filter((entry) => entry.id !== id));
    tell("Von der Merkliste genommen.");
  } else if (entries.length >= MOST) {
    tell(`Die Merkliste ist voll (${MOST} Einträge). Bitte dort erst exportieren und aufräumen.`, true);
  } else {
    write([...entries, taken.get(id) ?? collect(id, button.closest("[data-passage]"))]);
    tell(`Auf der Merkliste. ${place.told}`.trim(), place !== byStorage);
  }
});

function collect(id, shown) {
  const find = (selector) => shown.querySelector(selector)?.textContent.replace(/\s+/g, " ").trim() ?? "";
  return {
    id,
    document: shown.dataset.document ?? "",
    title: find("[data-title]"),
    citation: find(".citation"),
    snippet: find(".snippet, .text"),
    note: "",
    date: new Date().toISOString(),
  };
}

function refresh() {
  const ids = new Set(read().map((entry) => entry.id));
  for (const button of document.querySelectorAll("[data-remember]")) {
    button.setAttribute("aria-pressed", ids.has(button.dataset.remember));
  }
  for (const count of document.querySelectorAll("[data-bookmark-count]")) {
    count.textContent = ids.size;
    count.hidden = !ids.size;
  }
}

furnishAll();
refresh();
document.addEventListener("merkliste", refresh);
document.addEventListener("textstellen", () => { furnishAll(); refresh(); }); // the viewer has turned to another page
const renew = () => document.dispatchEvent(new Event("merkliste"));
addEventListener("storage", ({ key }) => { if (key === KEY || key === null) renew(); });
addEventListener("pageshow", ({ persisted }) => { if (persisted) renew(); }); // back button
