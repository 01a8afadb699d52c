// A bulletin with its evidence marked: what was read, beside the words that it was read from.

import { byId, h } from "./dom.js";
import { pieces } from "./evidence.js";
import { claim, count, headline, period } from "./format.js";
import { t } from "./i18n.js";
import { facts, figure } from "./results.js";
import { address, changed, closed, parse } from "./state.js";

let asPublished = false;

/** The panel's content. `reply` is the API's: `{bulletin, state, events, events_total}`. */
export function reader(page, reply) {
  const { bulletin, state: holds, events } = reply;
  const place = events.findIndex(({ event_id: id }) => id === page.state.event);
  const event = events[place];
  return [
    panelHead(page, bulletin.source_title ?? t("bulletin_id")),
    h("p", { class: "source-line" },
      [bulletin.publisher, bulletin.published_on].filter(Boolean).map((words) => h("span", {}, words)), source(bulletin.source_uri),
      h("a", { href: address({ ...parse(""), lang: page.state.lang, bulletin_id: [bulletin.bulletin_id], reports: "all" }), dataset: { nav: "" } }, t("only_here"))),
    holds && !holds.stands ? h("p", { class: "notice" }, t("replaced")) : null,
    events.length ? stepper(page, bulletin, events, place) : null,
    event ? card(event) : null,
    reply.events_total > events.length ? h("p", { class: "quiet" }, t("first_events", { count: count(events.length), total: count(reply.events_total) })) : null,
    h("div", { class: `text${asPublished ? " as-published" : ""}`, id: "bulletin-text", lang: "zh", tabindex: "0", role: "region", "aria-label": t("chars_in_quote") }, text(page, bulletin, events)),
    events.length > 1 ? index(page, bulletin, events) : null,
  ];
}

export function panelHead(page, title) {
  return h("div", { class: "panel-head" },
    h("h2", { id: "panel-title", tabindex: "-1" }, title),
    h("a", { class: "button", href: address(closed(page.state)), dataset: { nav: "", key: "close" } }, t("close")));
}

/** A link where it is one that a browser can follow. */
function source(uri) {
  return /^https?:\/\//.test(uri)
    ? h("a", { href: uri, rel: "noreferrer noopener", target: "_blank" }, t("source"))
    : h("span", { class: "uri", title: uri }, uri.split("/").pop());
}

const at = (page, bulletin, event) => address(changed(closed(page.state), { bulletin: bulletin.bulletin_id, event: event.event_id }));

function stepper(page, bulletin, events, place) {
  const step = (to, key) => {
    const event = events[to];
    return event ? h("a", { class: "button", href: at(page, bulletin, event), dataset: { nav: "step", key } }, t(key)) : h("span", { class: "button off" }, t(key));
  };
  return h("div", { class: "stepper" },
    step(place - 1, "previous"), h("span", { class: "number" }, t("place", { number: place < 0 ? "–" : place + 1, count: events.length })), lineBreaks(), step(place + 1, "next"));
}

/** Shows the lines and marks as the source has them, or sentences. */
function lineBreaks() {
  const button = h("button", { type: "button", "aria-pressed": String(asPublished), dataset: { key: "lines" } }, t("line_breaks"));
  button.onclick = () => {
    asPublished = !asPublished;
    button.setAttribute("aria-pressed", String(asPublished));
    byId("bulletin-text").classList.toggle("as-published", asPublished);
    scrollToChosen({ focus: false });
  };
  return button;
}

function card(event) {
  return h("div", { class: `card ${event.event_type}` },
    h("h3", {}, headline(event)), h("p", { class: "figure" }, figure(event)), facts(event),
    h("p", { class: "quiet" }, [event.section?.department ? `${t("department")} ${event.section.department}` : null, `${t("rule")} ${event.rule}`, `${t("confidence")} ${event.confidence}`].filter(Boolean).join(" · ")));
}

function text(page, bulletin, events) {
  const byEvent = new Map(events.map((event) => [event.event_id, event]));
  return pieces(bulletin.text, events).map(({ text: letters, ids, soft }) => {
    const words = soft ? h("span", { class: "soft" }, letters) : letters;
    if (ids.length === 0) return words;
    const chosen = ids.includes(page.state.event);
    // Where several events share words, a click goes to the next of them.
    const next = ids[(ids.indexOf(page.state.event) + 1) % ids.length];
    const event = byEvent.get(next);
    return h("mark", {
      class: `${event.event_type}${chosen ? " chosen" : ""}`, dataset: { events: ids.join(" ") }, tabindex: chosen ? "-1" : null,
      title: ids.map((id) => `${claim(byEvent.get(id))} · ${t(byEvent.get(id).status)}`).join("\n"),
      onclick: () => page.go(changed(closed(page.state), { bulletin: bulletin.bulletin_id, event: next }), { focus: false }),
    }, words);
  });
}

function index(page, bulletin, events) {
  return h("nav", { class: "index", "aria-label": t("events_here") }, h("h3", {}, `${t("events_here")} (${count(events.length)})`), h("ol", {}, events.map((event) =>
    h("li", {}, h("a", { href: at(page, bulletin, event), class: event.event_type, "aria-current": event.event_id === page.state.event ? "true" : null, dataset: { nav: "step", key: `at-${event.event_id}` } },
      h("span", { class: "claim" }, claim(event)), h("span", { class: "name" }, headline(event)), h("span", { class: "number" }, figure(event) || (event.period ? period(event.period) : "")))))));
}

/** Brings the chosen words to the middle of the text. */
export function scrollToChosen({ focus }) {
  const chosen = byId("bulletin-text")?.querySelector("mark.chosen");
  if (!chosen) return;
  const box = byId("bulletin-text");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  box.scrollTo({ top: chosen.offsetTop - box.clientHeight / 3, behavior: calm ? "auto" : "smooth" });
  const list = box.parentElement.querySelector(".index");
  const current = list?.querySelector("[aria-current]");
  if (current) list.scrollTop = current.offsetTop - list.clientHeight / 2;
  if (focus) chosen.focus({ preventScroll: true });
}

