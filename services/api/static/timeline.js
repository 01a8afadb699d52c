// What happened to one project: in the order of time, planned beside actual.

import { h } from "./dom.js";
import { amount, count } from "./format.js";
import { t } from "./i18n.js";
import { panelHead } from "./reader.js";
import { quote } from "./results.js";
import { address, changed, opened, parse } from "./state.js";

/** The panel's content, of the project of this name in the place that the state names. `reply` is the API's: `{project, items, delays, reports}`, or null where there is no such project. */
export function timeline(page, name, reply) {
  const { timeline_region: code } = page.state;
  const only = { ...parse(""), lang: page.state.lang, timeline: name, timeline_region: code, region_code: code ? [code] : [] };
  const told = (reply?.items ?? []).flatMap(({ events }) => events);
  const place = code ? told.find((event) => event.region_code === code)?.region ?? page.nameOf(code) : null;
  return [
    panelHead(page, name),
    h("p", { class: "source-line" },
      h("span", {}, t("timeline_title")),
      place ? h("span", { class: "place" }, place) : null,
      reply ? h("span", {}, t("reports", { count: count(reply.reports) })) : null,
      // A bulletin may name no place: what it tells is of none.
      place ? h("a", { href: address(changed(page.state, { timeline_region: null })), dataset: { nav: "" } }, t("everywhere")) : null,
      h("a", { href: address({ ...only, project: name.slice(0, 200) }), dataset: { nav: "" } }, t("show_all_of"))),
    reply ? null : h("p", { class: "notice" }, t("timeline_none")),
    reply?.delays.length ? h("section", { class: "delays" }, h("h3", {}, t("delays")), h("ul", {}, reply.delays.map(delay))) : null,
    reply ? h("ol", { class: "timeline" }, reply.items.map((item) => entry(page, item))) : null,
  ];
}

function delay({ stage, state, planned, replanned, actual, days }) {
  return h("li", {},
    h("strong", {}, t(stage)), h("span", { class: `delay ${state}` }, `${t(state)} · ${t("days_late", { count: count(days) })}`),
    h("span", { class: "quiet" }, [t("plan", { day: planned }), replanned !== planned ? t("replanned", { day: replanned }) : null, actual ? t("reached", { day: actual }) : null].filter(Boolean).join(" → ")));
}

function entry(page, item) {
  const [first] = item.events;
  return h("li", { class: `${item.status} ${item.event_type}` },
    h("p", { class: "when" }, item.date ? h("time", { datetime: item.date }, item.date) : t("undated")),
    h("div", { class: "what" },
      h("p", {}, h("strong", {}, t(item.stage ?? item.metric)), h("span", { class: `status ${item.status}` }, t(item.status)), placeOf(page, first), item.amount ? h("span", { class: "figure" }, amount(item.amount)) : null),
      h("p", { class: "words" }, h("a", { href: address(opened(page.state, first)), dataset: { nav: "", key: first.event_id } }, quote(first))),
      item.reports > 1 ? reports(page, item) : null));
}

function placeOf(page, { region, region_code: code }) {
  const name = region ?? (code ? page.nameOf(code) : null);
  return name ? h("span", { class: "place" }, name) : null;
}

function reports(page, item) {
  return h("details", {}, h("summary", {}, t("all_reports_of", { count: count(item.reports) })), h("ul", {}, item.events.map((event) =>
    h("li", {}, h("a", { href: address(opened(page.state, event)), dataset: { nav: "" } }, [event.published_on, event.source_title ?? event.bulletin_id].filter(Boolean).join(" "))))));
}
