/* Suggestions under the search field: a combobox with a list (ARIA 1.2, "list autocomplete with manual selection").
   The field keeps what was typed and the text cursor; only what is chosen goes into it. A dead service is passed over:
   without suggestions the field is what it was. */

const MOST = 5;
const FEWEST_SIGNS = 3;
const MOST_SIGNS = 100; // nothing in the corpus is called longer, see LONGEST_PREFIX in search_service/completions.py
const PAUSE = 150; // milliseconds between the last key and the question: less than a reader waits for, more than a typist's

// What the form sends where nobody has chosen anything: left out, so that a shared address says only what was asked.
const DEFAULTS = { mode: "hybrid", sort: "relevance", group_by: "spread" };

const field = document.getElementById("q");
if (field) attach(field);
field?.form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) {
    if (name !== "q" && (!value || DEFAULTS[name] === value)) formData.delete(name);
  }
});

function attach(input) {
  const list = document.createElement("ul");
  list.id = "vorschlaege";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Vorschläge");
  list.hidden = true;
  const status = document.createElement("p");
  status.className = "unseen";
  status.setAttribute("role", "status");
  input.parentElement.append(list, status);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) input.setAttribute(name, value);

  let active = -1;
  let timer = 0;
  let request = null;

  const isOpen = () => !list.hidden;

  function rest() {
    clearTimeout(timer);
    request?.abort();
    request = null;
  }

  function close() {
    rest();
    list.hidden = true;
    list.replaceChildren();
    status.textContent = "";
    activate(-1);
    input.setAttribute("aria-expanded", "false");
  }

  function activate(place) {
    active = place;
    for (const [number, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(number === place));
    if (place < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[place].id);
  }

  function show(texts) {
    if (!texts.length) return close();
    list.replaceChildren(...texts.map((text, number) => {
      const option = document.createElement("li");
      option.id = `vorschlag-${number + 1}`;
      option.setAttribute("role", "option");
      option.textContent = text;
      return option;
    }));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    activate(-1);
    status.textContent = texts.length === 1 ? "1 Vorschlag" : `${texts.length} Vorschläge`;
  }

  async function ask() {
    rest();
    const typed = input.value.trim();
    if ([...typed].length < FEWEST_SIGNS || typed.length > MOST_SIGNS) return close();
    const mine = request = new AbortController();
    try {
      // One more than is shown: what repeats the field is left out.
      const asked = new URLSearchParams({ q: typed, limit: String(MOST + 1) });
      const answer = await fetch(`/api/v1/suggest?${asked}`, {
        signal: mine.signal, headers: { accept: "application/json" }, cache: "no-store", // half a question is nothing to keep
      });
      const found = answer.ok ? (await answer.json()).suggestions.map((each) => each.text) : [];
      if (mine !== request || document.activeElement !== input) return;
      show(found.filter((text) => fold(text) !== fold(typed)).slice(0, MOST));
    } catch {
      if (mine === request) close();
    }
  }

  function choose(option) {
    input.value = option.textContent;
    close();
    input.form.requestSubmit();
  }

  function move(step) {
    const steps = list.children.length + 1; // one of them is the field itself
    activate(((active + 1 + step + steps) % steps) - 1);
  }

  input.addEventListener("input", (event) => {
    rest();
    if (event.isComposing) return;
    activate(-1);
    if ([...input.value.trim()].length < FEWEST_SIGNS) close();
    else timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("compositionend", () => { rest(); timer = setTimeout(ask, PAUSE); });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.shiftKey) {
      event.preventDefault();
      if (isOpen() && !event.altKey) move(event.key === "ArrowDown" ? 1 : -1);
      else if (isOpen() && event.key === "ArrowUp") close();
      else if (event.key === "ArrowDown") ask();
    } else if (event.key === "Enter" && isOpen() && active >= 0) {
      event.preventDefault();
      choose(list.children[active]);
    } else if (event.key === "Escape") {
      event.preventDefault(); // some browsers empty a search field at once
      if (isOpen()) close();
      else { rest(); input.value = ""; }
    } else if (event.key === "Tab") {
      close();
    } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) {
      activate(-1); // back to the text, where these keys move the cursor
    }
  });

  // The field keeps the focus while an option is pressed; a finger's scrolling is not prevented.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  addEventListener("pagehide", close); // the page may come back as it was left
}

function fold(text) {
  return text.trim().replace(/\s+/g, " ").toLocaleLowerCase("de");
}
