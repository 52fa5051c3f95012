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

const escaped = (text: string) => text.replace(/[\\`*_{}[\]<>()#+!|~]/g, "\\$&");

/** What `golsp-mem doctor` prints (a state, a name, a sentence in each line) as a list: a block of
 * code and a table are cut at the edge of a narrow preview. Other lines are paragraphs. */
export function doctorList(said: string): string {
  const blocks: string[] = [];
  let rows: string[] = [];
  const close = () => {
    if (rows.length) blocks.push(rows.join("\n"));
    rows = [];
  };
  for (const line of said.split("\n").filter((one) => one.trim())) {
    const cells = /^(\S+) {2,}(\S+) {2,}(\S.*)$/.exec(line);
    if (cells) {
      const [state, name, sentence] = cells.slice(1).map((one) => escaped(one));
      rows.push(`- ${state === "ok" ? "ok" : `**${state}**`} · **${name}**: ${sentence}`);
    } else {
      close();
      blocks.push(escaped(line.trim()));
    }
  }
  close();
  return blocks.join("\n\n");
}
