import { passesLuhn } from './card-numbers';

interface Range {
  /** First digits of a number, the lowest and the highest, of equal length. */
  readonly from: string;
  readonly to: string;
  readonly digits: readonly number[];
}

const range = (prefixes: string, ...digits: number[]): Range => {
  const [from = '', to = from] = prefixes.split('-');
  return { from, to, digits };
};

/**
 * How cards begin (ISO/IEC 7812-1: IIN), and how many digits those that are issued have. An integer is far more
 * often an id, a size or a time than a card, and one in ten of them passes Luhn, so that it must look like a card
 * in all respects. Left out are lengths that standards allow and hardly anyone issues, where ids that grow with
 * time are: 13 digits of Visa (durations in nanoseconds, sizes of disks), 19 of Visa (ids of Instagram), Mir and Diners Club (of Twitter), 18 of Discover (Sonyflake).
 */
const RANGES: readonly Range[] = [
  range('4', 16), // Visa
  range('51-55', 16), // Mastercard
  range('2221-2720', 16),
  range('34', 15), // American Express
  range('37', 15),
  range('300-305', 14), // Diners Club
  range('3095', 14),
  range('36', 14),
  range('38-39', 14, 16),
  range('6011', 16), // Discover
  range('644-659', 16), // Discover, RuPay, Elo, Verve, Troy
  range('60', 16), // RuPay, Hipercard
  range('62', 16, 19), // UnionPay
  range('81-82', 16), // UnionPay, RuPay
  range('3528-3589', 16), // JCB
  range('2200-2204', 16), // Mir
  range('9792', 16), // Troy
  range('500-509', 16), // Maestro, Elo, Verve, RuPay, Dankort
  range('5018', 13, 18, 19), // Maestro
  range('5020', 13, 18, 19),
  range('5038', 13, 18, 19),
  range('56-58', 16),
  range('5893', 18, 19),
  range('6304', 16, 18, 19),
  range('6759', 16, 18, 19),
  range('6761-6763', 16, 18, 19),
  range('637-639', 16), // InstaPayment
];
const RANGES_BY_LENGTH: ReadonlyMap<number, readonly Range[]> = new Map(
  [13, 14, 15, 16, 18, 19].map((length) => [length, RANGES.filter(({ digits }) => digits.includes(length))]),
);

/** Thirteen digits. */
export const LEAST_CARD_INTEGER = 1e12;

/** Is an integer, in decimal, a payment card number? */
export function isCardInteger(decimal: string): boolean {
  const ranges = RANGES_BY_LENGTH.get(decimal.length) ?? [];
  return (
    ranges.some(({ from, to }) => isWithin(decimal.slice(0, from.length), from, to)) &&
    passesLuhn(Array.from(decimal, Number))
  );
}

function isWithin(prefix: string, from: string, to: string): boolean {
  return prefix >= from && prefix <= to;
}
