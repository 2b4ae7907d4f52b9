// What `cargo xtask component` leaves in target/component.

import { readFileSync } from "node:fs";

const folder = new URL("../../target/component/", import.meta.url);
const text = (name) => readFileSync(new URL(name, folder), "utf8");

export const { catalogue, evaluation } = await import(new URL("js/hachure-policy.js", folder));
export const recording = JSON.parse(text("recording.json"));
export const world = text("world.wit");
