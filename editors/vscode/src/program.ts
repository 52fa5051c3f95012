/** Runs programs beside VS Code: never through a shell, whole process groups. */
import { type ChildProcess, spawn } from "node:child_process";

/** What is kept of each stream, in characters. */
const MOST_TEXT = 1_000_000;

export interface Outcome {
  /** Null where the program did not start or was ended. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Run {
  readonly directory: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Ends the program with all that it started. */
  readonly signal?: AbortSignal;
  /** Gets each piece of text as it comes. */
  readonly onText?: (text: string) => void;
}

/** Waits for the end of a program; never throws. */
export function run(command: string, args: readonly string[], how: Run): Promise<Outcome> {
  return new Promise((resolve) => {
    const streams = { stdout: "", stderr: "" };
    if (how.signal?.aborted) {
      resolve({ status: null, ...streams });
      return;
    }
    const child = spawn(command, args, {
      cwd: how.directory,
      env: how.environment ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      // Leads a group of its own; on Windows that would open a window.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    const abort = () => killGroup(child);
    how.signal?.addEventListener("abort", abort, { once: true });
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        streams[name] = (streams[name] + text).slice(-MOST_TEXT);
        how.onText?.(text);
      });
    }
    child.on("error", (error) => {
      streams.stderr += `${error.message}\n`;
    });
    child.on("close", (status) => {
      how.signal?.removeEventListener("abort", abort);
      resolve({ status: how.signal?.aborted ? null : status, ...streams });
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) {
    return;
  }
  if (process.platform === "win32") {
    spawn("taskkill", ["/PID", String(child.pid), "/T", "/F"], { windowsHide: true });
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}
