/** The language server's life in this window, and the way to it. */

import { homedir } from "node:os";
import * as vscode from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { BinaryProblem, find } from "./binary";
import { createClient } from "./client";
import { forNotification } from "./inert";
import type { AnswerParams, PermissionsParams, StatusParams } from "./protocol";

export const PATH_SETTING = "opencode.path";

export type BridgeState =
  { kind: "untrusted" | "noFolder" | "starting" | "running" | "stopped" } | { kind: "problem"; problem: string };

export class Bridge implements vscode.Disposable {
  private client: LanguageClient | undefined;
  /** Starts and stops happen one after the other. */
  private last: Promise<void> = Promise.resolve();
  private current: BridgeState = { kind: "stopped" };

  private readonly stateEmitter = new vscode.EventEmitter<BridgeState>();
  private readonly statusEmitter = new vscode.EventEmitter<StatusParams>();
  private readonly answerEmitter = new vscode.EventEmitter<AnswerParams>();
  private readonly permissionsEmitter = new vscode.EventEmitter<PermissionsParams>();
  private readonly diagnosticsEmitter = new vscode.EventEmitter<{
    uri: vscode.Uri;
    diagnostics: readonly vscode.Diagnostic[];
  }>();
  readonly onState = this.stateEmitter.event;
  readonly onStatus = this.statusEmitter.event;
  readonly onAnswer = this.answerEmitter.event;
  readonly onPermissions = this.permissionsEmitter.event;
  readonly onDiagnostics = this.diagnosticsEmitter.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
  ) {}

  get state(): BridgeState {
    return this.current;
  }

  get isRunning(): boolean {
    return this.current.kind === "running";
  }

  /** Those that the server of now has. */
  get commands(): readonly string[] {
    return this.client?.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
  }

  start(): Promise<void> {
    return this.inTurn(() => this.startNow());
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  dispose(): void {
    for (const emitter of [
      this.stateEmitter,
      this.statusEmitter,
      this.answerEmitter,
      this.permissionsEmitter,
      this.diagnosticsEmitter,
    ]) {
      emitter.dispose();
    }
  }

  /** Runs a command of the server's; a refusal is shown in the server's own words. */
  async execute(command: string, argument?: object): Promise<unknown> {
    return (await this.run(command, argument))?.result;
  }

  /** The same, and whether it was done; if not, the user knows. */
  async tryToExecute(command: string, argument: object): Promise<boolean> {
    return (await this.run(command, argument)) !== undefined;
  }

  /** A request beside LSP. Nothing where the server is gone or does not know it, which is only logged. */
  async request<T>(method: string, params: object): Promise<T | undefined> {
    const client = this.client;
    if (client === undefined || client.state !== State.Running) {
      return undefined;
    }
    try {
      return await client.sendRequest<T>(method, params);
    } catch (error) {
      this.log.debug(`${method}: ${messageOf(error)}`);
      return undefined;
    }
  }

  asUri(uri: vscode.Uri): string {
    return this.client?.code2ProtocolConverter.asUri(uri) ?? uri.toString();
  }

  /** Says why the server does not run, and what to do. */
  async explain(): Promise<void> {
    const state = this.current;
    if (state.kind === "untrusted") {
      const manage = "Manage Workspace Trust";
      const text = "opencode runs commands and changes files, so opencode-lsp starts only in a trusted workspace.";
      if ((await vscode.window.showWarningMessage(text, manage)) === manage) {
        await vscode.commands.executeCommand("workbench.trust.manage");
      }
      return;
    }
    if (state.kind === "noFolder") {
      const open = "Open Folder…";
      const text = "opencode works in a folder, and none on disk is open in this window.";
      if ((await vscode.window.showInformationMessage(text, open)) === open) {
        await vscode.commands.executeCommand("workbench.action.files.openFolder");
      }
      return;
    }
    const problem = state.kind === "problem" ? state.problem : "opencode-lsp is not running.";
    const [settings, again, log] = ["Open Settings", "Start Again", "Show Log"];
    const choice = await vscode.window.showErrorMessage(forNotification(problem), settings, again, log);
    if (choice === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", PATH_SETTING);
    } else if (choice === again) {
      await this.restart();
    } else if (choice === log) {
      this.log.show();
    }
  }

  private async run(command: string, argument?: object): Promise<{ result: unknown } | undefined> {
    const client = await this.running();
    if (client === undefined) {
      return undefined;
    }
    try {
      const params = { command, arguments: argument === undefined ? [] : [argument] };
      return { result: await client.sendRequest("workspace/executeCommand", params) };
    } catch (error) {
      void vscode.window.showErrorMessage(forNotification(messageOf(error)));
      return undefined;
    }
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.last = this.last.then(step, step);
    return this.last;
  }

  private async running(): Promise<LanguageClient | undefined> {
    await this.last;
    if (this.client !== undefined && this.current.kind === "starting") {
      await this.settled();
    }
    if (this.client !== undefined && this.isRunning) {
      return this.client;
    }
    void this.explain();
    return undefined;
  }

  /** A server that has crashed is being started again. */
  private settled(): Promise<void> {
    return new Promise((resolve) => {
      const listening = this.onState((state) => {
        if (state.kind !== "starting") {
          listening.dispose();
          resolve();
        }
      });
    });
  }

  private async startNow(): Promise<void> {
    if (this.client !== undefined) {
      return;
    }
    if (!vscode.workspace.isTrusted) {
      this.become({ kind: "untrusted" });
      return;
    }
    if (!vscode.workspace.workspaceFolders?.some((folder) => folder.uri.scheme === "file")) {
      this.become({ kind: "noFolder" });
      return;
    }
    this.become({ kind: "starting" });
    let made: LanguageClient | undefined;
    try {
      const found = await find({
        setting: vscode.workspace.getConfiguration().get<string>(PATH_SETTING, ""),
        extensionFolder: this.context.extensionPath,
        platform: process.platform,
        home: homedir(),
        searched: process.env["PATH"] ?? "",
      });
      this.log.info(`${found.program} is version ${found.version}`);
      const client = createClient(found.program, this.context.extension, this.log, this.listeners());
      client.onDidChangeState(({ newState }) => this.clientIs(client, newState));
      made = client;
      this.client = client;
      await client.start();
    } catch (error) {
      this.client = undefined;
      // The library refuses to stop what does not run, but then ends its process and never restarts it.
      await made?.dispose().catch(() => {});
      const problem =
        error instanceof BinaryProblem ? error.message : `opencode-lsp could not be started: ${messageOf(error)}`;
      this.log.error(problem);
      this.become({ kind: "problem", problem });
      void this.explain();
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.log.warn(`opencode-lsp did not stop in order: ${messageOf(error)}`);
    }
    this.become({ kind: "stopped" });
  }

  private listeners() {
    return {
      status: (params: StatusParams) => this.statusEmitter.fire(params),
      answer: (params: AnswerParams) => this.answerEmitter.fire(params),
      permissions: (params: PermissionsParams) => this.permissionsEmitter.fire(params),
      diagnostics: (uri: vscode.Uri, diagnostics: readonly vscode.Diagnostic[]) =>
        this.diagnosticsEmitter.fire({ uri, diagnostics }),
    };
  }

  /** The client restarts a server that has crashed by itself, a few times. */
  private clientIs(client: LanguageClient, state: State): void {
    if (client !== this.client) {
      return;
    }
    if (state === State.Running) {
      this.become({ kind: "running" });
    } else if (state === State.Starting) {
      this.become({ kind: "starting" });
    } else if (state === State.Stopped || state === State.StartFailed) {
      this.become({ kind: "problem", problem: "opencode-lsp has ended unexpectedly. Its log says more." });
    }
  }

  private become(state: BridgeState): void {
    this.current = state;
    this.stateEmitter.fire(state);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
