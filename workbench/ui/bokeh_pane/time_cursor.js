// The time that a workbench plays, for all its views on the page: no kernel takes part.
//
// Every view imports this code on its own, so what they share lives on `window`: for each workbench
// what time it is, { step, steps, x }, x being the time on the axes of plots, and who wants to know.

const TIMES = Symbol.for("snn-workbench.times");

const workbenchOf = (el) => el.closest(".swb-app") ?? document.body;

function timeOf(root) {
  const times = (window[TIMES] ??= new WeakMap());
  if (!times.has(root)) times.set(root, { now: null, listeners: new Set() });
  return times.get(root);
}

// Call `listener` with the time, now if it is known and whenever it changes. Returns how to stop.
function watchTime(el, listener, root = workbenchOf(el)) {
  const time = timeOf(root);
  time.listeners.add(listener);
  if (time.now != null) listener(time.now);
  return () => time.listeners.delete(listener);
}

function setTime(el, now, root = workbenchOf(el)) {
  const time = timeOf(root);
  if (time.now != null && now != null && time.now.x === now.x && time.now.steps === now.steps) return;
  time.now = now;
  for (const listener of time.listeners) listener(now);
}

