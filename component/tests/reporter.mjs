// Reports as `cargo test` does, so that one counter reads both.

import { inspect } from "node:util";

export default async function* report(events) {
  const counts = { passed: 0, failed: 0, ignored: 0 };
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") yield data.message;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const left = data.skip !== undefined || data.todo !== undefined;
    const [kind, word] = left
      ? ["ignored", `ignored, ${data.skip ?? data.todo}`]
      : type === "test:pass" ? ["passed", "ok"] : ["failed", "FAILED"];
    counts[kind] += 1;
    yield `test ${data.name} ... ${word}\n`;
    if (kind === "failed") yield `${why(data.details.error)}\n`;
  }
  const { passed, failed, ignored } = counts;
  const verdict = failed === 0 ? "ok" : "FAILED";
  yield `\ntest result: ${verdict}. ${passed} passed; ${failed} failed; ${ignored} ignored\n`;
}

function why(error) {
  const cause = error.cause ?? error;
  return cause.code === "ERR_ASSERTION" ? cause.message : inspect(cause);
}
