/** What the commands of the palette and the status bar's menu do. */
import {
  commands,
  ProgressLocation,
  type QuickPickItem,
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
import { ServerCommand, type ServerSession } from "./server";
import type { Status } from "./status";

export async function explainHere(session: ServerSession, pages: Pages): Promise<void> {
  const client = await runningOrTell(session);
  if (!client) {
    return;
  }
  const editor = window.activeTextEditor;
  if (editor?.document.languageId !== "go") {
    void window.showInformationMessage("golsp-mem: put the cursor into Go code first.");
    return;
  }
  const { asUri, asPosition } = client.code2ProtocolConverter;
  await showPage(client, pages, ServerCommand.explain, {
    uri: asUri(editor.document.uri),
    position: asPosition(editor.selection.active),
  });
}

/** The page of a place that a hover names. */
export async function explainAt(
  session: ServerSession,
  pages: Pages,
  uri: string,
  position: object,
): Promise<void> {
  const client = await runningOrTell(session);
  if (client) {
    await showPage(client, pages, ServerCommand.explain, { uri, position });
  }
}

export async function showReport(session: ServerSession, pages: Pages): Promise<void> {
  const client = await runningOrTell(session);
  if (client) {
    await showPage(client, pages, ServerCommand.report);
  }
}

async function showPage(
  client: LanguageClient,
  pages: Pages,
  command: string,
  ...args: object[]
): Promise<void> {
  const editor = window.activeTextEditor;
  const version = editor?.document.version;
  const selection = editor?.selection;
  const result: unknown = await client.sendRequest(ExecuteCommandRequest.type, {
    command,
    arguments: args,
  });
  // Without one the server has said why.
  if (!isExplanation(result)) {
    return;
  }
  // A preview takes the focus: not from somebody who has gone on writing in the meantime.
  const wentOn = editor !== undefined
    && window.activeTextEditor === editor
    && !(editor.document.version === version && selection?.isEqual(editor.selection));
  await pages.show(result);
  if (wentOn) {
    await window.showTextDocument(editor.document, editor.viewColumn);
  }
}

/** What the server's command returns once every package is analysed. */
interface Analysed {
  readonly packages: number;
  readonly findings: number;
  readonly cancelled: boolean;
  readonly failed?: readonly { readonly package: string; readonly error: string }[];
}

/** Analyses every package, with progress that can be cancelled; then offers the report. */
export async function checkWorkspace(session: ServerSession, pages: Pages): Promise<void> {
  const client = await runningOrTell(session);
  if (!client) {
    return;
  }
  const outcome = await window.withProgress(
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
        const result: Analysed | null = await client.sendRequest(ExecuteCommandRequest.type, {
          command: ServerCommand.analyse,
          arguments: [],
          workDoneToken: token,
        });
        return result;
      } finally {
        following.dispose();
        cancelling.dispose();
      }
    },
  );
  if (!outcome || outcome.cancelled) {
    return;
  }
  const [show, output] = ["Show Report", "Show Output"];
  const found =
    `golsp-mem: ${counted(outcome.findings, "finding")} in ` +
    `${counted(outcome.packages, "package")}`;
  const [first, ...others] = outcome.failed ?? [];
  if (!first) {
    const choice = await window.showInformationMessage(`${found}.`, show);
    if (choice === show) {
      await showReport(session, pages);
    }
    return;
  }
  const more = others.length > 0 ? ` (and ${counted(others.length, "other")})` : "";
  const looked = outcome.packages > 0 ? `${found}; not looked at` : "golsp-mem: not looked at";
  const choice = await window.showWarningMessage(
    `${looked}: ${first.package}${more}: ${first.error}`,
    ...(outcome.packages > 0 ? [show, output] : [output]),
  );
  if (choice === show) {
    await showReport(session, pages);
  } else if (choice === output) {
    await commands.executeCommand("golsp-mem.showOutput");
  }
}

export async function toggleHints(session: ServerSession): Promise<void> {
  if (!(await runningOrTell(session))) {
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
    { label: "$(graph) Show report page", command: "golsp-mem.showReportPage" },
    { label: "$(list-tree) Show findings", command: "golsp-mem.findings.focus" },
    {
      label: `$(lightbulb) Turn hints ${session.showsHints ? "off" : "on"} in this window`,
      command: "golsp-mem.toggleHints",
    },
  ];
  const always: Choice[] = [
    { label: "$(output) Show output", command: "golsp-mem.showOutput" },
    { label: "$(pulse) Doctor", command: "golsp-mem.doctor" },
    { label: "$(desktop-download) Install or repair", command: "golsp-mem.installOrRepair" },
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

async function runningOrTell(session: ServerSession): Promise<LanguageClient | undefined> {
  const client = await session.settled();
  if (!client) {
    const restart = "Restart Server";
    void window
      .showWarningMessage("golsp-mem: the server is not running.", restart)
      .then((choice) => (choice === restart ? session.restart() : undefined));
  }
  return client;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
