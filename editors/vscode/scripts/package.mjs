// Builds golsp-mem-VERSION.vsix with the server's wheel in it, the same bytes for the same sources
// and builder: vsce and hatchling take the dates in their archives from SOURCE_DATE_EPOCH. An
// argument names another output file; PYTHON the Python that builds the wheel.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createVSIX, listFiles } from "@vscode/vsce";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = resolve(root, "../..");
const wheels = join(root, "server");
// 1980-01-01 is the first date that a zip file can hold.
process.env.SOURCE_DATE_EPOCH ??= "315532800";

/** What builds a wheel, the ways that need no network first: a question and a command each. */
function builders() {
  const own = join(repository, ".venv", process.platform === "win32" ? "Scripts" : "bin", "python");
  const pythons = [process.env.PYTHON, existsSync(own) && own, "python3", "python"].filter(Boolean);
  const target = ["-t", "wheel", "-d", wheels];
  return [
    ...pythons.map((python) => [python, ["-m", "hatchling", "build", ...target]]),
    ["uv", ["build", "--quiet", "--wheel", "--out-dir", wheels, repository]],
    ...pythons.flatMap((python) => [
      [python, ["-m", "pip", "wheel", "--quiet", "--no-deps", "-w", wheels, repository]],
      [python, ["-m", "build", "--wheel", "--outdir", wheels, repository]],
    ]),
  ];
}

function buildWheel() {
  const problems = [];
  for (const [command, args] of builders()) {
    rmSync(wheels, { recursive: true, force: true });
    mkdirSync(wheels);
    try {
      execFileSync(command, args, { cwd: repository, stdio: ["ignore", "pipe", "pipe"] });
    } catch (error) {
      const said = String(error.stderr ?? "").trim() || error.message;
      problems.push(`${command} ${args.slice(0, 2).join(" ")}: ${said.split("\n").at(-1)}`);
      continue;
    }
    // uv writes a .gitignore beside it.
    const made = readdirSync(wheels).filter((name) => name.endsWith(".whl"));
    if (made.length === 1) return;
    problems.push(`${command}: ${made.length} wheels`);
  }
  for (const problem of problems) console.error(problem);
  console.error(
    "The server's wheel could not be built: it needs uv, or a Python with hatchling, pip or build.",
  );
  process.exit(1);
}

const target = process.argv[2] ? resolve(process.argv[2]) : root;
buildWheel();
execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
// The archive keeps the files' modes, and those differ between checkouts.
for (const file of await listFiles({ cwd: root, dependencies: false })) {
  chmodSync(join(root, file), 0o644);
}
await createVSIX({
  cwd: root,
  packagePath: target,
  dependencies: false,
});
