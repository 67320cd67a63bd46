export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

const codes: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

/** ECMA-48 Select Graphic Rendition around the text. */
export function paint(style: Style, text: string): string {
  return `\u001b[${codes[style]}m${text}\u001b[0m`;
}
