"use strict";

// Follow Airflow's choice of a light or dark theme, if the page is shown inside Airflow's frame
function followTheme() {
  let outer;
  try {
    outer = window.parent === window ? null : window.parent.document.documentElement;
  } catch {
    outer = null; // the frame belongs to another site
  }
  if (!outer) return;
  const follow = () => {
    const theme = ["dark", "light"].find((name) => outer.classList.contains(name));
    if (theme) document.documentElement.dataset.theme = theme;
  };
  follow();
  new MutationObserver(follow).observe(outer, { attributeFilter: ["class"] });
}

function showPlayerError(text) {
  const line = document.getElementById("player-error");
  line.textContent = text;
  line.hidden = !text;
}

// Show why a track cannot be played: the player does not tell the reason, but a request to the same address does
async function showPlayerErrorOf(source) {
  try {
    const answer = await fetch(source, { headers: { accept: "application/json" } });
    if (answer.ok) showPlayerError("This browser cannot play the audio of this track.");
    else showPlayerError((await answer.json()).detail);
  } catch {
    showPlayerError("The audio of this track cannot be loaded: Airflow does not answer.");
  }
}

// Connect all play buttons of a list to one player, so that only one track plays at a time
function playButtons() {
  const buttons = document.querySelectorAll("button.play");
  if (!buttons.length) return;
  const player = new Audio();
  let current = null;
  const show = () => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === current && !player.paused));
  };
  for (const name of ["play", "pause", "ended"]) player.addEventListener(name, show);
  player.addEventListener("error", () => {
    showPlayerErrorOf(current.dataset.audio);
    current = null;
    show();
  });
  for (const button of buttons) {
    button.addEventListener("click", () => {
      if (button === current) {
        if (player.paused) player.play().catch(() => {}); else player.pause();
        return;
      }
      showPlayerError("");
      current = button;
      player.src = button.dataset.audio;
      player.play().catch(() => {}); // the "error" listener above shows the reason
    });
  }
}

// Draw the player's position as a line in the charts over time; a click in a chart moves the player to that moment
function cursors() {
  const player = document.getElementById("audio");
  if (!player) return;
  const strips = document.querySelectorAll("svg.strip");
  const move = () => {
    for (const strip of strips) {
      const line = strip.querySelector(".cursor");
      line.setAttribute("x1", player.currentTime);
      line.setAttribute("x2", player.currentTime);
      line.setAttribute("visibility", "visible");
    }
  };
  const each = () => {
    move();
    if (!player.paused) requestAnimationFrame(each);
  };
  player.addEventListener("play", each);
  player.addEventListener("seeked", move);
  player.addEventListener("error", () => showPlayerErrorOf(player.src));
  for (const strip of strips) {
    strip.addEventListener("click", (event) => {
      const box = strip.getBoundingClientRect();
      const time = ((event.clientX - box.left) / box.width) * Number(strip.dataset.end);
      if (player.readyState === 0) {
        player.addEventListener("loadedmetadata", () => { player.currentTime = time; }, { once: true });
        player.load();
      } else {
        player.currentTime = time;
      }
      player.play().catch(() => {});
    });
  }
}

// Disable the filter by decision while no label is chosen, because a decision belongs to a label
function decisionChoice() {
  const label = document.getElementById("emotion");
  const positive = document.getElementById("positive");
  if (!label) return;
  const update = () => {
    positive.disabled = !label.value;
  };
  label.addEventListener("change", update);
  update();
}

// Show only the labels of a track whose name or id contains the text of the search field
function labelSearch() {
  const field = document.getElementById("label-text");
  if (!field) return;
  document.getElementById("label-search").hidden = false;
  const folded = document.getElementById("folded");
  const rows = [...document.querySelectorAll("tr[data-emotion]")];
  let opened = false;
  field.addEventListener("input", () => {
    const text = field.value.trim().toLocaleLowerCase();
    for (const row of rows) {
      const name = row.querySelector(".label-name").textContent.toLocaleLowerCase();
      row.hidden = Boolean(text) && !name.includes(text) && !row.dataset.emotion.includes(text);
    }
    if (text && !folded.open) {
      folded.open = opened = true;
    } else if (!text && opened) {
      folded.open = opened = false;
    }
    document.getElementById("no-label").hidden = rows.some((row) => !row.hidden);
  });
}

followTheme();
playButtons();
cursors();
decisionChoice();
labelSearch();
