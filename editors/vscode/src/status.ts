/** The status bar item: what the server is doing, and the number of findings in this file. */
import {
  type Disposable,
  type ExtensionContext,
  MarkdownString,
  StatusBarAlignment,
  ThemeColor,
  Uri,
  window,
} from "vscode";

/** The server's notification `golsp-mem/status`. */
export interface FileStatus {
  readonly uri: string | null;
  readonly state: "idle" | "building" | "stale" | "failed";
  readonly findings?: number | null;
  readonly message?: string | null;
  /** Why nothing, or nothing new, is known. */
  readonly cause?: string | null;
  /** Generic functions in the file that nothing instantiates, so that there is no code of them. */
  readonly uncompiled?: number;
}

/** The state of the server itself; only a running one has something to say of files. */
export type ServerState = "untrusted" | "missing" | "starting" | "running" | "stopped";

interface Look {
  readonly icon: string;
  readonly sentence: string;
  readonly isProblem?: boolean;
  /** What stands in place of a count. */
  readonly words?: string;
  /** The one thing to do about it: what it is called, the command, its arguments. */
  readonly action?: readonly [title: string, command: string, ...args: unknown[]];
}

const OUTPUT = ["Show the output", "golsp-mem.showOutput"] as const;

/** What the server names as the cause when a file could not be looked at. */
const OF_CAUSE: Record<string, Look> = {
  "no-go": {
    icon: "circle-slash",
    words: "no usable Go",
    sentence: "No usable Go.",
    isProblem: true,
    action: ["Name the Go to use", "workbench.action.openSettings", "golsp-mem.goPath"],
  },
  "outside-module": {
    icon: "circle-slash",
    words: "outside a module",
    sentence: "Not looked at: this file is in no Go module.",
    action: ["Open a terminal here", "workbench.action.terminal.new"],
  },
  "does-not-build": {
    icon: "warning",
    words: "does not build",
    sentence: "Not looked at: the package does not build.",
    action: OUTPUT,
  },
  "not-built": {
    icon: "circle-slash",
    words: "not built",
    sentence: "Not looked at: the file is no part of this build.",
    action: ["Set tags or target", "workbench.action.openSettings", "golsp-mem.tags"],
  },
  "not-yet": {
    icon: "circle-slash",
    words: "not looked at",
    sentence: "Not looked at yet.",
  },
  settings: {
    icon: "warning",
    words: "wrong setting",
    sentence: "A setting cannot be understood.",
    isProblem: true,
    action: ["Open the settings", "workbench.action.openSettings", "golsp-mem."],
  },
};

const OF_SERVER: Record<Exclude<ServerState, "running">, Look> = {
  untrusted: { icon: "shield", sentence: "Not started: this workspace is not trusted." },
  missing: {
    icon: "circle-slash",
    words: "no server",
    sentence: "The server was not found.",
    isProblem: true,
    action: ["Install it", "golsp-mem.installOrRepair"],
  },
  starting: { icon: "loading~spin", sentence: "The server is starting." },
  stopped: {
    icon: "circle-slash",
    words: "stopped",
    sentence: "The server is not running.",
    isProblem: true,
    action: OUTPUT,
  },
};

const OF_FILE: Record<FileStatus["state"], Look> = {
  idle: { icon: "layers", sentence: "Up to date." },
  building: { icon: "loading~spin", sentence: "Building." },
  stale: { icon: "history", sentence: "From before the last change." },
  failed: {
    icon: "warning",
    words: "failed",
    sentence: "Not looked at: the analysis failed.",
    action: OUTPUT,
  },
};

export class Status implements Disposable {
  private readonly item = window.createStatusBarItem(
    "golsp-mem.status",
    StatusBarAlignment.Right,
    100,
  );
  private readonly files = new Map<string, FileStatus>();
  private readonly listener: Disposable;
  private editor = window.activeTextEditor;
  private server: ServerState = "stopped";
  private overall: FileStatus | undefined;

  constructor(context: ExtensionContext) {
    this.item.name = "golsp-mem";
    this.item.command = "golsp-mem.menu";
    this.listener = window.onDidChangeActiveTextEditor((editor) => {
      // An explanation beside the code takes the focus; the count still is of that code.
      if (editor || !window.visibleTextEditors.some((visible) => visible === this.editor)) {
        this.editor = editor;
      }
      this.draw();
    });
    context.subscriptions.push(this);
  }

  dispose(): void {
    this.listener.dispose();
    this.item.dispose();
  }

  setServer(state: ServerState): void {
    this.server = state;
    if (state !== "running") {
      this.files.clear();
      this.overall = undefined;
    }
    this.draw();
  }

  setFile(status: FileStatus): void {
    if (status.uri) {
      this.files.set(key(status.uri), status);
    } else {
      this.overall = status;
    }
    this.draw();
  }

  /** The state in one sentence, for the menu. */
  sentence(): string {
    return this.look(this.current()).sentence.replace("\n", " ");
  }

  private current(): FileStatus | undefined {
    const uri = this.editor?.document.uri.toString();
    return (uri === undefined ? undefined : this.files.get(uri)) ?? this.overall;
  }

  private look(status: FileStatus | undefined): Look {
    if (this.server !== "running") {
      return OF_SERVER[this.server];
    }
    const known = status?.state === "failed" ? OF_CAUSE[status.cause ?? ""] : undefined;
    const look = known ?? OF_FILE[status?.state ?? "idle"];
    // The message is Go's own (an error of the build), so it stands on a line of its own.
    return status?.message ? { ...look, sentence: `${look.sentence}\n${status.message}` } : look;
  }

  private count(status: FileStatus | undefined): number | undefined {
    // A first build has found nothing yet, which is not the same as that there is nothing.
    const isFirst = status?.state === "building" && !status.findings;
    return isFirst ? undefined : (status?.findings ?? undefined);
  }

  private draw(): void {
    const isGo = this.editor?.document.languageId === "go";
    const status = this.current();
    const look = this.look(status);
    const count = this.server === "running" && isGo ? this.count(status) : undefined;
    const words = count === undefined ? look.words : String(count);
    this.item.text = `$(${look.icon}) mem${words === undefined ? "" : ` ${words}`}`;
    // A quiet colour: a build that fails while somebody types is no emergency.
    this.item.color = look.isProblem ? new ThemeColor("errorForeground") : undefined;
    const lines = [look.sentence];
    if (count !== undefined) {
      lines.unshift(count === 1 ? "1 finding in this file." : `${count} findings in this file.`);
    }
    const unseen = status?.uncompiled ?? 0;
    if (count !== undefined && unseen > 0) {
      const them = unseen === 1 ? "1 generic function" : `${unseen} generic functions`;
      lines.splice(1, 0, `${them} not looked at: nothing here instantiates ${unseen === 1 ? "it" : "them"}.`);
    }
    this.item.tooltip = tooltipOf(lines, look.action);
    this.item.accessibilityInformation = { label: `golsp-mem: ${lines.join(" ")}` };
    // Beside Go code, or where something needs a person.
    if (isGo || (look.isProblem ?? false)) {
      this.item.show();
    } else {
      this.item.hide();
    }
  }
}

/** Text of others stands in a code block: escapes of Markdown would show in it. */
function tooltipOf(lines: readonly string[], action: Look["action"]): MarkdownString {
  const tooltip = new MarkdownString("**golsp-mem**\n\n");
  for (const line of lines.join("\n").split("\n")) {
    if (/[\\`*_{}[\]()#+\-!~<>&|]/.test(line)) {
      tooltip.appendCodeblock(line, "text");
    } else {
      tooltip.appendText(`${line}\n`);
    }
  }
  if (action) {
    const [title, command, ...args] = action;
    const query = args.length > 0 ? `?${encodeURIComponent(JSON.stringify(args))}` : "";
    tooltip.appendMarkdown(`\n\n[${title}](command:${command}${query})`);
    tooltip.isTrusted = { enabledCommands: [command] };
  }
  return tooltip;
}

function key(uri: string): string {
  // The server's spelling of a URI may differ from VS Code's (%3A, case of the drive).
  return Uri.parse(uri).toString();
}
