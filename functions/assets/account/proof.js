// Forms that leave a choice, such as the app's code or a recovery code instead.

import { h } from "./dom.js";
import { code, recoveryCode } from "./fields.js";
import { form } from "./form.js";
import { passkeyButton, usePasskey } from "./passkey.js";
import { TEXTS } from "./texts.js";

/** How to answer the question for a second factor. */
export const WAYS = [
  [{ ...code, instead: TEXTS.factors.useApp }],
  [{ ...recoveryCode, instead: TEXTS.factors.useRecovery }],
];

/**
 * The form of the first of these ways, with a button that changes to the next, and one for a passkey if `withPasskey`.
 * The rest is as `form` takes it.
 */
export function proofForm({ ways, withPasskey = false, extra = [], ...rest }) {
  const place = h("div", { class: "ways" });
  const show = (at) => {
    const next = (at + 1) % ways.length;
    const turn = () => {
      show(next);
      place.querySelector("input:not([hidden])").focus();
    };
    const other = ways.length > 1 && h("button", { type: "button", click: turn }, ways[next][0].instead);
    const prove = async () => rest.send({ passkey: await usePasskey() });
    const passkey = withPasskey && passkeyButton(TEXTS.factors.usePasskey, () => attempt(prove));
    const buttons = [other, passkey, ...extra].filter(Boolean);
    const { element, attempt } = form({ ...rest, fields: ways[at], extra: buttons });
    place.replaceChildren(element);
  };
  show(0);
  return place;
}
