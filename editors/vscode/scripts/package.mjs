// Builds golsp-mem-VERSION.vsix, the same bytes for the same sources: vsce takes the dates of
// the files in the archive from SOURCE_DATE_EPOCH. An argument names another output file.
import { execFileSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createVSIX } from "@vscode/vsce";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// 1980-01-01 is the first date that a zip file can hold.
process.env.SOURCE_DATE_EPOCH ??= "315532800";
const target = process.argv[2] ? resolve(process.argv[2]) : root;
process.umask(0o022);
execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
await createVSIX({
  cwd: root,
  packagePath: target,
  dependencies: false,
});
