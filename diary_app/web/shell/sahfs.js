// A file system for Python over the browser's origin-private files with synchronous access handles
// (dedicated workers only). A fixed set of names; nothing waits once it is mounted, so when SQLite's COMMIT
// returns and `flush` has been called, the bytes are on the device and not in Python's memory.

// Numbers of errno as Emscripten (WASI) counts them.
const ENOENT = 44, EPERM = 63, EINVAL = 28, ENOSPC = 51, EIO = 29;
const IS_FOLDER = 0o040000, IS_FILE = 0o100000;
const TRIES = 30, BETWEEN_TRIES_MS = 100;

export async function openFiles(folderName, names) {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(folderName, { create: true });
  const handles = {};
  try {
    for (const name of names) {
      const file = await folder.getFileHandle(name, { create: true });
      handles[name] = await openPatiently(file);
    }
    // Browsers of 2022 answer with promises here: writes would seem done before they are.
    if (Object.values(handles).some((handle) => typeof handle.getSize() !== "number")) {
      throw new DOMException("access handles are not synchronous", "NotSupportedError");
    }
  } catch (error) {
    for (const handle of Object.values(handles)) handle.close();
    throw error;
  }
  return handles;
}

// A window that is just closing may hold a file a moment longer.
async function openPatiently(file) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      if (error.name !== "NoModificationAllowedError" || attempt >= TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
    }
  }
}

export function mountFiles(FS, mountPoint, handles) {
  const stats = { reads: 0, writes: 0, flushes: 0 };
  const changed = new Set();
  const exists = Object.fromEntries(Object.entries(handles).map(([name, handle]) => [name, handle.getSize() > 0]));

  const refuse = (errno) => {
    throw new FS.ErrnoError(errno);
  };

  // A full disk, or files that are gone, must reach SQLite as an error it can roll back from, not as an exception that
  // ends Python.
  const attempt = (work) => {
    try {
      return work();
    } catch (error) {
      return refuse(error.name === "QuotaExceededError" ? ENOSPC : EIO);
    }
  };

  const flushFile = (name) => {
    if (!changed.has(name)) return;
    handles[name].flush();
    changed.delete(name);
    stats.flushes++;
  };

  // Pyodide's fdatasync() does nothing, so SQLite's syncs never arrive here. An order does the same work:
  // before one file changes, every other changed file is flushed - the journal before the database, the
  // database before the journal is reset.
  const aboutToChange = (name) => {
    for (const other of [...changed]) if (other !== name) flushFile(other);
    changed.add(name);
  };

  const sizeOf = (node) => attempt(() => handles[node.name].getSize());

  const attributes = (node) => {
    const size = node.name in handles ? sizeOf(node) : 4096;
    const time = new Date(node.timestamp || 0);
    return {
      dev: 77, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size,
      atime: time, mtime: time, ctime: time, blksize: 4096, blocks: Math.ceil(size / 512),
    };
  };

  const fileOperations = {
    getattr: attributes,
    setattr(node, change) {
      if (change.mode != null) node.mode = change.mode;
      if (change.size != null) attempt(() => { aboutToChange(node.name); handles[node.name].truncate(change.size); });
    },
  };

  const streamOperations = {
    open() {},
    close() {},
    read(stream, buffer, offset, length, position) {
      stats.reads++;
      const left = sizeOf(stream.node) - position;
      if (left <= 0) return 0;
      return attempt(() => handles[stream.node.name].read(buffer.subarray(offset, offset + Math.min(length, left)), { at: position }));
    },
    write(stream, buffer, offset, length, position) {
      stats.writes++;
      stream.node.timestamp = Date.now();
      return attempt(() => {
        aboutToChange(stream.node.name);
        return handles[stream.node.name].write(buffer.subarray(offset, offset + length), { at: position });
      });
    },
    llseek(stream, offset, whence) {
      const from = [0, stream.position, whence === 2 ? sizeOf(stream.node) : 0][whence];
      return from + offset < 0 ? refuse(EINVAL) : from + offset;
    },
    fsync(stream) {
      attempt(() => flushFile(stream.node.name));
      return 0;
    },
  };

  const makeNode = (parent, name) => Object.assign(FS.createNode(parent, name, IS_FILE | 0o666, 0), {
    node_ops: fileOperations, stream_ops: streamOperations, timestamp: Date.now(),
  });

  const folderOperations = {
    getattr: attributes,
    setattr() {},
    lookup: (parent, name) => (exists[name] ? makeNode(parent, name) : refuse(ENOENT)),
    readdir: () => [".", "..", ...Object.keys(handles).filter((name) => exists[name])],
    mknod(parent, name) {
      if (!(name in handles)) refuse(EPERM);
      exists[name] = true;
      return makeNode(parent, name);
    },
    // The handle stays open for the next time: an empty file is one that does not exist.
    unlink(parent, name) {
      attempt(() => { aboutToChange(name); handles[name].truncate(0); });
      exists[name] = false;
    },
    rename: () => refuse(EPERM),
    rmdir: () => refuse(EPERM),
    symlink: () => refuse(EPERM),
  };

  const mount = () => Object.assign(FS.createNode(null, "/", IS_FOLDER | 0o777, 0), { node_ops: folderOperations, stream_ops: {} });
  FS.mkdirTree(mountPoint);
  FS.mount({ mount }, {}, mountPoint);

  return {
    stats,
    flush() {
      for (const name of [...changed]) flushFile(name);
    },
    // Every file whole into other handles, and go on there; where that fails, nothing is changed.
    moveTo(others) {
      for (const [name, handle] of Object.entries(handles)) {
        const content = new Uint8Array(handle.getSize());
        handle.read(content, { at: 0 });
        others[name].truncate(0);
        if (others[name].write(content, { at: 0 }) !== content.length) throw new Error(`${name} was not written whole`);
        others[name].flush();
      }
      for (const [name, handle] of Object.entries(handles)) {
        handle.close();
        handles[name] = others[name];
        changed.delete(name);
      }
    },
    close() {
      for (const handle of Object.values(handles)) {
        handle.flush();
        handle.close();
      }
    },
  };
}
