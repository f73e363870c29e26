// Makes and reads secrets with Phase's own SDK for Node.
//
// Arguments: the folder that it is installed in, the console's address, the project's id. On standard input: the personal
// secret token.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [, , folder, address, appId] = process.argv;
const Phase = createRequire(`${folder}/`)("@phase.dev/phase-node");
// What the client says besides is no part of the answer.
const answer = (said) => process.stdout.write(JSON.stringify(said));
console.log = console.error;
// Of an application that it does not know the client says so in a promise that nobody holds.
process.on("unhandledRejection", (reason) => {
  answer({ refused: String(reason) });
  process.exit();
});
const of = { appId, envName: "Production" };
const brief = (found) => found.map(({ key, value, comment, path, tags }) => ({ key, value, comment, path, tags }));
try {
  const phase = new Phase(readFileSync(0, "utf8").trim(), address);
  await phase.init();
  const secrets = [
    { key: "MODE", value: "fast", comment: "how" },
    { key: "MAIL", value: "smtp://x", comment: "", path: "/mail", tags: ["eu"] },
  ];
  await phase.create({ ...of, secrets });
  const all = await phase.get(of);
  const one = await phase.get({ ...of, key: "MODE" });
  await phase.update({ ...of, secrets: [{ id: one[0].id, value: "slow" }] });
  const again = await phase.get({ ...of, key: "MODE" });
  await phase.delete({ ...of, secretIds: [one[0].id] });
  const left = await phase.get(of);
  answer({ all: brief(all), one: brief(one), again: brief(again), left: brief(left) });
} catch (refused) {
  answer({ refused: String(refused), said: refused.response?.data });
}
