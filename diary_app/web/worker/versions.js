// Which version is served. A newer one that twice does not reach its first screen is forced on nobody: the version
// before is kept until then, and can be gone back to until a newer one still arrives.
//
// Kept beside the files: a record for each version {version, number, files}, and the standing
// {proven: the version that last reached its first screen, refused: the one gone back from, tried: {version, starts}}.

const STARTS_BEFORE_OFFER = 2;
const STANDING = new URL("__standing", SCOPE).href;
const RECORDS = new URL("__version/", SCOPE).href;

async function readJson(address) {
  const kept = await (await caches.open(CACHE)).match(address);
  return kept ? kept.json() : null;
}

async function writeJson(address, value) {
  await (await caches.open(CACHE)).put(address, new Response(JSON.stringify(value)));
}

async function allRecords() {
  const cache = await caches.open(CACHE);
  const addresses = (await cache.keys()).map((request) => request.url).filter((address) => address.startsWith(RECORDS));
  return Promise.all(addresses.map(readJson));
}

// Before any file of this version is kept: files that a record names are never dropped.
async function recordVersion() {
  const number = 1 + Math.max(0, ...(await allRecords()).map((record) => record.number));
  await writeJson(RECORDS + VERSION, { version: VERSION, number, files: FILES });
}

// Read when it is first needed, which is after activation: only the active worker writes it.
let standing = null;
let before = null; // the record of the version that is served instead of this one

async function readStanding() {
  standing ??= readJson(STANDING).then(async (kept) => {
    const found = { proven: null, refused: null, tried: null, ...kept };
    if (found.refused === VERSION) before = await readJson(RECORDS + found.proven);
    return found;
  });
  return standing;
}

async function changeStanding(changes) {
  const changed = { ...(await readStanding()), ...changes };
  standing = Promise.resolve(changed);
  before = changed.refused === VERSION ? await readJson(RECORDS + changed.proven) : null;
  await writeJson(STANDING, changed);
}

async function servedFiles() {
  await readStanding();
  return before ? before.files : FILES;
}

async function servedVersion() {
  await readStanding();
  return before ? before.version : VERSION;
}

// ---- starting -----------------------------------------------------------------------------------------------

// A start counts until the page says that its first screen is up.
async function startPage(address) {
  const { proven, refused, tried } = await readStanding();
  const canGoBack = proven && proven !== VERSION && refused !== VERSION && (await readJson(RECORDS + proven)) !== null;
  if (!canGoBack) return fromCache("index.html");
  const starts = tried?.version === VERSION ? tried.starts : 0;
  const wish = address.searchParams.get("version");
  if (starts < STARTS_BEFORE_OFFER) await countStarts(starts + 1);
  else if (wish === "before") await changeStanding({ refused: VERSION });
  else if (wish === "again") await countStarts(STARTS_BEFORE_OFFER - 1);
  else return offer();
  return wish ? Response.redirect(SCOPE.href, 302) : fromCache("index.html");
}

const countStarts = (starts) => changeStanding({ tried: { version: VERSION, starts } });

async function firstScreenReached() {
  const { proven } = await readStanding();
  if (before || proven === VERSION) return;
  await changeStanding({ proven: VERSION, refused: null, tried: null });
  await dropEarlierVersions();
}

// The older app cannot read what the newest one has changed: let the newest try once more.
async function returnToNewest() {
  await readStanding();
  if (!before) return false;
  await changeStanding({ refused: null, tried: { version: VERSION, starts: STARTS_BEFORE_OFFER - 1 } });
  return true;
}

// A version that is just arriving has a higher number, and keeps what it has.
async function dropEarlierVersions() {
  const records = await allRecords();
  const own = records.find((record) => record.version === VERSION);
  if (!own) return; // the browser has evicted it: better too many files than too few
  const staying = records.filter((record) => record.number >= own.number);
  const wanted = new Set([STANDING, ...staying.map((record) => RECORDS + record.version)]);
  for (const record of staying) for (const hash of Object.values(record.files)) wanted.add(keptAs(hash));
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    if (!wanted.has(request.url)) await cache.delete(request);
  }
}

// ---- what is said instead of a start that would fail again ------------------------------------------------------

const OFFER_WORDS = {
  da: {
    name: "Dagbog",
    title: "Den nyeste version af dagbogen åbnede ikke",
    text: "Dine besvarelser er i sikkerhed på denne telefon. Du kan fortsætte med den version, du havde før: den gemmer og sender, som den plejer. Når en rettet version er klar, kommer den af sig selv.",
    before: "Brug den forrige version",
    again: "Prøv den nyeste igen",
  },
  en: {
    name: "Diary",
    title: "The newest version of the diary did not open",
    text: "Your entries are safe on this phone. You can go on with the version you had before: it saves and sends as usual. When a repaired version is ready, it comes by itself.",
    before: "Use the version before",
    again: "Try the newest again",
  },
};

// Nothing of the version that failed is needed for it: no script, no file.
function offer() {
  const words = OFFER_WORDS[LANGUAGE];
  const page = `<!DOCTYPE html>
<html lang="${LANGUAGE}"><head><meta charset="utf-8"><title>${words.name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; font: 1.125rem/1.45 system-ui, sans-serif; }
body { margin: 0 auto; padding: 24px; max-width: 34rem; color: #16262e; background: #fff; }
h1 { font-size: 1.45em; line-height: 1.3; }
a { display: block; box-sizing: border-box; min-height: 48px; margin-top: 16px; padding: 12px 16px; border-radius: 12px; text-align: center; color: #0a6a70; }
a.primary { margin-top: 32px; color: #fff; background: #0a6a70; text-decoration: none; }
@media (prefers-color-scheme: dark) {
  body { color: #e9eff2; background: #0f171b; }
  a { color: #63c7cd; }
  a.primary { color: #0f171b; background: #63c7cd; }
}
</style></head><body><main>
<h1>${words.title}</h1>
<p>${words.text}</p>
<a class="primary" href="${SCOPE.pathname}?version=before">${words.before}</a>
<a href="${SCOPE.pathname}?version=again">${words.again}</a>
</main></body></html>`;
  return new Response(page, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    },
  });
}
