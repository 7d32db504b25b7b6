import * as vscode from "vscode";
import {
  type ExecuteCommandSignature,
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
} from "vscode-languageclient/node";
import { serverSettings } from "./settings";

const SECTION = "opencode";
const PATH = "opencode.path";

/** Commands that are about a place in a document, and say so in their argument. */
const ABOUT_A_PLACE: ReadonlySet<string> = new Set(["opencode.ask", "opencode.append"]);

let client: LanguageClient | undefined;
/** Starts and stops happen one after the other. */
let last: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(PATH)) {
        void inTurn(async () => {
          await stop();
          await start(context);
        });
      }
    }),
  );
  await inTurn(() => start(context));
}

export function deactivate(): Promise<void> {
  return inTurn(stop);
}

function inTurn(step: () => Promise<void>): Promise<void> {
  last = last.then(step, step);
  return last;
}

async function start(context: vscode.ExtensionContext): Promise<void> {
  const command = vscode.workspace.getConfiguration().get<string>(PATH, "").trim() || "opencode-lsp";
  const server: ServerOptions = { command };
  client = new LanguageClient(SECTION, "opencode-lsp", server, options(context));
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    void explain(command, error);
  }
}

async function stop(): Promise<void> {
  const stopping = client;
  client = undefined;
  await stopping?.dispose();
}

function options(context: vscode.ExtensionContext): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
    middleware: {
      workspace: {
        configuration: async (params, token, next) => {
          const answers = await next(params, token);
          if (!Array.isArray(answers)) {
            return answers;
          }
          return answers.map((answer: unknown, index) => {
            const item = params.items[index];
            if (item?.section !== SECTION) {
              return answer;
            }
            const folder = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
            return serverSettings(context.extension, [PATH], folder);
          });
        },
      },
      executeCommand,
    },
  };
}

/** Tells the place where the user is, and shows a refusal in the server's own words. */
async function executeCommand(
  command: string,
  args: unknown[],
  next: ExecuteCommandSignature,
): Promise<unknown> {
  try {
    return await next(command, args.length === 0 && ABOUT_A_PLACE.has(command) ? here() : args);
  } catch (error) {
    void vscode.window.showErrorMessage(messageOf(error));
    return undefined;
  }
}

function here(): unknown[] {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || client === undefined) {
    return [];
  }
  const uri = client.code2ProtocolConverter.asUri(editor.document.uri);
  const range = client.code2ProtocolConverter.asRange(editor.selection);
  return [{ uri, range }];
}

async function explain(command: string, error: unknown): Promise<void> {
  const open = "Open Settings";
  const text = `opencode-lsp: “${command}” could not be started (${messageOf(error)}). Install it, or say where it is in the setting ${PATH}.`;
  if ((await vscode.window.showErrorMessage(text, open)) === open) {
    await vscode.commands.executeCommand("workbench.action.openSettings", PATH);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
