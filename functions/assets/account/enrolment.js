// The steps to add an authenticator app: scan the picture or type the secret, then prove that the app has it.

import { h, links } from "./dom.js";
import { code, mailedCode } from "./fields.js";
import { form } from "./form.js";
import { picture } from "./qr.js";
import { TEXTS } from "./texts.js";

const { enrolment: texts } = TEXTS;
const time = new Intl.DateTimeFormat(TEXTS.lang, { timeStyle: "short" });

/** `confirm` gets the codes. The rest is the API's answer to the request for a factor, and who asked. */
export function enrolment({
  secret, otpauth_uri: uri, qr_code: svg, expires_at: until, needs_mailed_code: isFirst, me, cancel, confirm,
}) {
  const heading = h("h3", { tabindex: -1 }, texts.scanTitle);
  const drawn = picture(svg ?? "", texts.picture);
  const leave = h("button", { type: "button", click: cancel }, TEXTS.cancel);
  const { element } = form({
    fields: isFirst ? [code, mailedCode] : [code],
    submit: texts.submit,
    extra: [leave],
    send: confirm,
  });
  const opened = h("div", { class: "enrolment" },
    heading,
    h("p", {}, drawn ? texts.scan : texts.type),
    drawn && h("div", { class: "qr" }, drawn),
    drawn && h("p", {}, texts.orType),
    h("p", { class: "secret-text" }, h("code", {}, secret.match(/.{1,4}/g).join(" "))),
    uri.startsWith("otpauth://") && links([uri, texts.open]),
    h("h3", {}, texts.confirmTitle),
    isFirst && h("p", {}, texts.mailed(me.email)),
    h("p", { class: "note" }, texts.until(time.format(new Date(until))), isFirst && ` ${texts.ends}`),
    element);
  return { element: opened, heading };
}
