// Bars over time, drawn by uPlot where it is there. A table says the same, for screen readers and where it is not.

const HEIGHT = 148;
let drawn = null;

export const available = () => typeof window.uPlot === "function";

/**
 * Draws into `element` and takes away what was drawn before. `bars` are `{name, value}`; `onhover` is called with a place or null,
 * `onchoose` with the first and the last place of those that were clicked or dragged over.
 */
export function draw(element, bars, { format, onhover, onchoose }) {
  erase();
  const color = colors(element);
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const last = bars.length - 1;
  const step = (width) => Math.max(1, Math.ceil(bars.length / Math.max(1, Math.floor(width / 64))));
  const axis = { stroke: color("--quiet"), font, ticks: { show: false }, gap: 4 };
  const options = {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [10, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: { x: { time: false, range: [-0.5, Math.max(last, 3) + 0.5] }, y: { range: (plot, low, high) => [0, high > 0 ? high * 1.06 : 1] } },
    axes: [
      { ...axis, size: 20, grid: { show: false }, splits: (plot) => bars.map((bar, place) => place).filter((place) => place % step(plot.bbox.width / devicePixelRatio) === 0), values: (plot, places) => places.map((place) => bars[place]?.name ?? "") },
      { ...axis, size: 46, space: 30, grid: { stroke: color("--line"), width: 1 }, values: (plot, values) => values.map(format) },
    ],
    series: [{}, { fill: color("--bar"), width: 0, points: { show: false }, paths: window.uPlot.paths.bars({ size: [0.78, 34] }) }],
    hooks: {
      setCursor: [(plot) => onhover(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const ends = [plot.select.left, plot.select.left + plot.select.width].map((left) => Math.round(plot.posToVal(left, "x")));
          onchoose(Math.max(0, ends[0]), Math.min(last, ends[1]));
        },
      ],
    },
  };
  const plot = new window.uPlot(options, [bars.map((bar, place) => place), bars.map(({ value }) => value)], element);
  plot.over.addEventListener("click", () => {
    const place = Math.round(plot.posToVal(plot.cursor.left, "x"));
    if (plot.select.width < 4 && place >= 0 && place <= last) onchoose(place, place);
  });
  const watch = new ResizeObserver(() => element.clientWidth > 0 && plot.setSize({ width: element.clientWidth, height: HEIGHT }));
  watch.observe(element);
  drawn = { plot, watch };
}

/** A style sheet's colour as a canvas takes it: the variable's own text may be one colour for light and one for dark. */
function colors(element) {
  return (name) => {
    element.style.setProperty("color", `var(${name})`);
    const found = getComputedStyle(element).color;
    element.style.removeProperty("color");
    return found;
  };
}

export function erase() {
  drawn?.watch.disconnect();
  drawn?.plot.destroy();
  drawn = null;
}
