/** What the server is told of the settings. */
import { type ConfigurationScope, workspace } from "vscode";

export const SECTION = "golsp-mem";

/**
 * Every option that the server heeds; its own names (golsp_mem/config.py, in camelCase). Without
 * `tests`: in editors test files are always analysed.
 */
const SERVER_OPTIONS = [
  "severity",
  "tags",
  "largeFrameBytes",
  "timeoutSeconds",
  "inlayHints",
  "codeLens",
  "diagnostics",
  "goPath",
  "goos",
  "goarch",
] as const;

export type ServerOptions = Partial<Record<(typeof SERVER_OPTIONS)[number], unknown>>;

/**
 * The options that somebody has set. Defaults are left out: the project's golsp-mem.toml
 * ranks below the editor's settings, and a default must not hide what is written there.
 */
export function writtenOptions(
  scope: ConfigurationScope | undefined,
  inlayHints: boolean | undefined,
): ServerOptions {
  const section = workspace.getConfiguration(SECTION, scope ?? null);
  const written: ServerOptions = {};
  for (const name of SERVER_OPTIONS) {
    const layers = section.inspect(name);
    const isWritten = [
      layers?.globalValue,
      layers?.workspaceValue,
      layers?.workspaceFolderValue,
    ].some((value) => value !== undefined && value !== null);
    if (isWritten) {
      // get() merges the layers, which counts for `severity`, and heeds workspace trust.
      written[name] = section.get(name);
    }
  }
  if (inlayHints !== undefined) {
    written.inlayHints = inlayHints;
  }
  return written;
}
