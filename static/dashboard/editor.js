// A text area for JSON: line numbers, where it breaks, and going to a line.

export function start(part) {
  if (part.started) return;
  part.started = true;
  const text = part.querySelector("[data-json]");
  const lines = part.querySelector("[data-lines]");
  const state = part.querySelector("[data-json-state]");
  const number = () => {
    const count = text.value.split("\n").length;
    if (Number(lines.dataset.count) !== count) {
      lines.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
      lines.dataset.count = String(count);
    }
    lines.scrollTop = text.scrollTop;
  };
  const check = () => {
    const fault = faultOf(text.value);
    state.textContent = fault ? `Not JSON yet: ${fault}` : "";
  };
  text.addEventListener("input", number);
  text.addEventListener("input", debounced(check, 400));
  text.addEventListener("scroll", () => (lines.scrollTop = text.scrollTop));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part.requestSubmit();
  });
  part.addEventListener("click", (event) => {
    const goal = event.target.closest("[data-goto-line]");
    if (goal) goTo(text, Number(goal.dataset.gotoLine), Number(goal.dataset.gotoColumn));
    if (event.target.closest("[data-format-json]")) {
      if (!faultOf(text.value)) text.value = spaced(text.value);
      number();
      check();
    }
  });
  number();
}

function faultOf(text) {
  try {
    JSON.parse(text);
    return "";
  } catch (problem) {
    const at = /position (\d+)/.exec(problem.message);
    if (!at) return problem.message;
    const before = text.slice(0, Number(at[1])).split("\n");
    return `line ${before.length}, column ${before.at(-1).length + 1}`;
  }
}

// Laid out without being read into numbers, of which a browser would lose digits.
function spaced(text) {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let found = "";
  let depth = 0;
  tokens.forEach((token, index) => {
    const following = tokens[index + 1];
    if (token === "{" || token === "[") {
      depth += 1;
      found += following === "}" || following === "]" ? token : `${token}\n${"  ".repeat(depth)}`;
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const empty = tokens[index - 1] === "{" || tokens[index - 1] === "[";
      found += empty ? token : `\n${"  ".repeat(depth)}${token}`;
    } else if (token === ",") found += `,\n${"  ".repeat(depth)}`;
    else found += token === ":" ? ": " : token;
  });
  return found;
}

function goTo(text, line, column) {
  const lines = text.value.split("\n");
  const at = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0) + Math.max(column - 1, 0);
  text.focus();
  text.setSelectionRange(at, Math.min(at + 1, text.value.length));
  text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
}

function debounced(work, wait) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}
