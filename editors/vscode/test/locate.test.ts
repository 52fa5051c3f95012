import assert from "node:assert/strict";
import { test } from "node:test";
import { locateServer, type Surroundings } from "../src/locate";

const NOWHERE: Surroundings = {
  configured: null,
  folders: ["/work/a", "/work/b"],
  searchPath: "/usr/bin:relative:/opt/bin",
  home: "/home/me",
  platform: "linux",
  isProgram: () => false,
};
const WINDOWS: Partial<Surroundings> = {
  platform: "win32",
  folders: ["C:\\a"],
  searchPath: "C:\\bin;D:\\bin",
  home: "C:\\me",
};

const OURS = { program: "/store/golsp-mem", preferred: false };

const TABLE: [string, Partial<Surroundings>, string[], string | undefined][] = [
  ["nothing anywhere", {}, [], undefined],
  ["a path in the setting", { configured: "/x/gm" }, ["/x/gm", "/usr/bin/golsp-mem"], "/x/gm serve"],
  ["blanks around it", { configured: " /x/gm " }, ["/x/gm"], "/x/gm serve"],
  ["only blanks are no setting", { configured: "  " }, ["/opt/bin/golsp-mem"], "/opt/bin/golsp-mem serve"],
  ["a wrong setting is not passed over", { configured: "/x/gm" }, ["/usr/bin/golsp-mem"], undefined],
  ["~ in the setting", { configured: "~/gm" }, ["/home/me/gm"], "/home/me/gm serve"],
  ["~ elsewhere is a name", { configured: "/x/~/gm" }, ["/x/~/gm"], "/x/~/gm serve"],
  ["${workspaceFolder}", { configured: "${workspaceFolder}/gm" }, ["/work/a/gm"], "/work/a/gm serve"],
  ["a name in the setting", { configured: "gm" }, ["/opt/bin/gm"], "/opt/bin/gm serve"],
  [
    "a virtual environment before PATH",
    {},
    ["/work/a/.venv/bin/golsp-mem", "/usr/bin/golsp-mem"],
    "/work/a/.venv/bin/golsp-mem serve",
  ],
  [
    "any folder's, .venv before venv",
    {},
    ["/work/b/venv/bin/golsp-mem", "/work/b/.venv/bin/golsp-mem"],
    "/work/b/.venv/bin/golsp-mem serve",
  ],
  ["what the extension installed", { installed: OURS }, ["/store/golsp-mem"], "/store/golsp-mem serve"],
  [
    "PATH before it",
    { installed: OURS },
    ["/store/golsp-mem", "/opt/bin/golsp-mem"],
    "/opt/bin/golsp-mem serve",
  ],
  [
    "the workspace before it",
    { installed: OURS },
    ["/store/golsp-mem", "/work/b/.venv/bin/golsp-mem"],
    "/work/b/.venv/bin/golsp-mem serve",
  ],
  [
    "it before all others where it is preferred",
    { installed: { ...OURS, preferred: true } },
    ["/store/golsp-mem", "/work/b/.venv/bin/golsp-mem", "/opt/bin/golsp-mem"],
    "/store/golsp-mem serve",
  ],
  [
    "preferred, but gone",
    { installed: { ...OURS, preferred: true } },
    ["/opt/bin/golsp-mem"],
    "/opt/bin/golsp-mem serve",
  ],
  [
    "the setting before one that is preferred",
    { installed: { ...OURS, preferred: true }, configured: "/x/gm" },
    ["/store/golsp-mem", "/x/gm"],
    "/x/gm serve",
  ],
  ["no relative entries of PATH", {}, ["relative/golsp-mem"], undefined],
  [
    "where uv installs tools",
    {},
    ["/home/me/.local/bin/golsp-mem"],
    "/home/me/.local/bin/golsp-mem serve",
  ],
  ["no package index is asked for one", {}, ["/opt/bin/uvx", "/opt/bin/uv", "/opt/bin/pipx"], undefined],
  [
    "Scripts on Windows",
    WINDOWS,
    ["C:\\a\\venv\\Scripts\\golsp-mem.exe", "D:\\bin\\golsp-mem.exe"],
    "C:\\a\\venv\\Scripts\\golsp-mem.exe serve",
  ],
  ["PATH on Windows", WINDOWS, ["D:\\bin\\golsp-mem.exe"], "D:\\bin\\golsp-mem.exe serve"],
  ["only .exe on Windows", WINDOWS, ["C:\\bin\\golsp-mem.cmd", "C:\\bin\\golsp-mem"], undefined],
  [
    "a path with / on Windows",
    { ...WINDOWS, configured: "C:/tools/gm.exe" },
    ["C:/tools/gm.exe"],
    "C:/tools/gm.exe serve",
  ],
  [
    "~ on Windows",
    { ...WINDOWS, configured: "~\\gm.exe" },
    ["C:\\me\\gm.exe"],
    "C:\\me\\gm.exe serve",
  ],
  [
    "${workspaceFolder} on Windows, a name of dollars in it",
    { ...WINDOWS, folders: ["D:\\$&"], configured: "${workspaceFolder}\\gm.exe" },
    ["D:\\$&\\gm.exe"],
    "D:\\$&\\gm.exe serve",
  ],
  [
    "a share on Windows",
    { ...WINDOWS, folders: ["\\\\host\\share\\a"] },
    ["\\\\host\\share\\a\\.venv\\Scripts\\golsp-mem.exe"],
    "\\\\host\\share\\a\\.venv\\Scripts\\golsp-mem.exe serve",
  ],
  [
    "where uv installs tools on Windows",
    WINDOWS,
    ["C:\\me\\.local\\bin\\golsp-mem.exe"],
    "C:\\me\\.local\\bin\\golsp-mem.exe serve",
  ],
  [
    "installed on Windows",
    { ...WINDOWS, installed: { program: "C:\\s\\Scripts\\golsp-mem.exe", preferred: false } },
    ["C:\\s\\Scripts\\golsp-mem.exe"],
    "C:\\s\\Scripts\\golsp-mem.exe serve",
  ],
  [
    "a path with blanks on macOS",
    { platform: "darwin", folders: ["/Users/me/My Code"] },
    ["/Users/me/My Code/.venv/bin/golsp-mem"],
    "/Users/me/My Code/.venv/bin/golsp-mem serve",
  ],
  ["a name on Windows", { ...WINDOWS, configured: "gm.EXE" }, ["C:\\bin\\gm.EXE"], "C:\\bin\\gm.EXE serve"],
];

for (const [name, changes, programs, expected] of TABLE) {
  test(name, () => {
    const around = { ...NOWHERE, ...changes, isProgram: (file: string) => programs.includes(file) };
    const { server } = locateServer(around);
    assert.equal(server && [server.command, ...server.args].join(" "), expected);
  });
}

test("a wrong setting is named", () => {
  assert.deepEqual(locateServer({ ...NOWHERE, configured: "/x/gm" }), {
    server: undefined,
    configured: "/x/gm",
  });
});
