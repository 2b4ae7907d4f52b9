// The recording writes bytes as text, one character for each byte (Latin-1), and nanoseconds as
// digits; the component takes and gives `Uint8Array` and `BigInt`.

export const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

export const pairs = (list) => list.map(([name, value]) => [name, bytes(value)]);

export const facts = (told) => ({
  ...told,
  now: BigInt(told.now),
  filterState: pairs(told.filterState),
});

// What the component gave, in the recording's form.
export function plain(value) {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}
