/** The commands, which are there also while the language server is not, and then say why. */

import * as vscode from "vscode";
import type { Bridge } from "./bridge";
import { here, isKnown, rangeOf } from "./place";
import { changesAt } from "./review/changes";
import type { Diffs } from "./review/diff";
import type { Hunks } from "./review/hunks";
import { openChange, type Node } from "./review/tree";

/** The server's, as they are. */
const FORWARDED = [
  "opencode.tui.submit",
  "opencode.tui.clear",
  "opencode.permission.reply",
  "opencode.permission.show",
  "opencode.review.keep",
  "opencode.review.undo",
  "opencode.review.redo",
  "opencode.review.tell",
  "opencode.turn.keep",
  "opencode.turn.undo",
  "opencode.turn.redo",
  "opencode.answer.show",
  "opencode.abort",
  "opencode.session.new",
  "opencode.reconnect",
  "opencode.server.select",
  "opencode.server.restart",
];

/** The server's, about the place where the user is. */
const ABOUT_A_PLACE = ["opencode.ask", "opencode.append", "opencode.review.next", "opencode.review.previous"];

/** The server's that are done here in another way. */
const REPLACED = ["opencode.permissions", "opencode.diff.show"];

const TAKEN: ReadonlySet<string> = new Set([...FORWARDED, ...ABOUT_A_PLACE, ...REPLACED]);

type Run = (argument?: unknown) => unknown;

export function registerServerCommands(bridge: Bridge): vscode.Disposable[] {
  const forwarded = FORWARDED.map((name) => register(name, (argument) => bridge.execute(name, objectIn(argument))));
  const placed = ABOUT_A_PLACE.map((name) =>
    register(name, (argument) => bridge.execute(name, objectIn(argument) ?? here((uri) => bridge.asUri(uri)))),
  );
  return [...forwarded, ...placed];
}

/** Those of the server that this extension has no title for: its code actions may use them all the same. */
export class OtherCommands implements vscode.Disposable {
  private registered: vscode.Disposable[] = [];
  private readonly listening: vscode.Disposable;

  constructor(bridge: Bridge) {
    this.listening = bridge.onState(() => {
      this.forget();
      const others = bridge.commands.filter((name) => !TAKEN.has(name));
      this.registered = others.map((name) => register(name, (argument) => bridge.execute(name, objectIn(argument))));
    });
  }

  dispose(): void {
    this.listening.dispose();
    this.forget();
  }

  private forget(): void {
    vscode.Disposable.from(...this.registered).dispose();
    this.registered = [];
  }
}

export function registerReviewCommands(bridge: Bridge, hunks: Hunks, diffs: Diffs): vscode.Disposable[] {
  const judgeFile = (verdict: string) =>
    register(`opencode.review.${verdict}File`, (argument) => {
      const uri = fileIn(argument);
      return uri === undefined ? noFile() : bridge.execute(`opencode.review.${verdict}`, { uri: bridge.asUri(uri) });
    });
  const judgeHere = (verdict: string) =>
    register(`opencode.review.${verdict}Here`, () => judgeSelection(bridge, hunks, `opencode.review.${verdict}`));
  const judgeNode = (verdict: string) =>
    register(`opencode.tree.${verdict}`, (node) =>
      isNode(node) ? bridge.execute(`opencode.review.${verdict}`, argumentOf(node)) : undefined,
    );
  const verdicts = ["keep", "undo", "redo"];
  return [
    ...verdicts.flatMap((verdict) => [judgeFile(verdict), judgeHere(verdict), judgeNode(verdict)]),
    register("opencode.tree.diff", (node) => (isNode(node) ? diffs.showFile(vscode.Uri.parse(node.uri)) : undefined)),
    register("opencode.tree.open", (node) =>
      isNode(node) ? openChange(node, (uri) => diffs.showFile(uri)) : undefined,
    ),
    register("opencode.diff.all", () => diffs.showAll()),
    register("opencode.diff.show", (argument) => {
      const told = uriIn(objectIn(argument));
      const uri = told === undefined ? fileIn(argument) : vscode.Uri.parse(told);
      return uri === undefined ? diffs.showAll() : diffs.showFile(uri);
    }),
  ];
}

export function register(name: string, run: Run): vscode.Disposable {
  return vscode.commands.registerCommand(name, run);
}

/** What the server's code actions and lenses give; menus give the URI of their file instead. */
function objectIn(argument: unknown): object | undefined {
  const isObject = typeof argument === "object" && argument !== null && !(argument instanceof vscode.Uri);
  return isObject ? argument : undefined;
}

function uriIn(argument: object | undefined): string | undefined {
  return argument !== undefined && "uri" in argument && typeof argument.uri === "string" ? argument.uri : undefined;
}

/** The file that a menu is about, else the one before the user's eyes. */
function fileIn(argument: unknown): vscode.Uri | undefined {
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  return uri !== undefined && isKnown(uri) ? uri : undefined;
}

function isNode(argument: unknown): argument is Node {
  return objectIn(argument) !== undefined && "kind" in (argument as object) && "uri" in (argument as object);
}

function argumentOf(node: Node): object {
  return node.kind === "file" ? { uri: node.uri } : { uri: node.uri, id: node.change.id };
}

async function judgeSelection(bridge: Bridge, hunks: Hunks, command: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || !isKnown(editor.document.uri)) {
    noFile();
    return;
  }
  const uri = bridge.asUri(editor.document.uri);
  const { start, end } = editor.selection;
  const lines = hunks.of(uri).map(({ id, range }) => {
    const { start: first, end: last } = rangeOf(range);
    // Whole lines end at the start of the next one; where lines are only missing, the one below stands for them.
    return { id, first: first.line, last: Math.max(first.line, last.character === 0 ? last.line - 1 : last.line) };
  });
  const ids = changesAt(lines, start.line, end.line);
  if (ids.length === 0) {
    void vscode.window.showInformationMessage("On these lines is no change of opencode's to keep or undo.");
  }
  for (const id of ids) {
    await bridge.execute(command, { uri, id });
  }
}

function noFile(): void {
  void vscode.window.showInformationMessage("Open a file that opencode changed first.");
}
