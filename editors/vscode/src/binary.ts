/** Where the language server's program is, and whether it is one that this extension knows. */

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import * as path from "node:path";

/** The oldest language server that this extension works with. */
export const MINIMUM = "0.1.0";

const NAME = "opencode-lsp";
/** Machines can be slow at a first start; a program that does not end is not ours. */
const VERSION_WITHIN_MS = 20_000;

export interface Surroundings {
  /** The setting; empty where the user has none. */
  setting: string;
  /** The extension's own folder, which may have a program in `bin/`. */
  extensionFolder: string;
  platform: NodeJS.Platform;
  home: string;
  /** `PATH`. */
  searched: string;
}

export interface Found {
  program: string;
  version: string;
}

/** What is wrong with the program, for people: what happened, why, what to do. */
export class BinaryProblem extends Error {}

const INSTALL = "Install opencode-lsp, or say where it is in the setting opencode.path.";

/** Finds the program and asks its version. Throws a `BinaryProblem`. */
export async function find(around: Surroundings): Promise<Found> {
  const program = await locate(around);
  const version = readVersion(program, await ask(program));
  if (isOlder(version, MINIMUM)) {
    throw new BinaryProblem(
      `${program} is version ${version}, and this extension needs ${MINIMUM} or newer. ` +
        "Update opencode-lsp, or name a newer one in the setting opencode.path.",
    );
  }
  return { program, version };
}

async function locate(around: Surroundings): Promise<string> {
  const setting = around.setting.trim();
  if (setting !== "") {
    return locateNamed(setting, around);
  }
  const { bundled, onPath } = candidates(around);
  for (const candidate of [bundled, ...onPath]) {
    if (await isProgram(candidate, around.platform)) {
      return candidate;
    }
  }
  throw new BinaryProblem(
    `opencode-lsp was not found: it is not on the PATH, and none came with this extension. ${INSTALL}`,
  );
}

async function locateNamed(setting: string, around: Surroundings): Promise<string> {
  const paths = pathsOf(around.platform);
  if (!/[\\/]/.test(setting)) {
    for (const candidate of onPath(setting, around)) {
      if (await isProgram(candidate, around.platform)) {
        return candidate;
      }
    }
    throw new BinaryProblem(
      `“${setting}”, of the setting opencode.path, is no program on the PATH. Write its absolute path, or empty the setting.`,
    );
  }
  const named = setting.replace(/^~(?=[\\/])/, () => around.home);
  if (!paths.isAbsolute(named)) {
    throw new BinaryProblem(`“${setting}”, of the setting opencode.path, is not absolute. Write the whole path.`);
  }
  if (!(await isProgram(named, around.platform))) {
    throw new BinaryProblem(
      `${named}, of the setting opencode.path, is not there or cannot be run. Correct the setting, or empty it.`,
    );
  }
  return named;
}

/** Where a program is looked for that no setting names. */
export function candidates(around: Surroundings): { bundled: string; onPath: string[] } {
  const file = withSuffix(NAME, around.platform);
  return {
    bundled: pathsOf(around.platform).join(around.extensionFolder, "bin", file),
    onPath: onPath(NAME, around),
  };
}

function onPath(name: string, around: Surroundings): string[] {
  const paths = pathsOf(around.platform);
  return (
    around.searched
      .split(paths.delimiter)
      .map((folder) => folder.replace(/^"(.*)"$/, "$1"))
      // A relative entry would run what a project has lying about.
      .filter((folder) => paths.isAbsolute(folder))
      .map((folder) => paths.join(folder, withSuffix(name, around.platform)))
  );
}

function withSuffix(name: string, platform: NodeJS.Platform): string {
  return platform === "win32" && !/\.exe$/i.test(name) ? `${name}.exe` : name;
}

function pathsOf(platform: NodeJS.Platform): path.PlatformPath {
  return platform === "win32" ? path.win32 : path.posix;
}

async function isProgram(file: string, platform: NodeJS.Platform): Promise<boolean> {
  try {
    await access(file, platform === "win32" ? constants.F_OK : constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function ask(program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, ["--version"], { timeout: VERSION_WITHIN_MS, windowsHide: true }, (error, output) => {
      if (error === null) {
        resolve(output);
        return;
      }
      const why =
        error.killed === true ? `it said nothing within ${VERSION_WITHIN_MS / 1000} seconds` : error.message.trim();
      reject(new BinaryProblem(`${program} could not be asked for its version (${why}). ${INSTALL}`));
    });
  });
}

/** The version in `opencode-lsp 0.1.0`. */
export function readVersion(program: string, output: string): string {
  const version = /^opencode-lsp (\d+\.\d+\.\d+\S*)/.exec(output)?.[1];
  if (version === undefined) {
    throw new BinaryProblem(`${program} is another program than opencode-lsp. ${INSTALL}`);
  }
  return version;
}

/** Compares the three numbers; what follows them (`-rc.1`) makes a version older than without it. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [parts(version), parts(than)];
  for (const [index, number] of left.numbers.entries()) {
    const other = right.numbers[index] ?? 0;
    if (number !== other) {
      return number < other;
    }
  }
  return left.isEarly && !right.isEarly;
}

function parts(version: string): { numbers: number[]; isEarly: boolean } {
  const [core = "", ...rest] = version.split("+")[0]?.split("-") ?? [];
  return { numbers: core.split(".").map(Number), isEarly: rest.length > 0 };
}
