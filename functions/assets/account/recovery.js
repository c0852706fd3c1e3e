// Shows new recovery codes. The API gives them once, so they can be copied and saved as a file.

import { h } from "./dom.js";
import { action } from "./part.js";
import { TEXTS } from "./texts.js";

const { recovery: texts } = TEXTS;

/** The codes with what to do with them. `more` are further buttons. */
export function recoveryCodes(codes, username, ...more) {
  const status = h("p", { class: "status", role: "status" });
  const say = (text, isError = false) => {
    status.textContent = text;
    status.classList.toggle("is-error", isError);
  };
  const copy = async () => {
    await write(codes.join("\n"));
    say(texts.copied);
  };
  const save = () => {
    download(texts.file, texts.content(username, location.host, codes));
    say(texts.saved);
  };
  const items = codes.map((code) => h("li", {}, h("code", {}, code)));
  const buttons = [action(texts.copy, say, copy), action(texts.save, say, save)];
  return h("div", { class: "recovery" },
    h("p", {}, texts.intro),
    h("ul", { class: "codes", "aria-label": texts.list }, ...items),
    status,
    h("div", { class: "buttons" }, ...buttons, ...more));
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    throw new Error(texts.notCopied);
  }
}

/** Offers a text as a file, which never leaves the browser. */
function download(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  h("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}
