/** Turning a code off: in the workspace's settings, with a way back. */
import { commands, ConfigurationTarget, Uri, window, workspace } from "vscode";
import { SECTION } from "./settings";

/** A code, and a file of the folder that it is turned off for. */
export interface Subject {
  readonly code: string;
  readonly uri: string;
}

export function isSubject(value: unknown): value is Subject {
  const candidate = value as Partial<Subject> | null | undefined;
  return typeof candidate?.code === "string" && typeof candidate.uri === "string";
}

type Levels = Record<string, string>;

/** Writes `"CODE": "off"` into `golsp-mem.severity` of the workspace, or of the user without one. */
export async function turnOff({ code, uri }: Subject): Promise<void> {
  const scope = Uri.parse(uri);
  const inWorkspace = workspace.workspaceFolders !== undefined;
  const target = inWorkspace ? ConfigurationTarget.Workspace : ConfigurationTarget.Global;
  const written = (): Levels | undefined => {
    const layers = workspace.getConfiguration(SECTION, scope).inspect<Levels>("severity");
    return inWorkspace ? layers?.workspaceValue : layers?.globalValue;
  };
  const write = (levels: Levels | undefined): Thenable<void> =>
    workspace.getConfiguration(SECTION, scope).update("severity", levels, target);
  const before = written()?.[code];
  await write({ ...written(), [code]: "off" });
  const [undo, open] = ["Undo", "Open Settings"];
  const where = inWorkspace ? "this workspace" : "your settings";
  void window
    .showInformationMessage(`golsp-mem: ${code} is off in ${where}.`, undo, open)
    .then(async (choice) => {
      if (choice === undo) {
        const { [code]: _, ...others } = written() ?? {};
        const levels = before === undefined ? others : { ...others, [code]: before };
        await write(Object.keys(levels).length > 0 ? levels : undefined);
      } else if (choice === open) {
        await commands.executeCommand("workbench.action.openSettings", "golsp-mem.severity");
      }
    });
}
