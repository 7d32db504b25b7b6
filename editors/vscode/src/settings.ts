import * as vscode from "vscode";

/** A tree of settings, as the server reads them: `{"server": {"url": …}}`. */
export interface Settings {
  [key: string]: unknown;
}

/**
 * What the user has set of this extension's settings, without those that the server does not know:
 * for one workspace folder, or for all of them.
 *
 * A default of the manifest is left out: the server has the same, and its environment variables
 * come before it.
 */
export function serverSettings(
  extension: vscode.Extension<unknown>,
  clientOnly: readonly string[],
  folder?: vscode.Uri,
): Settings {
  const settings: Settings = {};
  const configuration = vscode.workspace.getConfiguration(undefined, folder ?? null);
  for (const key of declared(extension)) {
    if (clientOnly.includes(key)) {
      continue;
    }
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

/** The keys that `package.json` declares; other extensions may have settings called `opencode.…` too. */
function declared(extension: vscode.Extension<unknown>): string[] {
  const manifest = extension.packageJSON as {
    contributes: { configuration: { properties: Record<string, unknown> } };
  };
  return Object.keys(manifest.contributes.configuration.properties);
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
