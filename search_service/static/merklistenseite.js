// The page of bookmarks. The list itself belongs to `merkliste.js`; this shows it and lets it be worked on.
// Whatever was stored is set as text, never as markup.

const { read, write, MOST, tellLimit } = window.merkliste;
const one = (selector, root = document) => root.querySelector(selector);
const tell = (text, urgent) => document.dispatchEvent(new CustomEvent("melden", { detail: { text, urgent } }));
const tellDate = (text) => {
  const day = new Date(text);
  return isNaN(day) ? "" : day.toLocaleDateString("de-DE", { day: "numeric", month: "long", year: "numeric" });
};
// "S. 4" and "§ 98" stay on one line.
const keep = (text) => text.replace(/(§|\b(?:S|Abs|Art|Nr)\.) /g, "$1\u00a0");
const count = (number) => (number === 1 ? "1 Textstelle" : `${number} Textstellen`);

const list = one("[data-list]");
const rows = new Map(); // id -> its row
const gaps = new Map(); // id of what was taken off -> { entry, at, row }
const gone = new Map(); // id -> what became of a passage that is no longer as it was

function makeRow(entry) {
  const row = one("[data-row]").content.firstElementChild.cloneNode(true);
  row.dataset.passage = entry.id;
  row.dataset.document = entry.document;
  const title = one("[data-title]", row);
  title.textContent = entry.title || "Ohne Titel";
  title.href = `/p/${entry.id}`;
  one(".snippet", row).textContent = keep(entry.snippet);
  one(".printed-link", row).textContent = new URL(`/p/${entry.id}`, location.href).href; // whole: on paper nothing can be followed
  one("time", row).textContent = tellDate(entry.date);
  one("[data-when]", row).hidden = !tellDate(entry.date);
  for (const of of row.querySelectorAll("[data-of]")) of.textContent = ` – ${entry.title}`;
  one("textarea", row).addEventListener("input", ({ target }) => change(entry.id, { note: target.value }));
  return row;
}

function fillRow(row, entry, isFirst, isLast) {
  one(".citation", row).textContent = keep(entry.citation);
  one(".printed-note", row).textContent = entry.note && `Notiz: ${entry.note}`;
  const note = one("textarea", row);
  if (note.value !== entry.note) note.value = entry.note;
  const state = one("[data-state]", row);
  state.hidden = !gone.has(entry.id);
  state.textContent = gone.get(entry.id) ?? "";
  one('[data-move="-1"]', row).setAttribute("aria-disabled", isFirst);
  one('[data-move="1"]', row).setAttribute("aria-disabled", isLast);
}

function render() {
  const entries = read();
  const shown = entries.map((entry, index) => {
    if (!rows.has(entry.id)) rows.set(entry.id, makeRow(entry));
    gaps.delete(entry.id);
    fillRow(rows.get(entry.id), entry, index === 0, index === entries.length - 1);
    return rows.get(entry.id);
  });
  for (const { at, row } of [...gaps.values()].sort((one, other) => one.at - other.at)) shown.splice(at, 0, row);
  if (shown.length !== list.children.length || shown.some((row, index) => row !== list.children[index])) {
    const focused = document.activeElement;
    list.replaceChildren(...shown);
    if (list.contains(focused)) focused.focus({ preventScroll: true });
  }
  one("[data-empty]").hidden = shown.length > 0;
  one("[data-filled]").hidden = shown.length === 0;
  one(".export").hidden = entries.length === 0;
  one("[data-tally]").textContent = count(entries.length) + (entries.length === MOST ? " – die Liste ist voll" : "");
  one("[data-fleeting]").textContent = tellLimit();
  one("[data-fleeting]").hidden = !tellLimit();
}

/** Change fields of one entry in the list as it is now: another tab may have changed the rest. */
function change(id, fields) {
  write(read().map((entry) => (entry.id === id ? { ...entry, ...fields } : entry)));
}

function move(id, step) {
  const entries = read();
  const from = entries.findIndex((entry) => entry.id === id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= entries.length) return;
  entries.splice(to, 0, ...entries.splice(from, 1));
  write(entries);
  tell(`Jetzt an Stelle ${to + 1} von ${entries.length}.`);
}

function remove(id) {
  const entries = read();
  const at = [...list.children].indexOf(rows.get(id));
  const entry = entries.find((each) => each.id === id);
  if (!entry) return render(); // another tab was faster
  const row = one("[data-gap]").content.firstElementChild.cloneNode(true);
  one("[data-gone]", row).textContent = `„${entry.title}“ ist entfernt.`;
  row.dataset.id = id;
  gaps.set(id, { entry, at, row });
  write(entries.filter((each) => each !== entry));
  one("[data-undo]", row).focus();
}

function undo(id) {
  const { entry, row } = gaps.get(id);
  const before = [...list.children].slice(0, [...list.children].indexOf(row)).filter((each) => each.dataset.passage);
  const entries = read();
  if (entries.length >= MOST) return tell(`Die Merkliste ist voll (${MOST} Einträge).`, true);
  entries.splice(before.length, 0, entry);
  write(entries);
  one("[data-remove]", rows.get(id)).focus();
}

list.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  const id = target.closest("li")?.dataset.passage;
  if (button?.dataset.move) move(id, Number(button.dataset.move));
  else if (button && "remove" in button.dataset) remove(id);
  else if (button && "undo" in button.dataset) undo(button.closest("li").dataset.id);
});

// All of them.
const isThere = ({ id }) => !gone.has(id);
const form = one(".export");
form.addEventListener("submit", (event) => {
  const entries = read();
  const wanted = entries.filter(isThere);
  if (!wanted.length) {
    event.preventDefault();
    return tell("Keine der Textstellen gibt es noch so, wie sie gemerkt wurde. „Als Text kopieren“ geht weiterhin.", true);
  }
  for (const field of form.querySelectorAll("[name=id]")) field.remove();
  for (const { id } of wanted) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "id", value: id }));
  }
  const missing = entries.length - wanted.length;
  if (missing) tell(`In der Datei fehlen ${count(missing)}, die es so nicht mehr gibt.`, true);
});

one("[data-copy-all]").addEventListener("click", async ({ currentTarget }) => {
  const text = read()
    .map(({ id, citation, note }, index) =>
      [`${index + 1}. ${citation}`, gone.get(id), note && `Notiz: ${note}`].filter(Boolean).join("\n   "))
    .join("\n\n");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return tell("Der Browser lässt die Seite nicht kopieren. Bitte die Fußnoten als Datei herunterladen.", true);
  }
  tell("Als Text kopiert.");
  currentTarget.dataset.done = "";
  setTimeout(() => delete currentTarget.dataset.done, 2000);
});
one("[data-print]").addEventListener("click", () => print());

const confirm = one("[data-confirm]");
one("[data-clear]").addEventListener("click", () => {
  one("[data-question]").textContent =
    `${count(read().length)} samt Notizen verschwinden aus diesem Browser. Das lässt sich nicht rückgängig machen.`;
  confirm.returnValue = "";
  confirm.showModal();
});
confirm.addEventListener("close", () => {
  if (confirm.returnValue !== "yes") return;
  gaps.clear();
  write([]);
  one("[data-empty] a").focus();
});

class Refused extends Error {} // by the service, which says in German why

// What became of the passages, asked once.
async function check() {
  let wanted = read().map(({ id }) => id);
  while (wanted.length) {
    const answer = await fetch("/api/v1/citations?format=footnote", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ids: wanted }),
    });
    if (answer.ok) return renew(wanted, (await answer.text()).split("\n"));
    const { errors = [], detail } = await answer.json();
    const unknown = new Set(errors.map(({ pointer = "" }) => wanted[Number(pointer.split("/").pop())]).filter(Boolean));
    if (answer.status !== 422 || !unknown.size) throw new Refused(detail);
    for (const id of unknown) gone.set(id, await explain(id));
    wanted = wanted.filter((id) => !unknown.has(id));
  }
  render();
}

/** Take over citations that have been corrected since. */
function renew(ids, footnotes) {
  const now = new Map(ids.map((id, index) => [id, footnotes[index]]));
  write(read().map((entry) => ({ ...entry, citation: now.get(entry.id) || entry.citation })));
}

async function explain(id) {
  const answer = await fetch(`/api/v1/permalinks/${id}`);
  if (answer.status === 404) return "Diese Textstelle ist hier nicht bekannt.";
  if (!answer.ok) throw new Refused((await answer.json()).detail);
  const { state, since } = await answer.json();
  const day = tellDate(since);
  const when = day ? ` am ${day}` : "";
  if (state === "changed") return `Das Dokument wurde${when} neu aufgenommen; die Textstelle steht nicht mehr so darin.`;
  if (state === "withdrawn") return `Die Redaktion hat das Dokument${when} zurückgezogen.`;
  return `Das Dokument wurde${when} aus der Wissensdatenbank entfernt.`;
}

one("[data-without-scripts]").remove();
one("[data-today]").textContent = tellDate(new Date());
render();
document.addEventListener("merkliste", render);
check().catch((error) => {
  const why = (error instanceof Refused && error.message) || "Der Dienst antwortet gerade nicht.";
  one("[data-outage]").textContent =
    `${why} Ihre Merkliste ist da; ob alle Textstellen noch so dastehen, ließ sich nicht prüfen.`;
  one("[data-outage]").hidden = false;
  render();
});
