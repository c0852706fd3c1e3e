// What the page says, apart from the fixed texts in index.html.

export const LEVELS = {
  Public: "for anyone, without a token",
  Maybe: "for anyone; a token is checked if there is one",
  Authenticated: "for any user who is signed in",
  Staff: "for users with the role staff",
  Superuser: "for users with the role superuser",
};

export const TEXTS = {
  body: "Request body",
  signingIn: "Signing in …",
  needsCode: "The password is right. Now enter a code.",
  signedOut: "Signed out.",
  stillLives: (reason) => `Signed out here, but the session lives until it expires. ${reason}`,
  ended: "The session has ended: sign in again.",
  expired: "The session has expired: sign in again.",
  signInAgain: (reason) => `${reason} Sign in again.`,
  rolesUnknown: "roles unknown",
  roles: (roles) => (roles.length ? `roles: ${roles.join(", ")}` : "no roles"),
  checking: "Checking …",
  again: {
    password: { title: "Enter your password again", proof: "the password" },
    code: { title: "Enter a code again", proof: "a code" },
  },
  passkey: {
    // By the name of the browser's error.
    errors: {
      NotAllowedError: "No passkey was used.",
      SecurityError: "Passkeys can't be used at this address.",
    },
    failed: "The passkey did not work.",
    unknown: "This passkey opens no account. It may have been removed.",
    owner: "…",
  },
  needsFactor: "This call needs a second factor: add one at account/security, and sign in again.",
  unreachable: "The API can't be reached: try again in a moment.",
  wrongCredentials: "Wrong username or password.",
  wrongField: ({ field, message }) => `The ${field.replaceAll("_", " ")} ${message}.`,
  challengeInvalid: "That took too long, or too many codes were wrong: sign in again.",
  tooMany: (seconds) => `Too many attempts: try again ${seconds ? `in ${seconds} s` : "later"}.`,
  status: (status) => `The API answered with status ${status}.`,
};
