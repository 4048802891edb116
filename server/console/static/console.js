// What the pages can do beyond HTML: arrow keys in the heat map, the words of a cell beside it, a word before
// the log-in lapses. Nothing depends on it.
"use strict";

const STEPS = {
  ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
  Home: [0, -Infinity], End: [0, Infinity], PageUp: [-10, 0], PageDown: [10, 0],
};
const NOTICE_SECONDS = 120;
// What a page asks without anybody's doing keeps nobody logged in.
const BY_ITSELF = { "X-By-Itself": "1" };

function cellsOf(table) {
  return [...table.tBodies[0].rows].map((row) => [...row.cells].filter((cell) => cell.querySelector("svg[role=img] > title") && cell.tagName === "TD"));
}

function within(index, length) {
  return Math.max(0, Math.min(length - 1, index));
}

/** One cell is in the tab order; arrow keys move it. */
function walkWithArrows(table) {
  const rows = cellsOf(table);
  if (!rows.length || !rows[0].length) return;
  const places = new Map();
  rows.forEach((row, down) => row.forEach((cell, along) => {
    cell.tabIndex = -1;
    const link = cell.querySelector("a");
    if (link) link.tabIndex = -1; // Enter on the cell follows it
    places.set(cell, [down, along]);
  }));
  table.setAttribute("role", "grid");
  let current = rows.flat().find((cell) => cell.classList.contains("today")) ?? rows[0].at(-1);
  current.tabIndex = 0;

  const moveTo = (cell) => {
    current.tabIndex = -1;
    current = cell;
    current.tabIndex = 0;
  };
  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td");
    if (places.has(cell)) moveTo(cell);
  });
  table.addEventListener("keydown", (event) => {
    const place = places.get(event.target);
    if (place && event.key === "Enter") event.target.querySelector("a")?.click();
    const step = STEPS[event.key];
    if (!place || !step || event.altKey || event.metaKey) return;
    event.preventDefault();
    const down = event.ctrlKey && step[1] ? (step[1] < 0 ? 0 : rows.length - 1) : within(place[0] + step[0], rows.length);
    const below = step[0] && rows[down].find((cell) => cell.cellIndex === event.target.cellIndex);
    const next = below || rows[down][within(place[1] + step[1], rows[down].length)];
    next.focus({ preventScroll: true });
    bringIntoSight(next, table);
  });
}

/** The sticky columns must not hide the cell that has the focus. */
function bringIntoSight(cell, table) {
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  const scroll = table.closest("[data-scroll]");
  const fixed = [...cell.parentElement.cells].filter((one) => getComputedStyle(one).position === "sticky");
  const edge = Math.max(...fixed.map((one) => one.getBoundingClientRect().right));
  const hidden = edge - cell.getBoundingClientRect().left;
  if (hidden > 0) scroll.scrollLeft -= hidden + 4;
}

/** Where the whole width fits, the page scrolls and not a part of it; the heads stay at the top of the window. */
function needNoPane(scroll) {
  const table = scroll.querySelector("table");
  const sizes = new ResizeObserver(() => {
    table.style.borderRight = "";
    scroll.classList.toggle("fits", table.offsetWidth <= scroll.offsetWidth);
    const wasAtEnd = scroll.scrollLeft >= scroll.scrollWidth - scroll.clientWidth - 1;
    const room = cutOff(scroll, table.tBodies[0].rows[0].cells);
    if (room) table.style.borderRight = `${room}px solid transparent`;
    if (room && wasAtEnd) scroll.scrollLeft = scroll.scrollWidth;
  });
  sizes.observe(scroll);
  sizes.observe(table); // its text may grow while the window stays
}

/** How much of phase, contact or rate would still stick out beside the number when today is in sight. */
function cutOff(scroll, cells) {
  const table = scroll.querySelector("table"), others = [...cells].slice(1, 4);
  if (getComputedStyle(others[0]).position === "sticky") return 0;
  const hidden = table.offsetWidth - scroll.clientWidth;
  let end = 0;
  for (const { offsetWidth } of others) {
    if (end >= hidden) return 0;
    end += offsetWidth;
    if (end > hidden) return end - hidden;
  }
  return 0;
}

/** Where the words of a cell are shown; one for all tables. */
const tip = document.createElement("p");
tip.className = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true");
document.body.append(tip);

function hide() {
  tip.hidden = true;
}

/** Keys scroll as they lead on: the words stay with their cell, until it is out of sight. */
function follow() {
  if (tip.hidden) return;
  const cell = document.activeElement, box = cell.getBoundingClientRect();
  if (cell.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2))) place(tip, box);
  else hide();
}
addEventListener("scroll", follow, { capture: true, passive: true });

/** The words of the cell that has the focus, beside it; screen readers have them from the cell itself. */
function showWords(table) {
  table.addEventListener("focusin", (event) => {
    const title = event.target.querySelector("svg > title");
    if (!title) return hide();
    const cell = event.target.closest("td");
    const number = cell.parentElement.cells[0].firstChild.textContent.trim();
    tip.textContent = table.dataset.grid === "days" ? title.textContent : `${number} · ${title.textContent}`;
    tip.hidden = false;
    place(tip, event.target.getBoundingClientRect());
  });
  table.addEventListener("focusout", hide);
  table.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}

function place(tip, cell) {
  const { width, height } = tip.getBoundingClientRect();
  const below = cell.bottom + 6 + height <= innerHeight;
  tip.style.top = `${below ? cell.bottom + 6 : cell.top - 6 - height}px`;
  tip.style.left = `${Math.max(8, Math.min(cell.left, innerWidth - width - 8))}px`;
}

let idleTimers = [];

/** Two minutes before the log-in lapses, offer to stay; afterwards the log-in takes the place of the page. */
function warnBeforeLogOut(notice) {
  const idle = Number(notice.dataset.idleSeconds);
  notice.hidden = true;
  idleTimers.forEach(clearTimeout);
  idleTimers = [
    setTimeout(() => { notice.hidden = false; }, Math.max(10, idle - NOTICE_SECONDS) * 1000),
    setTimeout(() => leaveUnlessUsedElsewhere(notice), (idle + 5) * 1000),
  ];
}

/** Where another tab is in use this one waits. It asks by itself: else two idle tabs would keep each other logged in. */
async function leaveUnlessUsedElsewhere(notice) {
  const answer = await fetch("/console/keys", { headers: { Accept: "text/html", ...BY_ITSELF } }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected || !(await isOfSamePerson(answer))) {
    return location.replace(notice.dataset.resting);
  }
  notice.hidden = true;
  idleTimers = [setTimeout(() => leaveUnlessUsedElsewhere(notice), NOTICE_SECONDS * 1000)];
}

/** On a shared computer the next person may have logged in: what the last one saw and typed is not theirs to read. */
async function isOfSamePerson(answer) {
  const page = new DOMParser().parseFromString(await answer.text().catch(() => ""), "text/html");
  const account = document.querySelector("[data-account]").dataset.account;
  return page.querySelector("[data-account]")?.dataset.account === account;
}

/** Somebody has just used the log-in: it lasts as long again. */
function stayLoggedIn() {
  document.querySelectorAll("[data-idle-seconds]").forEach(warnBeforeLogOut);
}
stayLoggedIn();

/** What a part of the page can do beyond HTML; also a part that has come later. */
function liven(part) {
  for (const table of part.querySelectorAll("[data-grid]")) {
    walkWithArrows(table);
    showWords(table);
  }
  for (const scroll of part.querySelectorAll(".scroll[data-scroll]")) needNoPane(scroll);
  for (const scroll of part.querySelectorAll("[data-scroll]")) {
    scroll.scrollLeft = scroll.scrollWidth; // today is at the right end
  }
  // Without a script the browser's own menu prints.
  for (const button of part.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}
liven(document);
// Where there is little room a menu is folded away; without a script it stays open, which only takes more room.
// It names the width from which on there is room, as the style sheet does.
for (const menu of document.querySelectorAll("[data-menu]")) {
  const roomy = matchMedia(`(min-width: ${menu.dataset.menu})`);
  const fold = () => { menu.open = roomy.matches; };
  roomy.addEventListener("change", fold);
  fold();
}
// A link into a list that is folded away unfolds it.
function unfoldTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = target && target.closest("details");
  if (details && !details.open) {
    details.open = true;
    target.scrollIntoView();
  }
}
addEventListener("hashchange", unfoldTarget);
unfoldTarget();
// On a small window what was refused may lie below the fold, and a page that seems to have done nothing is sent again.
// Where a field has the focus already, it is the one to be typed again.
const refused = document.querySelector(".refusal");
if (refused && document.activeElement === document.body && !document.querySelector("[autofocus]:not(dialog *)")) refused.focus();
/** How far an export is, every two seconds; the page is made anew when it has ended. */
function followProgress(place) {
  const bar = place.querySelector("progress");
  const ask = async () => {
    try {
      const answer = await fetch(place.dataset.progress, { headers: { Accept: "application/json", ...BY_ITSELF } });
      if (!answer.ok) return;
      const { stage, percent } = await answer.json();
      bar.value = percent;
      if (stage !== "running") return location.replace("/console/exports");
    } catch { /* tried again */ }
    setTimeout(ask, 2000);
  };
  setTimeout(ask, 1000);
}

document.querySelectorAll("[data-progress]").forEach(followProgress);
