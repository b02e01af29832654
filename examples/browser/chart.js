// A line chart on a canvas: one line for each number in the payload, time from left to right.

const COLOURS = ["#6e6ade", "#12a594", "#e5484d", "#f0a000", "#0091ff", "#d6409f", "#46a758", "#a18072"];
const MARGIN = { left: 52, right: 14, top: 26, bottom: 22 };

export class Chart {
  #canvas;
  #series = new Map();
  #pointer;

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.draw()).observe(canvas);
    canvas.addEventListener("pointermove", ({ offsetX }) => {
      this.#pointer = offsetX;
      this.draw();
    });
    canvas.addEventListener("pointerleave", () => {
      this.#pointer = undefined;
      this.draw();
    });
  }

  /** `series`: name -> [{ at, value }] with `at` in milliseconds of `performance.now()`. */
  show(series) {
    this.#series = series;
    this.draw();
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0 || this.#series.size === 0) return;
    const scale = devicePixelRatio;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    const context = this.#canvas.getContext("2d");
    context.scale(scale, scale);
    context.font = "11px system-ui, sans-serif";
    const style = getComputedStyle(this.#canvas);
    // Only real properties come out as colours; a variable would come out as it was written.
    const colours = { line: style.outlineColor, text: style.caretColor, strong: style.color };
    const frame = this.#frame(width, height);
    this.#grid(context, frame, colours);
    for (const [index, points] of [...this.#series.values()].entries()) {
      this.#line(context, frame, points, COLOURS[index % COLOURS.length], this.#series.size === 1);
    }
    this.#legend(context, frame, colours);
  }

  #frame(width, height) {
    const all = [...this.#series.values()].flat();
    let low = Infinity;
    let high = -Infinity;
    let from = Infinity;
    let to = -Infinity;
    for (const { at, value } of all) {
      low = Math.min(low, value);
      high = Math.max(high, value);
      from = Math.min(from, at);
      to = Math.max(to, at);
    }
    to = Math.max(to, from + 10_000);
    const step = niceStep((high - low || Math.abs(high) || 1) / Math.max(2, Math.floor(height / 46)));
    low = Math.floor(low / step) * step;
    high = Math.max(Math.ceil(high / step) * step, low + step);
    const x = (at) => MARGIN.left + ((at - from) / (to - from)) * (width - MARGIN.left - MARGIN.right);
    const y = (value) => height - MARGIN.bottom - ((value - low) / (high - low)) * (height - MARGIN.top - MARGIN.bottom);
    const at = (px) => from + ((px - MARGIN.left) / (width - MARGIN.left - MARGIN.right)) * (to - from);
    return { width, height, low, high, from, to, step, x, y, at };
  }

  #grid(context, { width, height, low, high, from, to, step, x, y }, colours) {
    context.strokeStyle = colours.line;
    context.fillStyle = colours.text;
    context.lineWidth = 1;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let value = low; value <= high + step / 2; value += step) {
      const line = Math.round(y(value)) + 0.5;
      context.beginPath();
      context.moveTo(MARGIN.left, line);
      context.lineTo(width - MARGIN.right, line);
      context.stroke();
      context.fillText(tidy(value, step), MARGIN.left - 7, line);
    }
    context.textBaseline = "alphabetic";
    const ticks = Math.max(2, Math.floor((width - MARGIN.left) / 130));
    for (let tick = 0; tick <= ticks; tick++) {
      const at = from + ((to - from) * tick) / ticks;
      context.textAlign = tick === 0 ? "left" : tick === ticks ? "right" : "center";
      context.fillText(clock(at), x(at), height - 7);
    }
  }

  #line(context, { height, x, y }, points, colour, filled) {
    if (points.length === 0) return;
    context.strokeStyle = colour;
    context.lineWidth = 1.75;
    context.lineJoin = "round";
    context.beginPath();
    for (const [index, { at, value }] of points.entries()) {
      if (index === 0) context.moveTo(x(at), y(value));
      else context.lineTo(x(at), y(value));
    }
    context.stroke();
    const last = points.at(-1);
    if (filled) {
      context.lineTo(x(last.at), height - MARGIN.bottom);
      context.lineTo(x(points[0].at), height - MARGIN.bottom);
      const fade = context.createLinearGradient(0, MARGIN.top, 0, height - MARGIN.bottom);
      fade.addColorStop(0, `${colour}44`);
      fade.addColorStop(1, `${colour}00`);
      context.fillStyle = fade;
      context.fill();
    }
    dot(context, x(last.at), y(last.value), colour);
  }

  #legend(context, frame, colours) {
    const { x, y, at, height, width } = frame;
    const pointed = this.#pointer !== undefined && this.#pointer > MARGIN.left && this.#pointer < width - MARGIN.right;
    const when = pointed ? at(this.#pointer) : undefined;
    let left = MARGIN.left;
    context.textBaseline = "middle";
    context.textAlign = "left";
    for (const [index, [name, points]] of [...this.#series].entries()) {
      const colour = COLOURS[index % COLOURS.length];
      const point = pointed ? nearest(points, when) : points.at(-1);
      const text = `${name ? `${name} ` : ""}${point.value}`;
      context.fillStyle = colour;
      context.fillRect(left, 9, 9, 9);
      context.fillStyle = colours.strong;
      context.fillText(text, left + 14, 14);
      left += context.measureText(text).width + 30;
      if (pointed) dot(context, x(point.at), y(point.value), colour);
    }
    if (!pointed) return;
    context.strokeStyle = colours.text;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(this.#pointer, MARGIN.top);
    context.lineTo(this.#pointer, height - MARGIN.bottom);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = colours.text;
    context.fillText(clock(when), Math.min(left, width - 70), 14);
  }
}

function dot(context, x, y, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fill();
}

function nearest(points, at) {
  return points.reduce((best, point) => (Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best));
}

/** 1, 2 or 5 times a power of ten, not less than `step`. */
function niceStep(step) {
  const power = 10 ** Math.floor(Math.log10(step));
  return [1, 2, 5, 10].map((factor) => factor * power).find((nice) => nice >= step * 0.999);
}

function tidy(value, step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Math.abs(value) >= 1e6 ? value.toExponential(1) : value.toFixed(Math.min(digits, 6));
}

function clock(at) {
  return new Date(performance.timeOrigin + at).toLocaleTimeString([], { hour12: false });
}
