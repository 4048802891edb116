// Puts the diary's files back where somebody clears the browser's data while the diary is open.
//
// Files that are open go on taking what is written, and no error tells that nobody will find them again: at the next
// start the diary would be empty, and what was not sent yet would be lost. So it is looked whether they are still
// there, after every commit and whenever somebody looks at the page. Meanwhile everything is held in memory, for the
// browser lends a name to one owner at a time, and a file that is gone still owns its own.
import { openFiles } from "./sahfs.js";

// As much of a synchronous access handle as the file system needs.
class InMemory {
  #bytes = new Uint8Array(0);

  getSize() {
    return this.#bytes.length;
  }
  truncate(size) {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, size));
    this.#bytes = bytes;
  }
  read(into, { at }) {
    const found = this.#bytes.subarray(at, at + into.length);
    into.set(found);
    return found.length;
  }
  write(bytes, { at }) {
    if (at + bytes.length > this.#bytes.length) this.truncate(at + bytes.length);
    this.#bytes.set(bytes, at);
    return bytes.length;
  }
  flush() {}
  close() {}
}

export function keepLasting(store, folderName, names) {
  let areGone = false; // until everything is back
  let isInMemory = false;
  let failed = null;
  let looking = null;

  const folder = async (how) => (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, how);

  async function areThere() {
    try {
      await (await folder()).getFileHandle(names[0]);
      return true;
    } catch (error) {
      return error.name !== "NotFoundError";
    }
  }

  // The names first: Chromium waits for ever when a file is closed whose name is gone.
  async function putBack() {
    for (const name of names) await (await folder({ create: true })).getFileHandle(name, { create: true });
    if (!isInMemory) store.moveTo(Object.fromEntries(names.map((name) => [name, new InMemory()])));
    isInMemory = true;
    const files = await openFiles(folderName, names);
    try {
      store.moveTo(files);
    } catch (error) {
      for (const file of Object.values(files)) file.close();
      throw error;
    }
    isInMemory = areGone = false;
  }

  async function lookNow() {
    areGone ||= !(await areThere());
    try {
      if (areGone) await putBack();
      failed = null;
    } catch (error) {
      failed = error;
    }
  }

  // One after the other; whoever asks meanwhile hears when it has been looked.
  const look = () => (looking ??= lookNow().finally(() => (looking = null)));

  return {
    look,
    // What cannot be put back is not kept, and whoever saves has to hear of it.
    flush() {
      store.flush();
      look();
      if (failed) throw failed;
    },
  };
}
