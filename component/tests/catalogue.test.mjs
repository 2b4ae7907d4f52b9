// What the component says of itself.

import assert from "node:assert/strict";
import test from "node:test";

import { catalogue, recording, world } from "./built.mjs";

test("the catalogue lists every filter", () => {
  const listed = catalogue.filters();
  assert.deepEqual(listed.map(({ name }) => name), recording.filters);
  for (const { name, title, summary, version } of listed) {
    assert.ok(title && summary && version, name);
  }
});

test("the catalogue has the schema of every config", () => {
  for (const { name, schema } of catalogue.filters()) {
    assert.equal(JSON.parse(schema).$schema, "https://json-schema.org/draft/2020-12/schema", name);
  }
});

test("every filter has a case that was recorded", () => {
  const seen = new Set(recording.cases.filter(({ streams }) => streams.length).map(({ filter }) => filter));
  assert.deepEqual([...seen], recording.filters);
});

test("the component imports nothing", () => {
  assert.match(world, /^ *export hachure:policy\/evaluation@/m);
  assert.doesNotMatch(world, /^ *import /m);
});
