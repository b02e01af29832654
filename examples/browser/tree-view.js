// The topic tree on the page. Only the rows in sight are in the document, so a hundred thousand topics scroll smoothly.

const ROW_PX = 25;
const FRESH_MS = 900;

export class TreeView {
  #element;
  #tree;
  #rows = [];
  #sheet = document.createElement("div");
  #select;
  search = "";
  chosen = undefined;

  constructor(element, tree, select) {
    this.#element = element;
    this.#tree = tree;
    this.#select = select;
    this.#sheet.style.position = "relative";
    element.append(this.#sheet);
    element.addEventListener("scroll", () => this.#draw());
    element.addEventListener("click", (event) => this.#click(event));
    element.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe(element);
  }

  /** Shows the tree as it is now. */
  update() {
    this.#rows = this.#tree.rows(this.search);
    this.#sheet.style.height = `${this.#rows.length * ROW_PX}px`;
    this.#draw();
  }

  choose(node) {
    this.chosen = node;
    this.#select(node);
    this.update();
  }

  #draw() {
    const { scrollTop, clientHeight } = this.#element;
    const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - 4);
    const rows = this.#rows.slice(first, first + Math.ceil(clientHeight / ROW_PX) + 8);
    while (this.#sheet.children.length > rows.length) this.#sheet.lastChild.remove();
    while (this.#sheet.children.length < rows.length) this.#sheet.append(newRow());
    for (const [index, node] of rows.entries()) this.#fill(this.#sheet.children[index], node, first + index);
  }

  #fill(row, node, index) {
    const [arrow, name, retained, value, count] = row.children;
    row.node = node;
    row.style.top = `${index * ROW_PX}px`;
    row.style.setProperty("--depth", node.depth);
    arrow.textContent = node.children.size === 0 ? "" : node.open || this.search ? "▼" : "▶";
    name.textContent = node.name || "(empty)";
    retained.hidden = !node.message?.retain;
    value.textContent = node.message ? node.summary : "";
    count.textContent = node.children.size > 0 || node.count > 1 ? node.count.toLocaleString() : "";
    row.setAttribute("aria-expanded", node.open);
    row.setAttribute("aria-selected", node === this.chosen);
    row.classList.toggle("chosen", node === this.chosen);
    // A row is used for another topic when the list moves; only a new message makes it flash.
    const fresh = node.received !== undefined && performance.now() - node.received < FRESH_MS;
    if (fresh && (row.flashed !== node.received || row.flashedFor !== node)) {
      row.classList.remove("fresh");
      void row.offsetWidth;
    }
    row.classList.toggle("fresh", fresh);
    row.flashed = node.received;
    row.flashedFor = node;
  }

  #click(event) {
    const node = event.target.closest(".row")?.node;
    if (!node) return;
    if (event.target.className === "arrow" || !node.message) node.open = !node.open;
    this.choose(node);
  }

  #key(event) {
    const index = this.#rows.indexOf(this.chosen);
    const moves = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: this.#rows.length - 1 };
    if (event.key in moves) {
      const to = Math.min(Math.max(moves[event.key], 0), this.#rows.length - 1);
      if (this.#rows[to]) this.choose(this.#rows[to]);
      const top = to * ROW_PX;
      const { scrollTop, clientHeight } = this.#element;
      if (top < scrollTop) this.#element.scrollTop = top;
      if (top + ROW_PX > scrollTop + clientHeight) this.#element.scrollTop = top + ROW_PX - clientHeight + 12;
    } else if (this.chosen && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      this.chosen.open = event.key === "ArrowRight";
      this.update();
    } else return;
    event.preventDefault();
  }
}

function newRow() {
  const row = document.createElement("div");
  row.className = "row";
  row.style.position = "absolute";
  row.style.left = row.style.right = "0";
  row.setAttribute("role", "treeitem");
  for (const name of ["arrow", "name", "retained", "value", "count"]) {
    const span = document.createElement("span");
    span.className = name;
    row.append(span);
  }
  row.children[2].textContent = "retained";
  return row;
}
