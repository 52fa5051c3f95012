// Builds golsp-mem-VERSION.vsix, the same bytes for the same sources: vsce takes the dates of
// the files in the archive from SOURCE_DATE_EPOCH. An argument names another output file.
import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createVSIX, listFiles } from "@vscode/vsce";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// 1980-01-01 is the first date that a zip file can hold.
process.env.SOURCE_DATE_EPOCH ??= "315532800";
const target = process.argv[2] ? resolve(process.argv[2]) : root;
execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
// The archive keeps the files' modes, and those differ between checkouts.
for (const file of await listFiles({ cwd: root, dependencies: false })) {
  chmodSync(join(root, file), file.endsWith(".sh") ? 0o755 : 0o644);
}
await createVSIX({
  cwd: root,
  packagePath: target,
  dependencies: false,
});
