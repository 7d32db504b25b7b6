import * as vscode from "vscode";
import { AnswerView } from "./answer/view";
import { Bridge, PATH_SETTING } from "./bridge";
import { OtherCommands, register, registerReviewCommands, registerServerCommands } from "./commands";
import { openMenu } from "./menu";
import { Answers } from "./permissions/answers";
import { PermissionList } from "./permissions/list";
import { Pending } from "./permissions/pending";
import { Proposals } from "./permissions/proposal";
import { Changes, type Told } from "./review/changes";
import { Decorations } from "./review/decorations";
import { Diffs } from "./review/diff";
import { Hunks } from "./review/hunks";
import { ChangesTree } from "./review/tree";
import { Status } from "./status";
import { VirtualDocuments } from "./virtual";
import { openOnce, openWalkthrough } from "./walkthrough";

let bridge: Bridge | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("opencode", { log: true });
  const made = new Bridge(context, log);
  bridge = made;
  const virtual = new VirtualDocuments();
  const status = new Status(made);
  const answers = new AnswerView(made, context.extensionUri);
  context.subscriptions.push(
    log,
    made,
    virtual,
    status,
    answers,
    ...registerServerCommands(made),
    new OtherCommands(made),
    ...permissions(made, status, virtual),
    ...review(made, virtual, context.extensionUri),
    register("opencode.menu", () => openMenu(made, status.params)),
    register("opencode.answer.live", () => answers.open()),
    register("opencode.restart", () => made.restart()),
    register("opencode.log", () => log.show()),
    register("opencode.walkthrough", () => openWalkthrough(context)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => made.start()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => made.start()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(PATH_SETTING)) {
        void made.restart();
      }
    }),
  );
  void openOnce(context);
  // Not waited for: the commands are there meanwhile.
  void made.start();
}

export function deactivate(): Promise<void> | undefined {
  return bridge?.stop();
}

function permissions(bridge: Bridge, status: Status, virtual: VirtualDocuments): vscode.Disposable[] {
  const pending = new Pending();
  const proposals = new Proposals(bridge, virtual);
  const answers = new Answers(bridge, pending, proposals);
  const list = new PermissionList(bridge, status, pending, answers);
  const told = pending.onDidChange(({ added, changed, settled }) => {
    answers.settled(settled.map(({ id }) => id));
    answers.changed(changed);
    added.forEach((permission) => answers.tell(permission));
  });
  return [
    told,
    bridge.onPermissions((params) => pending.replace(params.permissions)),
    bridge.onState((state) => {
      if (state.kind !== "running") {
        pending.replace([]);
      }
    }),
    register("opencode.permissions", () => list.open()),
    register("opencode.permission.once", (uri) => answers.replyInDiff("once", uri)),
    register("opencode.permission.always", (uri) => answers.replyInDiff("always", uri)),
    register("opencode.permission.reject", (uri) => answers.replyInDiff("reject", uri)),
  ];
}

function review(bridge: Bridge, virtual: VirtualDocuments, extension: vscode.Uri): vscode.Disposable[] {
  const changes = new Changes();
  const hunks = new Hunks(bridge, changes);
  const diffs = new Diffs(bridge, changes, virtual);
  return [
    hunks,
    diffs,
    new ChangesTree(changes),
    new Decorations(bridge, hunks, extension),
    bridge.onDiagnostics(({ uri, diagnostics }) => changes.set(bridge.asUri(uri), diagnostics.map(toldOf))),
    bridge.onState((state) => {
      if (state.kind !== "running") {
        changes.clear();
      }
    }),
    ...registerReviewCommands(bridge, hunks, diffs),
  ];
}

/** The language client keeps the `data` of a diagnostic. */
function toldOf(diagnostic: vscode.Diagnostic & { data?: unknown }): Told {
  const { source, code, message, data, range } = diagnostic;
  return { source, code: typeof code === "object" ? code.value : code, message, data, line: range.start.line };
}
