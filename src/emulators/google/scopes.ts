const APIS = "https://www.googleapis.com/auth/";

/** The known scopes. Like Google, the emulator refuses others. */
export const SCOPES: readonly string[] = [
  "openid",
  "email",
  "profile",
  ...[
    "calendar",
    "calendar.events",
    "calendar.readonly",
    "cloud-platform",
    "contacts.readonly",
    "documents",
    "documents.readonly",
    "drive",
    "drive.file",
    "drive.metadata.readonly",
    "drive.readonly",
    "gmail.modify",
    "gmail.readonly",
    "gmail.send",
    "spreadsheets",
    "spreadsheets.readonly",
    "tasks",
    "tasks.readonly",
    "userinfo.email",
    "userinfo.profile",
    "youtube",
    "youtube.readonly",
    "youtube.upload",
  ].map((name) => APIS + name),
];

/** Google accepts both names of these two scopes, and answers with the long one. */
export const LONG_NAMES: Readonly<Record<string, string>> = {
  email: `${APIS}userinfo.email`,
  profile: `${APIS}userinfo.profile`,
};
