/** What the language server tells and asks beside LSP: `docs/protocol.md`. */

export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

export interface ChooseParams {
  title: string;
  items: { label: string; detail?: string }[];
}

export interface InputParams {
  title: string;
  placeholder?: string;
  value?: string;
}

export type Connection = "connecting" | "connected" | "choosing" | "lost" | "failed";

export interface FolderStatus {
  uri: string;
  name: string;
  connection: Connection;
  problem?: string;
  server?: { url: string; version: string };
  busy: boolean;
}

export interface StatusParams {
  folders: FolderStatus[];
  pending: number;
  files: number;
  hunks: number;
}

export interface AnswerParams {
  folder: string;
  session: string;
  turn: number;
  question: string;
  text: string;
  whole: boolean;
  done: boolean;
}

export interface Permission {
  id: string;
  folder: string;
  /** The session's title. */
  session: string;
  kind: string;
  title: string;
  /** The label of the answer that lasts. */
  always: string;
  uri?: string;
  unsaved: boolean;
}

export interface PermissionsParams {
  permissions: Permission[];
}

export type Reply = "once" | "always" | "reject";

export interface ProposedFile {
  uri: string;
  before: string | null;
  after: string | null;
}

export interface Hunk {
  id: string;
  range: Range;
  removed: string[];
}

export interface Baseline {
  text: string | null;
}
