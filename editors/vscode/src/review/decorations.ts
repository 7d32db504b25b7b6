/** Marks on the lines that opencode changed, with what stood there before. */

import * as vscode from "vscode";
import type { Bridge } from "../bridge";
import { isKnown } from "../place";
import type { Hunks } from "./hunks";
import { type Mark, type MarkKind, marksOf } from "./marks";

const SETTING = "opencode.decorations";

const COLORS: Record<MarkKind, { line: string; gutter: string }> = {
  added: { line: "diffEditor.insertedLineBackground", gutter: "editorGutter.addedBackground" },
  changed: { line: "diffEditor.insertedLineBackground", gutter: "editorGutter.modifiedBackground" },
  removed: { line: "diffEditor.removedLineBackground", gutter: "editorGutter.deletedBackground" },
};

export class Decorations implements vscode.Disposable {
  private readonly types: Record<MarkKind, vscode.TextEditorDecorationType>;
  private readonly registrations: vscode.Disposable[];

  constructor(
    private readonly bridge: Bridge,
    private readonly hunks: Hunks,
    extension: vscode.Uri,
  ) {
    this.types = {
      added: decoration("added", extension),
      changed: decoration("changed", extension),
      removed: decoration("removed", extension),
    };
    this.registrations = [
      ...Object.values(this.types),
      hunks.onDidChange((uri) => this.showWhere((editor) => bridge.asUri(editor.document.uri) === uri)),
      vscode.window.onDidChangeVisibleTextEditors(() => this.showWhere(() => true)),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(SETTING)) {
          this.showWhere(() => true);
        }
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.registrations).dispose();
  }

  private showWhere(isMeant: (editor: vscode.TextEditor) => boolean): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (isKnown(editor.document.uri) && isMeant(editor)) {
        this.show(editor);
      }
    }
  }

  private show(editor: vscode.TextEditor): void {
    const { document } = editor;
    const isWanted = vscode.workspace.getConfiguration(undefined, document.uri).get<boolean>(SETTING, true);
    const hunks = isWanted && !isInDiff(editor) ? this.hunks.of(this.bridge.asUri(document.uri)) : [];
    const marks = marksOf(hunks, document.lineCount);
    for (const kind of Object.keys(this.types) as MarkKind[]) {
      const options = marks.filter((mark) => mark.kind === kind).flatMap((mark) => optionsOf(mark, document));
      editor.setDecorations(this.types[kind], options);
    }
  }
}

/** A diff has marks of its own. Editors within others, as in a diff of several files, have no column. */
function isInDiff({ viewColumn, document }: vscode.TextEditor): boolean {
  if (viewColumn === undefined) {
    return true;
  }
  const group = vscode.window.tabGroups.all.find((group) => group.viewColumn === viewColumn);
  const input = group?.activeTab?.input;
  return input instanceof vscode.TabInputTextDiff && input.modified.toString() === document.uri.toString();
}

function decoration(kind: MarkKind, extension: vscode.Uri): vscode.TextEditorDecorationType {
  const { line, gutter } = COLORS[kind];
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    gutterIconPath: vscode.Uri.joinPath(extension, "images", `gutter-${kind}.svg`),
    gutterIconSize: "contain",
    overviewRulerColor: new vscode.ThemeColor(gutter),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    // A line that stands where others are missing is not itself removed.
    ...(kind === "removed" ? {} : { backgroundColor: new vscode.ThemeColor(line) }),
  });
}

/** The note stands behind the first line only. */
function optionsOf(mark: Mark, document: vscode.TextDocument): vscode.DecorationOptions[] {
  const hover = hoverOf(mark, document.languageId);
  const first: vscode.DecorationOptions = { range: document.lineAt(mark.first).range };
  if (mark.note !== undefined) {
    first.renderOptions = {
      after: {
        contentText: mark.note,
        margin: "0 0 0 3ch",
        color: new vscode.ThemeColor("editorCodeLens.foreground"),
        fontStyle: "italic",
      },
    };
  }
  const options = [first];
  if (mark.last > mark.first) {
    const range = new vscode.Range(document.lineAt(mark.first + 1).range.start, document.lineAt(mark.last).range.end);
    options.push({ range });
  }
  if (hover !== undefined) {
    options.forEach((option) => (option.hoverMessage = hover));
  }
  return options;
}

function hoverOf(mark: Mark, language: string): vscode.MarkdownString | undefined {
  if (mark.removed.length === 0) {
    return undefined;
  }
  const hover = new vscode.MarkdownString("Before opencode changed it:");
  hover.appendCodeblock(mark.removed.join("\n"), language);
  return hover;
}
