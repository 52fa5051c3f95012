/** The server that the extension itself has installed, in its storage. Knows nothing of VS Code. */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  ASK_VERSION,
  isNewEnough,
  type Maker,
  NO_PYTHON,
  PYTHON_NAMES,
  programIn,
  reasonOf,
  stepsOf,
  variablesFor,
} from "./environment";
import { type Installed, isProgram, programOnPath } from "./locate";
import { run } from "./program";

/** What `server.json` holds: which directory counts, and what is in it. */
interface Record_ {
  readonly directory: string;
  /** The digest of the wheel that was installed. */
  readonly wheel: string;
  /** Whether it counts before a server of the workspace or on PATH. */
  readonly preferred: boolean;
}

export interface Wish {
  readonly withGo: boolean;
  readonly preferred: boolean;
  readonly searchPath: string;
  readonly home: string;
  readonly signal: AbortSignal;
  readonly onStep: (words: string, number: number, total: number) => void;
  readonly onText: (text: string) => void;
}

export type Result = { readonly done: true } | { readonly done: false; readonly reason: string };

export class Installation {
  /** The server that came with the extension; undefined in a build without one. */
  readonly wheel: string | undefined;

  constructor(
    private readonly storage: string,
    extension: string,
    private readonly platform: NodeJS.Platform = process.platform,
  ) {
    const directory = join(extension, "server");
    const name = existsSync(directory)
      ? readdirSync(directory).find((file) => file.endsWith(".whl"))
      : undefined;
    this.wheel = name && join(directory, name);
  }

  /** What is installed; undefined where nothing is, or what was is gone. */
  get current(): Installed | undefined {
    const known = this.known();
    const program = known && this.program(known.directory);
    return known && program && isProgram(program) ? { program, preferred: known.preferred } : undefined;
  }

  /** Whether what is installed came with another build of the extension. */
  get isOutdated(): boolean {
    const known = this.known();
    return known !== undefined && this.wheel !== undefined && known.wheel !== digestOf(this.wheel);
  }

  /**
   * Installs the wheel into a new environment. What was installed stays until the new one works,
   * and then until the next time: another window may still run it.
   */
  async install(wish: Wish): Promise<Result> {
    const { wheel } = this;
    if (!wheel) {
      return { done: false, reason: "this build of the extension brings no server along" };
    }
    const before = this.known();
    const directory = `server-${randomUUID()}`;
    const target = join(this.storage, directory);
    try {
      await mkdir(this.storage, { recursive: true });
      const reason = await this.make(target, wheel, wish);
      if (reason !== undefined || wish.signal.aborted) {
        await rm(target, { recursive: true, force: true });
        return { done: false, reason: reason ?? "it was cancelled" };
      }
      const { preferred } = wish;
      await this.remember({ directory, wheel: digestOf(wheel), preferred });
      await this.sweep([directory, before?.directory]);
      return { done: true };
    } catch (error) {
      await rm(target, { recursive: true, force: true }).catch(() => undefined);
      return { done: false, reason: reasonOf(String(error)) };
    }
  }

  private async make(target: string, wheel: string, wish: Wish): Promise<string | undefined> {
    const environment = variablesFor(process.env);
    const maker = await this.maker(wish, environment);
    if (!maker) {
      return NO_PYTHON;
    }
    const url = pathToFileURL(wheel).href;
    const steps = stepsOf(maker, target, url, wish.withGo, this.platform);
    for (const [index, { words, command, args }] of steps.entries()) {
      wish.onStep(words, index + 1, steps.length);
      wish.onText(`$ ${[command, ...args].join(" ")}\n`);
      // In the storage: uv and pip look for settings in the directory they are started in.
      const { signal, onText } = wish;
      const how = { directory: this.storage, environment, signal, onText };
      const outcome = await run(command, args, how);
      if (outcome.status !== 0) {
        return signal.aborted ? "it was cancelled" : reasonOf(outcome.stdout + outcome.stderr);
      }
    }
    return undefined;
  }

  private async maker(wish: Wish, environment: NodeJS.ProcessEnv): Promise<Maker | undefined> {
    const around = { ...wish, platform: this.platform, isProgram };
    const uv = programOnPath("uv", around);
    if (uv) {
      return { kind: "uv", command: uv };
    }
    for (const name of PYTHON_NAMES) {
      const command = programOnPath(name, around);
      if (command) {
        // A name on PATH may be a stub that only tells where Python can be had.
        const how = { directory: this.storage, environment, signal: wish.signal };
        const { status, stdout } = await run(command, ASK_VERSION, how);
        if (status === 0 && isNewEnough(stdout)) {
          return { kind: "python", command };
        }
      }
    }
    return undefined;
  }

  private program(directory: string): string {
    return programIn(join(this.storage, directory), "golsp-mem", this.platform);
  }

  private known(): Record_ | undefined {
    try {
      const raw: unknown = JSON.parse(readFileSync(this.file, "utf8"));
      const record = raw as Partial<Record_> | null;
      return typeof record?.directory === "string" &&
        /^server-[\w-]+$/.test(record.directory) &&
        typeof record.wheel === "string"
        ? { directory: record.directory, wheel: record.wheel, preferred: record.preferred === true }
        : undefined;
    } catch {
      return undefined;
    }
  }

  private async remember(record: Record_): Promise<void> {
    const part = `${this.file}.${randomUUID()}`;
    await writeFile(part, JSON.stringify(record));
    await rename(part, this.file);
  }

  private async sweep(kept: readonly (string | undefined)[]): Promise<void> {
    for (const name of await readdir(this.storage)) {
      if (name.startsWith("server-") && !kept.includes(name)) {
        await rm(join(this.storage, name), { recursive: true, force: true }).catch(() => undefined);
      }
    }
  }

  private get file(): string {
    return join(this.storage, "server.json");
  }
}

function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
