/** The short words that a screen has for the codes of failed calls. */
const words: Record<string, string> = {
  guest_error: "skill failed",
  invalid_input: "wrong input",
  invalid_skill: "broken skill",
  unsupported: "not supported",
  not_found: "not found",
  denied: "denied",
  undeclared: "not declared",
  limit_memory: "memory limit",
  limit_time: "time limit",
  limit_fuel: "work limit",
  limit_stack: "stack limit",
  limit_output: "output limit",
  limit_requests: "request limit",
  limit_payload: "size limit",
  limit_files: "open files limit",
  too_many_requests: "too many",
  approval_pending: "not answered yet",
  approval_timeout: "not answered",
  approver_unavailable: "nobody to ask",
  drift: "changed since added",
  signature: "bad signature",
  internal: "internal error",
  host_unavailable: "host is away",
  storage: "storage failed",
  secret_unavailable: "no secret",
  cancelled: "cancelled",
};

/** In words what a code says; a code of a newer host is its own word. */
export function codeWords(code: string): string {
  return words[code] ?? code.replaceAll("_", " ");
}
