// „Beleg kopieren“: the footnote stands in the page already, the other formats are fetched. Says so by the event "melden".

const FORMATS = { footnote: "Fußnote", apa: "APA", bibtex: "BibTeX", ris: "RIS", csl: "CSL-JSON" };
const tell = (text, urgent) => document.dispatchEvent(new CustomEvent("melden", { detail: { text, urgent } }));

function makeButton(format, word, title) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet swap";
  button.dataset.copy = format;
  const unseen = document.createElement("span");
  unseen.className = "unseen";
  unseen.textContent = title && ` – ${title}`;
  for (const label of [word, "Kopiert"]) button.appendChild(document.createElement("span")).append(label);
  button.firstChild.append(unseen);
  return button;
}

function furnish() {
  for (const actions of document.querySelectorAll("[data-actions]")) {
    if (actions.querySelector("[data-copy]")) continue;
    const title = actions.closest("[data-passage]")?.querySelector("[data-title]")?.textContent.trim();
    actions.append(makeButton("footnote", "Beleg kopieren", title ?? ""));
  }
  document.querySelectorAll("[data-citation][open]").forEach(offerFormats);
}

// Only in a fold that opens: a book has a thousand of them.
function offerFormats(fold) {
  if (fold.querySelector(".copy-as")) return;
  const row = document.createElement("p");
  row.className = "hint copy-as";
  row.append("Kopieren als: ", ...Object.entries(FORMATS).map(([format, word]) => makeButton(format, word, "")));
  fold.querySelector(".citation").after(row);
}

furnish();
document.addEventListener("textstellen", furnish); // the viewer has turned to another page
document.addEventListener("toggle", ({ target }) => { if (target.open && target.matches("[data-citation]")) offerFormats(target); }, true);

document.addEventListener("click", (event) => {
  const fold = event.target.closest?.("summary")?.parentElement; // it opens after this, and tells only later
  if (fold?.matches("[data-citation]")) offerFormats(fold);
  const button = event.target.closest?.("[data-copy]");
  if (button) copy(button, button.dataset.copy);
});

async function copy(button, format) {
  const place = button.closest("[data-citation], [data-passage]");
  const fold = place.matches("[data-citation]") ? place : place.querySelector("[data-citation]");
  const footnote = place.querySelector(".citation");
  const text = format === "footnote" ? Promise.resolve(readPlain(footnote)) : fetchCitation(fold.dataset.address, format);
  // Begun before the text has come: the permission that the click gave would be over.
  const writing = write(text).then(() => true, () => false);
  try {
    await text;
  } catch (error) {
    tell(`${FORMATS[format]} ist gerade nicht zu bekommen. ${error.message} Die Fußnote lässt sich trotzdem kopieren.`, true);
    return;
  }
  if ((await writing) || select(fold, format === "footnote" ? footnote : show(fold, await text))) {
    tell(`${FORMATS[format]} kopiert.`);
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 2000);
  } else {
    tell("Der Browser lässt die Seite nicht kopieren. Der Beleg ist markiert: bitte Strg+C drücken, am Mac ⌘C.", true);
  }
}

// Blanks that must not break are for the page; whoever pastes the text gets ordinary ones.
function readPlain(element) {
  return element.textContent.trim().replaceAll("\u00a0", " ");
}

// Why not, the service says in German; what a proxy before it says is passed over.
async function fetchCitation(address, format) {
  let refusal;
  try {
    const answer = await fetch(`${address}?format=${format}`);
    if (answer.ok) return await answer.text();
    refusal = (await answer.json()).detail;
  } catch {
    refusal = "Der Dienst antwortet nicht. Bitte später noch einmal versuchen.";
  }
  throw new Error(refusal ?? "Bitte später noch einmal versuchen.");
}

async function write(text) {
  if (!window.ClipboardItem) return navigator.clipboard.writeText(await text);
  const blob = text.then((known) => new Blob([known], { type: "text/plain" }));
  blob.catch(() => {}); // told by who waits for the text; the clipboard may have refused before
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

// Without a clipboard – the page did not come by https – the text is selected, which lets old ways of copying work.
function select(fold, text) {
  if (fold) fold.open = true;
  text.textContent = readPlain(text);
  getSelection().selectAllChildren(text);
  return document.execCommand("copy");
}

function show(fold, text) {
  const shown = fold.querySelector("pre") ?? document.createElement("pre");
  shown.className = "citation";
  shown.tabIndex = 0;
  shown.textContent = text;
  fold.querySelector(".copy-as").after(shown);
  return shown;
}
