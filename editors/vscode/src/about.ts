/** What is running here: the commands Doctor and Show Version. */
import { homedir } from "node:os";
import { env, ProgressLocation, window, workspace } from "vscode";
import type { Pages } from "./explain";
import { doctorList } from "./markdown";
import { run } from "./program";
import type { ServerSession } from "./server";
import { SECTION } from "./settings";

/** A doctor compiles a small package; a cold build cache takes a while. */
const MOST_MS = 300_000;

/** The output of `golsp-mem doctor` as a page beside the code. */
export async function doctor(session: ServerSession, pages: Pages, version: string): Promise<void> {
  const said = await runDoctor(session, "text");
  await pages.show({
    topic: "doctor",
    markdown: [
      "# Doctor",
      `Extension ${version}. ${serverSentence(session)}`,
      said === undefined ? "" : doctorList(said),
    ].join("\n\n"),
  });
}

export async function showVersion(session: ServerSession, version: string): Promise<void> {
  const lines = [`Extension ${version}`, serverSentence(session), await goSentence(session)];
  const copy = "Copy";
  const options = { modal: true, detail: lines.join("\n") };
  if ((await window.showInformationMessage("golsp-mem", options, copy)) === copy) {
    await env.clipboard.writeText(`golsp-mem\n${lines.join("\n")}\n`);
  }
}

function serverSentence(session: ServerSession): string {
  const { located } = session;
  if (!located) {
    return workspace.isTrusted
      ? "No server: not in golsp-mem.server.path, the workspace's .venv, on PATH, nor installed by the extension."
      : "No server: this workspace is not trusted.";
  }
  const state = session.running ? `server ${session.serverVersion ?? "?"}` : "the server is not running";
  return `${state[0]?.toUpperCase()}${state.slice(1)}: ${located.command} (${located.origin}).`;
}

async function goSentence(session: ServerSession): Promise<string> {
  const text = await runDoctor(session, "json");
  try {
    const { checks } = JSON.parse(text ?? "") as {
      readonly checks: readonly { readonly name: string; readonly text: string }[];
    };
    return `Go: ${checks.find(({ name }) => name === "go")?.text ?? "not found"}`;
  } catch {
    return "Go: not known without a server that answers";
  }
}

/** What the doctor prints; undefined where no server was found. */
async function runDoctor(
  session: ServerSession,
  format: "text" | "json",
): Promise<string | undefined> {
  const { located } = session;
  if (!located) {
    return undefined;
  }
  const folder = workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file");
  const directory = folder?.uri.fsPath ?? homedir();
  const go = workspace.getConfiguration(SECTION, folder).get<string | null>("goPath", null);
  const args = ["doctor", "--color", "never", "--format", format, "-C", directory];
  const title = "golsp-mem: looking at the set-up";
  return window.withProgress(
    { location: ProgressLocation.Window, title },
    async () => {
      const signal = AbortSignal.timeout(MOST_MS);
      const how = { directory, signal };
      const outcome = await run(located.command, go ? [...args, "--go", go] : args, how);
      const answer = outcome.stdout.trim() || outcome.stderr.trim();
      return answer || `${located.command} doctor said nothing (status ${outcome.status}).`;
    },
  );
}
