// The panel while nothing is opened: when and where.

import { h } from "./dom.js";
import { available, draw } from "./chart.js";
import { count, interval, sum } from "./format.js";
import { t } from "./i18n.js";
import { refusal } from "./problem.js";
import { address, changed } from "./state.js";

const MOST_BARS = 40;
const MOST_ROWS = 12;
const DATES = ["period_start", "published_on"];
export const datesOf = (state) => (DATES.includes(state.dates) ? state.dates : DATES[0]);

/** The histogram's section. `months` are `{start, count, amount}` of the API, or an Error. */
export function histogram(page, months) {
  const { state } = page;
  const head = h("div", { class: "section-head" }, h("h2", {}, t("histogram")),
    h("div", { class: "switch", role: "group", "aria-label": t("histogram") }, DATES.map((dates) =>
      h("button", { type: "button", "aria-pressed": String(dates === datesOf(state)), dataset: { key: dates }, onclick: () => page.go(changed(state, { dates: dates === DATES[0] ? null : dates })) }, t(dates === "published_on" ? "by_published" : "by_period")))));
  if (months instanceof Error) return h("section", {}, head, h("p", { class: "failed" }, t("part_failed", { detail: t(refusal(months)) })));
  const { kind, bars } = merged(months);
  if (bars.length === 0) return h("section", {}, head, h("p", { class: "quiet" }, t("no_dates")));
  return h("section", { class: "histogram" }, head, available() ? chart(page, bars, kind) : null, table(state, bars, kind));
}

function chart(page, bars, kind) {
  const names = bars.map(({ start }) => interval(start, kind).name);
  const most = bars.reduce((best, bar, place) => (bar.count > bars[best].count ? place : best), 0);
  const words = t("chart_of", { count: bars.length, total: count(bars.reduce((all, bar) => all + bar.count, 0)), most: names[most] });
  const readout = h("p", { class: "readout", "aria-hidden": "true" });
  const tell = (place) => {
    const bar = bars[place ?? most];
    readout.textContent = [names[place ?? most], t("count_events", { count: count(bar.count) }), bar.amount ? sum(bar.amount) : null].filter(Boolean).join(" · ");
  };
  const canvas = h("div", { class: "chart", role: "img", "aria-label": words });
  tell(null);
  // It is drawn once it has a width.
  page.afterwards(() => draw(canvas, bars.map(({ count: value }, place) => ({ name: names[place], value })), {
    format: (value) => (Number.isInteger(value) ? count(value) : ""),
    onhover: tell,
    onchoose: (first, last) => page.go(changed(page.state, within(page.state, bars[first].start, interval(bars[last].start, kind).last))),
  }));
  return [canvas, readout];
}

function table(state, bars, kind) {
  const rows = bars.filter((bar) => bar.count > 0).map(({ start, count: events, amount }) => {
    const { last, name } = interval(start, kind);
    return h("tr", {}, h("th", { scope: "row" }, h("a", { href: address(changed(state, within(state, start, last))), "aria-label": t("in_period", { what: name }), dataset: { nav: "" } }, name)),
      h("td", {}, count(events)), h("td", {}, amount ? sum(amount) : "–"));
  });
  return h("details", { class: "as-table", open: !available() }, h("summary", {}, t("as_table")),
    h("table", {}, h("thead", {}, h("tr", {}, ["start", "events", "sum"].map((key) => h("th", { scope: "col" }, t(key))))), h("tbody", {}, rows)));
}

const within = (state, from, to) =>
  datesOf(state) === "published_on" ? { published_from: from, published_to: to } : { period_from: from, period_to: to };

/** As many months as fit one to a bar, else quarters, else years; empty ones between them are there. */
export function merged(months) {
  for (const kind of ["month", "quarter", "year"]) {
    const bars = new Map();
    const days = months.map(({ start }) => start).sort();
    for (let start = days.length ? beginning(days[0], kind) : null; start && start <= days[days.length - 1] && bars.size <= 400; start = following(start, kind)) {
      bars.set(start, { start, count: 0, amount: null });
    }
    if (bars.size > MOST_BARS && kind !== "year") continue;
    for (const month of months) {
      const bar = bars.get(beginning(month.start, kind));
      if (!bar) continue;
      bar.count += month.count;
      if (typeof month.amount === "number") bar.amount = (bar.amount ?? 0) + month.amount;
    }
    return { kind, bars: [...bars.values()] };
  }
  return { kind: "year", bars: [] };
}

const SIZE = { month: 1, quarter: 3, year: 12 };

function beginning(day, kind) {
  const month = Number(day.slice(5, 7)) - 1;
  return `${day.slice(0, 4)}-${String(month - (month % SIZE[kind]) + 1).padStart(2, "0")}-01`;
}

function following(start, kind) {
  const next = new Date(Date.UTC(Number(start.slice(0, 4)), Number(start.slice(5, 7)) - 1 + SIZE[kind], 1));
  return next.toISOString().slice(0, 10);
}

/** The regions' section: ranked bars of what lies right below the chosen division. `items` are the API's `{code, name, parent, count}`. */
export function regions(page, items) {
  const { state } = page;
  const head = h("div", { class: "section-head" }, h("h2", {}, t("regions")));
  if (items instanceof Error) return h("section", {}, head, h("p", { class: "failed" }, t("part_failed", { detail: t(refusal(items)) })));
  if (items.length === 0) return h("section", {}, head, h("p", { class: "quiet" }, t("no_regions")));
  const { above, rows } = ranked(items, state.region_code);
  const most = Math.max(...rows.map((row) => row.count));
  const link = (codes, words, key) => h("a", { href: address(changed(state, { region_code: codes })), dataset: { nav: "", key: `region-${key}` } }, words);
  const crumbs = [link([], t("whole_country"), "all"), ...above.map((code) => link([code], page.nameOf(code), code))];
  return h("section", { class: "regions" }, head,
    h("nav", { class: "crumbs", "aria-label": t("regions") }, h("ol", {}, crumbs.map((crumb) => h("li", {}, crumb)))),
    h("ol", { class: "ranked" }, rows.slice(0, MOST_ROWS).map(({ code, count: events }) => {
      const chosen = state.region_code.includes(code);
      const bar = h("span", { class: "bar" });
      bar.style.setProperty("inline-size", `${(100 * events) / most}%`);
      return h("li", { class: chosen ? "chosen" : null }, h("a", { href: address(changed(state, { region_code: chosen ? [] : [code] })), "aria-current": chosen ? "true" : null, dataset: { nav: "", key: `rank-${code}` } },
        h("span", { class: "name" }, page.nameOf(code)), h("span", { class: "number" }, count(events)), h("span", { class: "track", "aria-hidden": "true" }, bar)));
    })));
}

/** The parts of the narrowest division that is worth ranking, most first, and the codes from the province down to that division. */
export function ranked(items, chosen) {
  const byCode = new Map(items.map((item) => [item.code, item]));
  const parts = (scope) => items.filter(({ parent }) => (byCode.has(parent) ? parent : null) === scope);
  let scope = chosen.length === 1 && byCode.has(chosen[0]) ? chosen[0] : null;
  // A county has no parts: its neighbours are ranked, itself among them.
  if (scope && parts(scope).length === 0) scope = byCode.get(scope).parent ?? null;
  // One part alone says nothing: look below it.
  for (let rows = parts(scope); rows.length === 1 && parts(rows[0].code).length > 0; rows = parts(scope)) scope = rows[0].code;
  const above = [];
  for (let code = scope; code && byCode.has(code); code = byCode.get(code).parent) above.unshift(code);
  return { above, rows: parts(scope).sort((a, b) => b.count - a.count || a.code.localeCompare(b.code)) };
}
