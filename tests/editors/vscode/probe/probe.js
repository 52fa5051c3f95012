// Runs inside VS Code's extension host, beside the extension under test: does the steps of a
// plan with VS Code's own API and writes what it saw as JSON.
const { readFileSync, renameSync, writeFileSync, existsSync } = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const STEP_MS = 20_000;
const PAUSE_MS = 50;

const root = () => vscode.workspace.workspaceFolders[0].uri;
const uriOf = (file) => vscode.Uri.joinPath(root(), file);
const open = (file) => vscode.workspace.openTextDocument(uriOf(file));

/** The place `offset` characters into the first occurrence of `text`. */
async function place({ file, text, offset = 0 }) {
  const document = await open(file);
  const index = document.getText().indexOf(text);
  if (index < 0) throw new Error(`${file} does not contain ${text}`);
  return { document, position: document.positionAt(index + offset) };
}

/** Asks until the answer satisfies; an answer that never does is an error that shows it. */
async function until(what, ask, satisfies) {
  const end = Date.now() + STEP_MS;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

const plain = (diagnostic) => ({
  code: String(diagnostic.code?.value ?? diagnostic.code),
  href: diagnostic.code?.target?.toString() ?? null,
  message: diagnostic.message,
  severity: vscode.DiagnosticSeverity[diagnostic.severity],
  source: diagnostic.source,
  line: diagnostic.range.start.line + 1,
  from: diagnostic.range.start.character,
  to: diagnostic.range.end.character,
  endLine: diagnostic.range.end.line + 1,
  related: (diagnostic.relatedInformation ?? []).map((item) => item.message),
});

const titled = (found, title) => found.find((item) => item.title.includes(title));

async function codeActions(step) {
  const { document, position } = await place(step);
  const range = new vscode.Range(position, position);
  return vscode.commands.executeCommand("vscode.executeCodeActionProvider", document.uri, range);
}

const STEPS = {
  async open({ file }) {
    await vscode.window.showTextDocument(await open(file), { preview: false });
  },
  /** Waits for `has` (a code) to be there, `lacks` to be gone, or `none` at all. */
  async diagnostics({ file, has, lacks, none, severity }) {
    const wanted = (found) => found.code === has && (!severity || found.severity === severity);
    return until(
      `diagnostics of ${file}`,
      () =>
        vscode.languages
          .getDiagnostics(uriOf(file))
          .filter((one) => one.source === "golsp-mem")
          .map(plain),
      (found) =>
        (!has || found.some(wanted)) &&
        (!lacks || !found.some((one) => one.code === lacks)) &&
        (!none || found.length === 0),
    );
  },
  async hover(step) {
    const { document, position } = await place(step);
    return until(
      "hover",
      async () => {
        const hovers = await vscode.commands.executeCommand(
          "vscode.executeHoverProvider",
          document.uri,
          position,
        );
        return hovers.flatMap((hover) => hover.contents.map((one) => one.value ?? one)).join("\n");
      },
      (text) => text.includes(step.contains ?? ""),
    );
  },
  async actions(step) {
    const found = await until("code actions", () => codeActions(step), (all) =>
      step.title ? titled(all, step.title) : all.length > 0,
    );
    return found.map((action) => action.title);
  },
  /** Applies a code action as the editor would: its edit, then its command. */
  async apply(step) {
    const found = await until("code action", () => codeActions(step), (all) =>
      titled(all, step.title),
    );
    const action = titled(found, step.title);
    if (action.edit && !(await vscode.workspace.applyEdit(action.edit))) {
      throw new Error(`${action.title}: the edit was refused`);
    }
    if (action.command) {
      const { command, arguments: args = [] } = action.command;
      await vscode.commands.executeCommand(command, ...args);
    }
    return action.title;
  },
  async replace({ file, text, by }) {
    const { document, position } = await place({ file, text });
    const edit = new vscode.WorkspaceEdit();
    const end = document.positionAt(document.offsetAt(position) + text.length);
    edit.replace(document.uri, new vscode.Range(position, end), by);
    await vscode.workspace.applyEdit(edit);
  },
  async save({ file }) {
    const document = await open(file);
    if (!(await document.save())) throw new Error(`${file} was not saved`);
    return document.getText();
  },
  async select(step) {
    const { document, position } = await place(step);
    const editor = await vscode.window.showTextDocument(document, { preview: false });
    editor.selection = new vscode.Selection(position, position);
  },
  async cursor() {
    const editor = vscode.window.activeTextEditor;
    const file = path.basename(editor.document.uri.fsPath);
    return { file, line: editor.selection.active.line + 1 };
  },
  async command({ command, args = [] }) {
    return (await vscode.commands.executeCommand(command, ...args)) ?? null;
  },
  /** Starts a command that waits for a person at its end, and leaves it running. */
  async start({ command, args = [] }) {
    void vscode.commands.executeCommand(command, ...args);
  },
  async commands({ prefix }) {
    const all = await vscode.commands.getCommands(true);
    return all.filter((command) => command.startsWith(prefix)).sort();
  },
  /** The labels of all tabs, once one of them contains `label`. */
  async tabs({ label }) {
    return until(
      "tabs",
      () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).map((tab) => tab.label),
      (labels) => labels.some((one) => one.includes(label)),
    );
  },
  /** The text of an open document whose URI contains `uri`. */
  async text({ uri, contains = "" }) {
    return until(
      `text of ${uri}`,
      () =>
        vscode.workspace.textDocuments.find((one) => one.uri.toString().includes(uri))?.getText(),
      (text) => text?.includes(contains),
    );
  },
  async setting({ name, value }) {
    const target = vscode.ConfigurationTarget.Workspace;
    await vscode.workspace.getConfiguration().update(name, value ?? undefined, target);
  },
  async inlayHints({ file, atLeast = 0, atMost = Infinity }) {
    const document = await open(file);
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const label = ({ label: text }) =>
      typeof text === "string" ? text : text.map((part) => part.value).join("");
    return until(
      "inlay hints",
      async () => {
        const hints = await vscode.commands.executeCommand(
          "vscode.executeInlayHintProvider",
          document.uri,
          whole,
        );
        return hints.map((hint) => ({ line: hint.position.line + 1, label: label(hint) }));
      },
      (hints) => hints.length >= atLeast && hints.length <= atMost,
    );
  },
  async lenses({ file, contains, none }) {
    return until(
      "code lenses",
      async () => {
        const lenses = await vscode.commands.executeCommand(
          "vscode.executeCodeLensProvider",
          uriOf(file),
          100,
        );
        return lenses.map((lens) => ({
          line: lens.range.start.line + 1,
          title: lens.command?.title ?? "",
        }));
      },
      (lenses) =>
        none ? lenses.length === 0 : lenses.some((lens) => lens.title.includes(contains)),
    );
  },
};

async function follow(plan, result) {
  const seen = [];
  const answer = { seen };
  try {
    for (const step of plan) seen.push((await STEPS[step.do](step)) ?? null);
  } catch (error) {
    answer.error = `step ${seen.length + 1} ${JSON.stringify(plan[seen.length])}: ${error.stack}`;
  }
  writeFileSync(`${result}.part`, JSON.stringify(answer));
  renameSync(`${result}.part`, result);
}

exports.activate = () => {
  const base = path.join(process.env.GOLSP_MEM_PROBES, path.basename(root().fsPath));
  if (existsSync(`${base}.plan.json`)) {
    // Not awaited: VS Code waits for activation.
    void follow(JSON.parse(readFileSync(`${base}.plan.json`, "utf8")), `${base}.result.json`);
  }
};
