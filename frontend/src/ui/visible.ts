/** A piece of outside text as it is drawn: what it says, or the code point of a character that would not show. */
export type Piece = { kind: "text"; text: string } | { kind: "escape"; text: string };

// What a reader would not see, or would be misled by: control, format, unassigned and private characters, lone
// surrogates, every space but the plain one, what fonts leave out (zero-width, bidirectional, selectors, fillers,
// the blank braille cell), and marks piled on more than three others.
const hidden =
  /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Variation_Selector}\u2800]|(?<=\p{M}{3})\p{M}/u;
const inLine = new RegExp(`(?! )(?:${hidden.source})`, "gu");
const inLines = new RegExp(`(?![ \\n\\t])(?:${hidden.source})`, "gu");

/** Cuts text where a character must be shown by its code point. */
export function pieces(text: string): Piece[] {
  return cut(text, inLine);
}

/**
 * Cuts a path, an address or anything else with slashes into its parts and the slashes between. Each part is to be
 * isolated: else letters that run from the right would draw the parts in another order than they have.
 */
export function parts(text: string): string[] {
  return text.split(/([/\\]+)/).filter((part) => part !== "");
}

/** The same for text of several lines, where line ends and tabs are what they are. */
export function linePieces(text: string): Piece[] {
  return cut(text.replaceAll("\r\n", "\n"), inLines);
}

/** Text as one string with every such character written out, for names that only a screen reader hears. */
export function visible(text: string): string {
  return pieces(text)
    .map((piece) => piece.text)
    .join("");
}

function cut(text: string, pattern: RegExp): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) found.push({ kind: "text", text: text.slice(from, match.index) });
    found.push({ kind: "escape", text: escape(match[0]) });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ kind: "text", text: text.slice(from) });
  return found;
}

function escape(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `‹U+${point.toString(16).toUpperCase().padStart(4, "0")}›`;
}
