/** What a user does in VS Code. `PAGE` is the workbench, `QUESTION` makes the model change both functions. */

import { Workbench, variable } from "./page.mts";

const scenarios: Record<string, (workbench: Workbench) => Promise<void>> = {
  async asks_allows_keeps_and_undoes(w) {
    await ask(w);
    await w.answer("wants to edit a.py", "Allow once");
    await w.message("Spaces added.").waitFor();
    await w.picture("answer");
    await w.openFile("a.py");
    await w.waitForCode("return a - b");
    await w.picture("changes");
    await w.goTo(2);
    await w.act("opencode: keep this change");
    await w.goTo(6);
    await w.act("opencode: undo this change");
    await w.until("the old line", async () => {
      const code = await w.code();
      return code.includes("return a-b") && code.includes("return a + b");
    });
    await w.save();
  },

  async a_rejected_edit_is_not_made(w) {
    await ask(w);
    await w.answer("wants to edit a.py", "Reject");
    await w.message("not allowed to go on").waitFor();
  },
};

/** Asks about the first function, in a prompt document. */
async function ask(w: Workbench): Promise<void> {
  await w.openFile("a.py");
  await w.waitForCode("def add(a, b):");
  await w.press("Control+Home", "Shift+ArrowDown", "Shift+ArrowDown");
  await w.act("Ask opencode about selection");
  await w.waitForCode("Write your question below");
  await w.press("Control+End");
  await w.page.keyboard.insertText(variable("QUESTION"));
  await w.waitForCode("Spaces?");
  await w.save();
}

const name = process.argv[2] ?? "";
const scenario = scenarios[name];
if (scenario === undefined) {
  throw new Error(`there is no scenario ${JSON.stringify(name)}`);
}
const workbench = await Workbench.open(variable("PAGE"));
try {
  await scenario(workbench);
} catch (error) {
  const screenshot = variable("SCREENSHOT");
  await workbench.page.screenshot({ path: screenshot });
  console.error(`${String(error)}\n\nThe page (also ${screenshot}):\n${await workbench.text()}`);
  process.exitCode = 1;
} finally {
  await workbench.close();
}
