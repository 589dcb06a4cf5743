// A text area for JSON: line numbers, position of a syntax error, and go to line.

export function start(part) {
  if (part.started) return;
  part.started = true;
  const text = part.querySelector("[data-json]");
  const lines = part.querySelector("[data-lines]");
  const state = part.querySelector("[data-json-state]");
  const showLineNumbers = () => {
    const count = text.value.split("\n").length;
    if (Number(lines.dataset.count) !== count) {
      lines.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
      lines.dataset.count = String(count);
    }
    lines.scrollTop = text.scrollTop;
  };
  const check = () => {
    const error = syntaxError(text.value);
    state.textContent = error ? `Invalid JSON: ${error}` : "";
  };
  text.addEventListener("input", showLineNumbers);
  text.addEventListener("input", debounced(check, 400));
  text.addEventListener("scroll", () => (lines.scrollTop = text.scrollTop));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) part.requestSubmit();
  });
  part.addEventListener("click", (event) => {
    const link = event.target.closest("[data-goto-line]");
    if (link) goTo(text, Number(link.dataset.gotoLine), Number(link.dataset.gotoColumn));
    if (event.target.closest("[data-format-json]")) {
      if (!syntaxError(text.value)) text.value = format(text.value);
      showLineNumbers();
      check();
    }
  });
  showLineNumbers();
}

function syntaxError(text) {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    const match = /position (\d+)/.exec(error.message);
    if (!match) return error.message;
    const before = text.slice(0, Number(match[1])).split("\n");
    return `line ${before.length}, column ${before.at(-1).length + 1}`;
  }
}

// Formats tokens without parsing numbers, because a browser would lose digits.
function format(text) {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let result = "";
  let depth = 0;
  tokens.forEach((token, index) => {
    const following = tokens[index + 1];
    if (token === "{" || token === "[") {
      depth += 1;
      result += following === "}" || following === "]" ? token : `${token}\n${"  ".repeat(depth)}`;
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const empty = tokens[index - 1] === "{" || tokens[index - 1] === "[";
      result += empty ? token : `\n${"  ".repeat(depth)}${token}`;
    } else if (token === ",") result += `,\n${"  ".repeat(depth)}`;
    else result += token === ":" ? ": " : token;
  });
  return result;
}

function goTo(text, line, column) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0) + Math.max(column - 1, 0);
  text.focus();
  text.setSelectionRange(start, Math.min(start + 1, text.value.length));
  text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
}

function debounced(work, wait) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}
