// Letters of different alphabets that look alike, and host names that hide them.

/** The alphabets whose letters are easily taken for one another's. */
const alphabets: [name: string, letters: RegExp][] = [
  ["Latin", /\p{Script=Latin}/u],
  ["Cyrillic", /\p{Script=Cyrillic}/u],
  ["Greek", /\p{Script=Greek}/u],
  ["Armenian", /\p{Script=Armenian}/u],
  ["Cherokee", /\p{Script=Cherokee}/u],
  ["Coptic", /\p{Script=Coptic}/u],
  ["Georgian", /\p{Script=Georgian}/u],
  ["Lisu", /\p{Script=Lisu}/u],
];

/** The alphabets that stand mixed in one word of text; empty where each word keeps to one. */
export function mixed(text: string): string[] {
  for (const word of text.match(/[\p{L}\p{M}]+/gu) ?? []) {
    const found = alphabets.filter(([, letters]) => letters.test(word));
    if (found.length > 1) return found.map(([name]) => name);
  }
  return [];
}

/** The first name in text that is written in A-labels (xn--), or nothing. */
export function hostOf(text: string): string {
  return /[a-z0-9.-]*xn--[a-z0-9.-]*/.exec(text)?.[0] ?? "";
}

/** A host name with its A-labels read out. A label that says nothing stays as it is. */
export function readOut(host: string): string {
  return host
    .split(".")
    .map((label) => (label.startsWith("xn--") ? (punycode(label.slice(4)) ?? label) : label))
    .join(".");
}

/** Decodes punycode (RFC 3492); null where it is broken. */
function punycode(text: string): string | null {
  const cut = text.lastIndexOf("-");
  const points = [...text.slice(0, Math.max(cut, 0))].map((letter) => letter.codePointAt(0) ?? 0);
  let [point, bias, i] = [128, 72, 0];
  for (let at = cut + 1; at < text.length;) {
    const before = i;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(text.charAt(at++));
      if (digit < 0 || text.charAt(at - 1) === "") return null;
      i += digit * weight;
      const least = Math.min(Math.max(k - bias, 1), 26);
      if (digit < least) break;
      weight *= 36 - least;
    }
    const length = points.length + 1;
    bias = adapt(i - before, length, before === 0);
    point += Math.floor(i / length);
    i %= length;
    if (point > 0x10ffff) return null;
    points.splice(i++, 0, point);
  }
  return String.fromCodePoint(...points);
}

function adapt(delta: number, length: number, first: boolean): number {
  delta = first ? Math.floor(delta / 700) : delta >> 1;
  delta += Math.floor(delta / length);
  let k = 0;
  for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
  return k + Math.floor((36 * delta) / (delta + 38));
}
