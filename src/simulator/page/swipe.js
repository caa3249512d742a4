// On a touch screen a bubble that is pulled to the right is answered.

/** From here on letting go answers. */
const ENOUGH_PX = 56;
const FURTHEST_PX = 80;
/** What moves sideways itself, or is held to be moved. */
const NOT_HERE = "pre, audio, video";

/** @param {HTMLElement} rows @param {(sid: string) => void} reply */
export function startSwipe(rows, reply) {
  /** @type {{row: HTMLElement, x: number, y: number, by: number} | null} */
  let pull = null;
  const end = () => {
    pull?.row.classList.remove("pulled");
    pull?.row.style.removeProperty("--pull");
    pull = null;
  };
  rows.addEventListener("touchstart", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = target.closest("article[data-sid]");
    if (event.touches.length !== 1 || !(row instanceof HTMLElement) || target.closest(NOT_HERE)) return;
    pull = { row, x: event.touches[0].clientX, y: event.touches[0].clientY, by: 0 };
  }, { passive: true });
  rows.addEventListener("touchmove", (event) => {
    if (!pull) return;
    const { clientX, clientY } = event.touches[0];
    if (pull.by === 0 && Math.abs(clientY - pull.y) > Math.abs(clientX - pull.x)) return end();
    pull.by = Math.max(0, Math.min(clientX - pull.x, FURTHEST_PX));
    pull.row.classList.toggle("pulled", pull.by >= ENOUGH_PX);
    pull.row.style.setProperty("--pull", `${pull.by}px`);
  }, { passive: true });
  rows.addEventListener("touchend", () => {
    if (pull && pull.by >= ENOUGH_PX) reply(pull.row.dataset.sid ?? "");
    end();
  });
  rows.addEventListener("touchcancel", end);
}
