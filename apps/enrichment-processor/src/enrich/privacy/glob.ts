/**
 * A glob, in which `*` stands for any text, as a test of a whole text. It looks for one piece after the other,
 * so no glob can be slow on any text.
 */
export function globMatcher(glob: string): (text: string) => boolean {
  const pieces = glob.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return (text) => text === glob;
  const middle = pieces.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

/** The longest text without `*` that whatever matches must contain. */
export function longestPiece(glob: string): string {
  return glob.split('*').reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '');
}
