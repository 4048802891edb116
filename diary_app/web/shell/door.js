// The front door: the PIN is typed while the app behind it is still loading.
//
// On its last visit the app left the words and looks here, in every language of the study; no secret is among them, and
// where there are none (first visit, a wait after wrong tries) the app shows its own PIN screen when it is up. The PIN
// goes to Python and nowhere else. Python says when the door opens: the diary is there, or has more to say than this
// page can.
"use strict";

const DOOR_KEY = "diary-door";
const DOOR_VERSION = 1; // of what is left; another is as none
const PIN_LENGTH = { shortest: 4, longest: 6 };
const DOOR_WITHIN_MS = 3000;
const PLAIN = { brightness: "phone", contrast: "normal", percent: 100 };

const doorLeft = leftDoor();
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

// Something may be wrong with what was left; Python has been told of a door, so it is begun again without one.
function showDoor() {
  try {
    if (doorLeft) putUpDoor();
  } catch (error) {
    console.warn(`door: ${error}`);
    leaveDoor("");
    location.reload();
  }
}

function putUpDoor() {
  door = element("dialog", { className: "door" });
  door.setAttribute("aria-labelledby", "door-title");
  door.setAttribute("closedby", "none");
  door.addEventListener("cancel", (event) => event.preventDefault());
  door.addEventListener("close", () => door?.showModal()); // Escape changes nothing here
  hangDoor(doorLeft.language);
  document.body.append(door);
  door.showModal();
  document.getElementById("starting")?.remove();
  requestAnimationFrame(() => mark("door"));
}

function hangDoor(language) {
  const say = doorLeft.words[language];
  const others = Object.keys(doorLeft.words).filter((other) => other !== language);
  const field = element("input", {
    id: "door-pin", type: "password", inputMode: "numeric", autocomplete: "off", maxLength: PIN_LENGTH.longest,
    autofocus: true, oninput: () => typed(field, on),
  });
  const on = element("button", {
    type: "button", className: "on", textContent: say.open, disabled: true,
    onclick: () => goThrough(language, field.value, say.moment),
  });
  const forgotten = element("button", {
    type: "button", className: "quiet", textContent: say.forgotten, onclick: () => goThrough(language, "", say.moment),
  });
  door.lang = document.documentElement.lang = language;
  door.replaceChildren(
    ...(say.banner ? [element("p", { className: "banner", textContent: say.banner })] : []),
    element("div", { className: "content" },
      element("div", { className: "languages" }, ...others.map((other) => element("button", {
        type: "button", className: "quiet", lang: other, textContent: doorLeft.words[other].name, onclick: () => hangDoor(other),
      }))),
      element("h1", { id: "door-title", textContent: say.title }),
      element("p", { textContent: say.body }),
      element("label", { htmlFor: "door-pin", textContent: say.label }), field,
      element("p", { className: "small", textContent: say.contact })),
    element("div", { className: "foot" }, on, forgotten));
  field.focus();
}

function typed(field, on) {
  field.value = field.value.replace(/[^0-9]/g, "").slice(0, PIN_LENGTH.longest);
  on.disabled = field.value.length < PIN_LENGTH.shortest;
}

// An empty PIN: it is forgotten.
function goThrough(language, pin, moment) {
  for (const control of door.querySelectorAll("button, input")) control.disabled = true;
  const on = door.querySelector(".on");
  on.textContent = moment;
  on.setAttribute("role", "status");
  worker.postMessage({ door: { language, pin } });
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
}

// Flutter listens to keys on the window and would keep Tab for itself, although the door stands before it.
for (const kind of ["keydown", "keyup"]) {
  window.addEventListener(kind, (event) => {
    if (!door) return;
    event.stopImmediatePropagation();
    if (kind === "keydown" && event.key === "Enter" && event.target.id === "door-pin") door.querySelector(".on").click();
  }, true);
}
