// Runs the console's own script on a page that nobody uses, and prints where the page goes when its log-in has lapsed.
// Arguments: the script, whose page it is, and who is logged in when the page asks; nobody for "-".
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const [script, owner, here] = process.argv.slice(2);
const timers = [], left = [];
const notice = { dataset: { idleSeconds: "900", resting: "/console/resting" }, hidden: true };
const element = () => ({ dataset: {}, setAttribute() {}, append() {} });
const page = (account) => ({
  body: element(),
  createElement: element,
  querySelector: (wanted) => (wanted === "[data-account]" && account !== "-" ? { dataset: { account } } : null),
  querySelectorAll: (wanted) => (wanted === "[data-idle-seconds]" ? [notice] : []),
});
const context = createContext({
  document: page(owner),
  location: { hash: "", replace: (address) => left.push(address) },
  addEventListener() {},
  clearTimeout() {},
  setTimeout: (work) => timers.push(work),
  DOMParser: class { parseFromString = page; },
  fetch: async () => ({ ok: true, redirected: here === "-", text: async () => here }),
});
runInContext(readFileSync(script, "utf8"), context);
await timers[1](); // the first one warns
console.log(left.join(" ") || "stays");
