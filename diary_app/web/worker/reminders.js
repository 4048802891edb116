// A reminder is shown, and answered with a sign of life: where the phone stood when the app last ran. No answers.

const LEFT_BY_THE_APP = `diary-standing:${SCOPE.pathname}`;
const ANSWER_WITHIN_MS = 20_000;

// Reminders carry their own words and say nothing about health or the study.
self.addEventListener("push", (event) => {
  const text = event.data?.text() || "Tid til dagbogen";
  const shown = self.registration.showNotification("Dagbog", { body: text, tag: "reminder", icon: "icons/icon-192.png" });
  event.waitUntil(Promise.all([shown, giveSignOfLife().catch(() => {})])); // without a network there is none to give
});

async function giveSignOfLife() {
  const left = await (await caches.open(LEFT_BY_THE_APP)).match(SCOPE.href);
  if (!left) return;
  const { path, token, message } = await left.json();
  await fetch(new URL(path, SCOPE.origin), {
    method: "POST",
    body: JSON.stringify({ ...message, device_clock: new Date().toISOString() }),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(showDiary());
});

async function showDiary() {
  const open = await self.clients.matchAll({ type: "window" });
  const diary = open.find((client) => client.url.startsWith(SCOPE.href));
  if (!diary) return self.clients.openWindow(SCOPE.href);
  diary.postMessage("show-today");
  return diary.focus();
}
