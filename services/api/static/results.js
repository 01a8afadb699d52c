// The list of events: what it says, how sure, where it stands.

import { byId, fill, h, marked } from "./dom.js";
import { amount, claim, count, headline, percent, period, plainPercent } from "./format.js";
import { t } from "./i18n.js";
import { projectOf } from "./project.js";
import { plain } from "./evidence.js";
import { active } from "./filters.js";
import { address, changed, closed, opened, unfiltered, without } from "./state.js";

const SORTS = ["-published_on", "published_on", "-amount", "amount", "-period_end", "period_end"];

export function showOptions(page) {
  const { state } = page;
  const select = h("select", { id: "sort", onchange: (event) => page.go(changed(state, { sort: event.target.value === SORTS[0] ? null : event.target.value })), dataset: { key: "sort" } },
    SORTS.map((sort) => h("option", { value: sort, selected: sort === (state.sort ?? SORTS[0]) }, t(`sort:${sort}`))));
  const all = h("input", { type: "checkbox", id: "all", checked: state.reports === "all", onchange: (event) => page.go(changed(state, { reports: event.target.checked ? "all" : null })), dataset: { key: "all" } });
  fill(byId("options"), h("label", {}, h("span", { class: "label" }, t("sort")), select), h("label", {}, all, h("span", {}, t("all_reports"))));
}

/** One page of the list; further ones are added to it. */
export function showEvents(page, reply, further) {
  const items = reply.items.map((event) => h("li", {}, row(page.state, event)));
  const list = byId("events");
  if (further) list.append(...items);
  else fill(list, items);
  const shown = list.childElementCount;
  byId("count").textContent = t(page.state.reports === "all" ? "count_reports" : "count", { count: count(reply.total) });
  const left = reply.total - shown;
  fill(byId("more"), reply.next ? h("button", { type: "button", onclick: () => page.more(reply.next), dataset: { key: "more" } }, t("more", { count: count(Math.min(left, page.limit)) })) : shown > page.limit ? h("p", { class: "quiet" }, t("all_shown")) : null);
  if (further) items[0]?.querySelector("a")?.focus({ preventScroll: true });
}

/** Why there is nothing, and what to do. */
export function showNothing(page) {
  const { state } = page;
  const set = active(state, page.regions);
  byId("count").textContent = t(set.length ? "none" : "none_at_all");
  fill(byId("events"));
  fill(byId("more"), h("div", { class: "nothing" }, h("p", {}, t(set.length ? "none_hint" : "none_at_all_hint")),
    set.length ? h("ul", {}, set.map(({ name, value, words }) => h("li", {}, h("a", { href: address(without(state, name, value)), dataset: { nav: "" } }, t("remove", { what: words }))))) : null,
    set.length > 1 ? h("p", {}, h("a", { href: address(unfiltered(state)), dataset: { nav: "" } }, t("clear"))) : null));
}

/** One event. Its title opens the words it rests on. */
function row(state, event) {
  const open = opened(state, event);
  const project = projectOf(event);
  return h("article", { class: `event ${event.event_type}`, dataset: { event: event.event_id } },
    h("h2", {}, h("a", { href: address(open), dataset: { nav: "", key: event.event_id } }, headline(event))),
    h("p", { class: "figure" }, figure(event)),
    facts(event),
    h("blockquote", {}, marked(quote(event), (state.q ?? "").split(/\s+/))),
    h("p", { class: "links" },
      project ? h("a", { href: address(changed(closed(state), { timeline: project, timeline_region: event.region_code })), dataset: { nav: "", key: `timeline-${event.event_id}` }, "aria-label": `${t("timeline")}: ${project}` }, t("timeline")) : null,
      event.reports > 1 ? h("a", { href: address({ ...unfiltered(state), fact_id: [event.fact_id], reports: "all" }), dataset: { nav: "" } }, t("reports", { count: count(event.reports) })) : null,
      h("span", { class: "source" }, event.source_title ?? event.publisher ?? "")));
}

/** The words, without the line breaks of a badly set page and the marks of bold type: the bulletin beside it has them. */
export const quote = (event) => plain(event.evidence.quote).replace(/\s*\n\s*/g, "");

/** The one thing that an eye looks for: the sum, the stage's progress, the place in a contest. */
export function figure(event) {
  if (event.amount) return h("span", { title: event.amount.text }, amount(event.amount));
  if (typeof event.change_percent === "number") return t("growth", { percent: percent(event.change_percent) });
  if (typeof event.plan_percent === "number") return t("plan_done", { percent: plainPercent(event.plan_percent) });
  if (typeof event.progress_percent === "number") return t("done", { percent: plainPercent(event.progress_percent) });
  return event.rank ?? "";
}

/** Type, claim, status, counts, place and time, in a row. */
export function facts(event) {
  const more = [
    typeof event.change_percent === "number" && event.amount ? t("growth", { percent: percent(event.change_percent) }) : null,
    typeof event.plan_percent === "number" && event.amount ? t("plan_done", { percent: plainPercent(event.plan_percent) }) : null,
    event.project_count ? t("projects", { count: count(event.project_count) }) : null,
    ...(event.rankings ?? []).map(({ scope, position }) => t("rank_in", { scope, position })),
    event.organization, event.granted_by,
  ];
  return h("p", { class: "facts" },
    h("span", { class: `claim ${event.event_type}` }, claim(event)),
    h("span", { class: `status ${event.status}` }, t(event.status)),
    [event.region, event.period ? period(event.period) : null, ...more, event.published_on ? t("published_on", { day: event.published_on }) : null]
      .filter(Boolean).map((words) => h("span", {}, words)));
}
