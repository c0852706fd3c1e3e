// What a page must be in every state: accessible, no wider than the window, in light and dark.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SMALL = 44;

/** Looks at the page as it is now, and makes a screenshot. */
export async function looksGood(visit, name) {
  const { page } = visit;
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await visit.check(`${name}: axe finds nothing in ${colorScheme}`, async () => {
      // Playwright evaluates it past the page's policy, which stays in force.
      await page.evaluate(AXE);
      const { violations, passes } = await page.evaluate(() => window.axe.run());
      assert(passes.length > 10, `${passes.length} rules`);
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
    });
    await visit.screenshot(`${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await visit.check(`${name}: it fits, and what is pressed is large enough`, async () => {
    assert.deepEqual(await page.evaluate(ill, SMALL), []);
  });
}

function ill(small) {
  const all = [...document.querySelectorAll("button, input, a, p, h1, h2, dialog")];
  const shown = all.filter((one) => one.checkVisibility());
  // What a field contains may be longer than the field.
  const isCut = (one) => !one.matches("input") && one.scrollWidth > one.clientWidth + 1;
  const wide = shown.filter((one) => one.getBoundingClientRect().right > innerWidth || isCut(one));
  const pressed = shown.filter((one) => one.matches("button, input, .links a"));
  const low = pressed.filter((one) => one.getBoundingClientRect().height < small);
  const page = document.scrollingElement.scrollWidth > innerWidth ? ["the page is too wide"] : [];
  const say = (what, found) => found.map((one) => `${what}: ${one.outerHTML}`);
  return [...page, ...say("too wide", wide), ...say("too low", low)];
}
