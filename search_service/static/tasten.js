// Single keys for who searches all day. They can be turned off (WCAG 2.1.4) and never act while somebody types.

const KEY = "change-wissen.tasten";
const HELP = [
  ["/", "zum Suchfeld"],
  ["j", "nächster Eintrag"],
  ["k", "voriger Eintrag"],
  ["Eingabe", "Eintrag öffnen"],
  ["c", "Beleg zeigen und kopieren"],
  ["m", "merken oder von der Merkliste nehmen"],
  ["?", "diese Tasten zeigen"],
];
const tell = (text) => document.dispatchEvent(new CustomEvent("melden", { detail: { text } }));

let unstored; // what was chosen on this page, where it could not be stored

/** Tell whether single keys act: looked up each time, for another tab may have changed it. */
function isOn() {
  try {
    return unstored ?? localStorage.getItem(KEY) !== "aus";
  } catch {
    return true;
  }
}

let last; // the entry that was reached last

function find() {
  const focused = document.activeElement?.closest("[data-passage]");
  return focused ?? (last?.isConnected ? last : document.querySelector("[data-passage]:target, .chosen[data-passage]"));
}

function move(step) {
  const entries = [...document.querySelectorAll("[data-passage]")].filter((entry) => entry.checkVisibility?.() ?? true);
  const at = entries.indexOf(find());
  const follows = (entry) => (document.activeElement ?? document.body).compareDocumentPosition(entry) & Node.DOCUMENT_POSITION_FOLLOWING;
  const next = at < 0 ? (entries.find(follows) ?? entries[0]) : entries[Math.max(0, at + step)];
  if (!next) return tell(entries.length ? "Das ist der letzte Eintrag dieser Seite." : "Auf dieser Seite gibt es keine Einträge.");
  last = next;
  // How it scrolls, smoothly or at once, the style sheet says: it knows who wants less motion.
  next.scrollIntoView({ block: next.offsetHeight < innerHeight ? "nearest" : "start" });
  const title = next.querySelector("[data-title]");
  (title?.closest("a") ?? title?.querySelector("a"))?.focus({ preventScroll: true });
}

function press(selector) {
  const entry = find();
  if (!entry) return tell("Bitte zuerst mit j einen Eintrag wählen.");
  entry.querySelector(selector)?.click();
}

function cite() {
  const fold = find()?.querySelector("[data-citation]");
  if (fold) fold.open = true;
  press('[data-copy="footnote"]');
}

function focusField() {
  const field = document.querySelector('input[type="search"]');
  field?.focus();
  field?.select();
  return Boolean(field);
}

const ACTIONS = {
  "/": focusField,
  j: () => move(1),
  k: () => move(-1),
  c: cite,
  m: () => press("[data-remember], [data-remove]"),
  "?": openHelp,
};

document.addEventListener("keydown", (event) => {
  // Shift is not refused: on a German keyboard "/" is Shift+7 and "?" is Shift+ß.
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.repeat && !"jk".includes(event.key)) return;
  const typing = event.composedPath()[0].closest?.("input, textarea, select, [contenteditable], dialog");
  if (typing || document.querySelector("dialog[open]") || !Object.hasOwn(ACTIONS, event.key) || !isOn()) return;
  if (ACTIONS[event.key]() !== false) event.preventDefault();
});

let dialog;
function openHelp() {
  dialog ??= makeDialog();
  dialog.querySelector("input").checked = isOn();
  dialog.showModal();
}

function makeDialog() {
  const made = document.createElement("dialog");
  made.className = "keys";
  made.setAttribute("aria-labelledby", "tasten");
  // Nothing but what is written in this file.
  made.innerHTML = `<form method="dialog"><h2 id="tasten">Tastenkürzel</h2><dl>${HELP.map(
    ([key, does]) => `<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`,
  ).join("")}</dl><label class="choice"><input type="checkbox" role="switch"> <span>Einzelne Tasten als Kürzel nutzen</span></label>
    <p class="hint" role="status"></p><button autofocus>Schließen</button></form>`;
  made.querySelector("input").addEventListener("change", ({ target }) => {
    try {
      localStorage.setItem(KEY, target.checked ? "an" : "aus");
      unstored = undefined;
    } catch {
      unstored = target.checked;
      made.querySelector(".hint").textContent = "Gilt nur auf dieser Seite: Ihr Browser erlaubt kein Speichern.";
    }
  });
  return document.body.appendChild(made);
}

// A way in without a key, and back in for who has turned the keys off.
const opener = document.createElement("button");
opener.type = "button";
opener.className = "keys-opener";
opener.textContent = "Tastenkürzel";
opener.addEventListener("click", openHelp);
const item = document.querySelector("footer ul")?.appendChild(document.createElement("li"));
item?.append(opener);
