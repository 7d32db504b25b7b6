/** The client of the language server: what it announces, and what VS Code would do otherwise. */

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as vscode from "vscode";
import {
  CloseAction,
  type DynamicFeature,
  type ErrorHandler,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  ShowMessageNotification,
  ShowMessageRequest,
  type StaticFeature,
} from "vscode-languageclient/node";
import { choose } from "./choose";
import { input } from "./input";
import { showMessage, showMessageRequest } from "./messages";
import type { AnswerParams, PermissionsParams, StatusParams } from "./protocol";
import { serverSettings } from "./settings";

const SECTION = "opencode";

/** Who wants to hear what the server tells. */
export interface Listeners {
  status(params: StatusParams): void;
  answer(params: AnswerParams): void;
  permissions(params: PermissionsParams): void;
  diagnostics(uri: vscode.Uri, diagnostics: readonly vscode.Diagnostic[]): void;
}

const FLAGS: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { opencode: { input: true, choose: true, status: true, answer: true, permissions: true } };
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};

class Client extends LanguageClient {
  /** The commands are this extension's: they are there, and say why they cannot run, without a server, too. */
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ("registrationType" in feature && feature.registrationType.method === ExecuteCommandRequest.method) {
      return;
    }
    super.registerFeature(feature);
  }

  /** Restarts only what has run once: of a first start that fails, whoever wanted it is told. */
  override createDefaultErrorHandler(maxRestartCount?: number): ErrorHandler {
    const usual = super.createDefaultErrorHandler(maxRestartCount);
    return {
      error: (error, message, count) => usual.error(error, message, count),
      closed: () =>
        this.initializeResult === undefined ? { action: CloseAction.DoNotRestart, handled: true } : usual.closed(),
    };
  }
}

export function createClient(
  program: string,
  extension: vscode.Extension<unknown>,
  log: vscode.LogOutputChannel,
  listeners: Listeners,
): LanguageClient {
  const client = new Client(SECTION, "opencode-lsp", { command: program }, options(extension, log, listeners));
  client.registerFeature(FLAGS);
  client.onNotification(ShowMessageNotification.type, showMessage);
  client.onRequest(ShowMessageRequest.type, showMessageRequest);
  client.onRequest("opencode/input", input);
  client.onRequest("opencode/choose", choose);
  client.onNotification("opencode/status", (params: StatusParams) => listeners.status(params));
  client.onNotification("opencode/answer", (params: AnswerParams) => listeners.answer(params));
  client.onNotification("opencode/permissions", (params: PermissionsParams) => listeners.permissions(params));
  return client;
}

function copyLines(stream: Readable, log: vscode.LogOutputChannel): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => log.info(line));
}

function options(
  extension: vscode.Extension<unknown>,
  log: vscode.LogOutputChannel,
  listeners: Listeners,
): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
    outputChannel: log,
    // The lines of the server's log have their own levels.
    stdioOptions: { stdout: copyLines, stderr: copyLines },
    middleware: {
      handleDiagnostics(uri, diagnostics, next) {
        next(uri, diagnostics);
        listeners.diagnostics(uri, diagnostics);
      },
      workspace: {
        async configuration(params, token, next) {
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
            return serverSettings(extension, folder);
          });
        },
      },
    },
  };
}
