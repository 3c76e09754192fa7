/*
 * The Huffman code of RFC 7541, appendix B. The code is canonical, so the lengths of its codes define it: one base-36
 * digit each for the 256 bytes and the end mark.
 */
const LENGTHS =
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6f56565666577" +
  "666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmnqqkjmnmpqqqrrqopjlqrrqrollqqsrrr" +
  "koklmllnmmppooqnqrqqrrrrrsrrrrrqu";
const END_MARK = 256;
const MAX_LENGTH = 30;

/** For each code length: the first code, the number of codes, and the index of their first symbol. */
type Row = { first: number; count: number; at: number };

const { rows, symbols } = buildTable();

function buildTable(): { rows: Row[]; symbols: number[] } {
  const lengths = [...LENGTHS].map((digit) => parseInt(digit, 36));
  const symbols = lengths.map((_, symbol) => symbol).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const rows: Row[] = [];
  for (let length = 1, first = 0, at = 0; length <= MAX_LENGTH; length++) {
    const count = lengths.filter((one) => one === length).length;
    rows[length] = { first, count, at };
    at += count;
    first = (first + count) * 2;
  }
  return { rows, symbols };
}

/**
 * Decodes Huffman-coded bytes.
 *
 * @throws Error for invalid codes or padding.
 */
export function decodeHuffman(coded: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  let code = 0;
  let length = 0;
  for (const byte of coded) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + (byte >> bit & 1);
      length++;
      const row = rows[length];
      if (!row) throw new Error("HPACK: no such Huffman code");
      const offset = code - row.first;
      if (offset < 0 || offset >= row.count) continue;
      const symbol = symbols[row.at + offset]!;
      if (symbol === END_MARK) throw new Error("HPACK: end mark inside a text");
      bytes.push(symbol);
      code = length = 0;
    }
  }
  // The remaining bits are padding: fewer than eight, all ones.
  if (length > 7 || code !== 2 ** length - 1) throw new Error("HPACK: bad padding");
  return Uint8Array.from(bytes);
}
