// Keys: through rows, to a search, to the areas. They rest while somebody types, and every page works without them.
"use strict";

const AREAS = { o: "/console/", c: "/console/calls", i: "/console/inbox", p: "/console/participants", v: "/console/visits" };
const WAIT_MS = 1500;
let going = 0;

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

function acted(key) {
  if (Date.now() - going < WAIT_MS && AREAS[key]) {
    going = 0;
    goTo(AREAS[key]);
    return true;
  }
  going = key === "g" ? Date.now() : 0;
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

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (isTyping(event.target) || (dialog && dialog.open)) return;
  if (acted(event.key)) event.preventDefault();
});

for (const link of document.querySelectorAll("[data-keys]")) {
  link.addEventListener("click", (event) => { if (showKeys()) event.preventDefault(); });
}
