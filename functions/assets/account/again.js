// Lets those who signed in some time ago prove that it is them, where a call needs that.

import { Cancelled } from "./api.js";
import { ask } from "./ask.js";
import { WAYS } from "./proof.js";
import { reauthenticate } from "./session.js";
import { TEXTS } from "./texts.js";

const { again: texts } = TEXTS;

/**
 * Makes the call, and once more after the user has given the password, a code or a passkey, if that was too long ago.
 * Gives the answer of the call. Throws `Cancelled` if the user cancels.
 */
export async function recently(page, act) {
  try {
    return await act();
  } catch (error) {
    if (error.code !== "reauthentication_required") throw error;
  }
  if (!(await isProven(page))) throw new Cancelled();
  return act();
}

async function isProven(page) {
  const username = page.me().username;
  let isFactorNeeded = page.hasFactor();
  if (!isFactorNeeded) {
    // The API knows better whether there is a factor than a page that was loaded some time ago.
    const prove = (values) => reauthenticate(values).catch((error) => {
      if (error.code !== "second_factor_required") throw error;
      isFactorNeeded = true;
    });
    const isDone = await ask({ ...texts.password, submit: texts.submit, username, prove });
    if (!isDone || !isFactorNeeded) return isDone;
  }
  const withPasskey = page.hasPasskey();
  return ask({ ...texts.factor, submit: texts.submit, username, ways: WAYS, withPasskey, prove: reauthenticate });
}
