/** Explanations and the report: pages that open in VS Code's Markdown preview. */
import {
  commands,
  type Disposable,
  EventEmitter,
  type TextDocumentContentProvider,
  Uri,
  workspace,
} from "vscode";
import { adaptLinks } from "./markdown";

const SCHEME = "golsp-mem-explain";

/** How many pages are kept; a preview of an older one says how to get it back. */
const KEPT = 50;

/** What the server's command `golsp-mem.explain` returns to a client that shows it itself. */
export interface Explanation {
  readonly topic: string;
  readonly markdown: string;
}

export function isExplanation(value: unknown): value is Explanation {
  const candidate = value as Partial<Explanation> | null | undefined;
  return typeof candidate?.topic === "string" && typeof candidate.markdown === "string";
}

export class Pages implements TextDocumentContentProvider, Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new EventEmitter<Uri>();
  private readonly registration: Disposable;
  readonly onDidChange = this.changed.event;

  constructor() {
    this.registration = workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.texts.get(uri.path) ?? "This page is gone. Ask for it again in the Go file.\n";
  }

  /** Shows the page in the preview, beside the code where there is code. */
  async show({ topic, markdown }: Explanation): Promise<void> {
    const uri = Uri.from({ scheme: SCHEME, path: `/${topic.replace(/[^\w.-]+/g, "-")}.md` });
    this.texts.delete(uri.path);
    this.texts.set(uri.path, adaptLinks(markdown, workspace.workspaceFolders?.[0]?.uri.fsPath));
    for (const old of [...this.texts.keys()].slice(0, -KEPT)) {
      this.texts.delete(old);
    }
    this.changed.fire(uri);
    await commands.executeCommand("markdown.showPreviewToSide", uri);
  }
}
