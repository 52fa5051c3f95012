/** Marks beside lines that allocate in each round of a loop; off until somebody wants them. */
import {
  type Disposable,
  OverviewRulerLane,
  Range,
  type TextEditor,
  Uri,
  window,
  workspace,
} from "vscode";
import { ExecuteCommandRequest, type LanguageClient } from "vscode-languageclient/node";
import { allocatesEachRound, type Finding } from "./findingList";
import { ServerCommand } from "./server";
import { SECTION } from "./settings";

const SETTING = "gutterMarks";
const TOGETHER_MS = 100;

// A ring with an arrow: each round again. One colour that both light and dark themes can show.
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M12.2 5.2A5 5 0 1 0 13 8" ' +
  'fill="none" stroke="#d9822b" stroke-width="1.8"/><path d="M13.6 2.2v4h-4z" fill="#d9822b"/></svg>';

export class Gutter implements Disposable {
  private readonly mark = window.createTextEditorDecorationType({
    gutterIconPath: Uri.parse(`data:image/svg+xml;base64,${Buffer.from(ICON).toString("base64")}`),
    gutterIconSize: "70%",
    overviewRulerColor: "#d9822b",
    overviewRulerLane: OverviewRulerLane.Left,
  });
  private readonly listeners: Disposable[];
  private waiting: NodeJS.Timeout | undefined;

  constructor(private readonly client: () => LanguageClient | undefined) {
    this.listeners = [
      window.onDidChangeVisibleTextEditors(() => this.refreshSoon()),
      workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(`${SECTION}.${SETTING}`)) {
          this.refreshSoon();
        }
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.waiting);
    for (const one of [...this.listeners, this.mark]) {
      one.dispose();
    }
  }

  refreshSoon(): void {
    this.waiting ??= setTimeout(() => {
      this.waiting = undefined;
      for (const editor of window.visibleTextEditors) {
        void this.draw(editor);
      }
    }, TOGETHER_MS);
  }

  private async draw(editor: TextEditor): Promise<void> {
    if (editor.document.languageId !== "go") {
      return;
    }
    const found = await this.marked(editor);
    editor.setDecorations(
      this.mark,
      found.map(({ range, message }) => ({
        range: new Range(range.start.line, 0, range.start.line, 0),
        hoverMessage: `In each round: ${message}`,
      })),
    );
  }

  private async marked(editor: TextEditor): Promise<readonly Finding[]> {
    const client = this.client();
    const { uri } = editor.document;
    if (!client || !workspace.getConfiguration(SECTION, uri).get(SETTING, false)) {
      return [];
    }
    const answer: { findings: readonly Finding[] } | null = await client.sendRequest(
      ExecuteCommandRequest.type,
      {
        command: ServerCommand.findings,
        arguments: [{ uri: client.code2ProtocolConverter.asUri(uri) }],
      },
    );
    return (answer?.findings ?? []).filter(allocatesEachRound);
  }
}
