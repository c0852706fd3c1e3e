// An authenticator app: codes of RFC 6238, as most apps make them.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { setTimeout } from "node:timers/promises";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP = 30_000;

export class Totp {
  #key;
  #used = 0;

  /** `secret` is in base32, as the page shows it. */
  constructor(secret) {
    const letters = [...secret.replace(/\s/g, "")];
    const bits = letters.map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
    this.#key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    assert(this.#key.length >= 16, `a secret of ${this.#key.length} bytes`);
  }

  /** A code that the API takes: each step counts once. It also takes the next step's, and for later ones this waits. */
  async next() {
    this.#used = Math.max(this.#used + 1, now());
    while (this.#used > now() + 1) await setTimeout(100);
    return this.#code(this.#used);
  }

  /** A code that was right, and is used up. */
  used() {
    return this.#code(this.#used);
  }

  /** Six digits that no step near the present one has. */
  wrong() {
    const near = [-3, -2, -1, 0, 1, 2, 3].map((steps) => this.#code(now() + steps));
    return Array.from("01234567", (digit) => digit.repeat(6)).find((code) => !near.includes(code));
  }

  #code(step) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac("sha1", this.#key).update(counter).digest();
    const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
  }
}

function now() {
  return Math.floor(Date.now() / STEP);
}
