// The service worker as the page sees it: it is registered once Python runs, told that the first screen is up, and
// asked for another version.
//
// A new version waits until every window is closed (the browser then swaps by itself), or until the person
// presses "Update now" in an idle window. Never while a page is starting: a swap then can leave it blank.
"use strict";

const SWAP_WITHIN_MS = 10_000;
const LOOK_FOR_UPDATE_EVERY_MS = 60 * 60 * 1000;

let registration = null;
let lookedForUpdate = 0;

async function afterStart() {
  mark("python-started");
  const persisted = (await navigator.storage?.persisted?.()) ?? null; // asked for later, with the reason
  worker.postMessage({ persisted });
  if (!("serviceWorker" in navigator)) return;
  registration = await navigator.serviceWorker.register(`${BASE}sw.js`, { scope: BASE, updateViaCache: "none" });
  registration.addEventListener("updatefound", () => tellWhenInstalled(registration.installing));
  if (registration.waiting) worker.postMessage({ updateWaiting: true });
  document.addEventListener("visibilitychange", lookForUpdate);
  lookForUpdate();
}

// The first installation takes over an empty place; only a later one waits behind a version in use.
function tellWhenInstalled(incoming) {
  incoming.addEventListener("statechange", () => {
    if (incoming.state === "installed" && registration.active) worker.postMessage({ updateWaiting: true });
  });
}

function lookForUpdate() {
  const now = performance.now();
  if (document.hidden || (lookedForUpdate && now - lookedForUpdate < LOOK_FOR_UPDATE_EVERY_MS)) return;
  lookedForUpdate = now;
  registration.update().catch(() => {}); // offline, or the server is half-way through an update: next time
}

// Whether a newer version is downloaded, after asking the server; without a network there is none.
async function findUpdate() {
  registration ??= (await navigator.serviceWorker?.getRegistration()) ?? null;
  await Promise.race([registration?.update().catch(() => {}), pause(INSTALL_WITHIN_MS)]);
  await until(() => !registration?.installing, INSTALL_WITHIN_MS);
  return Boolean(registration?.waiting);
}

// From here on the version before is not needed any more. A first visit is not controlled from its beginning.
async function tellFirstScreen() {
  const serving = navigator.serviceWorker?.controller ?? (await navigator.serviceWorker?.ready)?.active;
  serving?.postMessage("first-screen");
}

function askServiceWorker(asked, question) {
  const channel = new MessageChannel();
  const answer = new Promise((resolve) => (channel.port1.onmessage = ({ data }) => resolve(data)));
  asked.postMessage(question, [channel.port2]);
  return answer;
}

async function takeUpdate() {
  const incoming = registration?.waiting;
  if (!incoming) return returnToNewest();
  await stopPython();
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
  setTimeout(() => location.reload(), SWAP_WITHIN_MS); // nobody answers: this page is of no use any more as it is
  const alone = await askServiceWorker(incoming, "take-over-if-alone");
  if (!alone) location.reload(); // another window is open: stay on this version
}

// Where the version before is in use, the newest one may try again.
async function returnToNewest() {
  const serving = navigator.serviceWorker?.controller;
  if (!serving || !(await askServiceWorker(serving, "newest"))) return;
  await stopPython();
  location.reload();
}
