// The form that adds a passkey, for an account with an authenticator app.

import { recently } from "./again.js";
import { passkeyName } from "./fields.js";
import { form } from "./form.js";
import { folded } from "./part.js";
import { canUsePasskeys, makePasskey } from "./passkey.js";
import { send } from "./session.js";
import { TEXTS } from "./texts.js";

const { factors: texts } = TEXTS;
const PATH = "v1/users/me/passkeys";

/** A button that opens the form, and the form. `leave` gets what to say when the form is of no more use. */
export function passkeyForm(page, leave) {
  const { element } = form({
    fields: [passkeyName],
    submit: texts.addPasskey,
    send: async (values) => {
      try {
        const credential = await makePasskey(recently(page, () => send("POST", `${PATH}/options`)));
        await recently(page, () => send("POST", PATH, { credential, ...values }));
      } catch (error) {
        if (error.code !== "no_factor" && canUsePasskeys()) throw error;
        return leave(error.message, true);
      }
      await leave(texts.passkeyAdded);
    },
  });
  return folded(texts.addPasskey, element).foldable;
}
