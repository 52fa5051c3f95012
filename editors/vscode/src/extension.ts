/** Where VS Code enters: puts the parts together and registers the commands. */
import { commands, type ExtensionContext, window, workspace } from "vscode";
import { doctor, showVersion } from "./about";
import { checkWorkspace, explainAt, explainHere, openMenu, showReport, toggleHints } from "./actions";
import { Pages } from "./explain";
import { Findings, registerFindings } from "./findings";
import { Gutter } from "./gutter";
import { Installer } from "./install";
import { showReportPage } from "./reportPage";
import { EXPLAIN_AT, ServerSession } from "./server";
import { SECTION } from "./settings";
import { Status } from "./status";

/** VS Code waits for `deactivate`, but not for disposables: so the session is remembered. */
class Extension {
  private session: ServerSession | undefined;

  async activate(context: ExtensionContext): Promise<void> {
    const output = window.createOutputChannel("golsp-mem", { log: true });
    const pages = new Pages();
    const status = new Status(context);
    const installer: Installer = new Installer(context, output, () => session);
    const session: ServerSession = new ServerSession(() => installer.installation.current, output, {
      onServer: (state) => {
        status.setServer(state);
        void commands.executeCommand("setContext", "golsp-mem.running", state === "running");
      },
      onFile: (file) => {
        status.setFile(file);
        if (file.state !== "building") {
          findings.refreshSoon();
          gutter.refreshSoon();
        }
      },
      onExplanation: (explanation) => pages.show(explanation),
      onMissing: (configured) => void installer.tellMissing(configured),
      onVersion: (version) => void installer.checkVersion(version),
    });
    this.session = session;
    const findings = new Findings(() => session.running);
    const gutter = new Gutter(() => session.running);
    context.subscriptions.push(gutter, findings, ...registerFindings(findings));

    context.subscriptions.push(
      commands.registerCommand(EXPLAIN_AT, (uri: string, position: object) =>
        explainAt(session, pages, uri, position),
      ),
    );
    const actions: Record<string, () => unknown> = {
      explainHere: () => explainHere(session, pages),
      checkWorkspace: () => checkWorkspace(session, pages),
      showReport: () => showReport(session, pages),
      showReportPage: () => showReportPage(session),
      toggleHints: () => toggleHints(session),
      doctor: () => doctor(session, pages, installer.version),
      showVersion: () => showVersion(session, installer.version),
      installOrRepair: () => installer.installOrRepair(),
      restartServer: async () => {
        await installer.askAgain();
        await session.restart();
      },
      showOutput: () => output.show(),
      menu: () => openMenu(session, status),
    };
    for (const [name, action] of Object.entries(actions)) {
      context.subscriptions.push(commands.registerCommand(`golsp-mem.${name}`, action));
    }
    context.subscriptions.push(
      output,
      pages,
      workspace.onDidGrantWorkspaceTrust(() => session.restart()),
      workspace.onDidChangeConfiguration(async (change) => {
        // The server hears of the others by itself: it registers for its section.
        if (change.affectsConfiguration(`${SECTION}.server.path`)) {
          await session.restart();
        }
      }),
    );
    await session.restart();
  }

  async deactivate(): Promise<void> {
    await this.session?.stop();
  }
}

const extension = new Extension();

export const activate = (context: ExtensionContext): Promise<void> => extension.activate(context);

export const deactivate = (): Promise<void> => extension.deactivate();
