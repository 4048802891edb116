// node bytecode.mjs SOURCE_DIR TARGET_DIR: byte-compiles every .py of a folder with Pyodide's own Python.
//
// The result is sourceless (`name.pyc` where `name.py` was) and carries an unchecked hash in place of a time,
// so the same sources give the same bytes. Other files are copied. PYODIDE_DIR is the folder of pyodide.mjs.
import { pathToFileURL } from "node:url";

const COMPILE_TREE = `
import os, py_compile, shutil

failures = []
for folder, folders, names in os.walk("/source"):
    folders.sort()
    target = "/target" + folder[len("/source"):]
    os.makedirs(target, exist_ok=True)
    for name in sorted(names):
        path = f"{folder}/{name}"
        if not name.endswith(".py"):
            shutil.copyfile(path, f"{target}/{name}")
            continue
        try:
            py_compile.compile(
                path, cfile=f"{target}/{name}c", dfile=path[len("/source/"):], doraise=True, optimize=0,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except py_compile.PyCompileError as error:
            failures.append(f"{path}: {error}")
"\\n".join(failures)
`;

const [source, target] = process.argv.slice(2);
const pyodideFolder = process.env.PYODIDE_DIR;
const { loadPyodide } = await import(pathToFileURL(`${pyodideFolder}/pyodide.mjs`).href);
// A fixed hash seed: the order of constants in a frozenset would otherwise differ between runs.
const python = await loadPyodide({ indexURL: `${pyodideFolder}/`, env: { PYTHONHASHSEED: "0" } });
python.mountNodeFS("/source", source);
python.mountNodeFS("/target", target);
const failures = await python.runPythonAsync(COMPILE_TREE);
if (failures) console.error(failures);
process.exit(failures ? 1 : 0);
