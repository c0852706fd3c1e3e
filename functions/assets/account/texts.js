// All that the pages say. To translate them, translate this file, and set `lang` and `dir`.

const minutes = (seconds) => (seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`);

// The API says in English what is wrong with a field, such as "is required". A translation of these pages has its own
// words here, by the API's: { "is required": "fehlt" }.
const WORDS = {};

export const TEXTS = {
  lang: "en",
  dir: "ltr",
  brand: "Your account",
  titleOf: (title) => `${title} – Your account`,

  show: "Show",
  hide: "Hide",
  showOf: (field) => `Show: ${field}`,
  hideOf: (field) => `Hide: ${field}`,
  optional: " (optional)",
  cancel: "Cancel",
  required: (field) => `${field} is required.`,
  wrongField: (field, message) => `${field} ${WORDS[message] ?? message}.`,
  unreachable: "The service can't be reached. Check your connection, and try again.",
  unavailable: (seconds) =>
    `The service can't do this at the moment. Try again ${seconds ? `in ${minutes(seconds)}` : "a little later"}.`,
  tooMany: (seconds) => `Too many attempts. Try again ${seconds ? `in ${minutes(seconds)}` : "a little later"}.`,
  status: (status) => `That did not work (status ${status}).`,
  // Of fields that a form has no input for, by the API's names.
  otherFields: { passkey: "The passkey", credential: "The passkey" },
  linkDead: "This link is no longer valid. It may be too old, or used already.",
  // By the code of an error.
  codes: {
    credentials_invalid: "This name and password do not belong to an account.",
    username_taken: "This username is taken. Choose another one.",
    email_taken: "Another account has this address.",
    sign_up_closed: "You need an invitation to sign up. Ask whoever runs this service to invite you.",
    challenge_invalid: "That took too long, or too many codes were wrong. Sign in again.",
    email_not_verified: "Confirm your email address first: we mail a code to it.",
    factor_exists: "Your account has this second factor already.",
    no_factor: "Your account has no second factor any more.",
    too_many_factors: "Your account can have no more passkeys. Remove one first.",
    passkeys_exist: "Remove your passkeys first: an account with passkeys needs the app.",
    superuser_account: "The account of a superuser can't be erased. Another superuser has to take the role away first.",
  },

  fields: {
    username: "Username",
    email: "Email address",
    login: "Username or email address",
    password: "Password",
    currentPassword: "Current password",
    newPassword: "New password",
    newEmail: "New email address",
    code: "Code from your app",
    recoveryCode: "Recovery code",
    mailedCode: "Code from our mail",
    passkeyName: "Name of the passkey",
    firstName: "First name",
    lastName: "Last name",
  },
  hints: {
    username: "Letters, digits and . + - _",
    newPassword: "At least 8 characters. Passwords that are easy to guess or known from leaks are refused.",
    newEmail: "We send a link there. Your address changes when you confirm it.",
    code: "The six digits that your authenticator app shows now.",
    recoveryCode: "One of the codes that you saved. Each works once.",
    mailedCode: "Eight letters and digits, such as ABCD-2345.",
    passkeyName: "Such as the device or the password manager that keeps it.",
  },

  links: {
    signIn: "Sign in",
    signUp: "Create an account",
    forgot: "Forgot your password?",
    security: "Go to your account",
    another: "Ask for another mail",
  },

  signUp: {
    title: "Create an account",
    submit: "Create account",
    haveOne: "I have an account already",
    sentTitle: "Look into your mailbox",
    sent: (email) => `Your account is ready. We sent a mail to ${email}: open its link to confirm your address.`,
    sentNote: "Nothing there after some minutes? Look into the spam folder, or sign in and send the mail again.",
  },

  verify: {
    title: "Confirm your email address",
    intro: "Enter the password of your account to confirm that this address is yours.",
    submit: "Confirm address",
    wrongPassword: "This password is wrong.",
    doneTitle: "Your address is confirmed",
    done: "Thank you. You can close this page.",
    noLinkTitle: "Open the link in our mail",
    noLink: "This page confirms an email address, with the link that we mailed to it. Open the whole link again.",
    resend: "Sign in to have another mail sent.",
  },

  reset: {
    askTitle: "Reset your password",
    ask: "We mail a link to the address of your account. With it you choose a new password.",
    askSubmit: "Send the link",
    sentTitle: "Look into your mailbox",
    sent: (email) => `If an account has the address ${email}, we sent a link to it. It works for 30 minutes.`,
    sentNote: "Nothing there after some minutes? Look into the spam folder, or try another address.",
    title: "Choose a new password",
    intro: "This signs you out everywhere.",
    submit: "Set password",
    doneTitle: "Your password is changed",
    done: "You were signed out everywhere. Sign in with your new password.",
  },

  invitation: {
    title: "Accept your invitation",
    intro: "Choose a username and a password. Your account has the address to which we mailed the invitation. " +
      "If another account was made with that address and never confirmed, it is deleted.",
    submit: "Create account",
    doneTitle: "Welcome",
    done: (username, email) => `Your account ${username} is ready. Its address is ${email}.`,
    noLinkTitle: "Open the link in our mail",
    noLink: "This page needs the link of an invitation. Open the whole link in the mail again.",
    dead: "Ask whoever invited you for another invitation.",
  },

  session: {
    signInTitle: "Sign in",
    signIn: "Sign in",
    passkey: "Sign in with a passkey",
    signOut: "Sign out",
    questionTitle: "Confirm with your second factor",
    question: "Your password is right. Now enter a code.",
    begin: "Begin again",
    memory: "Reloading or leaving the page signs you out.",
    signedOut: "You are signed out.",
    signedOutEverywhere: "You are signed out everywhere.",
    stillOpen: "You are signed out here, but we could not tell the service: the session ends by itself later.",
    ended: "Your session has ended. Sign in again.",
    expired: "Your session has expired. Sign in again.",
    erased: "Your account is closed, and everything about it is being erased.",
  },

  account: {
    title: "Security",
    signedInAs: (username) => `Signed in as ${username}`,
    loading: "Loading …",
    retry: "Try again",
  },

  email: {
    title: "Email address",
    verified: "confirmed",
    unverified: "not confirmed",
    none: "Your account has no email address.",
    unverifiedNote: "Open the link in the mail that we sent to this address.",
    pending: "waiting",
    pendingNote: (email) => `We sent a link to ${email}. Your address changes when you confirm it.`,
    resend: "Send the mail again",
    keep: (email) => `Keep ${email}`,
    resendTitle: "Send the mail again",
    resendReason: (email) => `We mail another link to ${email}. Confirm with your password.`,
    keepTitle: "Keep your present address",
    keepReason: (email) =>
      `Your address stays ${email}, and the link that we mailed stops working. Confirm with your password.`,
    change: "Change address",
    submit: "Change address",
    sent: (email) => `We sent a mail to ${email}.`,
    kept: "Your address stays as it is.",
  },

  password: {
    title: "Password",
    note: "A new password ends all your other sessions.",
    change: "Change password",
    submit: "Change password",
    done: "Your password is changed, and your other sessions have ended.",
  },

  passkey: {
    // By the name of the browser's error.
    errors: {
      NotAllowedError: "No passkey was used.",
      InvalidStateError: "This device or password manager has a passkey for your account already.",
      SecurityError: "Passkeys can't be used at this address.",
    },
    failed: "The passkey did not work.",
    unknown: "This passkey opens no account. It may have been removed.",
  },

  factors: {
    title: "Second factor",
    note: "With a second factor, nobody can sign in with your password alone: a code from your authenticator app is " +
      "needed, too.",
    add: "Add an authenticator app",
    appFirst: "You can also use passkeys, which sign you in without password and code. Add an authenticator app first.",
    addPasskey: "Add a passkey",
    passkeyAdded: "The passkey is added. You can sign in with it alone.",
    kinds: { totp: "Authenticator app", passkey: "Passkey" },
    since: (date) => `Added ${date}`,
    left: (count) => `${count} ${count === 1 ? "recovery code" : "recovery codes"} left`,
    useApp: "Use your app instead",
    useRecovery: "Use a recovery code instead",
    usePasskey: "Use a passkey instead",
    tooLate: "That took too long. Begin again.",
    added: "The second factor is added.",
    remove: "Remove",
    removeOf: (name) => `Remove: ${name}`,
    removal: {
      title: (name) => `Remove your second factor: ${name}?`,
      reason: "Then your password alone is enough to sign in. All your sessions end, this one too.",
      submit: "Remove",
      done: "Your second factor is removed, and all your sessions have ended. Sign in again.",
    },
    passkeyRemoval: {
      title: (name) => `Remove your passkey: ${name}?`,
      reason: "It signs you in no longer. All your sessions end, this one too. Also delete it on your device.",
      submit: "Remove",
      done: "Your passkey is removed, and all your sessions have ended. Sign in again.",
    },
    renew: "New recovery codes",
    renewal: {
      title: "Make new recovery codes?",
      reason: "The codes that you have now stop working.",
      submit: "Make new codes",
    },
    renewed: "These are your new codes. The old ones work no longer.",
    kept: "I saved them",
  },

  enrolment: {
    scanTitle: "1. Give the secret to your app",
    scan: "Scan this picture with an authenticator app:",
    picture: "QR code with the secret for your authenticator app",
    orType: "Or type this secret into the app:",
    type: "Type this secret into an authenticator app:",
    open: "Open it in an app on this device",
    confirmTitle: "2. Enter the codes",
    mailed: (email) => `We mailed a code to ${email}. It may take a minute.`,
    until: (time) => `Finish before ${time}.`,
    ends: "Then all your sessions end, and you sign in again with the app.",
    submit: "Turn on",
  },

  recovery: {
    title: "Save your recovery codes",
    ended: "Your second factor is on, and all your sessions have ended. Save the codes first, then sign in again.",
    intro: "Without your app, you sign in with one of these codes. Each works once. They are shown only now: keep " +
      "them where others can't read them.",
    list: "Recovery codes",
    copy: "Copy",
    copied: "The codes are copied.",
    notCopied: "Your browser does not let this page copy. Select the codes, and copy them.",
    save: "Save as a file",
    saved: "Your browser saves the file.",
    file: "recovery-codes.txt",
    content: (username, host, codes) =>
      `Recovery codes of ${username} at ${host}. Each works once.\n\n${codes.join("\n")}\n`,
  },

  sessions: {
    title: "Where you are signed in",
    current: "this session",
    device: (browser, system) => (system ? `${browser} on ${system}` : browser),
    unknown: "Unknown device",
    since: (time, address) => `Signed in ${time}${address ? ` from ${address}` : ""}`,
    used: (time) => `Last used ${time}`,
    end: "End session",
    endOf: (device, time) => `End session: ${device}, signed in ${time}`,
    ended: "The session has ended.",
    more: "Show more",
    everywhere: "Sign out everywhere",
    everywhereNote: "Ends all sessions, this one too.",
  },

  again: {
    password: {
      title: "Enter your password again",
      reason: "You signed in some time ago. To go on, confirm that it is you.",
    },
    factor: {
      title: "Enter a code again",
      reason: "To go on, confirm with your second factor that it is you.",
    },
    submit: "Go on",
  },

  erase: {
    title: "Erase account",
    note: "This closes your account at once, and erases everything about it. It can't be undone.",
    open: "Erase account …",
    dialogTitle: "Erase your account for good?",
    reason: (username) => `The account ${username} and everything about it will be gone. Nobody can bring it back.`,
    submit: "Erase for good",
  },
};
