// Keeps one complete version of the app for use without a network.
//
// The builder writes two constants above this text: VERSION, and FILES, a table from path (relative to the
// scope) to SHA-256. Files are kept by their hash, so an update downloads only what changed.
"use strict";

const SCOPE = new URL(self.registration.scope);
const CACHE = `diary-files:${SCOPE.pathname}`;
const PARALLEL = 4;

// Flutter picks canvaskit/chromium/ in Blink browsers; one variant is enough. (ImageDecoder, which Flutter
// probes, does not exist in service workers.) A wrong guess costs a download when the file is asked for.
const IS_BLINK = typeof Intl.v8BreakIterator !== "undefined";
const isOtherVariant = (path) => (IS_BLINK ? path.startsWith("canvaskit/canvaskit.") : path.startsWith("canvaskit/chromium/"));

const keptAs = (path) => new URL(`__kept/${FILES[path]}`, SCOPE).href;

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function keep(cache, path) {
  const answer = await fetch(new URL(path, SCOPE), { cache: "no-cache", credentials: "omit" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  // A server half-way through an update serves a mixture: refuse it, the version in use stays.
  if ((await sha256(bytes)) !== FILES[path]) throw new Error(`${path} is not of version ${VERSION}`);
  const headers = new Headers(answer.headers);
  for (const name of ["content-encoding", "content-length", "vary"]) headers.delete(name); // the bytes are unpacked now
  await cache.put(keptAs(path), new Response(bytes, { headers }));
}

async function keepAll() {
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const path of Object.keys(FILES)) {
    if (!isOtherVariant(path) && !(await cache.match(keptAs(path)))) missing.push(path);
  }
  const work = async () => {
    for (let path; (path = missing.pop()); ) await keep(cache, path);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

async function dropOldVersions() {
  const cache = await caches.open(CACHE);
  const wanted = new Set(Object.keys(FILES).map(keptAs));
  for (const request of await cache.keys()) {
    if (!wanted.has(request.url)) await cache.delete(request);
  }
}

async function fromCache(path) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(keptAs(path));
  if (kept) return kept;
  await keep(cache, path); // evicted by the browser, or the other CanvasKit variant after all
  return cache.match(keptAs(path));
}

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(dropOldVersions().then(() => self.clients.claim())));

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== SCOPE.origin || !address.pathname.startsWith(SCOPE.pathname)) return;
  const path = address.pathname.slice(SCOPE.pathname.length) || "index.html";
  if (path in FILES) event.respondWith(fromCache(path));
});

self.addEventListener("message", (event) => {
  if (event.data === "version") event.ports[0].postMessage(VERSION);
  if (event.data === "take-over-if-alone") event.waitUntil(takeOverIfAlone(event.ports[0]));
});

async function takeOverIfAlone(port) {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const alone = open.filter((client) => client.url.startsWith(SCOPE.href)).length <= 1;
  port.postMessage(alone);
  if (alone) self.skipWaiting(); // not awaited: its promise may settle only after activation
}

// Reminders carry their own words and say nothing about health or the study.
self.addEventListener("push", (event) => {
  const text = event.data?.text() || "Tid til dagbogen";
  event.waitUntil(self.registration.showNotification("Dagbog", { body: text, tag: "reminder", icon: "icons/icon-192.png" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(showDiary());
});

async function showDiary() {
  const open = await self.clients.matchAll({ type: "window" });
  const diary = open.find((client) => client.url.startsWith(SCOPE.href));
  return diary ? diary.focus() : self.clients.openWindow(SCOPE.href);
}
