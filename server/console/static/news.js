// Says that something has changed since the page was made, and shows it: when asked to, or by itself where nobody is at
// work on the page. It asks only while the page is in sight, more and more seldom, and never keeps anybody logged in.
"use strict";

{
  const SECOND = 1000;
  const FIRST = 30 * SECOND, AFTER_NEWS = 60 * SECOND, SELDOM = 120 * SECOND, IN_TROUBLE = 300 * SECOND;
  const SHARE = 100; // of its time a page takes at most this part for fetching itself, so a slow server is asked less
  const AT_REST = 60 * SECOND, BACK_IN_SIGHT = 5 * SECOND, TROUBLES_UNTOLD = 2;

  const place = document.querySelector("[data-news]");
  const main = document.querySelector("main");
  const line = place.querySelector("[data-news-line]");
  const button = place.querySelector("[data-news-show]");
  const logIn = place.querySelector("[data-news-log-in]");
  const said = document.querySelector("[data-news-said]");

  let mark = place.dataset.mark; // of what was looked at last, shown or not
  let waiting = null; // what is new and not shown yet: about whom, and the page that has it
  let isHeard = false; // whether it was said aloud
  let wait = FIRST, timer = 0, askedAt = Date.now(), usedAt = Date.now(), troubles = 0, isOver = false;

  // ---- asking ------------------------------------------------------------------------------------------------

  function askIn(delay) {
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(ask, delay * (0.9 + Math.random() / 5)); // pages do not march in step
  }

  async function ask() {
    if (document.hidden || isOver) return; // goes on when it is in sight again
    askedAt = Date.now();
    try {
      const headers = { Accept: "text/html", "If-None-Match": `"${mark}"`, ...BY_ITSELF };
      const answer = await fetch(place.dataset.news, { headers, cache: "no-store" });
      if (isClosed(answer)) return end(answer);
      if (answer.status === 304) wait = Math.min(wait * 1.5, SELDOM);
      else if (answer.ok) {
        await look();
        wait = Math.max(AFTER_NEWS, Math.min(SHARE * (Date.now() - askedAt), IN_TROUBLE));
      } else throw new Error(answer.statusText);
      recover();
    } catch {
      troubles += 1;
      wait = Math.min(FIRST * 2 ** troubles, IN_TROUBLE);
      if (troubles > TROUBLES_UNTOLD && !waiting) tell(place.dataset.silent);
    }
    askIn(wait);
  }

  function recover() {
    if (troubles > TROUBLES_UNTOLD && !waiting) place.hidden = true;
    troubles = 0;
  }

  function isClosed(answer) {
    return answer.redirected || answer.status === 401 || answer.status === 403;
  }

  /** The page as it would be made now; null when it is no longer open to whoever is here. */
  async function fetchPage(headers) {
    const answer = await fetch(place.dataset.here, { headers: { Accept: "text/html", ...headers }, cache: "no-store" });
    if (isClosed(answer)) {
      end(answer);
      return null;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { page, main: page.querySelector("main"), data: page.querySelector("[data-news]").dataset };
  }

  /** Compare with what is shown. What differs only in forms, or in when a phone was last heard, is no news. */
  async function look() {
    const fresh = await fetchPage(BY_ITSELF);
    if (!fresh) return;
    mark = fresh.data.mark;
    if (Number(fresh.data.at) < Number(place.dataset.at)) return; // kept by another process since before this page
    if (fits(fresh)) renewMenu(fresh.page);
    waiting = newsIn(fresh);
    if (!waiting) return settle(fresh);
    if (isAtRest() && fits(fresh)) show(waiting);
    else tellNews();
  }

  /** Of another person, in another language, from another release: it has to be opened anew, as parts do not fit. */
  function fits({ page }) {
    const made = (one) => [
      one.documentElement.lang, one.querySelector(".account .name").textContent,
      ...[...one.querySelectorAll("link[rel=stylesheet], script[src]")].map((part) => part.getAttribute("href") ?? part.getAttribute("src")),
    ].join(" ");
    return made(page) === made(document);
  }

  // ---- what is new -------------------------------------------------------------------------------------------

  const words = (part) => part.textContent.replace(/\s+/g, " ").trim();
  const aboutWhom = (row) => row.dataset.about ?? words(row.cells[0]);
  const rowsOf = (part) => [...part.querySelectorAll("[data-about], .list-table tbody tr")];

  /** What is read: of each participant, and altogether. */
  function contents(part) {
    const copy = part.cloneNode(true);
    copy.querySelectorAll("[data-quiet], .as-of, .said, form").forEach((one) => one.remove());
    const about = new Map();
    for (const row of rowsOf(copy)) about.set(aboutWhom(row), `${about.get(aboutWhom(row)) ?? ""}\n${words(row)}`);
    return { about, all: words(copy) };
  }

  /** About whom something is new; nobody where it is about no row, or a new day has begun. Null: nothing is. */
  function newsIn(fresh) {
    const before = contents(main), now = contents(fresh.main);
    if (before.all === now.all) return null;
    if (fresh.data.day !== place.dataset.day) return { fresh, whom: new Set() };
    const everybody = new Set([...before.about.keys(), ...now.about.keys()]);
    return { fresh, whom: new Set([...everybody].filter((one) => before.about.get(one) !== now.about.get(one))) };
  }

  /** How many participants those rows are about; rows of other things are marked and not counted. */
  function numberOfPeople({ fresh, whom }) {
    const others = [main, fresh.main].flatMap(rowsOf).filter((row) => row.closest("[data-not-people]")).map(aboutWhom);
    return [...whom].filter((one) => !others.includes(one)).length;
  }

  /** Nothing is new: the page is as of now, and so is what changes all the time, which would be no news by itself. */
  function settle(fresh) {
    isHeard = false;
    const quiet = (part) => [...part.querySelectorAll("[data-quiet]:not(.unseen)")];
    const [shown, now] = [quiet(main), quiet(fresh.main)];
    shown.forEach((one, index) => {
      if (shown.length !== now.length || words(one) === words(now[index])) return;
      one.replaceChildren(...now[index].childNodes);
      if (one.title) one.title = now[index].title;
    });
    main.querySelector(".as-of")?.replaceChildren(...fresh.main.querySelector(".as-of").childNodes);
    Object.assign(place.dataset, fresh.data);
    place.hidden = true;
  }

  // ---- telling -----------------------------------------------------------------------------------------------

  function tell(text) {
    line.textContent = text;
    button.hidden = true;
    place.hidden = false;
  }

  /** Heard once; how many it is by now can be read. */
  function tellNews() {
    const { one, many, some, typing } = place.dataset;
    const number = numberOfPeople(waiting);
    const news = number === 0 ? some : number === 1 ? one : many.replace("#", number);
    tell(isTyped() ? `${news}. ${typing}` : news);
    button.hidden = isTyped();
    if (!isHeard) said.textContent = news;
    isHeard = true;
  }

  function end(answer) {
    isOver = true;
    clearTimeout(timer);
    tell(answer.redirected ? place.dataset.out : place.dataset.closed);
    logIn.hidden = !answer.redirected;
    said.textContent = line.textContent;
  }

  // ---- showing -----------------------------------------------------------------------------------------------

  /** A person asks for it, so this is a use of the log-in; what another process has kept from before is not taken. */
  async function showWhenAsked() {
    try {
      const fresh = await fetchPage({});
      if (!fresh) return;
      if (!fits(fresh)) return location.assign(place.dataset.here);
      stayLoggedIn();
      const isOlder = waiting && Number(fresh.data.at) < Number(waiting.fresh.data.at);
      show(isOlder ? waiting : newsIn(fresh) ?? { fresh, whom: new Set() });
      askIn(wait = AFTER_NEWS);
    } catch {
      tell(place.dataset.silent);
      button.hidden = false;
    }
  }

  /** Put the new content in place; what was open, scrolled to or held the focus stays so. */
  function show({ fresh, whom }) {
    if (isTyped()) return waiting && tellNews();
    const opened = new Set([...main.querySelectorAll("details[open]")].map(addressOf));
    const scrolled = new Map([...main.querySelectorAll(".scroll, [data-scroll]")].map((one) => [addressOf(one), one.scrollLeft]));
    const focused = main.contains(document.activeElement) && document.activeElement !== main ? addressOf(document.activeElement) : "";
    const wasOnButton = place.contains(document.activeElement);
    const [left, top] = [scrollX, scrollY];
    main.replaceChildren(...fresh.main.childNodes);
    for (const details of main.querySelectorAll("details")) details.open ||= opened.has(addressOf(details));
    liven(main);
    for (const one of main.querySelectorAll(".scroll, [data-scroll]")) one.scrollLeft = scrolled.get(addressOf(one)) ?? one.scrollLeft;
    rowsOf(main).filter((row) => whom.has(aboutWhom(row))).forEach(markAsNew);
    scrollTo(left, top);
    const again = focused && [...main.querySelectorAll("*")].find((one) => addressOf(one) === focused);
    if (again) {
      if (again.tabIndex < 0 && !again.hasAttribute("tabindex")) again.tabIndex = -1; // a row that keys had led to
      again.focus({ preventScroll: true });
    } else if (focused || wasOnButton) main.focus({ preventScroll: true });
    Object.assign(place.dataset, fresh.data);
    mark = fresh.data.mark;
    waiting = null;
    isHeard = false;
    place.hidden = true;
    renewMenu(fresh.page);
    said.textContent = place.dataset.shown;
  }

  /** Where an element stands, in words that also hold for the same one on the page made anew. */
  function addressOf(element) {
    if (element.id) return `#${element.id}`;
    const row = element.closest("[data-about], .list-table tbody tr");
    const alike = [...(row ?? main).querySelectorAll(element.localName)];
    return `${row ? aboutWhom(row) : ""} ${row === element ? "" : element.localName} ${alike.indexOf(element)}`;
  }

  function markAsNew(row) {
    const word = document.createElement("span");
    word.className = "unseen";
    word.dataset.quiet = "";
    word.textContent = ` ${place.dataset.fresh}`;
    row.dataset.about ??= aboutWhom(row);
    row.classList.add("fresh");
    (row.cells?.[0] ?? row.firstElementChild).append(word);
  }

  /** The numbers in the rail. */
  function renewMenu(page) {
    for (const link of document.querySelectorAll(".menu a")) {
      const fresh = page.querySelector(`.menu a[href="${CSS.escape(link.getAttribute("href"))}"]`);
      if (fresh && words(fresh) !== words(link)) link.replaceChildren(...fresh.childNodes);
    }
  }

  // ---- whether somebody is at work ---------------------------------------------------------------------------

  function isTyped() {
    return [...main.querySelectorAll("input, textarea, select")].some((field) => {
      if (field.type === "hidden") return false;
      if (field.matches("[type=radio], [type=checkbox]")) return field.checked !== field.defaultChecked;
      if (field.localName !== "select") return field.value !== field.defaultValue;
      return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
    });
  }

  /** No hand on the page for a while, nothing open, selected or typed, and the focus nowhere in it. */
  function isAtRest() {
    const isInside = main.contains(document.activeElement) && document.activeElement !== main;
    const isOpen = main.querySelector("details[open]") || document.querySelector("dialog[open]");
    const isSelected = !getSelection().isCollapsed;
    return Date.now() - usedAt > AT_REST && !isInside && !isOpen && !isSelected && !isTyped();
  }

  for (const use of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "scroll", "focusin", "input"]) {
    addEventListener(use, () => { usedAt = Date.now(); }, { capture: true, passive: true });
  }
  main.addEventListener("input", () => { if (waiting) tellNews(); });
  button.addEventListener("click", showWhenAsked);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return clearTimeout(timer);
    usedAt = Date.now();
    askIn(Math.max(0, askedAt + BACK_IN_SIGHT - Date.now()));
  });
  addEventListener("pageshow", (event) => { if (event.persisted) askIn(0); });
  askIn(wait);
}
