// Where events stand in a text. Evidence counts code points, JavaScript's strings count UTF-16 units.

/** The UTF-16 index of each of `points` (code points, any order), as a Map. */
export function unitsOf(text, points) {
  const wanted = [...new Set(points)].sort((a, b) => a - b);
  const units = new Map();
  let point = 0;
  let unit = 0;
  for (const next of wanted) {
    while (point < next && unit < text.length) {
      unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
      point += 1;
    }
    units.set(next, unit);
  }
  return units;
}

/**
 * The text in pieces, each with the ids of the events whose evidence it is part of, the shortest evidence first. `soft` pieces are
 * line breaks that only the page's width has made, and the marks of bold type. What is hidden of a text stays in it: offsets hold.
 */
export function pieces(text, events) {
  const units = unitsOf(text, events.flatMap(({ evidence }) => [evidence.start, evidence.end]));
  const spans = events
    .map(({ event_id: id, evidence }) => ({ id, start: units.get(evidence.start), end: units.get(evidence.end) }))
    .sort((a, b) => a.end - a.start - (b.end - b.start));
  const soft = new Map([...softBreaks(text), ...boldMarks(text)].map(({ start, end }) => [start, end]));
  const ends = [...spans.flatMap(({ start, end }) => [start, end]), ...[...soft].flat()];
  const cuts = [...new Set([0, text.length, ...ends])].sort((a, b) => a - b);
  let softUntil = 0;
  return cuts.slice(0, -1).map((start, place) => {
    const end = cuts[place + 1];
    softUntil = soft.get(start) ?? softUntil;
    const ids = spans.filter((span) => span.start <= start && end <= span.end).map((span) => span.id);
    return { text: text.slice(start, end), ids, soft: start < softUntil };
  });
}

// `**` around words is bold type, in texts that were written as Markdown. Behind a character of a name it is what that name is hidden by
// (张**、李**), so it opens only where words begin.
const OPENING = /(?<=^|[\s。！？；：，、“（(])\*\*(?=[^\s*])/u.source;
const BOLD = new RegExp(`${OPENING}([^*\\n]{1,200}?)(?<=[^\\s*])\\*\\*(?!\\*)`, "gmu");
// Of a quote that ends before the words in bold type do.
const CUT = new RegExp(`${OPENING}([^*]*)(?![^])`, "mu");

/** Where the marks of bold type stand: ranges of UTF-16 units. */
function boldMarks(text) {
  return [...text.matchAll(BOLD)].flatMap(({ index: start, 0: { length } }) => [{ start, end: start + 2 }, { start: start + length - 2, end: start + length }]);
}

/** A quote without the marks of bold type. */
export const plain = (quote) => quote.replace(BOLD, "$1").replace(CUT, "$1");

const ENDED = /[。！？!?；;：:…」』”）)】|]$/u;
const BEGINS = /^(?:[#\-•·*|>]|[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．])/u;
const GOES_ON = /[，、,]$/u;
// Of the width that a page's full lines have, what a line must reach to have been broken by it.
const FULL = 0.8;
const SHORTEST = 8;

/** Where a line ends in the middle of a sentence because the page was narrow: ranges of UTF-16 units. For the eye alone. */
function softBreaks(text) {
  const lines = [...text.matchAll(/[^\n]+/g)].map((found) => ({ words: found[0].trim(), start: found.index, end: found.index + found[0].length })).filter(({ words }) => words !== "");
  const widths = lines.map(({ words }) => words.length).sort((a, b) => a - b);
  const width = widths[Math.floor(widths.length * 0.75)] ?? 0;
  return lines.slice(0, -1).flatMap((line, place) => {
    const next = lines[place + 1];
    const full = line.words.length >= Math.max(SHORTEST, width * FULL) && !ENDED.test(line.words);
    if (BEGINS.test(next.words) || !(full || GOES_ON.test(line.words))) return [];
    const start = line.start + text.slice(line.start, line.end).trimEnd().length;
    return [{ start, end: next.start + (text.slice(next.start, next.end).length - text.slice(next.start, next.end).trimStart().length) }];
  });
}
