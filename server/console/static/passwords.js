// Passwords can be read while they are typed, and a new one is told how strong it is. Nothing depends on it.
"use strict";

const FAIR_BITS = 36, STRONG_BITS = 65;

/** One button for all passwords of a form; what is sent, and what the browser keeps, is a password again. */
function canBeRead(form) {
  const inputs = [...form.querySelectorAll("input[type=password]")];
  const { show, hide } = document.body.dataset;
  if (!inputs.length || !show) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain-button reveal";
  button.textContent = show;
  const turn = (read) => {
    for (const input of inputs) input.type = read ? "text" : "password";
    button.textContent = read ? hide : show;
  };
  button.addEventListener("click", () => turn(inputs[0].type === "password"));
  form.addEventListener("submit", () => turn(false));
  addEventListener("pagehide", () => turn(false));
  inputs.at(-1).after(button);
}

/** Roughly how many bits somebody has to guess: runs and the letters beside each other count once, digits and signs
    around a word not at all, and a single word half, as lists hold words. */
function bits(text) {
  const core = text.normalize("NFC").replace(/^[^\p{L}]+/u, "").replace(/[^\p{L}]+$/u, "");
  const letters = [...(core || text)];
  const share = /^\p{L}+$/u.test(core) ? 0.5 : 1;
  const surprising = letters.filter((letter, at) => {
    const step = letter.codePointAt(0) - (letters[at - 1] ?? "").codePointAt(0);
    return !(Math.abs(step) <= 1);
  });
  const kinds = new Set(letters.map((letter) => letter.toLowerCase())).size;
  return share * surprising.length * Math.log2(Math.max(2, kinds));
}

/** What is said of a password as it stands; the server decides. */
function judged(said, input) {
  const { length } = [...input.value];
  const missing = Number(said.dataset.shortest) - length;
  const name = input.form.querySelector("[autocomplete=username]")?.value.toLowerCase() ?? "";
  if (missing === 1) return said.dataset.oneMore;
  if (missing > 0) return said.dataset.more.replace("#", missing);
  if (name.length >= 4 && input.value.toLowerCase().includes(name)) return said.dataset.named;
  const strength = bits(input.value);
  return strength < FAIR_BITS ? said.dataset.weak : strength < STRONG_BITS ? said.dataset.fair : said.dataset.strong;
}

/** It waits for a pause, so that a screen reader is not told at every letter. */
function tellStrength(said) {
  const input = said.closest("form").querySelector("input[autocomplete=new-password]");
  let waiting;
  said.hidden = false;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { said.textContent = input.value ? judged(said, input) : ""; }, 400);
  });
}

document.querySelectorAll("form").forEach(canBeRead);
document.querySelectorAll("[data-strength]").forEach(tellStrength);
