// Keys: through rows, to a search, to the areas. They rest while somebody types, can be switched off for whom a letter
// alone is easily struck or heard by mistake, and every page works without them.
"use strict";

const AREAS = { o: "/console/", c: "/console/calls", i: "/console/inbox", p: "/console/participants", v: "/console/visits" };
const HELD = ["j", "k"]; // what goes on while it is held; any other key counts once, however long it is held
const OFF = "keys-off";
let isGoing = false; // after g, for as long as nothing else is done: nobody has to be quick

function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function rows() {
  return [...document.querySelectorAll("[data-row], .list-table tbody tr")].filter((row) => row.getClientRects().length);
}

function currentRow() {
  return document.activeElement && document.activeElement.closest("[data-row], .list-table tbody tr");
}

function moveBy(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(currentRow());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step))];
  if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function logContact() {
  const row = currentRow() || rows()[0];
  const details = row && row.querySelector("[data-contact]");
  if (!details) return false;
  details.open = true;
  details.querySelector("input[type=radio]").focus();
  return true;
}

function goTo(path) {
  const link = document.querySelector(`.menu a[href="${path}"]`);
  if (link) location.assign(path);
}

function search() {
  const field = document.querySelector("[data-find], input[type=search], [role=search] .field input");
  const folded = field && field.closest("details:not([open])");
  if (folded) folded.open = true;
  if (field) field.focus();
  return Boolean(field);
}

function openRow() {
  const row = currentRow();
  if (!row || document.activeElement !== row) return false;
  const link = row.querySelector("a");
  if (link) link.click();
  return Boolean(link);
}

const dialog = document.querySelector("[data-keys-dialog]");

function showKeys() {
  if (dialog && !dialog.open) dialog.showModal();
  return Boolean(dialog);
}

function showNews() {
  const button = document.querySelector("[data-news-show]");
  if (!button || !button.getClientRects().length) return false;
  button.click();
  return true;
}

function acted(key, wasGoing) {
  if (wasGoing && AREAS[key]) {
    goTo(AREAS[key]);
    return true;
  }
  isGoing = key === "g";
  switch (key) {
    case "j": moveBy(1); return true;
    case "k": moveBy(-1); return true;
    case "c": return logContact();
    case "n": return showNews();
    case "/": return search();
    case "?": return showKeys();
    case "Enter": return openRow();
    default: return false;
  }
}

/** Whatever comes between g and a letter ends it. */
function stay() {
  const wasGoing = isGoing;
  isGoing = false;
  return wasGoing;
}

addEventListener("keydown", (event) => {
  if (event.repeat && !HELD.includes(event.key)) return; // it may still be held on the page that it has led to
  const wasGoing = stay();
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (document.body.hasAttribute("data-keys-off")) return;
  if (isTyping(event.target) || (dialog && dialog.open)) return;
  if (acted(event.key, wasGoing)) event.preventDefault();
});
addEventListener("pointerdown", stay);
addEventListener("blur", stay);

// ---- switching them off, in this browser -----------------------------------------------------------------------

function areOff() {
  try { return localStorage.getItem(OFF) !== null; } catch { return false; } // a browser may keep nothing
}

function keepOff(isOff) {
  try { isOff ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF); } catch { /* for this page, then */ }
}

function switchKeys(isOff) {
  document.body.toggleAttribute("data-keys-off", isOff);
  for (const box of document.querySelectorAll("[data-keys-on]")) {
    box.checked = !isOff;
    box.closest("label").hidden = false;
  }
}
switchKeys(areOff());

for (const box of document.querySelectorAll("[data-keys-on]")) {
  box.addEventListener("change", () => { keepOff(!box.checked); switchKeys(!box.checked); });
}

for (const link of document.querySelectorAll("[data-keys]")) {
  link.addEventListener("click", (event) => { if (showKeys()) event.preventDefault(); });
}
