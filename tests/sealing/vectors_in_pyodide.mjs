// node vectors_in_pyodide.mjs PYODIDE_DIR REPOSITORY VECTORS: the sealing vectors with WebCrypto in the browser's Python.
import { pathToFileURL } from "node:url";

const [pyodide, repository, vectors] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: `${pyodide}/` });
python.FS.mkdirTree("/repository");
python.mountNodeFS("/repository", repository);
python.globals.set("VECTORS", vectors);
console.log(await python.runPythonAsync(`
import os, sys
sys.dont_write_bytecode = True
os.chdir("/repository")
sys.path.insert(0, "/repository")
from diary_app.sealing.platform import this_cipher
from tests.sealing.vectors_check import differences
problems = await differences(this_cipher(), open(VECTORS, encoding="utf-8").read())
"\\n".join(problems) or f"agrees on {sys.platform}"
`));
process.exit(0);
