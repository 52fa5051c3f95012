/** The server's Markdown, made fit for VS Code's preview. Knows nothing of VS Code. */
import * as path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The path that VS Code's Markdown preview opens for a file: the preview refuses `file:` links
 * and takes `/` for the first workspace folder. Undefined where no such path leads to it.
 */
export function previewPath(file: string, root: string | undefined): string | undefined {
  if (root === undefined) {
    return undefined;
  }
  const relative = path.relative(root, file);
  if (path.isAbsolute(relative)) {
    return undefined; // another drive
  }
  return `/${relative.split(path.sep).map(encodeURIComponent).join("/")}`;
}

/** Rewrites the `file:` links of a page for the preview; one that cannot lead there is kept
 * as its words only. */
export function adaptLinks(markdown: string, root: string | undefined): string {
  const link = /(?<!\\)\[((?:\\.|[^\\[\]])*)\]\(<?(file:[^\s)>]*)>?\)/g;
  return markdown.replace(link, (_whole, words: string, target: string) => {
    const [address = "", fragment = ""] = target.split("#", 2);
    let file: string;
    try {
      file = fileURLToPath(address);
    } catch {
      return words;
    }
    const place = previewPath(file, root);
    const line = /^L?(\d+)/.exec(fragment)?.[1];
    return place ? `[${words}](${place}${line ? `#L${line}` : ""})` : words;
  });
}
