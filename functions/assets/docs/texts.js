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
  signedOut: "Signed out.",
  stillLives: (reason) => `Signed out here, but the session lives until it expires. ${reason}`,
  ended: "The session has ended: sign in again.",
  expired: "The session has expired: sign in again.",
  signInAgain: (reason) => `${reason} Sign in again.`,
  rolesUnknown: "roles unknown",
  roles: (roles) => (roles.length ? `roles: ${roles.join(", ")}` : "no roles"),
  checking: "Checking …",
  unreachable: "The API can't be reached: try again in a moment.",
  wrongCredentials: "Wrong username or password.",
  wrongField: ({ field, message }) => `The ${field} ${message}.`,
  tooMany: (seconds) => `Too many attempts: try again ${seconds ? `in ${seconds} s` : "later"}.`,
  status: (status) => `The API answered with status ${status}.`,
};
