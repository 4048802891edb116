// node golden_in_pyodide.mjs PYODIDE_DIR REPOSITORY GOLDEN_FILE: the golden vectors in the browser's own Python.
import { pathToFileURL } from "node:url";

const [pyodide, repository, golden] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: `${pyodide}/` });
python.FS.mkdirTree("/repository");
python.mountNodeFS("/repository", repository);
python.globals.set("GOLDEN", golden);
console.log(await python.runPythonAsync(`
import os, sys
sys.dont_write_bytecode = True
os.chdir("/repository")
sys.path.insert(0, "/repository")
from tests.core.golden_check import differences
problems = differences(open(GOLDEN, encoding="utf-8").read())
"\\n".join(problems) or f"agrees on {sys.platform}"
`));
process.exit(0);
