// The editors' pages, better with a script: a job tells how far it is, a form is sent once, times are the reader's own.

const LONGEST = 30000; // milliseconds between two looks at a job after failures in a row
const day = new Intl.DateTimeFormat("de-DE", { dateStyle: "long" });

function tellTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.getTime())) time.textContent = `${day.format(moment).replace(". ", ".\u00a0")}, ${moment.getHours()}:${String(moment.getMinutes()).padStart(2, "0")}\u00a0Uhr`;
  }
}

// A job's page: the part that changes is asked for again and again, and what is new in it is said once.
function follow(place) {
  const address = place.dataset.live;
  const every = Number(place.dataset.every);
  const announcer = document.querySelector("[data-announce]");
  const trouble = document.createElement("p");
  trouble.className = "live-fault";
  trouble.hidden = true;
  trouble.setAttribute("role", "status");
  place.after(trouble);
  let isOver = false; // nothing more will change
  let isLooking = false;
  let failures = 0;
  let timer = 0;
  let told = place.firstElementChild?.dataset.told;

  const show = (html) => {
    const content = new DOMParser().parseFromString(html, "text/html").querySelector("[data-state]");
    if (!content) throw new Error("not the state of a job");
    tellTimes(content);
    const bar = place.querySelector("progress");
    const next = content.querySelector("progress");
    if (place.contains(document.activeElement) && document.activeElement !== document.body) {
      // Whoever stands on a link in here is not thrown off it by a number that changes.
      if (bar && next && content.dataset.state === "running") {
        bar.max = next.max;
        if (next.hasAttribute("value")) bar.value = next.value;
        return content;
      }
    }
    place.replaceChildren(content);
    return content;
  };

  const look = async () => {
    clearTimeout(timer);
    if (document.hidden || isOver || isLooking) return;
    isLooking = true;
    try {
      const answer = await fetch(address, { headers: { accept: "text/html" }, redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") {
        location.reload(); // signed out meanwhile
        return;
      }
      if (answer.status === 404) {
        isOver = true;
        trouble.textContent = "Diesen Auftrag gibt es nicht mehr: Alte Aufträge werden mit der Zeit gelöscht.";
        trouble.hidden = false;
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const content = show(await answer.text());
      failures = 0;
      trouble.hidden = true;
      if (content.dataset.told !== told) {
        told = content.dataset.told;
        if (announcer) announcer.textContent = told;
      }
      const { state } = content.dataset;
      if (state !== "queued" && state !== "running") {
        isOver = true;
        document.title = document.title.replace(/(wartet|läuft)(?= – Pflege)/, state === "done" ? "erledigt" : "gescheitert");
        return;
      }
    } catch {
      failures += 1;
      trouble.textContent = "Der Dienst antwortet gerade nicht. Es wird weiter nachgesehen; der Auftrag ist davon nicht betroffen.";
      trouble.hidden = false;
    } finally {
      isLooking = false;
    }
    timer = setTimeout(look, Math.min(every * 2 ** failures, LONGEST));
  };

  timer = setTimeout(look, every / 2);
  document.addEventListener("visibilitychange", () => !document.hidden && look());
  addEventListener("pagehide", () => clearTimeout(timer));
  addEventListener("pageshow", (event) => event.persisted && look());
}

// A file that is too large is told before it is sent.
function checkFile(input) {
  const check = () => {
    const [file] = input.files;
    const told = file && file.size > Number(input.dataset.maxSize) ? `Die Datei ist größer als ${input.dataset.maxMegabytes} MB. Bitte sie verkleinern oder teilen.` : "";
    input.setCustomValidity(told);
    if (told) input.reportValidity();
  };
  input.addEventListener("change", check);
}

// A second click on the button of a form that is on its way does nothing; back on the page, the form can be sent again.
function sendOnce(form) {
  const button = form.querySelector("button[type=submit]");
  if (!button) return;
  const words = button.textContent;
  const free = () => {
    delete form.dataset.sent;
    button.removeAttribute("aria-disabled");
    button.textContent = words;
  };
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "true";
    button.setAttribute("aria-disabled", "true");
    if (form.enctype === "multipart/form-data") button.textContent = "Wird übertragen …";
  });
  addEventListener("pageshow", free);
}

tellTimes(document);
for (const place of document.querySelectorAll("[data-live]")) if (place.dataset.live) follow(place);
for (const input of document.querySelectorAll("input[type=file][data-max-size]")) checkFile(input);
for (const form of document.querySelectorAll("form[data-once]")) sendOnce(form);
const fault = document.getElementById("fehler");
if (fault?.hasAttribute("tabindex")) fault.focus();
