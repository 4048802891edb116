// Runs the script of forms on a page whose form is sent when its log-in may have ended, and prints what became of it.
// Arguments: the script, whose page it is, and who is logged in when the form is sent; nobody for "-".
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const [script, owner, here] = process.argv.slice(2);
const heard = {}, sent = [];
let now = 0;
const typed = { number: { value: "+4512345678" }, password: { value: "correct horse", autocomplete: "current-password" } };
const told = { hidden: true, querySelector: () => ({}) };
const page = (account) => ({
  addEventListener: (what, work) => { heard[what] = work; },
  querySelector: (wanted) => {
    if (wanted === "[data-ended]") return told;
    if (wanted.startsWith("[data-account]") && account !== "-") return { dataset: { account }, value: "token" };
    return null;
  },
  querySelectorAll: (wanted) => (wanted.includes("[autocomplete$=-password]") ? [typed.password] : []),
});
const form = {
  method: "post", dataset: {}, lastElementChild: { before() {} },
  closest: () => ({}), querySelector: () => null, requestSubmit: () => sent.push("sent"),
};
const context = createContext({
  AbortSignal: { timeout() {} },
  Date: { now: () => now },
  DOMParser: class { parseFromString = page; },
  document: page(owner),
  fetch: async () => ({ ok: true, status: 200, redirected: here === "-", text: async () => here }),
  setTimeout() {},
});
runInContext(readFileSync(script, "utf8"), context);
now = 10 * 60 * 1000;
heard.submit({ target: form, submitter: null, preventDefault() {} });
await new Promise((done) => setTimeout(done, 10));
console.log([sent[0] ?? "kept", typed.number.value, typed.password.value].join(" | "));
