// The page around Flutter: starts Python early, guards against a second window, hands over updates,
// and says in plain words what is wrong when something is. Runs before Flutter and without it.
"use strict";

const BASE = new URL("./", document.baseURI).pathname;
const SLOW_START_MS = 8000;
const CLOSE_WITHIN_MS = 500;
const WORDLESS_FRAME_MS = 6000;
const INSTALL_WITHIN_MS = 120000;

const words = DIARY_WORDS;
const mark = (name, startTime = performance.now()) => performance.mark(`diary:${name}`, { startTime });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(isSo, withinMs) {
  for (let waited = 0; waited <= withinMs; waited += 50) {
    if (isSo()) return true;
    await pause(50);
  }
  return false;
}

// Trusted Types: the only script addresses that may be set at run time are our own.
if (window.trustedTypes) {
  trustedTypes.createPolicy("default", {
    createScriptURL(address) {
      if (new URL(address, document.baseURI).origin !== location.origin) throw new TypeError(`refused ${address}`);
      return address;
    },
  });
}

// Flet's own page carries this: WebKit brings a page back from its cache with frames that never render again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted && navigator.vendor?.startsWith("Apple")) location.reload();
});

// ---- what Flet's client reads -------------------------------------------------------------------------------

var flet = {
  pyodide: true,
  multiView: false,
  noCdn: true,
  webRenderer: "canvaskit",
  canvasKitBaseUrl: `${BASE}canvaskit/`,
  fontFallbackBaseUrl: `${BASE}assets/fonts/`,
  entrypointBaseUrl: BASE,
  assetBase: BASE,
  routeUrlStrategy: "hash",
  webSocketEndpoint: "/ws",
  pythonModuleName: "main",
};
flet.flutterAppLoaded = new Promise((resolve) => (flet.flutterAppResolve = resolve));

globalThis.jsConnect = async (_appId, args, receive) => {
  mark("flutter-connects");
  toFlutter = receive;
  worker.postMessage({ connect: { args, documentUrl: document.URL } });
  await pythonStarted;
};
globalThis.jsSend = async (_appId, data) => worker.postMessage(data, [data.buffer]);
globalThis.jsDisconnect = async () => worker.terminate();

// ---- the enrolment link -------------------------------------------------------------------------------------

// The code is a secret for some days: it leaves the address bar and the history before anything else runs.
// Kept in the window (not on disk) so that a reload before enrolment is done does not lose it.
function takeEnrolCode() {
  const match = /^#enrol=([^&]*)/.exec(location.hash);
  if (!match) return inWindow((kept) => kept.getItem("enrol-code")) ?? "";
  history.replaceState(null, "", location.pathname + location.search);
  const code = decodeSafely(match[1]);
  inWindow((kept) => kept.setItem("enrol-code", code));
  return code;
}

// A browser that was told to keep nothing refuses even this; what that means is said when the files are opened.
function inWindow(act) {
  try {
    return act(sessionStorage);
  } catch (error) {
    console.warn(`window: ${error}`);
    return null;
  }
}

// Opened by a tap on a reminder: the study is told when, as it is of the entry that may follow.
function takeTap() {
  if (location.hash !== "#reminder") return 0;
  history.replaceState(null, "", location.pathname + location.search);
  return Date.now();
}

function decodeSafely(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// A link tapped while the diary is already open changes only the fragment.
window.addEventListener("hashchange", () => {
  if (location.hash.startsWith("#enrol=")) location.reload();
});

// ---- Python -------------------------------------------------------------------------------------------------

let worker = null;
let toFlutter = null;
let settlePython;
const pythonStarted = new Promise((resolve, reject) => (settlePython = { resolve, reject }));
pythonStarted.catch(() => {}); // shown to the person by `failed`, not as an unhandled rejection
let workerClosed = () => {};
let tellShown;
const appShown = new Promise((resolve) => (tellShown = resolve)); // the app itself found nothing wrong

async function startPython(enrolCode, tapped) {
  worker = new Worker(`${BASE}python-worker.js`, { type: "module" });
  worker.onmessage = ({ data }) => (data instanceof Uint8Array ? toFlutter(data) : heardFromWorker(data));
  tellFacts();
  worker.onerror = (event) => failed(event.message || "python-worker.js could not be loaded");
  worker.postMessage({
    begin: {
      enrolCode,
      language: DIARY_LANGUAGE,
      standalone: matchMedia("(display-mode: standalone)").matches || navigator.standalone === true,
      // Only Safari on iOS has this property; its storage and that of the installed app are separate.
      needsHomeScreen: navigator.standalone === false,
      asksAtDoor: await askedAtDoor,
      tapped,
    },
  });
}

function heardFromWorker(message) {
  if (message.mark) mark(message.mark, message.at - performance.timeOrigin);
  if (message.started) {
    settlePython.resolve();
    afterStart().catch((error) => console.warn(`updates: ${error}`)); // open all the same: it is tried at the next start
  }
  if (message.openElsewhere) openElsewhere(words.elsewhereTitle, words.elsewhere);
  if (message.unsupported) say(words.unsupportedTitle, words.unsupported, null, null, message.unsupported);
  if (message.failed) failed(message.failed);
  if (message.closed) workerClosed();
  if ("language" in message) nameLanguage(message.language);
  if (message.forgetEnrolCode) inWindow((kept) => kept.removeItem("enrol-code"));
  if (message.shown) tellShown();
  if (message.takeUpdate) takeUpdate();
  if (message.ask) answerWorker(message);
  if (message.scaleText) scaleText(message.scaleText);
  if (message.saveFile) saveFile(message.saveFile, message.bytes);
  if ("leaveDoor" in message) leaveDoor(message.leaveDoor);
  if ("openDoor" in message) openDoor(message.openDoor);
}

// Closes the files first, so that the next owner finds them free; then ends Python for good.
async function stopPython() {
  const closed = new Promise((resolve) => (workerClosed = resolve));
  worker.postMessage({ close: true });
  await Promise.race([closed, pause(CLOSE_WITHIN_MS)]);
  worker.terminate();
}

// ---- one window at a time -----------------------------------------------------------------------------------

const windows = new BroadcastChannel("diary-windows");

windows.onmessage = async ({ data }) => {
  if (data !== "hand-over" || !worker) return;
  await stopPython();
  windows.postMessage("handed-over");
  openElsewhere(words.movedTitle, words.moved);
};

function openElsewhere(title, text) {
  say(title, text, words.useHere, async () => {
    const handedOver = new Promise((resolve) => windows.addEventListener("message", resolve, { once: true }));
    windows.postMessage("hand-over");
    await Promise.race([handedOver, pause(2 * CLOSE_WITHIN_MS)]);
    location.reload();
  });
}

// ---- while it is open ---------------------------------------------------------------------------------------

window.addEventListener("online", () => worker?.postMessage({ online: true }));
document.addEventListener("visibilitychange", () => worker?.postMessage({ looked: true }));

// A tap on a reminder leads to Today, but never away from a question that is on the screen.
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data !== "show-today") return;
  worker?.postMessage({ tapped: Date.now() });
  if (!/^#\/(question|review|late)/.test(location.hash)) location.hash = "#/";
});

// ---- what is said in dialogs --------------------------------------------------------------------------------

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function say(title, text, action, act, details) {
  if (!document.body) return document.addEventListener("DOMContentLoaded", () => say(title, text, action, act, details));
  document.querySelector("dialog.notice")?.remove();
  document.getElementById("starting")?.remove();
  removeDoor();
  const dialog = element("dialog", { className: "notice" },
    element("h1", { id: "notice-title", textContent: title }), element("p", { id: "notice-text", textContent: text }));
  dialog.setAttribute("role", "alertdialog");
  dialog.setAttribute("aria-labelledby", "notice-title");
  dialog.setAttribute("aria-describedby", "notice-text");
  dialog.setAttribute("closedby", "none");
  if (action) dialog.append(element("button", { type: "button", textContent: action, autofocus: true, onclick: act }));
  if (details) {
    dialog.append(element("details", {}, element("summary", { textContent: words.details }), element("p", { textContent: details })));
  }
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.isConnected && dialog.showModal()); // Escape changes nothing here
  dialog.showModal();
}

let hasFailed = false;

function failed(reason) {
  const text = String(reason?.stack ?? reason);
  console.error(text);
  settlePython.reject(new Error(text));
  if (hasFailed) return;
  hasFailed = true;
  say(words.failedTitle, words.failed, words.tryAgain, tryAgain, text.slice(0, 600));
}

// The version in use does not start. Whoever runs the server may have put another one there since: take it.
async function tryAgain() {
  if (await findUpdate()) await takeUpdate();
  else location.reload(); // the same version once more
}

// ---- Flutter ------------------------------------------------------------------------------------------------

function startFlutter() {
  const script = element("script", { onerror: () => failed("flutter_bootstrap.js could not be loaded") });
  script.src = "flutter_bootstrap.js";
  document.body.append(script);
}

// Until Flutter has painted, whatever breaks here means that the diary does not open.
const brokeAtStart = (event) => failed(event.reason ?? event.error ?? event.message);
window.addEventListener("unhandledrejection", brokeAtStart);

window.addEventListener("flutter-first-frame", async () => {
  mark("first-frame");
  window.removeEventListener("unhandledrejection", brokeAtStart);
  allowZoom();
  nameLanguage(appLanguage);
  if (!document.title) document.title = "Dagbog";
  await until(switchSemanticsOn, 5000);
  await pythonStarted;
  const isUp = await until(hasWords, WORDLESS_FRAME_MS);
  mark("first-screen");
  document.getElementById("starting")?.remove();
  if (isUp) appShown.then(tellFirstScreen);
}, { once: true });

// Screen readers need no extra tap to be let in.
function switchSemanticsOn() {
  const placeholder = document.querySelector("flt-semantics-placeholder");
  placeholder?.click();
  return placeholder !== null;
}

// Flet's client shows this word of its own until Python has sent the first screen.
const FLET_IS_WAITING = /^(Working\.*)?$/;

function hasWords() {
  return !FLET_IS_WAITING.test(shownWords());
}

function shownWords() {
  return document.querySelector("flt-semantics-host")?.innerText.trim() ?? "";
}

// Flutter writes the browser's language over ours; what counts is the language of the door, then that of the app.
let appLanguage = DIARY_LANGUAGE;

function nameLanguage(language) {
  appLanguage = language;
  document.documentElement.lang = door?.lang ?? language;
}

// Flutter forbids pinch zoom in the viewport it writes; people with poor sight need it (WCAG 1.4.4).
function allowZoom() {
  for (const viewport of document.querySelectorAll("meta[name=viewport]")) {
    viewport.content = "width=device-width, initial-scale=1";
  }
}

// ---- begin --------------------------------------------------------------------------------------------------

const enrolCode = takeEnrolCode();
startPython(enrolCode, takeTap());
document.addEventListener("DOMContentLoaded", () => {
  const line = document.getElementById("starting-words");
  if (line) line.textContent = words.starting;
  setTimeout(() => line && (line.textContent = words.startingSlowly), SLOW_START_MS);
  showDoor(enrolCode);
  startFlutter();
});
