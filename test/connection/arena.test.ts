import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Arena } from "../../src/connection/arena.ts";

const MIB = 1024 * 1024;

describe("memory for frames that no slab holds", () => {
  test("is used again when it is free, for frames of its size and down to half of it", () => {
    const arena = new Arena();
    const first = arena.takeLarge(MIB);
    assert.notEqual(arena.takeLarge(MIB), first, "while it is in use, it is nobody else's");
    arena.giveLarge(first);
    assert.notEqual(arena.takeLarge(MIB + 1), first);
    assert.notEqual(arena.takeLarge(MIB / 2 - 1), first);
    assert.equal(arena.takeLarge(MIB / 2), first);
    assert.notEqual(arena.takeLarge(MIB / 2), first);
  });

  test("is kept up to some MiB, whatever is given back", () => {
    const arena = new Arena();
    const given: Uint8Array[] = Array.from({ length: 9 }, () => new Uint8Array(MIB));
    for (const bytes of given) arena.giveLarge(bytes);
    const taken = given.map(() => arena.takeLarge(MIB));
    assert.equal(taken.filter((bytes) => given.includes(bytes)).length, 4);
    arena.giveLarge(new Uint8Array(64 * MIB));
    assert.equal(arena.takeLarge(64 * MIB).length, 64 * MIB);
  });
});
