"use strict";

// Airflow's own choice of light or dark, where a page is in its frame
function followTheme() {
  let outer;
  try {
    outer = window.parent === window ? null : window.parent.document.documentElement;
  } catch {
    outer = null; // in a frame of somebody else
  }
  if (!outer) return;
  const follow = () => {
    const theme = ["dark", "light"].find((name) => outer.classList.contains(name));
    if (theme) document.documentElement.dataset.theme = theme;
  };
  follow();
  new MutationObserver(follow).observe(outer, { attributeFilter: ["class"] });
}

function sayError(text) {
  const line = document.getElementById("player-error");
  line.textContent = text;
  line.hidden = !text;
}

// a player says nothing of why; the address it could not play does
async function sayWhy(source) {
  try {
    const answer = await fetch(source, { headers: { accept: "application/json" } });
    if (answer.ok) sayError("The audio of this track cannot be played here.");
    else sayError((await answer.json()).detail);
  } catch {
    sayError("The audio of this track cannot be had: Airflow does not answer.");
  }
}

// one player for all buttons of a list, so that one track is heard at a time
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
    sayWhy(current.dataset.audio);
    current = null;
    show();
  });
  for (const button of buttons) {
    button.addEventListener("click", () => {
      if (button === current) {
        if (player.paused) player.play().catch(() => {}); else player.pause();
        return;
      }
      sayError("");
      current = button;
      player.src = button.dataset.audio;
      player.play().catch(() => {}); // the listener above says why
    });
  }
}

// a line through the emotions over time, where the player is; a click there moves the player
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
  player.addEventListener("error", () => sayWhy(player.src));
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

// without an emotion there is no threshold to be above
function thresholdChoice() {
  const emotion = document.getElementById("emotion");
  const positive = document.getElementById("positive");
  if (!emotion) return;
  const update = () => {
    positive.disabled = !emotion.value;
  };
  emotion.addEventListener("change", update);
  update();
}

followTheme();
playButtons();
cursors();
thresholdChoice();
