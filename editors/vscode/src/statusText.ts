/** What the status bar says. */

import type { BridgeState } from "./bridge";
import type { FolderStatus, StatusParams } from "./protocol";

export interface StatusText {
  text: string;
  /** Plain text, a line for each folder. */
  tooltip: string;
  /** For who cannot see the icon. */
  spoken: string;
  /** Something waits for the user, or is wrong. */
  tone: "plain" | "warning" | "error";
}

export function statusText(state: BridgeState, status: StatusParams | undefined, here: string | undefined): StatusText {
  if (state.kind !== "running") {
    return notRunning(state);
  }
  const folder = folderHere(status?.folders ?? [], here);
  const tooltip = (status?.folders ?? []).map(describe).join("\n") || "opencode-lsp is running";
  const pending = count(status?.pending, "permission", "permissions");
  const hunks = count(status?.hunks, "change", "changes");
  const { icon, words } = connectionOf(folder);
  const parts = [words, pending, hunks].filter((part) => part !== undefined);
  const spoken = parts.length > 0 ? `opencode: ${parts.join(", ")}` : "opencode: connected";
  const shown = [`$(${icon}) opencode`];
  if (words !== undefined) {
    shown.push(words);
  }
  if (pending !== undefined) {
    shown.push(`$(bell-dot) ${pending}`);
  }
  if (hunks !== undefined) {
    shown.push(`$(diff) ${hunks}`);
  }
  const tone = pending !== undefined || folder?.connection === "choosing" ? "warning" : "plain";
  return {
    text: shown.join(" "),
    tooltip: [tooltip, pending && `${pending} waiting`].filter(Boolean).join("\n"),
    spoken,
    tone,
  };
}

function notRunning(state: BridgeState): StatusText {
  switch (state.kind) {
    case "untrusted":
      return said("shield", "restricted", "opencode-lsp starts when this workspace is trusted.", "plain");
    case "noFolder":
      return said("folder", "no folder", "opencode-lsp starts when a folder on disk is open.", "plain");
    case "starting":
      return said("sync~spin", "starting", "opencode-lsp is starting.", "plain");
    case "problem":
      return said("error", "not running", state.problem, "error");
    default:
      return said("circle-slash", "stopped", "opencode-lsp is stopped.", "plain");
  }
}

function said(icon: string, words: string, tooltip: string, tone: StatusText["tone"]): StatusText {
  return { text: `$(${icon}) opencode ${words}`, tooltip, spoken: `opencode: ${words}`, tone };
}

function connectionOf(folder: FolderStatus | undefined): { icon: string; words?: string } {
  switch (folder?.connection) {
    case "connected":
      return folder.busy ? { icon: "loading~spin", words: "working" } : { icon: "plug" };
    case "choosing":
      return { icon: "question", words: "choose a server" };
    case "lost":
      return { icon: "debug-disconnect", words: "connection lost" };
    case "failed":
      return { icon: "debug-disconnect", words: "not connected" };
    default:
      return { icon: "sync~spin", words: "connecting" };
  }
}

function describe(folder: FolderStatus): string {
  const server = folder.server === undefined ? "" : `, opencode ${folder.server.version} at ${folder.server.url}`;
  const problem = folder.problem === undefined ? "" : `: ${folder.problem}`;
  return `${folder.name}: ${folder.connection}${server}${folder.busy ? ", working" : ""}${problem}`;
}

/** The folder that a document is in, else the first. */
export function folderHere(folders: readonly FolderStatus[], here: string | undefined): FolderStatus | undefined {
  const holding = folders.filter(({ uri }) => here === uri || here?.startsWith(uri.replace(/\/?$/, "/")));
  const [innermost] = holding.sort((left, right) => right.uri.length - left.uri.length);
  return innermost ?? folders[0];
}

function count(number: number | undefined, one: string, many: string): string | undefined {
  return number !== undefined && number > 0 ? `${number} ${number === 1 ? one : many}` : undefined;
}
