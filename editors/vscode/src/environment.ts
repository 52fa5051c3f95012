/**
 * How the server gets a Python environment of its own: which programs to run, and what their
 * failure means. Knows nothing of VS Code and starts nothing, so that it can be tested as a table.
 */
import * as path from "node:path";

/** What can make environments: `uv`, or a Python with its modules venv and pip. */
export interface Maker {
  readonly kind: "uv" | "python";
  readonly command: string;
}

export interface Step {
  /** For the progress. */
  readonly words: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** The oldest Python that runs the server (pyproject.toml, requires-python). */
export const OLDEST_PYTHON: readonly [number, number] = [3, 11];

/** Names of Python on PATH, the plain ones last: they are often the system's old one. */
export const PYTHON_NAMES: readonly string[] = [
  ...["python3.14", "python3.13", "python3.12", "python3.11"],
  ...["python3", "python"],
];

/** What a Python is asked for its version: prints `3.12`. */
export const ASK_VERSION: readonly string[] = [
  "-c",
  "import sys; print('%d.%d' % sys.version_info[:2])",
];

export function isNewEnough(answer: string): boolean {
  const found = /^(\d+)\.(\d+)\s*$/.exec(answer);
  if (!found) {
    return false;
  }
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]);
}

/** A program of an environment. */
export function programIn(directory: string, name: string, platform: NodeJS.Platform): string {
  return platform === "win32"
    ? path.win32.join(directory, "Scripts", `${name}.exe`)
    : path.posix.join(directory, "bin", name);
}

/** Makes an environment in `directory` with the wheel, which is given as a file: URL. */
export function stepsOf(
  maker: Maker,
  directory: string,
  wheel: string,
  withGo: boolean,
  platform: NodeJS.Platform,
): readonly Step[] {
  const python = programIn(directory, "python", platform);
  const requirement = `golsp-mem${withGo ? "[go]" : ""} @ ${wheel}`;
  const making = "making a Python environment";
  const installing = `installing golsp-mem${withGo ? " and Go" : ""}`;
  const trying: Step = {
    words: "trying it",
    command: programIn(directory, "golsp-mem", platform),
    args: ["--version"],
  };
  const least = `>=${OLDEST_PYTHON.join(".")}`;
  const { command } = maker;
  return maker.kind === "uv"
    ? [
        { words: making, command, args: ["venv", "--python", least, directory] },
        {
          words: installing,
          command,
          args: ["pip", "install", "--python", python, requirement],
        },
        trying,
      ]
    : [
        { words: making, command, args: ["-m", "venv", directory] },
        { words: installing, command: python, args: ["-m", "pip", "install", requirement] },
        trying,
      ];
}

/** The environment variables for the steps: the person's own, but for what leads elsewhere. */
export function variablesFor(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const misleading = new Set(["PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX"]);
  const kept = Object.entries(own).filter(([name]) => !misleading.has(name));
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: "1",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_INPUT: "1",
    PIP_USER: "0",
    UV_NO_PROGRESS: "1",
  };
}

export const NO_PYTHON =
  `there is neither uv nor Python ${OLDEST_PYTHON.join(".")} or newer on PATH`;

/** What tools print, and what it means; the first that fits counts. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|not enough space on the disk/i, "the disk is full"],
  [
    /ensurepip is not available|No module named '?(venv|ensurepip)/,
    "this Python cannot make environments: install the system's package python3-venv, or uv",
  ],
  [/No module named '?pip\b/, "this Python has no pip: install the system's package python3-pip, or uv"],
  [
    /python-build-standalone|Failed to (download|install) cpython/i,
    `uv found no Python ${OLDEST_PYTHON.join(".")} or newer and could not fetch one`,
  ],
  [/No interpreter found|No download found|requires a different Python/, NO_PYTHON],
  [
    /certificate verify failed|CERTIFICATE_VERIFY_FAILED|invalid peer certificate/i,
    "the package index shows a certificate that is not trusted here",
  ],
  [
    new RegExp(
      [
        "name resolution|Name or service not known|getaddrinfo|dns error|nodename nor servname",
        "NewConnectionError|Connection refused|Connection reset|Network is unreachable",
        "No route to host|timed out|ProxyError|tunnel|error sending request|Failed to fetch",
      ].join("|"),
      "i",
    ),
    "the package index cannot be reached (no network, or a proxy that pip and uv do not know)",
  ],
  // What pip says when its retries are over, or where an index is empty.
  [
    /\(from versions: none\)|No matching distribution found/,
    "the package index cannot be reached, or has not what the server needs",
  ],
  [/Permission denied|EACCES|Access is denied/i, "the extension's storage cannot be written"],
];

/** Why a step failed, in one line. */
export function reasonOf(text: string): string {
  const known = REASONS.find(([pattern]) => pattern.test(text));
  if (known) {
    return known[1];
  }
  const last = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .at(-1);
  return last ? last.slice(0, 200) : "it said nothing";
}
