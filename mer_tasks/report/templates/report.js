"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll(".plot")];
  const config = {
    responsive: true,
    displaylogo: false,
    displayModeBar: matchMedia("(hover: hover)").matches ? "hover" : false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d"],
  };

  const colours = (printing) => {
    if (printing) return { text: "#000000", line: "#cccccc", raised: "#ffffff" };
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(["text", "line", "raised"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  };

  // changes to a Plotly layout, by path, that give a chart the colours of the page
  const themed = (layout, printing = false) => {
    const { text, line, raised } = colours(printing);
    const changes = {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      "font.color": text,
      "font.family": "system-ui, sans-serif",
      "modebar.color": line,
      "modebar.activecolor": text,
      "legend.bgcolor": "rgba(0,0,0,0)",
      "hoverlabel.bgcolor": raised,
      "hoverlabel.bordercolor": line,
      "hoverlabel.font.color": text,
    };
    const axes = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));
    if (layout.scene) axes.push("scene.xaxis", "scene.yaxis", "scene.zaxis");
    for (const axis of axes) {
      changes[`${axis}.gridcolor`] = line;
      changes[`${axis}.linecolor`] = line;
      changes[`${axis}.zerolinecolor`] = line;
      if (axis.startsWith("scene")) changes[`${axis}.backgroundcolor`] = "rgba(0,0,0,0)";
    }
    return changes;
  };

  const put = (layout, changes) => {
    for (const [path, value] of Object.entries(changes)) {
      const names = path.split(".");
      const last = names.pop();
      names.reduce((parent, name) => (parent[name] ??= {}), layout)[last] = value;
    }
    return layout;
  };

  const draw = (plot, printing = false) => {
    if (plot.dataset.drawn) return;
    plot.dataset.drawn = "yes";
    const { data, layout } = JSON.parse(document.querySelector(`script[data-for="${plot.id}"]`).textContent);
    try {
      Plotly.newPlot(plot, data, put(layout, themed(layout, printing)), config);
    } catch (error) {
      plot.textContent = `This chart cannot be drawn here: ${error.message}`;
    }
  };

  const recolour = (printing, size = {}) => plots.filter((plot) => plot.dataset.drawn && plot.layout)
    .forEach((plot) => Plotly.relayout(plot, { ...themed(plot.layout, printing), ...size }));

  const watcher = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
    { rootMargin: "600px" },
  );
  plots.forEach((plot) => watcher.observe(plot));
  const rest = [...plots];
  const next = () => {
    const plot = rest.shift();
    if (!plot) return;
    draw(plot);
    setTimeout(next, 50);
  };
  setTimeout(next, 300);

  const plain = (text) => text.normalize("NFKC").toLocaleLowerCase();
  for (const finder of document.querySelectorAll(".finder")) {
    // the name of an entry is in its first cell, or below its chart
    const entries = [...finder.querySelectorAll(".entry")].map((entry) => [entry, plain(entry.querySelector("td, span").textContent)]);
    const field = finder.querySelector("input");
    const find = () => {
      const words = plain(field.value).split(/\s+/u);
      for (const [entry, name] of entries) entry.hidden = !words.every((word) => name.includes(word));
      const found = entries.filter(([entry]) => !entry.hidden).length;
      finder.querySelector("output").textContent = `${found} of ${entries.length}`;
    };
    field.addEventListener("input", find);
    finder.querySelector(".search").hidden = false;
    find();
  }

  dark.addEventListener("change", () => recolour(false));
  addEventListener("beforeprint", () => {
    plots.forEach((plot) => draw(plot, true));
    recolour(true, { autosize: false, width: 660 });
    recolour(true); // the first call leaves room for the legend at its old width; the second one for its new width
    document.querySelectorAll("details").forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => recolour(false, { autosize: true, width: undefined }));
})();
