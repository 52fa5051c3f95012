/** The language server's life: found, started, watched, restarted. */
import { homedir } from "node:os";
import { commands, type Disposable, type LogOutputChannel, Uri, window, workspace } from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  DidChangeConfigurationNotification,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  type LanguageClientOptions,
  State,
} from "vscode-languageclient/node";
import { type Explanation, isExplanation } from "./explain";
import { type Installed, isProgram, locateServer, type Server } from "./locate";
import { SECTION, writtenOptions } from "./settings";
import { isSubject, turnOff } from "./turnOff";
import type { FileStatus, ServerState } from "./status";

/** What the server calls its commands; ours have other names, as VS Code knows both. */
export const ServerCommand = {
  findings: "golsp-mem.findings",
  turnOff: "golsp-mem.turnOff",
  explain: "golsp-mem.explain",
  analyse: "golsp-mem.analyseWorkspace",
  report: "golsp-mem.report",
} as const;

/** What a hover's link starts: the page of a place, given as URI and position. */
export const EXPLAIN_AT = "golsp-mem.explainAt";

/** After this many crashes in `CRASH_WINDOW_MS` a person has to look. */
const MOST_CRASHES = 3;
const CRASH_WINDOW_MS = 180_000;

/** Tells of failures in its output only: what a person must know is said once, by us. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** What the server says of a setting that is wrong, or of one that would help. */
interface Problem {
  readonly message: string;
  readonly setting: string;
}

export interface Listener {
  readonly onServer: (state: ServerState) => void;
  readonly onFile: (status: FileStatus) => void;
  readonly onExplanation: (explanation: Explanation) => Promise<void>;
  /** No server was found; given the setting that leads nowhere, if one does. */
  readonly onMissing: (configured: string | null) => void;
  readonly onVersion: (server: string) => void;
}

export class ServerSession implements Disposable {
  private client: LanguageClient | undefined;
  private queue: Promise<void> = Promise.resolve();
  private readonly crashes: number[] = [];
  private inlayHints: boolean | undefined;
  private server: Server | undefined;

  constructor(
    private readonly installed: () => Installed | undefined,
    private readonly output: LogOutputChannel,
    private readonly listener: Listener,
  ) {}

  /** Which server was found, running or not. */
  get located(): Server | undefined {
    return this.server;
  }

  /** What the running server says of itself. */
  get serverVersion(): string | undefined {
    return this.running?.initializeResult?.serverInfo?.version;
  }

  /** The running client, undefined while there is none. */
  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  /** The running client once what was under way (a start, a restart) is over. */
  async settled(): Promise<LanguageClient | undefined> {
    await this.queue;
    return this.running;
  }

  /** Starts the server, or starts it afresh: what it is and where it is may have changed. */
  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.end();
      await this.begin();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.end());
  }

  dispose(): void {
    void this.stop();
  }

  /** Whether inlay hints are on in this window. */
  get showsHints(): boolean {
    return this.inlayHints ?? workspace.getConfiguration(SECTION).get("inlayHints", false);
  }

  /** Turns inlay hints on or off in this window, whatever the settings say. */
  async setHints(on: boolean): Promise<void> {
    this.inlayHints = on;
    // The server asks for the settings anew when it hears that some changed.
    await this.running?.sendNotification(DidChangeConfigurationNotification.type, {
      settings: null,
    });
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(step, step);
    return this.queue;
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client?.needsStop()) {
      try {
        await client.dispose();
      } catch (error) {
        this.output.appendLine(`The server did not stop in order: ${String(error)}`);
      }
    }
    this.listener.onServer("stopped");
  }

  private async begin(): Promise<void> {
    this.server = undefined;
    if (!workspace.isTrusted) {
      this.listener.onServer("untrusted");
      return;
    }
    const located = locateServer({
      configured: workspace.getConfiguration(SECTION).get<string | null>("server.path", null),
      installed: this.installed(),
      folders: (workspace.workspaceFolders ?? [])
        .filter((folder) => folder.uri.scheme === "file")
        .map((folder) => folder.uri.fsPath),
      searchPath: process.env["PATH"] ?? "",
      home: homedir(),
      platform: process.platform,
      isProgram,
    });
    if (!located.server) {
      this.listener.onServer("missing");
      this.listener.onMissing(located.configured);
      return;
    }
    const { server } = located;
    this.server = server;
    const shown = [server.command, ...server.args].join(" ");
    this.output.appendLine(`Starting ${shown} (found: ${server.origin}).`);
    this.listener.onServer("starting");
    const client = this.connect(server);
    this.client = client;
    try {
      await client.start();
      this.listener.onVersion(this.serverVersion ?? "of an unknown version");
    } catch (error) {
      this.client = undefined;
      this.output.appendLine(`${shown} did not start: ${String(error)}`);
      this.listener.onServer("stopped");
      void this.tellStopped(`golsp-mem: the server did not start (${shown}).`);
    }
  }

  private connect(server: Server): LanguageClient {
    const life = { began: false };
    const options: LanguageClientOptions = {
      documentSelector: [{ scheme: "file", language: "go" }],
      initializationOptions: {
        explain: "client",
        problems: "client",
        // VS Code shows the diagnostics of a place above its hover.
        hoversDiagnostics: true,
        more: `command:${EXPLAIN_AT}`,
      },
      // The one command that our hovers may hold; what the workspace says is escaped in them.
      markdown: { isTrusted: { enabledCommands: [EXPLAIN_AT] } },
      outputChannel: this.output,
      errorHandler: this.errorHandler(() => life.began),
      // `begin` speaks of a failed start.
      initializationFailedHandler: () => false,
      middleware: {
        workspace: {
          configuration: ({ items }) =>
            items.map(({ section, scopeUri }) =>
              section === undefined || section === SECTION
                ? writtenOptions(scopeUri ? Uri.parse(scopeUri) : undefined, this.inlayHints)
                : null,
            ),
        },
        executeCommand: async (command, args, next) => {
          if (command === ServerCommand.turnOff && isSubject(args[0])) {
            // VS Code has settings of its own; the server would write golsp-mem.toml.
            return turnOff(args[0]);
          }
          const result: unknown = await next(command, args);
          if (isExplanation(result)) {
            await this.listener.onExplanation(result);
          }
          return result;
        },
      },
    };
    const client = new QuietClient(
      SECTION,
      "golsp-mem",
      { command: server.command, args: [...server.args] },
      options,
    );
    client.onNotification("golsp-mem/settingsProblem", (problem: Problem) => {
      void this.tellSettings(problem);
    });
    client.onNotification("golsp-mem/status", (status: FileStatus) => {
      this.listener.onFile(status);
    });
    client.onDidChangeState(({ newState }) => {
      life.began ||= newState === State.Running;
      if (this.client === client && newState !== State.Stopped) {
        this.listener.onServer(newState === State.Running ? "running" : "starting");
      }
    });
    return client;
  }

  private errorHandler(hasBegun: () => boolean): ErrorHandler {
    return {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: (): CloseHandlerResult => {
        if (!hasBegun()) {
          return { action: CloseAction.DoNotRestart, handled: true };
        }
        const now = Date.now();
        this.crashes.push(now);
        const recent = this.crashes.filter((moment) => now - moment < CRASH_WINDOW_MS);
        this.crashes.splice(0, this.crashes.length, ...recent);
        if (recent.length < MOST_CRASHES) {
          return { action: CloseAction.Restart, handled: true };
        }
        this.crashes.length = 0;
        this.listener.onServer("stopped");
        void this.tellStopped(`golsp-mem: the server stopped ${recent.length} times.`);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  private async tellSettings({ message, setting }: Problem): Promise<void> {
    const open = "Open Settings";
    if ((await window.showWarningMessage(message, open)) === open) {
      await commands.executeCommand("workbench.action.openSettings", setting);
    }
  }

  private async tellStopped(message: string): Promise<void> {
    const [restart, show] = ["Restart", "Show Output"];
    const choice = await window.showErrorMessage(`${message} The output says why.`, restart, show);
    if (choice === restart) {
      await this.restart();
    } else if (choice === show) {
      this.output.show();
    }
  }
}
