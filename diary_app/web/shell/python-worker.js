// Runs Python beside the page: takes the lock, opens the diary's files, unpacks the app and starts it.
//
// Python sees the module `diary_host`:
//   shown()                 the first screen is up: this version works here
//   set_standing(text)      what the service worker may say in the diary's name while it is closed
//   when_online(call)       calls that each time the network comes back
//   flush()                 bytes written so far reach the disk; call after every commit
//   enrol_code()            the code of an enrolment link, '' if none; forget_enrol_code() once it is used
//   language()              the page's own, such as 'da'; set_language('da') names the app's to it
//   zone()                  the time zone that the clock shows now, such as 'Europe/Copenhagen'; '' if unknown
//   persisted()             True or False once the browser has said whether it keeps the storage, else None
//   standalone()            whether the app was opened from the home screen
//   needs_home_screen()     iOS outside the installed app: explain Add to Home Screen, do not enrol
//   update_waiting()        whether a newer version is downloaded; take_update() swaps and reloads
//   facts()                 {reminders, installable}: what the page last said of reminders and of installing
//   ask(what, ...details)   a promise of the page's answer; `PAGE_CAN` in requests.js lists what it can be asked
//   scale_text(percent)     makes all letters larger; save_file(name, bytes) gives the person a file
//   reminder_tapped()       when a tap on a reminder led here, in milliseconds since 1970; 0 if none did; forget_tap()
//   leave_door(text)        what the page shows at the next start while this loads (door.js); '' for nothing
//   asks_at_door()          what it asks for now: 'pin', 'code' or ''; when_at_door(call) hears language and what is typed
//   open_door(words)        takes it away once these words are no longer on the screen behind it
//   fetch(), read(reader)   the browser's own, failing in a way that Python hears
//   stats()                 JSON: reads, writes and flushes so far
import { loadPyodide } from "./pyodide/pyodide.mjs";
import { unpack } from "./archives.js";
import { keepLasting } from "./lasting.js";
import { mountFiles, openFiles } from "./sahfs.js";

// Everything the diary may keep: SQLite, its rollback journal, and a copy made before a migration.
const FILES = ["diary.db", "diary.db-journal", "diary.db.copy"];
const LOCK_WITHIN_MS = 3000;

const tell = (message) => self.postMessage(message);
const mark = (name) => tell({ mark: name, at: performance.timeOrigin + performance.now() });

let store = null;
let lasting = null;
let persisted = null;
let updateWaiting = false;
let facts = { reminders: "unavailable", installable: false };
const asked = new Map();
let networkIsBack = () => {};
let tapped = 0;
let knocked;
const atDoor = new Promise((resolve) => (knocked = resolve));
let left = Promise.resolve();
let begin;
let connect;
const begun = new Promise((resolve) => (begin = resolve));
const connected = new Promise((resolve) => (connect = resolve));

globalThis.flet_js = { args: null };

self.onmessage = ({ data }) => {
  if (data instanceof Uint8Array) flet_js.send(data);
  else if (data.begin) begin(data.begin);
  else if (data.connect) {
    flet_js.args = data.connect.args;
    flet_js.documentUrl = data.connect.documentUrl;
    connect();
  } else if (data.close) close();
  else if (data.answerTo) settle(data);
  else if (data.online) networkIsBack();
  else if (data.looked) lasting?.look();
  else if (data.tapped) {
    tapped = data.tapped;
    networkIsBack();
  } else if (data.door) knocked(data.door);
  else if ("persisted" in data) persisted = data.persisted;
  else if (data.updateWaiting) updateWaiting = true;
  else if (data.facts) facts = { ...facts, ...data.facts };
};

function ask(what, ...details) {
  return new Promise((resolve) => {
    const number = asked.size + 1;
    asked.set(number, resolve);
    tell({ ask: what, number, details });
  });
}

// What the page says of itself comes with the answer, so that Python finds it changed when it goes on.
function settle({ answerTo, answer, persisted: kept, facts: news }) {
  facts = { ...facts, ...news };
  persisted = kept ?? persisted;
  asked.get(answerTo)(answer);
}

async function close() {
  await lasting?.look();
  store?.close();
  tell({ closed: true });
  self.close();
}

// One writer at a time. The lock lives as long as this worker. A window that is closing frees it within about
// 0.1 s, so waiting a little is right and asking once (`ifAvailable`) would be wrong. Some browsers ask for it by way of
// the page, which is busy while the app starts: only what is held counts as held, not an answer that is late.
function takeLock() {
  const patience = new AbortController();
  const isHeld = async () => (await navigator.locks.query()).held.some(({ name }) => name === "diary-db");
  return new Promise((resolve) => {
    let timer;
    const lookAgain = async () => ((await isHeld()) ? patience.abort() : wait());
    const wait = () => (timer = setTimeout(() => lookAgain().catch(() => patience.abort()), LOCK_WITHIN_MS));
    wait();
    navigator.locks.request("diary-db", { signal: patience.signal }, () => {
      clearTimeout(timer);
      resolve(true);
      return new Promise(() => {}); // held until the worker ends
    }).catch(() => resolve(false));
  });
}

// One after the other, so that what was told last stays.
function leaveStanding(text) {
  const scope = new URL("./", self.location.href);
  const write = async () => (await caches.open(`diary-standing:${scope.pathname}`)).put(scope.href, new Response(text));
  left = left.then(write).catch((error) => console.warn(`standing: ${error}`));
}

async function download(name) {
  const answer = await fetch(name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

// WebKit's own errors have no stack, and Pyodide takes only what has one for an error: Python would wait for ever.
function failAloud(error) {
  throw error?.stack ? error : new Error(String(error));
}

function hostModule(context) {
  tapped ||= context.tapped;
  return {
    flush: () => {
      try {
        lasting.flush();
      } catch (error) {
        failAloud(error);
      }
    },
    stats: () => JSON.stringify(store.stats),
    enrol_code: () => context.enrolCode,
    forget_enrol_code: () => {
      context.enrolCode = "";
      tell({ forgetEnrolCode: true });
    },
    language: () => context.language,
    zone: () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? "",
    set_language: (language) => tell({ language }),
    persisted: () => persisted,
    standalone: () => context.standalone,
    needs_home_screen: () => context.needsHomeScreen,
    update_waiting: () => updateWaiting,
    take_update: () => tell({ takeUpdate: true }),
    shown: () => tell({ shown: true }),
    set_standing: leaveStanding,
    when_online: (call) => (networkIsBack = call),
    reminder_tapped: () => tapped,
    forget_tap: () => (tapped = 0),
    leave_door: (text) => tell({ leaveDoor: text }),
    asks_at_door: () => context.asksAtDoor,
    when_at_door: (call) => atDoor.then(({ language, typed }) => call(language, typed)),
    open_door: (words) => tell({ openDoor: words }),
    facts: () => facts,
    fetch: (address, options) => fetch(address, options).catch(failAloud),
    read: (reader) => reader.read().catch(failAloud),
    ask,
    scale_text: (percent) => tell({ scaleText: percent }),
    save_file: (name, bytes) => tell({ saveFile: name, bytes }),
  };
}

async function openStore(python) {
  try {
    store = mountFiles(python.FS, "/data", await openFiles("diary", FILES));
    lasting = keepLasting(store, "diary", FILES);
    return true;
  } catch (error) {
    if (error.name === "NoModificationAllowedError") tell({ openElsewhere: true });
    else if (["SecurityError", "NotAllowedError", "NotSupportedError"].includes(error.name)) tell({ unsupported: String(error) });
    else throw error;
    return false;
  }
}

const RUN_APP = `
import runpy, sys
sys.path[:0] = ["/app", "/deps"]
runpy.run_module("main", run_name="__main__")
`;

async function run() {
  const dependencies = download("deps.zip");
  const app = download("app.zip");
  const locked = takeLock();
  const python = await loadPyodide({ env: { HOME: "/home/pyodide", DIARY_DB: "/data/diary.db", PYTHONDONTWRITEBYTECODE: "1" } });
  mark("python-loaded");
  if (!(await locked)) return tell({ openElsewhere: true });
  if (!(await openStore(python))) return;
  python.registerJsModule("flet_js", flet_js);
  python.registerJsModule("diary_host", hostModule(await begun));
  unpack(python.FS, await dependencies, "/deps");
  unpack(python.FS, await app, "/app");
  mark("unpacked");
  await python.runPythonAsync(RUN_APP);
  mark("app-imported");
  await connected;
  await flet_js.start_connection((message) => {
    const bytes = message.toJs();
    self.postMessage(bytes, [bytes.buffer]);
  });
  tell({ started: true });
}

const canKeepFiles = navigator.locks && navigator.storage?.getDirectory && globalThis.FileSystemFileHandle?.prototype.createSyncAccessHandle;
if (!canKeepFiles) tell({ unsupported: "Web Locks or private files with synchronous access are missing, or the page is not https" });
else run().catch((error) => tell({ failed: String(error.stack ?? error) }));
