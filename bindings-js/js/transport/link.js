/**
 * Two ends of a connection in memory. Each end is opened like every other transport: `end(events)` returns
 * `{ send, close }`. Bytes arrive in order, in a later turn, as from a network.
 */
export function link({ defer = queueMicrotask } = {}) {
  const ends = [undefined, undefined];
  let closed = false;

  const close = (error) => {
    if (closed) return;
    closed = true;
    for (const events of ends) if (events) defer(() => events.close(error));
  };
  const end = (own, other) => (events) => {
    ends[own] = events;
    if (ends[other]) for (const each of ends) defer(() => closed || each.open());
    return {
      send(bytes) {
        defer(() => closed || ends[other].data(bytes));
        return true;
      },
      close: () => defer(() => close()),
    };
  };
  return { client: end(0, 1), server: end(1, 0), close };
}
