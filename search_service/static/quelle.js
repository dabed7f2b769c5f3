// The viewer of sources: draws the page with pdf.js where it can, turns pages without loading anew, and enlarges them.
// Without it, or where it fails, the picture of the page stays.

const MOST_PIXELS = 16_000_000; // of a canvas: about 64 MB
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
const PIECE = 262_144; // bytes of one request into a file: large pages need few of them
const RESIZE_REST = 150; // ms
const FINAL = ["PasswordException", "InvalidPDFException"]; // of pdf.js: the file itself, not the way to it

let view = document.getElementById("ansicht");
let zoom = 1;
let opening; // of the library and the file, once for the page unless it fails
let tries = 0; // of that
let trouble = ""; // what was said when the page could not be drawn
let canDraw = false; // it has drawn one page at least
let turn = 0; // counts pages shown, so that one that comes too late is not shown any more
let task; // of pdf.js, under way
let shown = location.pathname + location.search; // to tell turning back from a jump inside the page

const find = (name) => view.querySelector(`[data-${name}]`);

function say(text) {
  const status = find("status");
  if (status) status.textContent = text;
}

async function openFile({ library, worker, assets, file }) {
  // Browsers remember that a module could not be fetched; under another fragment they ask for it again.
  const pdfjs = await import(tries++ ? `${library}#${tries}` : library);
  pdfjs.GlobalWorkerOptions.workerSrc = worker;
  const base = new URL(assets, location.href).href;
  const loading = pdfjs.getDocument({
    url: new URL(file, location.href).href,
    rangeChunkSize: PIECE,
    disableAutoFetch: true,
    disableStream: true,
    cMapUrl: `${base}cmaps/`,
    standardFontDataUrl: `${base}standard_fonts/`,
    iccUrl: `${base}iccs/`,
    wasmUrl: `${base}wasm/`,
    useWasm: false,
    useSystemFonts: false,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  try {
    return { pdfjs, pdf: await loading.promise };
  } catch (error) {
    loading.destroy().catch(() => {});
    throw error;
  }
}

// What failed on the way is tried anew with the next page: the service may be back.
function forget(failed) {
  if (opening === failed) opening = undefined;
  failed.then(({ pdf }) => pdf.loadingTask.destroy()).catch(() => {});
}

async function draw() {
  const mine = ++turn;
  task?.cancel();
  const { library, page } = view.dataset;
  if (!library || !find("sheet")) return;
  const opened = (opening ??= openFile({ ...view.dataset }));
  try {
    const { pdfjs, pdf } = await opened;
    const sheet = await pdf.getPage(Number(page));
    if (mine !== turn) return;
    await drawSheet(pdfjs, sheet, mine);
    canDraw = true;
    if (trouble && find("status")?.textContent === trouble) say("");
    trouble = "";
  } catch (error) {
    if (mine !== turn || error?.name === "RenderingCancelledException") return;
    if (!FINAL.includes(error?.name)) forget(opened);
    showPicture();
    trouble = tellFailure(error);
    say(trouble);
  }
}

function tellFailure(error) {
  if (error?.name === "PasswordException") return "Die Datei ist mit einem Passwort geschützt und lässt sich hier nicht zeigen.";
  if (!find("picture")) return "Die Seite lässt sich hier nicht zeigen. Bitte die Datei im Browser öffnen.";
  return "Gezeigt wird ein Bild der Seite: Die Datei selbst ließ sich nicht laden oder darstellen.";
}

async function drawSheet(pdfjs, sheet, mine) {
  const figure = find("sheet");
  const plain = sheet.getViewport({ scale: 1 });
  const scale = figure.clientWidth / plain.width;
  const viewport = sheet.getViewport({ scale });
  const density = Math.min(devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / (viewport.width * viewport.height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(viewport.width * density);
  canvas.height = Math.round(viewport.height * density);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", figure.dataset.name);
  task = sheet.render({ canvas, viewport, transform: density === 1 ? null : [density, 0, 0, density, 0, 0] });
  await task.promise;
  if (mine !== turn) return;
  const words = document.createElement("div");
  words.className = "page-words";
  figure.querySelectorAll("canvas, .page-words").forEach((old) => old.remove());
  figure.prepend(canvas);
  figure.append(words);
  figure.removeAttribute("data-waiting");
  figure.style.setProperty("--total-scale-factor", scale);
  hidePicture();
  await new pdfjs.TextLayer({ textContentSource: sheet.streamTextContent(), container: words, viewport }).render();
  if (mine === turn) figure.dataset.drawn = view.dataset.page;
}

function hidePicture() {
  const picture = find("picture");
  if (picture) picture.hidden = true;
  const without = find("without-picture");
  if (without) without.hidden = true;
}

function showPicture() {
  const picture = find("picture");
  view.querySelectorAll("canvas, .page-words").forEach((old) => old.remove());
  find("sheet").removeAttribute("data-waiting");
  if (!picture) return;
  for (const name of ["srcset", "src"]) {
    if (picture.dataset[name]) picture[name] = picture.dataset[name];
  }
  picture.hidden = false;
}

function makeZoom() {
  const place = find("zoom");
  if (!place || !find("sheet")) return;
  const buttons = [
    ["−", "Verkleinern", () => setZoom(ZOOMS.findLast((value) => value < zoom) ?? zoom)],
    ["Breite", "Auf die Breite einpassen", () => setZoom(1)],
    ["+", "Vergrößern", () => setZoom(ZOOMS.find((value) => value > zoom) ?? zoom)],
  ];
  for (const [text, name, act] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", text.length > 1 ? `${text}: ${name}` : name);
    button.addEventListener("click", act);
    place.append(button);
  }
}

function applyZoom() {
  const frame = find("frame");
  if (!find("sheet")) return;
  find("sheet").style.setProperty("--zoom", zoom);
  if (zoom > 1) frame.tabIndex = 0; // what scrolls sideways must be reached by the keyboard
  else frame.removeAttribute("tabindex");
}

function setZoom(value) {
  if (value === zoom) return;
  zoom = value;
  applyZoom();
  say(`Vergrößerung ${Math.round(zoom * 100)} Prozent`);
  draw();
}

function isTurn(address) {
  return address.origin === location.origin && address.pathname === location.pathname && address.search !== location.search;
}

async function go(address, { remember = true, focus = "a[rel=next]" } = {}) {
  const mine = ++turn;
  let answer, text;
  try {
    answer = await fetch(address, { headers: { accept: "text/html" } });
    text = await answer.text();
  } catch {
    if (mine === turn) say("Der Dienst ist gerade nicht erreichbar. Bitte gleich noch einmal versuchen.");
    return;
  }
  if (mine !== turn) return;
  if (answer.status === 429 || answer.status >= 500) {
    say("Der Dienst ist gerade überlastet oder gestört. Bitte gleich noch einmal versuchen.");
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  const next = page.getElementById("ansicht");
  if (!answer.ok || answer.redirected || !next) {
    location.assign(address);
    return;
  }
  if (remember) history.pushState(null, "", address);
  shown = location.pathname + location.search;
  adopt(page.title, next, focus);
}

function adopt(title, next, focus) {
  const picture = next.querySelector("[data-picture]");
  if (canDraw && picture) {
    // Drawn by pdf.js in a moment: the picture is fetched only if that fails.
    for (const name of ["srcset", "src"]) {
      picture.dataset[name] = picture.getAttribute(name) ?? "";
      picture.removeAttribute(name);
    }
    picture.hidden = true;
    keepDrawing(next);
  }
  document.title = title;
  keepPassage(next);
  view.replaceWith(next);
  view = next;
  begin();
  (view.querySelector(focus) ?? view.querySelector(".turning a"))?.focus({ preventScroll: true });
  showMarks();
  say(view.querySelector(".source-head .folio")?.textContent.replace(/\s+/g, " ").trim() ?? "");
  document.dispatchEvent(new CustomEvent("textstellen")); // for what puts buttons at passages
}

// The passage that is read goes on with the buttons it has.
function keepPassage(next) {
  const [old, now] = [view, next].map((each) => each.querySelector(".chosen"));
  if (!old || old.dataset.passage !== now?.dataset.passage) return;
  if (now.id) old.id = now.id;
  else old.removeAttribute("id");
  now.replaceWith(old);
}

function showMarks() {
  const marks = view.querySelector(".marks g[id]");
  const place = marks?.getBoundingClientRect();
  if (place && (place.top < 0 || place.bottom > innerHeight)) marks.scrollIntoView({ block: "center" });
}

// The page before stays in its place until the next one is drawn, so that nothing jumps; its text and marks do not.
function keepDrawing(next) {
  const old = view.querySelector("canvas");
  const sheet = next.querySelector("[data-sheet]");
  if (!old || !sheet) return;
  sheet.prepend(old);
  sheet.dataset.waiting = "";
}

function begin() {
  offerWayBack();
  makeZoom();
  applyZoom();
  find("picture")?.addEventListener("error", () => say("Das Bild der Seite lässt sich nicht zeigen. Der Text der Seite steht daneben."));
  draw();
}

function offerWayBack() {
  const ways = view.querySelector(".source-ways");
  if (!document.referrer || !ways || ways.children.length > 1) return; // the address names a way back itself
  const from = new URL(document.referrer);
  if (from.origin !== location.origin || from.pathname !== "/suche" || !from.search) return;
  const link = document.createElement("a");
  link.href = from.pathname + from.search;
  link.textContent = "Zurück zu den Treffern";
  ways.prepend(link);
}

function follow(event) {
  const link = event.target.closest?.("#ansicht a[href]");
  const plain = !event.defaultPrevented && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !plain || link.hasAttribute("download") || !find("sheet")) return;
  const address = new URL(link.href);
  if (!isTurn(address)) return;
  event.preventDefault();
  go(address.href, { focus: link.rel ? `a[rel=${link.rel}]` : "h1" });
}

function jump(event) {
  if (!event.target.matches?.("#ansicht .jump") || !find("sheet")) return;
  const address = new URL(event.target.action);
  address.search = new URLSearchParams(new FormData(event.target)).toString();
  event.preventDefault();
  go(address.href, { focus: "#seite" });
}

function watchWidth() {
  let width = find("frame")?.clientWidth;
  let rest;
  new ResizeObserver(() => {
    clearTimeout(rest);
    rest = setTimeout(() => {
      const now = find("frame")?.clientWidth;
      if (now && now !== width) {
        width = now;
        draw();
      }
    }, RESIZE_REST);
  }).observe(document.documentElement);
}

if (view && !find("sheet")) offerWayBack();
if (view && find("sheet")) {
  begin();
  watchWidth();
  document.addEventListener("click", follow);
  document.addEventListener("submit", jump);
  addEventListener("popstate", () => {
    if (location.pathname + location.search !== shown) go(location.href, { remember: false });
  });
}
