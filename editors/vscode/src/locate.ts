/**
 * Which program to start as the server. Knows nothing of VS Code, so that its rules can be
 * tested as a table.
 */
import * as path from "node:path";

export interface Surroundings {
  /** The setting `golsp-mem.server.path`, null when unset. */
  readonly configured: string | null;
  /** Native paths of the workspace folders, in order. */
  readonly folders: readonly string[];
  /** The environment's PATH as it is written. */
  readonly searchPath: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** Whether the file exists and may be run. */
  readonly isProgram: (file: string) => boolean;
}

export interface Server {
  readonly command: string;
  readonly args: readonly string[];
  /** Where it was found, in words for the output. */
  readonly origin: string;
}

export type Located =
  | { readonly server: Server }
  /** `configured` is the setting that leads nowhere, null when nothing was found at all. */
  | { readonly server: undefined; readonly configured: string | null };

const NAME = "golsp-mem";

/** The setting, then the workspace's virtual environments, then PATH, then `uvx golsp-mem`. */
export function locateServer(around: Surroundings): Located {
  const configured = around.configured?.trim();
  if (configured) {
    const command = resolveConfigured(configured, around);
    return command
      ? { server: { command, args: ["serve"], origin: "setting golsp-mem.server.path" } }
      : { server: undefined, configured };
  }
  const { posix, win32 } = path;
  const { join } = around.platform === "win32" ? win32 : posix;
  const programs = around.platform === "win32" ? "Scripts" : "bin";
  for (const folder of around.folders) {
    for (const environment of [".venv", "venv"]) {
      const command = join(folder, environment, programs, executable(NAME, around));
      if (around.isProgram(command)) {
        return { server: { command, args: ["serve"], origin: `virtual environment in ${folder}` } };
      }
    }
  }
  const installed = onPath(NAME, around);
  if (installed) {
    return { server: { command: installed, args: ["serve"], origin: "PATH" } };
  }
  const uvx = onPath("uvx", around);
  return uvx
    ? { server: { command: uvx, args: [NAME, "serve"], origin: "uvx on PATH" } }
    : { server: undefined, configured: null };
}

function resolveConfigured(written: string, around: Surroundings): string | undefined {
  const expanded = written
    .replace(/^~(?=$|[\\/])/, () => around.home)
    .replaceAll("${workspaceFolder}", () => around.folders[0] ?? "");
  if (!/[\\/]/.test(expanded)) {
    return onPath(expanded, around);
  }
  return around.isProgram(expanded) ? expanded : undefined;
}

function onPath(name: string, around: Surroundings): string | undefined {
  const flavour = around.platform === "win32" ? path.win32 : path.posix;
  // uv and pipx install here; editors started from a desktop often lack it on their PATH.
  const personal = flavour.join(around.home, ".local", "bin");
  return [...around.searchPath.split(flavour.delimiter), personal]
    .filter((directory) => flavour.isAbsolute(directory))
    .map((directory) => flavour.join(directory, executable(name, around)))
    .find((file) => around.isProgram(file));
}

function executable(name: string, around: Surroundings): string {
  // Only .exe: a .cmd file would need a shell to start.
  return around.platform === "win32" && !/\.exe$/i.test(name) ? `${name}.exe` : name;
}
