/** What the commands of the palette and the status bar's menu do. */
import {
  commands,
  languages,
  ProgressLocation,
  type QuickPickItem,
  type TextEditor,
  window,
  workspace,
} from "vscode";
import {
  ExecuteCommandRequest,
  type LanguageClient,
  WorkDoneProgress,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient/node";
import { isExplanation, type Pages } from "./explain";
import { type ReportedFinding, writeReport } from "./report";
import { ServerCommand, type ServerSession } from "./server";
import type { Status } from "./status";

export async function explainHere(
  session: ServerSession,
  pages: Pages,
  editor: TextEditor | undefined = window.activeTextEditor,
): Promise<void> {
  const client = runningOrTell(session);
  if (!client) {
    return;
  }
  if (editor?.document.languageId !== "go") {
    void window.showInformationMessage("golsp-mem: put the cursor into Go code first.");
    return;
  }
  const result: unknown = await client.sendRequest(ExecuteCommandRequest.type, {
    command: ServerCommand.explain,
    arguments: [
      {
        uri: client.code2ProtocolConverter.asUri(editor.document.uri),
        position: client.code2ProtocolConverter.asPosition(editor.selection.active),
      },
    ],
  });
  if (isExplanation(result)) {
    await pages.show(result);
  } else {
    void window.showInformationMessage("golsp-mem: nothing to explain at this place.");
  }
}

/** Analyses every package, with progress that can be cancelled; then offers the report. */
export async function checkWorkspace(session: ServerSession, pages: Pages): Promise<void> {
  const client = runningOrTell(session);
  if (!client) {
    return;
  }
  const finished = await window.withProgress(
    { location: ProgressLocation.Notification, title: "golsp-mem", cancellable: true },
    async (progress, cancelled) => {
      // The server cancels commands by their progress, not by their request.
      const token = `golsp-mem/workspace/${Date.now()}`;
      let reached = 0;
      const following = client.onProgress(WorkDoneProgress.type, token, (value) => {
        if (value.kind === "end") {
          return;
        }
        const percentage = value.percentage ?? reached;
        progress.report({
          message: value.message ?? (value.kind === "begin" ? value.title : ""),
          increment: Math.max(0, percentage - reached),
        });
        reached = Math.max(reached, percentage);
      });
      const cancelling = cancelled.onCancellationRequested(() => {
        void client.sendNotification(WorkDoneProgressCancelNotification.type, { token });
      });
      try {
        await client.sendRequest(ExecuteCommandRequest.type, {
          command: ServerCommand.analyse,
          arguments: [],
          workDoneToken: token,
        });
      } finally {
        following.dispose();
        cancelling.dispose();
      }
      return !cancelled.isCancellationRequested;
    },
  );
  if (!finished) {
    return;
  }
  const count = reportedFindings().length;
  const show = "Show Report";
  const choice = await window.showInformationMessage(
    `golsp-mem: ${count === 1 ? "1 finding" : `${count} findings`} in this workspace.`,
    show,
  );
  if (choice === show) {
    await showReport(pages);
  }
}

export async function showReport(pages: Pages): Promise<void> {
  const root = workspace.workspaceFolders?.[0]?.uri.fsPath;
  const when = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  await pages.show({
    topic: "memory-report",
    markdown: writeReport(reportedFindings(), root, when),
  });
}

export async function toggleHints(session: ServerSession): Promise<void> {
  if (!runningOrTell(session)) {
    return;
  }
  const on = !session.showsHints;
  await session.setHints(on);
  window.setStatusBarMessage(`golsp-mem: hints are ${on ? "on" : "off"} in this window`, 4000);
}

interface Choice extends QuickPickItem {
  readonly command: string;
  readonly argument?: string;
}

export async function openMenu(session: ServerSession, status: Status): Promise<void> {
  const live: Choice[] = [
    { label: "$(book) Explain here", command: "golsp-mem.explainHere" },
    { label: "$(search) Analyse workspace", command: "golsp-mem.checkWorkspace" },
    { label: "$(list-flat) Show report", command: "golsp-mem.showReport" },
    {
      label: `$(lightbulb) Turn hints ${session.showsHints ? "off" : "on"} in this window`,
      command: "golsp-mem.toggleHints",
    },
  ];
  const always: Choice[] = [
    { label: "$(output) Show output", command: "golsp-mem.showOutput" },
    { label: "$(debug-restart) Restart server", command: "golsp-mem.restartServer" },
    {
      label: "$(gear) Settings",
      command: "workbench.action.openSettings",
      argument: "golsp-mem.",
    },
  ];
  const trust: Choice[] = [
    { label: "$(shield) Manage workspace trust", command: "workbench.trust.manage" },
  ];
  const items = !workspace.isTrusted
    ? [...trust, ...always.slice(0, 1), ...always.slice(2)]
    : session.running
      ? [...live, ...always]
      : always;
  const choice = await window.showQuickPick(items, {
    title: "golsp-mem",
    placeHolder: status.sentence(),
  });
  if (choice) {
    await commands.executeCommand(choice.command, choice.argument);
  }
}

function runningOrTell(session: ServerSession): LanguageClient | undefined {
  const client = session.running;
  if (!client) {
    const restart = "Restart Server";
    void window
      .showWarningMessage("golsp-mem: the server is not running.", restart)
      .then((choice) => (choice === restart ? session.restart() : undefined));
  }
  return client;
}

function reportedFindings(): ReportedFinding[] {
  return languages.getDiagnostics().flatMap(([uri, diagnostics]) =>
    diagnostics
      .filter((diagnostic) => diagnostic.source === "golsp-mem")
      .map(({ code, message, range }) => ({
        file: uri.fsPath,
        line: range.start.line + 1,
        code: String(typeof code === "object" ? code.value : (code ?? "")),
        message,
      })),
  );
}
