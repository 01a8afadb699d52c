// The filters at the side and the chips of those that are set.

import { byId, fill, h } from "./dom.js";
import { count, sum } from "./format.js";
import { t } from "./i18n.js";
import { MANY, ONE, address, changed, toggled, unfiltered, without } from "./state.js";

// Shown for all types, or where none or this one is chosen. The order of values is that of a project's life, or by count.
const FACETS = [
  { field: "event_type" },
  { field: "stage", type: "project_milestone", order: ["signed", "approved", "started", "under_construction", "topped_out", "completed", "operational", "at_capacity"] },
  { field: "metric", type: "investment_report" },
  { field: "level", type: "accolade", order: ["international", "national", "provincial", "municipal", "district"] },
  { field: "status" },
];
export const FACET_FIELDS = FACETS.map(({ field }) => field);

const RANGES = [
  { legend: "amount", names: ["amount_min", "amount_max"], type: "number" },
  { legend: "period", names: ["period_from", "period_to"], type: "date" },
  { legend: "published", names: ["published_from", "published_to"], type: "date" },
];
const NAMES = ["project", "organization", "subject", "recipient", "honor", "region"];
const HUNDRED_MILLION = 1e8;

/** An address may hold anything; what is no number is shown as it stands, and the API says that it is none. */
const isAmount = (value) => value.trim() !== "" && Number.isFinite(Number(value));

/** The form's frame, once a language; `go` is called with a state. */
export function build(page) {
  const body = byId("filters-body");
  const text = (name, type, label) =>
    h("label", {}, h("span", {}, label), h("input", { name, type, step: type === "number" ? "any" : null, min: type === "number" ? "0" : null, maxlength: type === "text" ? "200" : null }));
  fill(
    body,
    h("div", { id: "facets" }),
    RANGES.map(({ legend, names, type }) =>
      h("fieldset", { class: "range" }, h("legend", {}, t(legend)), h("div", { class: `pair ${type}` }, text(names[0], type, t("from")), text(names[1], type, t("to"))))),
    h("fieldset", { class: "names" }, h("legend", {}, t("names")), NAMES.map((name) => text(name, "text", t(name)))),
    h("button", { type: "submit" }, t("apply")),
  );
  body.onsubmit = (event) => {
    event.preventDefault();
    page.go(entered(page.state));
  };
  // A date or number that was changed counts when the field is left, as everywhere; Enter submits.
  body.onchange = (event) => {
    if (event.target.type === "checkbox") page.go(toggled(entered(page.state), event.target.name, event.target.value));
    else if (event.target.checkValidity()) page.go(entered(page.state));
  };
}

/** `state` with what stands in the fields. */
function entered(state) {
  const values = {};
  for (const input of byId("filters-body").querySelectorAll(".range input, .names input")) {
    const value = input.value.trim();
    values[input.name] = value === "" ? null : input.type === "number" ? String(Number(value) * HUNDRED_MILLION) : value;
  }
  return changed(state, values);
}

/** Puts the state into the fields and the chips. */
export function show(state) {
  for (const input of byId("filters-body").querySelectorAll(".range input, .names input")) {
    const value = state[input.name] ?? "";
    if (input.type !== "number") input.value = value;
    else input.value = isAmount(value) ? String(Number(value) / HUNDRED_MILLION) : "";
  }
}

/** `facets` are `{field: [{value, count}]}`, or null while they are not known. */
export function showFacets(state, facets) {
  const chosen = state.event_type;
  const groups = FACETS.filter(({ field, type }) => !type || chosen.length === 0 || chosen.includes(type) || state[field].length > 0);
  fill(byId("facets"), groups.map((group) => facet(group, state, facets?.[group.field] ?? [])));
}

function facet({ field, order }, state, values) {
  const known = new Map(values.map(({ value, count: number }) => [value, number]));
  for (const value of state[field]) if (!known.has(value)) known.set(value, 0);
  const names = [...known.keys()];
  if (order) names.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  if (names.length === 0) return null;
  return h("fieldset", { class: "facet" }, h("legend", {}, t(field)), names.map((value) =>
    h("label", { class: "choice" },
      h("input", { type: "checkbox", name: field, value, checked: state[field].includes(value), dataset: { key: `${field}=${value}` } }),
      h("span", { class: `choice-name${field === "event_type" ? ` type ${value}` : ""}` }, t(value)),
      h("span", { class: "number" }, count(known.get(value))))));
}

/** Every filter that is set as name, value and words. `regions` are names by code. */
export function active(state, regions) {
  const found = [];
  for (const name of MANY) for (const value of state[name]) found.push({ name, value, words: words(name, value, regions) });
  for (const name of ONE) if (state[name]) found.push({ name, value: state[name], words: words(name, state[name], regions) });
  return found;
}

function words(name, value, regions) {
  if (name === "region_code") return regions.get(value)?.name ?? value;
  if (name === "bulletin_id" || name === "fact_id") return t(name);
  if (name.startsWith("amount_")) return `${t(name)} ${isAmount(value) ? sum(Number(value)) : value}`;
  return ONE.includes(name) ? `${t(name)} ${name === "q" ? `“${value}”` : value}` : t(value);
}

export function showChips(state, regions) {
  const set = active(state, regions);
  byId("filters-toggle").textContent = set.length ? t("filters_count", { count: set.length }) : t("filters");
  const chips = set.map(({ name, value, words: what }) =>
    h("li", {}, h("a", { class: "chip", href: address(without(state, name, value)), "aria-label": t("remove", { what }), dataset: { nav: "", key: `${name}-${value}` } }, what, h("span", { "aria-hidden": "true" }, "×"))));
  if (set.length > 1) chips.push(h("li", {}, h("a", { class: "chip clear", href: address(unfiltered(state)), dataset: { nav: "", key: "clear" } }, t("clear"))));
  fill(byId("chips"), chips);
}
