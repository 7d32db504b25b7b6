/** The permission requests that wait for the user. */

import type { Permission } from "../protocol";

export interface Difference {
  added: Permission[];
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
    if (added.length === 0 && settled.length === 0) {
      return;
    }
    for (const listener of [...this.listeners]) {
      listener({ added, settled });
    }
  }
}
