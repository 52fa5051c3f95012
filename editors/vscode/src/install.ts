/** Asks whether to install the server that came with the extension, and does it in sight. */
import { homedir } from "node:os";
import {
  commands,
  ConfigurationTarget,
  type ExtensionContext,
  type OutputChannel,
  ProgressLocation,
  window,
  workspace,
} from "vscode";
import { Installation } from "./installation";
import { isProgram, programOnPath } from "./locate";
import type { ServerSession } from "./server";
import { SECTION } from "./settings";

/** Keys of what is remembered on this machine. */
const DECLINED = "install.declined";
const TOLD_VERSION = "install.toldVersion";

const [INSTALL, REPAIR, LATER, SETTINGS] = [
  "Install",
  "Install or Repair",
  "Not Now",
  "Open Settings",
];

export class Installer {
  readonly installation: Installation;
  private busy: Promise<void> | undefined;

  constructor(
    private readonly context: ExtensionContext,
    private readonly output: OutputChannel,
    private readonly session: () => ServerSession,
  ) {
    this.installation = new Installation(context.globalStorageUri.fsPath, context.extensionPath);
  }

  get version(): string {
    const { version } = this.context.extension.packageJSON as { readonly version: string };
    return version;
  }

  /** No server was found: offers to install one, once; `configured` is a setting that is wrong. */
  async tellMissing(configured: string | null): Promise<void> {
    if (configured !== null) {
      const message =
        `golsp-mem: golsp-mem.server.path is “${configured}”, which is no program here. ` +
        "Correct the setting, or clear it to search for the server.";
      this.output.appendLine(message);
      if ((await window.showErrorMessage(message, SETTINGS)) === SETTINGS) {
        await openServerSetting();
      }
      return;
    }
    const found = "golsp-mem: no server found in the workspace's .venv or on PATH.";
    this.output.appendLine(found);
    if (this.context.globalState.get(DECLINED, false)) {
      return;
    }
    const choice = this.installation.wheel
      ? await window.showWarningMessage(
          `${found} Install the one that came with this extension?`,
          INSTALL,
          SETTINGS,
          LATER,
        )
      : await window.showWarningMessage(`${found} Name it in golsp-mem.server.path.`, SETTINGS);
    if (choice === INSTALL) {
      await this.installOrRepair();
    } else if (choice === SETTINGS) {
      await openServerSetting();
    } else {
      await this.context.globalState.update(DECLINED, true);
    }
  }

  /** Somebody wants a server now, whatever was answered before. */
  async askAgain(): Promise<void> {
    await this.context.globalState.update(DECLINED, undefined);
  }

  /** Tells once of a server that does not belong to this extension. */
  async checkVersion(server: string): Promise<void> {
    const isOurs = this.session().located?.from === "extension";
    const stale = isOurs && this.installation.isOutdated;
    const pair = `${this.version} ${server}${stale ? " stale" : ""}`;
    const said = this.context.globalState.get(TOLD_VERSION);
    if ((server === this.version && !stale) || said === pair) {
      return;
    }
    await this.context.globalState.update(TOLD_VERSION, pair);
    const message = stale
      ? `golsp-mem: the installed server (${server}) came with another build of the extension.`
      : `golsp-mem: the server is ${server}, the extension ${this.version}.`;
    this.output.appendLine(message);
    const choices = this.installation.wheel ? [REPAIR, LATER] : [];
    if ((await window.showWarningMessage(message, ...choices)) === REPAIR) {
      await this.installOrRepair();
    }
  }

  /** Installs, or installs afresh; one at a time. */
  installOrRepair(): Promise<void> {
    this.busy ??= this.inSight().finally(() => {
      this.busy = undefined;
    });
    return this.busy;
  }

  private async inSight(): Promise<void> {
    const section = workspace.getConfiguration(SECTION);
    const around = {
      searchPath: process.env["PATH"] ?? "",
      home: homedir(),
      platform: process.platform,
      isProgram,
    };
    const withGo = !section.get<string | null>("goPath", null) && !programOnPath("go", around);
    const other = this.session().located;
    const preferred =
      this.installation.current?.preferred === true ||
      (other !== undefined && other.from !== "extension");
    const result = await window.withProgress(
      { location: ProgressLocation.Notification, title: "golsp-mem", cancellable: true },
      (progress, token) => {
        const ending = new AbortController();
        token.onCancellationRequested(() => ending.abort());
        return this.installation
          .install({
            ...around,
            withGo,
            preferred,
            signal: ending.signal,
            onStep: (words, number, total) => {
              progress.report({ message: `${words} (${number} of ${total})` });
            },
            onText: (text) => this.output.append(text),
          })
          .then((outcome) => ({ outcome, cancelled: ending.signal.aborted }));
      },
    );
    if (result.cancelled) {
      return;
    }
    if (!result.outcome.done) {
      await this.tellFailed(result.outcome.reason);
      return;
    }
    await this.askAgain();
    await this.session().restart();
    await this.tellOfSetting();
  }

  private async tellFailed(reason: string): Promise<void> {
    const [again, show] = ["Try Again", "Show Output"];
    const message = `golsp-mem: the server was not installed: ${reason}.`;
    this.output.appendLine(message);
    const choice = await window.showErrorMessage(message, again, show);
    if (choice === again) {
      await this.installOrRepair();
    } else if (choice === show) {
      this.output.show();
    }
  }

  /** The setting comes first, also before what somebody has just asked for. */
  private async tellOfSetting(): Promise<void> {
    const section = workspace.getConfiguration(SECTION);
    const configured = section.get<string | null>("server.path", null);
    if (!configured) {
      return;
    }
    const clear = "Clear the Setting";
    const message = `golsp-mem: installed, but golsp-mem.server.path names “${configured}”.`;
    if ((await window.showWarningMessage(message, clear, SETTINGS)) === clear) {
      const { globalValue, workspaceValue } = section.inspect("server.path") ?? {};
      if (workspaceValue !== undefined) {
        await section.update("server.path", undefined, ConfigurationTarget.Workspace);
      }
      if (globalValue !== undefined) {
        await section.update("server.path", undefined, ConfigurationTarget.Global);
      }
    }
  }
}

async function openServerSetting(): Promise<void> {
  await commands.executeCommand("workbench.action.openSettings", "golsp-mem.server.path");
}
