import * as vscode from "vscode";

/** A tree of settings, as the server reads them: `{"server": {"url": …}}`. */
export interface Settings {
  [key: string]: unknown;
}

/** The part of the manifest's `contributes.configuration` that is the server's. */
const SERVER = "Server";

/**
 * What the user has set of the server's settings: for one workspace folder, or for all of them.
 *
 * A default of the manifest is left out: the server has the same, and its environment variables
 * come before it.
 */
export function serverSettings(extension: vscode.Extension<unknown>, folder?: vscode.Uri): Settings {
  const settings: Settings = {};
  const configuration = vscode.workspace.getConfiguration(undefined, folder ?? null);
  for (const key of serverKeys(extension.packageJSON)) {
    const found = configuration.inspect(key);
    const isSet =
      found?.globalValue !== undefined ||
      found?.workspaceValue !== undefined ||
      found?.workspaceFolderValue !== undefined;
    if (isSet) {
      put(settings, key.split(".").slice(1), configuration.get(key));
    }
  }
  return settings;
}

interface Manifest {
  contributes: { configuration: { title: string; properties: Record<string, unknown> }[] };
}

/** The keys that `package.json` declares; other extensions may have settings called `opencode.…` too. */
function serverKeys(manifest: unknown): string[] {
  const parts = (manifest as Manifest).contributes.configuration;
  return parts.filter((part) => part.title === SERVER).flatMap((part) => Object.keys(part.properties));
}

function put(settings: Settings, names: readonly string[], value: unknown): void {
  const [name, ...rest] = names;
  if (name === undefined) {
    return;
  }
  if (rest.length === 0) {
    settings[name] = value;
    return;
  }
  const inner = (settings[name] ?? {}) as Settings;
  settings[name] = inner;
  put(inner, rest, value);
}
