// A reminder is shown, and answered with a sign of life: where the phone stood when the app last ran. No answers.

const LEFT_BY_THE_APP = `diary-standing:${SCOPE.pathname}`;
const ANSWER_WITHIN_MS = 20_000;
const NEUTRAL_WORDS = {
  da: { title: "Dagbog", words: "Tid til dagbogen" },
  en: { title: "Diary", words: "Time for the diary" },
};

// Reminders carry their own words and say nothing about health or the study.
self.addEventListener("push", (event) => {
  const { title, words } = wordsOf(event.data);
  const shown = self.registration.showNotification(title, { body: words, tag: "reminder", icon: "icons/icon-192.png" });
  event.waitUntil(Promise.all([shown, giveSignOfLife().catch(() => {})])); // without a network there is none to give
});

// Whatever arrives, something must be shown: browsers take the permission away from a page that stays silent.
function wordsOf(data) {
  try {
    const { title, words } = data.json();
    if (title && words) return { title: String(title), words: String(words) };
  } catch {
    // it is no reminder of ours, or an empty one
  }
  return NEUTRAL_WORDS[LANGUAGE];
}

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
  if (!diary) return self.clients.openWindow(`${SCOPE.href}#reminder`);
  diary.postMessage("show-today");
  return diary.focus();
}
