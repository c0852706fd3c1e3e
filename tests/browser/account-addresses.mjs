// What a user can do about an address that is not confirmed yet.
import assert from "node:assert/strict";
import { looksGood } from "./axe.mjs";
import { PASSWORD as DEMO } from "./page.mjs";

const NEXT = "user.next@example.org";

/** A demo account asks for another address, has the mail sent again, and keeps the present one. */
export async function addresses(visit) {
  await visit.signIn("user", DEMO);
  const section = visit.section("Email address");
  const waiting = section.getByText("waiting", { exact: true });
  await visit.check("a wrong address is refused at its field", async () => {
    await visit.button("Change address", section).click();
    const values = { "New email address": "nobody", "Current password": DEMO };
    assert.equal(await visit.send(values, "Change address", "v1/users/me", section), 422);
    await visit.invalid("email");
    await looksGood(visit, "address-wrong");
  });
  await visit.check("cancelled, the form is gone and empty", async () => {
    await visit.button("Cancel", section).click();
    assert(await visit.field("New email address").isHidden());
    await visit.button("Change address", section).click();
    assert.equal(await visit.field("Current password", section).inputValue(), "");
  });
  await visit.check("an address waits", async () => {
    const values = { "New email address": NEXT, "Current password": DEMO };
    assert.equal(await visit.send(values, "Change address", "v1/users/me", section), 200);
    await waiting.waitFor();
  });
  await visit.check("its mail can be sent again", async () => {
    const dialog = visit.page.getByRole("dialog", { name: "Send the mail again" });
    await visit.button("Send the mail again", section).click();
    assert.equal(await visit.send({ Password: "wrong" }, "Send the mail again", "v1/users/me", dialog), 422);
    await visit.refused("Password", "Password is wrong.", dialog);
    await looksGood(visit, "resend");
    assert.equal(await visit.send({ Password: DEMO }, "Send the mail again", "v1/users/me", dialog), 200);
    await visit.says(`We sent a mail to ${NEXT}.`, section);
  });
  await visit.check("the present address can be kept", async () => {
    const keep = section.getByRole("button", { name: /^Keep / });
    const name = await keep.innerText();
    await keep.click();
    const dialog = visit.page.getByRole("dialog", { name: "Keep your present address" });
    assert.equal(await visit.send({ Password: DEMO }, name, "v1/users/me", dialog), 200);
    await visit.says("Your address stays as it is.", section);
    await waiting.waitFor({ state: "detached" });
  });
}

/** Somebody who has not opened the first mail yet. */
export async function unconfirmed(visit) {
  await visit.check("without the mailed link, an address is not confirmed", async () => {
    await visit.signUp("otto", "otto@example.org");
    await visit.signIn("otto");
    const section = visit.section("Email address");
    await section.getByText("not confirmed", { exact: true }).waitFor();
    await looksGood(visit, "unconfirmed");
    assert.equal(await section.getByRole("button", { name: /^Keep / }).count(), 0);
  });
}
