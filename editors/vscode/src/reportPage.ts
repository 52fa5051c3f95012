/** The page that `golsp-mem report` writes, in a tab of VS Code. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProgressLocation, ViewColumn, window, workspace, type WorkspaceFolder } from "vscode";
import { run } from "./program";
import type { ServerSession } from "./server";
import { SECTION } from "./settings";

/** The page is written with these: whole, or without the packages that do not build. */
const WRITTEN: readonly (number | null)[] = [0, 3];

/** As the command line sees the folder: with golsp-mem.toml, without the editor's settings. */
export async function showReportPage(session: ServerSession): Promise<void> {
  const folder = folderInView();
  await session.settled();
  const { located } = session;
  if (!located || !folder) {
    const lacks = folder ? "no server was found" : "no folder is open";
    void window.showWarningMessage(`golsp-mem: no report, ${lacks}.`);
    return;
  }
  const scratch = await mkdtemp(join(tmpdir(), "golsp-mem-report-"));
  try {
    const file = join(scratch, "report.html");
    const go = workspace.getConfiguration(SECTION, folder).get<string | null>("goPath", null);
    const args = ["report", "--quiet", "-C", folder.uri.fsPath, "-o", file];
    const outcome = await window.withProgress(
      { location: ProgressLocation.Notification, title: "golsp-mem: report", cancellable: true },
      async (_, token) => {
        const ending = new AbortController();
        token.onCancellationRequested(() => ending.abort());
        const how = { directory: folder.uri.fsPath, signal: ending.signal };
        const done = await run(located.command, go ? [...args, "--go", go] : args, how);
        return ending.signal.aborted ? undefined : done;
      },
    );
    if (!outcome) {
      return;
    }
    if (!WRITTEN.includes(outcome.status)) {
      const said = outcome.stderr.trim().split("\n").at(-1) ?? "";
      void window.showErrorMessage(`golsp-mem: no report: ${said}`);
      return;
    }
    showHtml(folder.name, await readFile(file, "utf8"));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function showHtml(name: string, html: string): void {
  // The page's own policy lets only its one script run, by its hash, and lets nothing load.
  const options = { enableScripts: true, localResourceRoots: [], retainContextWhenHidden: true };
  const title = `Report of ${name}`;
  const panel = window.createWebviewPanel("golsp-mem.report", title, ViewColumn.Active, options);
  panel.webview.html = html;
}

function folderInView(): WorkspaceFolder | undefined {
  const uri = window.activeTextEditor?.document.uri;
  const all = workspace.workspaceFolders?.filter((folder) => folder.uri.scheme === "file");
  const own = uri && workspace.getWorkspaceFolder(uri);
  return own?.uri.scheme === "file" ? own : all?.[0];
}
