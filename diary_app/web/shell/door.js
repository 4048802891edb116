// The front door: the PIN, or the code on a first visit, is typed while the app behind it is still loading.
//
// On its last visit the app left the words and looks here, in every language of the study; no secret is among them, and
// where there are none (a wait after wrong tries) the app shows its own PIN screen when it is up. Who has not enrolled yet
// is greeted in the words that came with the page (greeting.js). What is typed goes to Python and nowhere else. Python says
// when the door opens: the diary is there, or has more to say than this page can.
"use strict";

const DOOR_KEY = "diary-door";
const DOOR_VERSION = 2; // of what is left; another is as none
const PIN_LENGTH = { shortest: 4, longest: 6 };
const DOOR_WITHIN_MS = 3000;
const PLAIN = { brightness: "phone", contrast: "normal", percent: 100 };

// What is asked, by what it is called in Python (`AtDoor`).
const AT_DOOR = {
  pin: {
    field: { type: "password", inputMode: "numeric", maxLength: PIN_LENGTH.longest, autofocus: true },
    tidy: (typed) => typed.replace(/[^0-9]/g, "").slice(0, PIN_LENGTH.longest),
    isEnough: (typed) => typed.length >= PIN_LENGTH.shortest,
  },
  code: {
    field: { type: "text", autocapitalize: "characters", spellcheck: false, placeholder: "XXXX-XXXX-XXXX" },
    tidy: groupedWhileTyping,
    isEnough: (typed) => typed.trim() !== "",
  },
};

const doorLeft = leftDoor();
const askedAtDoor = whatIsAsked();
let door = null; // the dialog, while it is up

dressPage(doorLeft ?? PLAIN); // before anything is painted

function leaveDoor(text) {
  try {
    if (text) localStorage.setItem(DOOR_KEY, text);
    else localStorage.removeItem(DOOR_KEY);
  } catch (error) {
    console.warn(`door: ${error}`); // no room: the app's own PIN screen is enough
  }
}

function leftDoor() {
  try {
    const found = JSON.parse(localStorage.getItem(DOOR_KEY));
    return found?.version === DOOR_VERSION ? found : null;
  } catch {
    return null;
  }
}

function dressPage({ brightness, contrast, percent }) {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  Object.assign(document.documentElement.dataset, {
    brightness: brightness === "phone" ? (isDark ? "dark" : "light") : brightness,
    contrast,
  });
  scaleText(percent);
}

async function whatIsAsked() {
  if (doorLeft?.asks === "pin") return "pin";
  return (await isNew()) ? "code" : "";
}

// Nobody is greeted who has a diary here, nor on iOS outside the installed app, whose storage is another one.
async function isNew() {
  if (!DIARY_GREETING || navigator.standalone === false) return false;
  if (doorLeft) return doorLeft.asks === "code";
  try {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("diary");
    return (await (await folder.getFileHandle("diary.db")).getFile()).size === 0;
  } catch (error) {
    return error.name === "NotFoundError";
  }
}

// Something may be wrong with what was left; Python has been told of a door, so the page begins again without one.
async function showDoor(enrolCode) {
  try {
    const asked = await askedAtDoor;
    if (asked === "pin") putUpDoor(asked, doorLeft.language, doorLeft.words);
    if (asked === "code") putUpDoor(asked, doorLeft?.language ?? DIARY_LANGUAGE, DIARY_GREETING, enrolCode);
  } catch (error) {
    if (!doorLeft) return failed(error);
    console.warn(`door: ${error}`);
    leaveDoor("");
    location.reload();
  }
}

function putUpDoor(asked, language, words, typed = "") {
  if (document.querySelector("dialog.notice")) return; // there is something else to say
  door = element("dialog", { className: "door" });
  door.setAttribute("aria-labelledby", "door-title");
  door.setAttribute("closedby", "none");
  door.addEventListener("cancel", (event) => event.preventDefault());
  door.addEventListener("close", () => door?.showModal()); // Escape changes nothing here
  hangDoor({ asked, language, words, typed });
  document.body.append(door);
  door.showModal();
  document.getElementById("starting")?.remove();
  requestAnimationFrame(() => mark("door"));
}

function hangDoor({ asked, language, words, typed }) {
  const say = words[language];
  const { field: kind, tidy, isEnough } = AT_DOOR[asked];
  const go = (text) => goThrough(language, text, say.moment);
  const field = element("input", { ...kind, id: "door-field", autocomplete: "off", value: typed, oninput: () => {
    typed = tidy(field.value, typed);
    if (field.value !== typed) field.value = typed; // setting it moves the cursor
    on.disabled = !isEnough(typed);
  } });
  const on = element("button", {
    type: "button", className: "on", textContent: say.on, disabled: !isEnough(typed), onclick: () => go(typed),
  });
  const others = Object.keys(words).filter((other) => other !== language);
  door.lang = document.documentElement.lang = language;
  door.replaceChildren(
    ...(say.banner ? [element("p", { className: "banner", textContent: say.banner })] : []),
    element("div", { className: "content" },
      element("div", { className: "languages" }, ...others.map((other) => quietly(words[other].name, () => {
        hangDoor({ asked, language: other, words, typed });
        if (!kind.autofocus) door.querySelector(".languages button").focus(); // where the keyboard was
      }, { lang: other }))),
      element("h1", { id: "door-title", textContent: say.title, tabIndex: -1, autofocus: !kind.autofocus }),
      ...say.lines.map((line) => element("p", { textContent: line })),
      element("label", { htmlFor: "door-field", textContent: say.label }), field,
      element("p", { className: "small", textContent: say.contact }), ...(say.install ? [installing(say)] : [])),
    element("div", { className: "foot" }, on, ...(say.forgotten ? [quietly(say.forgotten, () => go(""))] : [])));
  if (kind.autofocus) field.focus();
}

function quietly(words, act, properties = {}) {
  return element("button", { type: "button", className: "quiet", textContent: words, onclick: act, ...properties });
}

// Where the browser can put the diary on the home screen; it may say so while somebody reads.
function installing({ installWhy, install }) {
  return element("div", { className: "installing", hidden: !installQuestion },
    element("p", { className: "small", textContent: installWhy }),
    element("button", { type: "button", className: "beside", textContent: install, onclick: PAGE_CAN.install }));
}

for (const kind of ["beforeinstallprompt", "appinstalled"]) {
  window.addEventListener(kind, () => {
    const offer = door?.querySelector(".installing");
    if (offer) offer.hidden = !installQuestion;
  });
}

// As the app's own field does: groups of four as the code grows, and nothing moves while something is removed.
function groupedWhileTyping(typed, before) {
  const letters = typed.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");
  if (typed.length <= before.length || letters.length > 12) return typed;
  return letters.match(/.{1,4}/gu)?.join("-") ?? "";
}

// An empty PIN: it is forgotten.
function goThrough(language, typed, moment) {
  for (const control of door.querySelectorAll("button, input")) control.disabled = true;
  const on = door.querySelector(".on");
  on.textContent = moment;
  on.setAttribute("role", "status");
  worker.postMessage({ door: { language, typed } });
}

// Python has sent another screen; it is on the glass once the words that stood behind the door are gone.
async function openDoor(wordsBehind) {
  if (door) await until(() => hasWords() && !shownWords().includes(wordsBehind), DOOR_WITHIN_MS);
  removeDoor();
}

function removeDoor() {
  const open = door;
  door = null;
  open?.remove();
  nameLanguage(appLanguage);
}

// Flutter listens to keys on the window and would keep Tab for itself, although the door stands before it.
for (const kind of ["keydown", "keyup"]) {
  window.addEventListener(kind, (event) => {
    if (!door) return;
    event.stopImmediatePropagation();
    if (kind === "keydown" && event.key === "Enter" && event.target.id === "door-field") door.querySelector(".on").click();
  }, true);
}
