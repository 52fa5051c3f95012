/** The view of findings: what is shown of all analysed packages, and the way to the next one. */
import {
  commands,
  type Disposable,
  EventEmitter,
  Range,
  Selection,
  TextEditorRevealType,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  Uri,
  window,
  workspace,
} from "vscode";
import { ExecuteCommandRequest, type LanguageClient } from "vscode-languageclient/node";
import {
  filtered,
  type Finding,
  type Group,
  grouped,
  groupedByCause,
  neighbour,
  type Order,
  ORDERS,
  sizeAndWhen,
} from "./findingList";
import { ServerCommand } from "./server";
import { turnOff } from "./turnOff";

/** A whole workspace brings hundreds of changes one after the other. */
const TOGETHER_MS = 300;
/** So many findings are shown at once, without a click on each function. */
const FEW = 40;

type Node = Group | Finding;

interface Answer {
  readonly findings: readonly Finding[];
  readonly total: number;
}

export class Findings implements TreeDataProvider<Node>, Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: TreeView<Node>;
  private all: readonly Finding[] = [];
  private total = 0;
  private order: Order = "rank";
  private filter = "";
  private byCause = false;
  private waiting: NodeJS.Timeout | undefined;

  constructor(private readonly client: () => LanguageClient | undefined) {
    this.view = window.createTreeView<Node>("golsp-mem.findings", {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.view.onDidChangeVisibility(({ visible }) => {
      if (visible) {
        this.refreshSoon();
      }
    });
  }

  dispose(): void {
    clearTimeout(this.waiting);
    this.view.dispose();
    this.changed.dispose();
  }

  /** Asks the server once what changes together has come. */
  refreshSoon(): void {
    if (this.view.visible) {
      this.waiting ??= setTimeout(() => {
        this.waiting = undefined;
        void this.refresh();
      }, TOGETHER_MS);
    }
  }

  /** The findings as the server has them now. */
  async refresh(): Promise<readonly Finding[]> {
    const answer: Answer | null | undefined = await this.client()?.sendRequest(
      ExecuteCommandRequest.type,
      { command: ServerCommand.findings, arguments: [] },
    );
    this.all = answer?.findings ?? [];
    this.total = answer?.total ?? 0;
    this.draw();
    return this.all;
  }

  getTreeItem(node: Node): TreeItem {
    const few = this.all.length <= FEW;
    return "groups" in node ? groupItem(node, few) : findingItem(node, this.byCause);
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) {
      const shown = filtered(this.all, this.filter);
      return this.byCause
        ? [...groupedByCause(shown, this.order)]
        : [...grouped(shown, this.order, relative)];
    }
    if (!("groups" in node)) {
      return [];
    }
    return [...(node.groups.length > 0 ? node.groups : node.findings)];
  }

  /** Groups findings by their causes, or by files and functions. */
  group(byCause: boolean): void {
    this.byCause = byCause;
    void commands.executeCommand("setContext", "golsp-mem.findings.byCause", byCause);
    this.draw();
  }

  async chooseOrder(): Promise<void> {
    const rows = Object.entries(ORDERS).map(([order, label]) => ({ label, order: order as Order }));
    const choice = await window.showQuickPick(rows, { placeHolder: "Sort findings" });
    if (choice) {
      this.setOrder(choice.order);
    }
  }

  setOrder(order: Order): void {
    this.order = order;
    this.draw();
  }

  async chooseFilter(): Promise<void> {
    const written = await window.showInputBox({
      prompt: "Words that file, function, code or message must have; empty for all",
      value: this.filter,
    });
    if (written !== undefined) {
      this.setFilter(written);
    }
  }

  setFilter(filter: string): void {
    this.filter = filter.trim();
    this.draw();
  }

  /** Goes to the next finding, or the one before; through all files, around at the end. */
  async step(forward: boolean): Promise<void> {
    const found = await this.refresh();
    const editor = window.activeTextEditor;
    const uri = editor && this.client()?.code2ProtocolConverter.asUri(editor.document.uri);
    const at = editor?.selection.active ?? { line: 0, character: 0 };
    const next = neighbour(filtered(found, this.filter), uri ?? "", at, forward);
    if (next) {
      await show(next);
    } else {
      window.setStatusBarMessage("golsp-mem: no findings", 4000);
    }
  }

  private draw(): void {
    const shown = filtered(this.all, this.filter).length;
    const more = this.total > this.all.length ? ` of ${this.total}` : "";
    this.view.description = this.filter
      ? `${shown}${more} with “${this.filter}”`
      : `${shown}${more}`;
    this.changed.fire();
  }
}

export async function show(finding: Finding): Promise<void> {
  const { start, end } = finding.range;
  const range = new Range(start.line, start.character, end.line, end.character);
  const editor = await window.showTextDocument(Uri.parse(finding.uri));
  editor.selection = new Selection(range.start, range.start);
  editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}

const relative = (uri: string): string => workspace.asRelativePath(Uri.parse(uri));

function groupItem(group: Group, open: boolean): TreeItem {
  const inner = open ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed;
  if (group.uri === undefined) {
    const cause = new TreeItem(group.label, TreeItemCollapsibleState.Collapsed);
    cause.id = `cause#${group.label}`;
    cause.description = String(group.findings.length);
    cause.iconPath = new ThemeIcon("symbol-event");
    return cause;
  }
  const isFile = group.groups.length > 0;
  const item = new TreeItem(
    group.label,
    isFile ? TreeItemCollapsibleState.Expanded : inner,
  );
  item.id = `${group.uri}#${isFile ? "" : group.label}`;
  item.description = String(group.findings.length);
  item.iconPath = isFile ? ThemeIcon.File : new ThemeIcon("symbol-function");
  if (isFile) {
    item.resourceUri = Uri.parse(group.uri);
  }
  return item;
}

const ICONS: Record<Finding["severity"], ThemeIcon> = {
  hint: new ThemeIcon("circle-small-filled"),
  information: new ThemeIcon("info", new ThemeColor("problemsInfoIcon.foreground")),
  warning: new ThemeIcon("warning", new ThemeColor("problemsWarningIcon.foreground")),
  error: new ThemeIcon("error", new ThemeColor("problemsErrorIcon.foreground")),
};

function findingItem(finding: Finding, withFile: boolean): TreeItem {
  const item = new TreeItem(finding.message);
  const line = finding.range.start.line + 1;
  const place = withFile ? `${relative(finding.uri)}:${line}` : `line ${line}`;
  item.description = [...sizeAndWhen(finding), finding.code, place].join(" · ");
  item.contextValue = "finding";
  item.tooltip = finding.message;
  item.iconPath = ICONS[finding.severity];
  item.command = { command: "golsp-mem.showFinding", title: "Show", arguments: [finding] };
  return item;
}

export function registerFindings(findings: Findings): Disposable[] {
  const actions: Record<string, (...args: never[]) => unknown> = {
    refreshFindings: () => findings.refresh(),
    // A menu hands over what is selected in the view: no order and no filter.
    sortFindings: (order?: unknown) =>
      typeof order === "string" && order in ORDERS
        ? findings.setOrder(order as Order)
        : findings.chooseOrder(),
    filterFindings: (filter?: unknown) =>
      typeof filter === "string" ? findings.setFilter(filter) : findings.chooseFilter(),
    groupFindingsByCause: () => findings.group(true),
    groupFindingsByFile: () => findings.group(false),
    nextFinding: () => findings.step(true),
    previousFinding: () => findings.step(false),
    showFinding: (finding: Finding) => show(finding),
    turnCodeOff: (finding?: Finding) => finding && turnOff(finding),
  };
  return Object.entries(actions).map(([name, action]) =>
    commands.registerCommand(`golsp-mem.${name}`, action),
  );
}
