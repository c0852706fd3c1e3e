// The pages with the keyboard alone.
import assert from "node:assert/strict";
import { mailedLink } from "./mailbox.mjs";
import { PASSWORD } from "./visit.mjs";

/** `api` is the server's own address, which is in its mails. */
export async function keyboard(visit, api) {
  const keys = new Keys(visit.page);
  const email = "kim@example.org";
  await visit.check("somebody signs up", async () => {
    await visit.open("sign-up", "Create an account");
    await keys.type("Username", "kim");
    await keys.type("Email address", email);
    await keys.type("Password", PASSWORD);
    await keys.press("Create account");
    await visit.heading("Look into your mailbox");
  });
  const link = await mailedLink(api, email, "verify-email");
  await visit.check("confirms the address", async () => {
    await visit.open(link, "Confirm your email address");
    await keys.type("Password", PASSWORD);
    await visit.page.keyboard.press("Enter");
    await visit.heading("Your address is confirmed");
    await keys.press("Go to your account");
    await visit.heading("Sign in");
  });
  await visit.check("signs in", async () => {
    await keys.type("Username or email address", "kim");
    await keys.type("Password", PASSWORD);
    await visit.page.keyboard.press("Enter");
    await visit.heading("Security");
    await visit.section("Where you are signed in").getByText("this session").waitFor();
  });
  await visit.check("changes the password", async () => {
    await keys.press("Change password");
    assert.equal((await keys.focused()).name, "Current password");
    await visit.page.keyboard.type(PASSWORD);
    await keys.type("New password", "green-rivers-jump");
    await visit.page.keyboard.press("Enter");
    await visit.says("Your password is changed");
    assert.equal((await keys.focused()).name, "Change password");
  });
  await visit.check("stays in the dialog, and comes back from it", async () => {
    await keys.press("Erase account …");
    assert.equal((await keys.focused()).name, "Password");
    const seen = new Set();
    for (let press = 0; press < 8; press += 1) seen.add((await keys.tab()).name);
    seen.delete(""); // The browser's own controls.
    assert.deepEqual([...seen].sort(), ["Cancel", "Erase for good", "Password", "Show: Password"]);
    await visit.page.keyboard.press("Escape");
    assert.equal((await keys.focused()).name, "Erase account …");
  });
  await visit.check("signs out", async () => {
    await keys.press("Sign out", "Shift+Tab");
    await visit.says("You are signed out.");
  });
}

class Keys {
  constructor(page) {
    this.page = page;
  }

  /** The next element, whose focus must be visible. */
  async tab(key = "Tab") {
    await this.page.keyboard.press(key);
    const focused = await this.focused();
    assert(focused.name === "" || focused.outline >= 2, `no visible focus on ${focused.name}: ${focused.outline}`);
    return focused;
  }

  async go(name, key) {
    const seen = [];
    while (seen.at(-1) !== name) {
      assert(seen.length < 30, `the keyboard does not reach ${name}: ${seen}`);
      seen.push((await this.tab(key)).name);
    }
  }

  async type(label, text) {
    await this.go(label);
    await this.page.keyboard.type(text);
  }

  async press(name, key) {
    await this.go(name, key);
    await this.page.keyboard.press("Enter");
  }

  focused() {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return { name: "", outline: 0 };
      const label = element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? element.textContent;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { name: label.trim(), outline: outlineStyle === "none" ? 0 : parseFloat(outlineWidth) };
    });
  }
}
