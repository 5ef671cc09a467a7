// The words of ask's door, as the host's permissions room writes them. Ask's door is not part of the window's OpenAPI
// document, so they stand here by hand. "Hostile" marks text of a skill, a client or a file name: it is drawn by
// VisibleText and never joined into a sentence of ours.

export type Lifetime = "once" | "call" | "session" | "hour" | "always";

export interface Prompt {
  id: string;
  /** New for every prompt; comes back with its answer. */
  nonce: string;
  call: string;
  verb: string;
  /** Hostile. */
  name: string;
  /** What joins a rename's second name to the first, and that name; the name is hostile. */
  link?: string;
  other?: string;
  subject: Subject;
  /** Hostile. */
  tool: string;
  /** JSON, cut by the host to 4 KiB; hostile. */
  arguments: string;
  object: ObjectSeen;
  /** The exact grant wanted; absent for a start. Its path is hostile. */
  need?: string;
  /** Hostile. */
  why?: string;
  lines?: PromptLine[] | null;
  newWorkspace?: boolean;
  warnings?: string[] | null;
  rungs: Rung[] | null;
  quick: Quick;
  denials: Choice[] | null;
  loss: string;
}

export interface Subject {
  /** Hostile, as are version, client and chain. */
  skill: string;
  version?: string;
  /** "built in", "unsigned", or the name that was verified. */
  signer: string;
  /** Empty while the skill is in development. */
  digest: string;
  client: string;
  /** Hostile: a folder's name. */
  workspace?: string;
  /** The skills that called this one, the first caller first. */
  chain?: string[] | null;
}

export interface ObjectSeen {
  /** Hostile, as is name. */
  path?: string;
  name?: string;
  /** Bytes; Modified is in Unix seconds. Both zero where they say nothing. */
  size?: number;
  modified?: number;
  folder?: boolean;
  /** What a write does. */
  operation?: string;
  /** The path of a rename's other end; hostile. */
  other?: string;
  new?: boolean;
  unseen?: boolean;
  count?: number;
}

export interface PromptLine {
  grant: string;
  sentence: string;
  /** Hostile. */
  why: string;
}

export interface Rung {
  label: string;
  detail?: string;
  /** The exact rule that would be kept; its path is hostile. */
  grant: string;
  lifetimes: Choice[] | null;
}

export interface Choice {
  lifetime: Lifetime;
  label: string;
  detail?: string;
}

export interface Quick {
  label: string;
  rung: number;
  lifetime: Lifetime;
}

export interface Answer {
  nonce: string;
  /** The hash that came with the prompt that was on screen. */
  shown: string;
  verdict: "allow" | "deny";
  rung: number;
  lifetime: Lifetime;
}

/** The person's own sign, which no skill knows. */
export interface Mark {
  color: string;
  word: string;
}

/** What the host says is to be asked now. */
export interface Turn {
  n: number;
  prompt: Prompt | null;
  hash: string;
  /** How many questions wait behind this one. */
  waiting: number;
  mark: Mark | null;
}
