// Runs before the page is drawn, so that a chosen theme never flashes. Without a choice the system's theme holds.
(() => {
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const choice = stored();
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
