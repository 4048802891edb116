// What the app can ask of the page around it: only a page, not a worker, can show the browser's own questions.
"use strict";

let installQuestion = null; // kept back by the browser until somebody taps

window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  installQuestion = event;
  tellFacts();
});
window.addEventListener("appinstalled", () => {
  installQuestion = null;
  tellFacts();
});

// What the person allows or forbids in the browser's own settings counts at once.
navigator.permissions?.query({ name: "notifications" }).then((permission) => (permission.onchange = tellFacts), () => {});

// A reminder has done its work once the diary is before somebody: it stays on no lock screen after that.
async function takeRemindersAway() {
  if (document.visibilityState !== "visible") return;
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const shown of (await registration?.getNotifications({ tag: "reminder" })) ?? []) shown.close();
}
document.addEventListener("visibilitychange", () => takeRemindersAway().catch(() => {}));
takeRemindersAway().catch(() => {}); // a browser that shows none has none to take away

const REMINDERS = { default: "ask", granted: "granted", denied: "denied" };

function pageFacts() {
  const canRemind = "Notification" in window && "serviceWorker" in navigator;
  return {
    reminders: canRemind ? REMINDERS[Notification.permission] : "unavailable",
    installable: installQuestion !== null,
  };
}

const PAGE_CAN = {
  async install() {
    const question = installQuestion;
    installQuestion = null; // it can be shown once
    await question?.prompt();
  },
  async allowReminders() {
    if ("Notification" in window) await Notification.requestPermission();
    return pageFacts().reminders;
  },
  async showReminder(title, words) {
    const registration = await navigator.serviceWorker.getRegistration();
    if (!registration || Notification.permission !== "granted") return false;
    await registration.showNotification(title, { body: words, tag: "reminder", icon: "icons/icon-192.png" });
    return true;
  },
  // Only where reminders were allowed: a subscription may ask for that itself, and only a tap should.
  async pushAddress(key) {
    if (!("PushManager" in window) || Notification.permission !== "granted") return "";
    const { pushManager } = await navigator.serviceWorker.ready;
    let subscription = await pushManager.getSubscription();
    if (subscription && !isFor(subscription, key)) {
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = subscription.toJSON();
    return JSON.stringify({ endpoint, ...keys });
  },
  async keepStorage() {
    return (await navigator.storage?.persist?.()) ?? false;
  },
  async lookForUpdate() {
    return findUpdate();
  },
};

function isFor(subscription, key) {
  const bytes = new Uint8Array(subscription.options.applicationServerKey ?? []);
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") === key;
}

// A refusal by the browser is an answer too: Python waits for it.
async function answerWorker({ ask, number, details }) {
  let answer = null;
  try {
    answer = await PAGE_CAN[ask](...details);
  } catch (error) {
    console.warn(`${ask}: ${error}`);
  }
  const persisted = ask === "keepStorage" ? answer : undefined;
  worker.postMessage({ answerTo: number, answer, persisted, facts: pageFacts() });
}

function tellFacts() {
  worker?.postMessage({ facts: pageFacts() });
}

// Flutter watches this style and lays everything out anew; a percentage keeps what the person set in the browser.
function scaleText(percent) {
  document.documentElement.style.fontSize = percent === 100 ? "" : `${percent}%`;
}

function saveFile(name, bytes) {
  const address = URL.createObjectURL(new Blob([bytes]));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
