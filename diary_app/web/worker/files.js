// Keeps complete versions of the app for use without a network, and answers with one of them.
//
// The builder writes two constants above this text: VERSION, and FILES, a table from path (relative to the
// scope) to SHA-256. Files are kept by their hash, so an update downloads only what changed.

const SCOPE = new URL(self.registration.scope);
const CACHE = `diary-files:${SCOPE.pathname}`;
const PARALLEL = 4;

// What is said without the app goes by the browser, as in the page's words.js: another language than English wherever
// it is known, else English. Each of them has its words in OFFER_WORDS and NEUTRAL_WORDS.
const BESIDE_ENGLISH = ["da"];
const LANGUAGE = (navigator.languages ?? [navigator.language])
  .map((tag) => tag.split("-")[0].toLowerCase())
  .find((code) => BESIDE_ENGLISH.includes(code)) ?? "en";

// Flutter picks canvaskit/chromium/ in Blink browsers; one variant is enough. (ImageDecoder, which Flutter
// probes, does not exist in service workers.) A wrong guess costs a download when the file is asked for.
const IS_BLINK = typeof Intl.v8BreakIterator !== "undefined";
const isOtherVariant = (path) => (IS_BLINK ? path.startsWith("canvaskit/canvaskit.") : path.startsWith("canvaskit/chromium/"));

const keptAs = (hash) => new URL(`__kept/${hash}`, SCOPE).href;

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The file as this version has it, to be kept or given away.
async function download(path, hash) {
  const answer = await fetch(new URL(path, SCOPE), { cache: "no-cache", credentials: "omit" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  // A server half-way through an update serves a mixture: refuse it, the version in use stays.
  if ((await sha256(bytes)) !== hash) throw new Error(`${path} is not of version ${VERSION}`);
  const headers = new Headers(answer.headers);
  for (const name of ["content-encoding", "content-length", "vary"]) headers.delete(name); // the bytes are unpacked now
  return new Response(bytes, { headers });
}

async function keepAll() {
  await recordVersion();
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const [path, hash] of Object.entries(FILES)) {
    if (!isOtherVariant(path) && !(await cache.match(keptAs(hash)))) missing.push([path, hash]);
  }
  const work = async () => {
    for (let next; (next = missing.pop()); ) await cache.put(keptAs(next[1]), await download(...next));
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

async function fromCache(path) {
  const hash = (await servedFiles())[path];
  if (!hash) return fetch(new URL(path, SCOPE), { credentials: "omit" }); // served, but not kept
  const cache = await caches.open(CACHE);
  const kept = await cache.match(keptAs(hash));
  if (kept) return kept;
  const answer = await download(path, hash); // evicted by the browser, or the other CanvasKit variant after all
  await cache.put(keptAs(hash), answer.clone()).catch(() => {}); // a full phone opens the diary all the same
  return answer;
}

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== SCOPE.origin || !address.pathname.startsWith(SCOPE.pathname)) return;
  const path = address.pathname.slice(SCOPE.pathname.length) || "index.html";
  const isStart = path === "index.html" && event.request.mode === "navigate";
  event.respondWith(isStart ? startPage(address) : fromCache(path));
});

self.addEventListener("message", (event) => {
  if (event.data === "version") event.waitUntil(servedVersion().then((version) => event.ports[0].postMessage(version)));
  if (event.data === "first-screen") event.waitUntil(firstScreenReached());
  if (event.data === "newest") event.waitUntil(returnToNewest().then((returned) => event.ports[0].postMessage(returned)));
  if (event.data === "take-over-if-alone") event.waitUntil(takeOverIfAlone(event.ports[0]));
});

async function takeOverIfAlone(port) {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const alone = open.filter((client) => client.url.startsWith(SCOPE.href)).length <= 1;
  port.postMessage(alone);
  if (alone) self.skipWaiting(); // not awaited: its promise may settle only after activation
}
