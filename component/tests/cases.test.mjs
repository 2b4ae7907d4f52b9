// Every case of every filter: the component decides as the policy does natively, call by call.

import assert from "node:assert/strict";
import test from "node:test";

import { evaluation, recording } from "./built.mjs";
import { facts, pairs, plain } from "./bytes.mjs";

for (const recorded of recording.cases) {
  const options = { skip: recorded.leftOut };
  test(recorded.name, options, () => (recorded.errors ? refused(recorded) : decided(recorded)));
}

test("an unknown filter is a config error", () => {
  const errors = errorsOf("no-such-filter", "{}");
  assert.equal(errors.length, 1);
  assert.equal(errors[0].found, "no-such-filter");
});

test("a config that is no JSON is a config error", () => {
  assert.equal(errorsOf(recording.filters[0], "{").length, 1);
});

test("streams of one policy know nothing of each other", () => {
  const recorded = recording.cases.find(({ streams }) => streams.length > 0);
  const policy = evaluation.Policy.compile(recorded.filter, recorded.config);
  const [first, second] = [1, 2].map(() => new evaluation.HttpStream(policy));
  for (const call of recorded.streams[0]) {
    assert.deepEqual(plain(made(first, call)), plain(made(second, call)));
  }
});

function refused({ filter, config, errors }) {
  assert.deepEqual(errorsOf(filter, config), errors);
}

function decided({ filter, config, counters, streams }) {
  const policy = evaluation.Policy.compile(filter, config);
  assert.deepEqual(policy.counters(), counters);
  assert.ok(streams.length > 0);
  for (const calls of streams) {
    const stream = new evaluation.HttpStream(policy);
    for (const call of calls) assert.deepEqual(plain(made(stream, call)), call.decision);
  }
}

const made = (stream, call) =>
  stream[call.phase](pairs(call.headers), call.endOfStream, facts(call.facts));

function errorsOf(filter, config) {
  try {
    evaluation.Policy.compile(filter, config);
  } catch (error) {
    return plain(error.payload);
  }
  return assert.fail("it was compiled");
}
