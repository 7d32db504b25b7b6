/** The permission requests that wait for the user. */

import type { Permission } from "../protocol";

export interface Difference {
  added: Permission[];
  /** Those that read differently now. */
  changed: Permission[];
  settled: Permission[];
}

export class Pending {
  private byId = new Map<string, Permission>();
  private readonly listeners = new Set<(difference: Difference) => void>();

  get all(): Permission[] {
    return [...this.byId.values()];
  }

  get(id: string): Permission | undefined {
    return this.byId.get(id);
  }

  onDidChange(listener: (difference: Difference) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** The whole list, as the server tells it. */
  replace(permissions: readonly Permission[]): void {
    const before = this.byId;
    this.byId = new Map(permissions.map((permission) => [permission.id, permission]));
    const added = permissions.filter(({ id }) => !before.has(id));
    const settled = [...before.values()].filter(({ id }) => !this.byId.has(id));
    const changed = permissions.filter((permission) => {
      const old = before.get(permission.id);
      return old !== undefined && !looksAlike(old, permission);
    });
    if (added.length + changed.length + settled.length === 0) {
      return;
    }
    for (const listener of [...this.listeners]) {
      listener({ added, changed, settled });
    }
  }
}

/** Whether their messages read the same. */
export function looksAlike(left: Permission, right: Permission): boolean {
  return left.title === right.title && left.always === right.always && left.unsaved === right.unsaved;
}
