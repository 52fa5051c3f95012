/**
 * Which program to start as the server. Knows nothing of VS Code, so that its rules can be
 * tested as a table.
 */
import { accessSync, constants, statSync } from "node:fs";
import * as path from "node:path";

/** The server that the extension itself has installed. */
export interface Installed {
  readonly program: string;
  /** Whether somebody asked for it although there was another. */
  readonly preferred: boolean;
}

export interface Surroundings {
  /** The setting `golsp-mem.server.path`, null when unset. */
  readonly configured: string | null;
  readonly installed?: Installed | undefined;
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
  readonly from: "setting" | "workspace" | "path" | "extension";
}

export type Located =
  | { readonly server: Server }
  /** `configured` is the setting that leads nowhere, null when nothing was found at all. */
  | { readonly server: undefined; readonly configured: string | null };

const NAME = "golsp-mem";

/**
 * The setting, then the workspace's virtual environments, then PATH, then what the extension has
 * installed; that comes behind the setting where somebody preferred it. No package index is asked
 * for a golsp-mem: who owns the name there is not known here.
 */
export function locateServer(around: Surroundings): Located {
  const configured = around.configured?.trim();
  if (configured) {
    const command = resolveConfigured(configured, around);
    return command
      ? { server: serverOf(command, "setting golsp-mem.server.path", "setting") }
      : { server: undefined, configured };
  }
  const found = around.installed?.preferred
    ? (fromExtension(around) ?? fromWorkspace(around) ?? fromPath(around))
    : (fromWorkspace(around) ?? fromPath(around) ?? fromExtension(around));
  return found ? { server: found } : { server: undefined, configured: null };
}

function serverOf(command: string, origin: string, from: Server["from"]): Server {
  return { command, args: ["serve"], origin, from };
}

function fromWorkspace(around: Surroundings): Server | undefined {
  const { posix, win32 } = path;
  const { join } = around.platform === "win32" ? win32 : posix;
  const programs = around.platform === "win32" ? "Scripts" : "bin";
  for (const folder of around.folders) {
    for (const environment of [".venv", "venv"]) {
      const command = join(folder, environment, programs, executable(NAME, around));
      if (around.isProgram(command)) {
        return serverOf(command, `virtual environment in ${folder}`, "workspace");
      }
    }
  }
  return undefined;
}

function fromPath(around: Surroundings): Server | undefined {
  const command = programOnPath(NAME, around);
  return command ? serverOf(command, "PATH", "path") : undefined;
}

function fromExtension(around: Surroundings): Server | undefined {
  const program = around.installed?.program;
  return program && around.isProgram(program)
    ? serverOf(program, "installed by the extension", "extension")
    : undefined;
}

function resolveConfigured(written: string, around: Surroundings): string | undefined {
  const expanded = written
    .replace(/^~(?=$|[\\/])/, () => around.home)
    .replaceAll("${workspaceFolder}", () => around.folders[0] ?? "");
  if (!/[\\/]/.test(expanded)) {
    return programOnPath(expanded, around);
  }
  return around.isProgram(expanded) ? expanded : undefined;
}

/** Where PATH is searched, and how. */
type Searched = Pick<Surroundings, "searchPath" | "home" | "platform" | "isProgram">;

/** A program by its name, in the absolute directories of PATH. */
export function programOnPath(name: string, around: Searched): string | undefined {
  const flavour = around.platform === "win32" ? path.win32 : path.posix;
  // uv and pipx install here; editors started from a desktop often lack it on their PATH.
  const personal = flavour.join(around.home, ".local", "bin");
  return [...around.searchPath.split(flavour.delimiter), personal]
    .filter((directory) => flavour.isAbsolute(directory))
    .map((directory) => flavour.join(directory, executable(name, around)))
    .find((file) => around.isProgram(file));
}

function executable(name: string, around: Searched): string {
  // Only .exe: a .cmd file would need a shell to start.
  return around.platform === "win32" && !/\.exe$/i.test(name) ? `${name}.exe` : name;
}

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
