/** What the server is told of the settings. */
import { type ConfigurationScope, workspace } from "vscode";
import manifest from "../package.json";

export const SECTION = "golsp-mem";

/** What only the extension itself reads; all other settings are the server's. */
const OWN = new Set(["server.path", "server.installed", "trace.server", "gutterMarks"]);

/** Every option that the server heeds, by its own name (golsp_mem/options.py, in camelCase). */
export const SERVER_OPTIONS: readonly string[] = Object.keys(
  manifest.contributes.configuration.properties,
)
  .map((name) => name.slice(SECTION.length + 1))
  .filter((name) => !OWN.has(name));

export type ServerOptions = Record<string, unknown>;

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
    written["inlayHints"] = inlayHints;
  }
  return written;
}
