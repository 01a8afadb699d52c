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

/** The text in pieces, each with the ids of the events whose evidence it is part of; the shortest evidence first. */
export function pieces(text, events) {
  const units = unitsOf(text, events.flatMap(({ evidence }) => [evidence.start, evidence.end]));
  const spans = events
    .map(({ event_id: id, evidence }) => ({ id, start: units.get(evidence.start), end: units.get(evidence.end) }))
    .sort((a, b) => a.end - a.start - (b.end - b.start));
  const cuts = [...new Set([0, text.length, ...spans.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, place) => {
    const end = cuts[place + 1];
    return { text: text.slice(start, end), ids: spans.filter((span) => span.start <= start && end <= span.end).map((span) => span.id) };
  });
}
