// What is looked at, as the page's address says it. The filters have the API's own names, so that an address can be read.

export const MANY = ["event_type", "stage", "metric", "level", "status", "region_code", "bulletin_id", "fact_id"];
export const ONE = [
  "q", "project", "organization", "subject", "recipient", "honor", "region",
  "amount_min", "amount_max", "period_from", "period_to", "published_from", "published_to",
];
// What is shown of it: order, all reports or one a fact, the dates of the histogram, and what stands in the panel.
const VIEW = ["sort", "reports", "dates", "bulletin", "event", "timeline", "timeline_region", "lang"];
const PANEL = ["bulletin", "event", "timeline", "timeline_region"];

/** The state of an address's query; what it does not know is dropped. */
export function parse(query) {
  const given = new URLSearchParams(query);
  const state = {};
  for (const name of MANY) state[name] = [...new Set(given.getAll(name).filter((value) => value !== ""))];
  for (const name of [...ONE, ...VIEW]) state[name] = given.get(name)?.trim() || null;
  return state;
}

/** The address of a state. */
export function address(state) {
  const query = new URLSearchParams(filterPairs(state));
  for (const name of VIEW) if (state[name]) query.append(name, state[name]);
  const text = query.toString();
  return text ? `/?${text}` : "/";
}

/** Name and value of each filter, without the one called `except`. */
export function filterPairs(state, except = null) {
  const pairs = [];
  for (const name of MANY) if (name !== except) for (const value of state[name]) pairs.push([name, value]);
  for (const name of ONE) if (name !== except && state[name]) pairs.push([name, state[name]]);
  return pairs;
}

/** The same state with other values. A change of the filters leaves the panel as it is. */
export const changed = (state, values) => ({ ...state, ...values });

export const closed = (state) => changed(state, Object.fromEntries(PANEL.map((name) => [name, null])));

export const opened = (state, event) => changed(closed(state), { bulletin: event.bulletin_id, event: event.event_id });

/** With `value` of a filter with many values put in or taken out. */
export function toggled(state, name, value) {
  const values = state[name].includes(value) ? state[name].filter((other) => other !== value) : [...state[name], value];
  return changed(state, { [name]: values });
}

/** With one filter's value taken out. */
export const without = (state, name, value) =>
  changed(state, { [name]: MANY.includes(name) ? state[name].filter((other) => other !== value) : null });

/** Without any filter. */
export function unfiltered(state) {
  const nothing = parse("");
  for (const name of VIEW) nothing[name] = state[name];
  return nothing;
}
