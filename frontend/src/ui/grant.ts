/** A grant in three pieces, so that what it is really about can stand out: the file's name, or the host. */
export type GrantPieces = { lead: string; main: string; rest: string };

/** Cuts a grant string. It is for the eye only: what a grant means is decided elsewhere. */
export function cutGrant(grant: string): GrantPieces {
  const host = /^(net:[^/]*\/\/)([^/:]*)(.*)$/su.exec(grant);
  if (host) return { lead: host[1] ?? "", main: host[2] ?? "", rest: host[3] ?? "" };
  const end = /[^/:]*$/u.exec(grant.replace(/(\/\*+)+$/u, ""));
  const from = end?.index ?? 0;
  return { lead: grant.slice(0, from), main: grant.slice(from), rest: "" };
}
