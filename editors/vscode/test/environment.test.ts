import assert from "node:assert/strict";
import { test } from "node:test";
import { isNewEnough, NO_PYTHON, reasonOf, stepsOf, variablesFor } from "../src/environment";

const WHEEL = "file:///ext/server/golsp_mem-0.1.0-py3-none-any.whl";
const linesOf = (...how: Parameters<typeof stepsOf>) =>
  stepsOf(...how).map(({ command, args }) => [command, ...args]);

test("with uv", () => {
  assert.deepEqual(linesOf({ kind: "uv", command: "/b/uv" }, "/s/e", WHEEL, false, "linux"), [
    ["/b/uv", "venv", "--python", ">=3.11", "/s/e"],
    ["/b/uv", "pip", "install", "--python", "/s/e/bin/python", `golsp-mem @ ${WHEEL}`],
    ["/s/e/bin/golsp-mem", "--version"],
  ]);
});

test("with Python, and Go, on Windows", () => {
  const maker = { kind: "python", command: "C:\\py\\python.exe" } as const;
  assert.deepEqual(linesOf(maker, "C:\\s\\e", WHEEL, true, "win32"), [
    ["C:\\py\\python.exe", "-m", "venv", "C:\\s\\e"],
    ["C:\\s\\e\\Scripts\\python.exe", "-m", "pip", "install", `golsp-mem[go] @ ${WHEEL}`],
    ["C:\\s\\e\\Scripts\\golsp-mem.exe", "--version"],
  ]);
});

for (const [answer, expected] of [
  ["3.11\n", true],
  ["3.14\r\n", true],
  ["4.0", true],
  ["3.10\n", false],
  ["2.7", false],
  ["Python was not found; run without arguments to install from the Microsoft Store", false],
  ["", false],
] as const) {
  test(`a Python that answers ${JSON.stringify(answer)}`, () => {
    assert.equal(isNewEnough(answer), expected);
  });
}

test("what leads to another Python is left out", () => {
  const made = variablesFor({ PYTHONHOME: "/x", VIRTUAL_ENV: "/y", PIP_INDEX_URL: "u" });
  assert.deepEqual([made["PYTHONHOME"], made["VIRTUAL_ENV"], made["PIP_INDEX_URL"]], [
    undefined,
    undefined,
    "u",
  ]);
});

const INDEX = "the package index cannot be reached (no network, or a proxy that pip and uv do not know)";
// What the tools print: pip 24 and 25, uv 0.5 to 0.9, Debian's python3 without python3-venv.
for (const [text, expected] of [
  [
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'\n" +
      "ERROR: Could not find a version that satisfies the requirement attrs>=24.2",
    INDEX,
  ],
  ["error: Failed to fetch: `https://pypi.org/simple/attrs/`\n  Caused by: dns error", INDEX],
  [
    "The virtual environment was not created successfully because ensurepip is not available.",
    "this Python cannot make environments: install the system's package python3-venv, or uv",
  ],
  ["error: No interpreter found for Python >=3.11 in managed installations", NO_PYTHON],
  [
    "error: Failed to fetch: `https://github.com/astral-sh/python-build-standalone/releases/x`",
    "uv found no Python 3.11 or newer and could not fetch one",
  ],
  [
    "ERROR: Could not find a version that satisfies the requirement x (from versions: none)",
    "the package index cannot be reached, or has not what the server needs",
  ],
  ["OSError: [Errno 28] No space left on device", "the disk is full"],
  ["first\n  something new \n\n", "something new"],
  ["", "it said nothing"],
] as const) {
  test(`what is said of: ${text.slice(0, 40)}`, () => {
    assert.equal(reasonOf(text), expected);
  });
}
