"use strict";
const search = document.getElementById("search");
const ways = [...document.querySelectorAll("#ways > li")];
const found = document.getElementById("found");

// Every word that is typed must be in the way: a VLAN's id or name, a namespace, a bridge.
function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const way of ways) {
    way.hidden = !words.every((word) => way.dataset.words.includes(word));
    count += way.hidden ? 0 : 1;
  }
  found.value = `${count} of ${ways.length} shown`;
}

// The search stands in the address, so that it can be sent to somebody.
function read() {
  try {
    search.value = decodeURIComponent(/^#q=(.*)$/.exec(location.hash)?.[1] ?? "");
  } catch {
    search.value = "";
  }
  show();
}

search.addEventListener("input", () => {
  history.replaceState(null, "", `#q=${encodeURIComponent(search.value)}`);
  show();
});
search.form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", read);
addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape") {
    history.replaceState(null, "", "#q=");
    read();
    search.focus();
  }
});
read();
