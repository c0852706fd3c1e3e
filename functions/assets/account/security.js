// The user's security page: signs in and out, and shows the parts of the page to whoever is signed in.

import { stopAsking } from "./ask.js";
import { card, h, links, paragraphs, turnTo } from "./dom.js";
import { emailPart } from "./email.js";
import { erasePart } from "./erase.js";
import { login, password } from "./fields.js";
import { form } from "./form.js";
import { passwordPart } from "./password.js";
import { forget, isOpen, send, signIn, signOut } from "./session.js";
import { sessionsPart } from "./sessions.js";
import { TEXTS } from "./texts.js";

const { session: texts, account } = TEXTS;
let me = null;
let place = null;
let noticed = () => {}; // The user may have opened a mailed link in another tab meanwhile.

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && me && noticed());

// A page that the browser kept has no session any more.
addEventListener("pageshow", (event) => event.persisted && place && !isOpen() && showSignIn(place, ""));

export function render(main) {
  if (isOpen()) signOut().catch(() => {});
  place = main;
  showSignIn(main, "", true);
}

function showSignIn(main, message, isFirst = false) {
  me = null;
  stopAsking();
  showBar(main);
  const { element, say } = form({
    fields: [login, password],
    submit: texts.signIn,
    send: async (values) => {
      await signIn(values, (reason) => showSignIn(main, reason));
      await showAccount(main).catch(giveUp);
    },
  });
  const note = h("p", { class: "note" }, texts.memory);
  const to = links(["reset-password", TEXTS.links.forgot], ["sign-up", TEXTS.links.signUp]);
  turnTo(main, { title: texts.signInTitle, isFirst }, card(element, note), to);
  say(message);
}

async function showAccount(main) {
  me = (await send("GET", "v1/users/me")).content;
  showBar(main);
  const page = { me: () => me, change, over: (message) => over(main, message) };
  const sessions = sessionsPart(page);
  const email = emailPart(page);
  const parts = [email.element, passwordPart(page, sessions.load), sessions.element, erasePart(page)];
  turnTo(main, { title: account.title }, ...parts);
  noticed = () => change().catch(() => {});
  await sessions.load();

  async function change(changed) {
    const found = changed ?? (await send("GET", "v1/users/me")).content;
    if (!me) return;
    me = found;
    email.show();
  }
}

/** Nobody could use the session, so it ends. */
async function giveUp(error) {
  await signOut().catch(() => {});
  throw error;
}

/** The session is over, by the user's own will. */
function over(main, message) {
  forget();
  showSignIn(main, message);
}

function showBar(main) {
  document.getElementById("who")?.remove();
  if (!me) return;
  const leave = async () => {
    const gone = signOut();
    showSignIn(main, texts.signedOut);
    await gone.catch(() => showSignIn(main, texts.stillOpen));
  };
  const who = h("div", { id: "who" }, ...paragraphs(account.signedInAs(me.username)),
    h("button", { type: "button", click: leave }, texts.signOut));
  document.getElementById("bar").append(who);
}
