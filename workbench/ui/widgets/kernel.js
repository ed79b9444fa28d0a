// What is on the page outlives the kernel that made it, and would look as if it still worked.

const LOST_MS = 4000; // A connection that comes back sooner is no news.

const ended = (root, restarted) => {
  if (inVoila()) return "This dashboard has stopped: its session on the server has ended.";
  const cells = root.classList.contains("swb-export-cell")
    ? "the workbench's cell and this cell"
    : "this cell";
  return `The kernel ${restarted ? "was restarted" : "has ended"}. Run ${cells} again.`;
};
const LOST = "The connection to the server is lost. Reconnecting …";

const inVoila = () => document.body.dataset.voila != null;

// Show a sentence above controls that no longer work; null takes it away.
function tell(root, sentence) {
  for (const old of root.querySelectorAll(":scope > .swb-gone")) old.remove();
  for (const part of root.children) part.inert = sentence != null;
  if (sentence == null) return;
  const told = document.createElement("div");
  told.className = "swb-gone";
  told.setAttribute("role", "alert");
  told.append(sentence);
  if (inVoila()) {
    const again = document.createElement("button");
    again.className = "swb-again";
    again.textContent = "Start again";
    again.addEventListener("click", () => location.reload());
    told.append(again);
  }
  root.prepend(told);
}

// Watch the kernel of a widget; `root` returns what the widget stands in. Returns how to stop it.
function watchKernel(model, root) {
  let over = false;
  let timer = null;
  const show = (sentence) => root() && tell(root(), sentence);
  const end = (restarted) => {
    if (over && !restarted) return;
    over = true;
    clearTimeout(timer);
    show(ended(root(), restarted));
  };
  const onStatus = (_kernel, status) => {
    if (status.endsWith("restarting")) end(true); // also by itself, after a crash
    else if (status === "dead") end(false);
  };
  const onConnection = (_kernel, status) => {
    clearTimeout(timer);
    if (over) return;
    if (status === "connected") show(null);
    else timer = setTimeout(() => show(LOST), LOST_MS);
  };
  // Widgets are told that their line to the kernel is dead, and never that it lives again.
  const onComm = () => over || end(true);
  const kernel = model.widget_manager?.kernel;
  model.on("comm_live_update", onComm);
  kernel?.statusChanged?.connect(onStatus);
  kernel?.connectionStatusChanged?.connect(onConnection);
  return () => {
    clearTimeout(timer);
    model.off("comm_live_update", onComm);
    kernel?.statusChanged?.disconnect(onStatus);
    kernel?.connectionStatusChanged?.disconnect(onConnection);
  };
}

