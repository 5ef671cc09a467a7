// The words of ask's door, as the host's permissions room writes them. Ask's door is not part of the window's OpenAPI
// document, so they stand here by hand. "Hostile" marks text of a skill, a client or a file name: it is drawn by
// VisibleText and never joined into a sentence of ours.

export type Lifetime = "once" | "call" | "session" | "hour" | "date" | "always";

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
  growth?: Growth;
  warnings?: string[] | null;
  /** What the host saw this client and workspace do, and what was decided before: sentences of ours. */
  seen?: string[] | null;
  history?: string[] | null;
  /** How many equal questions this one answer settles; absent for one alone. */
  times?: number;
  /** Whether the person may pick another file instead. Without rungs, that is the only way to allow. */
  mayPick?: boolean;
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
  /** The folder, file or reference that an unsigned skill was added from; hostile. */
  origin?: string;
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
  difference?: Difference;
  request?: Outgoing;
  unseen?: boolean;
  count?: number;
}

/** What a request would send. All but the sizes is hostile. */
export interface Outgoing {
  method: string;
  /** The whole address, with its query. */
  url: string;
  headers?: { name: string; value: string }[] | null;
  /** The address whose answer led here. */
  from?: string;
  /** Bytes of the body that are there; unfinished says that there may come more, up to most in all. */
  size?: number;
  unfinished?: boolean;
  most?: number;
  /** The beginning of the body; cut says that it is not all. */
  text?: string;
  cut?: boolean;
  binary?: boolean;
}

/** What a write would change. */
export interface Difference {
  /** Sizes in bytes. */
  before: number;
  after: number;
  /** How many lines. */
  added: number;
  removed: number;
  binary?: boolean;
  /** Whether the hunks do not hold all of it. */
  cut?: boolean;
  hunks?: Hunk[] | null;
}

/** A run of lines; old and new are the numbers of its first ones. */
export interface Hunk {
  old: number;
  new: number;
  lines: DiffLine[] | null;
}

export interface DiffLine {
  kind: "same" | "added" | "removed";
  /** Hostile. */
  text: string;
}

/** What changed in a skill since it was approved. */
export interface Growth {
  /** The version that was approved; hostile. */
  from: string;
  /** Whether the one now is lower. */
  older?: boolean;
  changes: Change[] | null;
}

export interface Change {
  kind: "more" | "less" | "other";
  sentence: string;
  /** Hostile. */
  before?: string;
  after?: string;
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
  /** How many files it names now, 0 or absent where that is not known, and some of their paths; the paths are hostile. */
  count?: number;
  matches?: string[] | null;
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
  /** The Unix second at which the lifetime "date" ends. */
  until?: number;
  /** The file that the person picked in the system's dialog instead. */
  picked?: string;
  /** With a refusal: every call of this skill ends now. */
  stop?: boolean;
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
