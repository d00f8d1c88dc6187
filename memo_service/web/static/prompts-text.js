// The text of a prompt: its slots checked while one types, and heard before it is saved. The server checks again.
"use strict";
(() => {
  const form = document.querySelector("[data-text-form]");
  if (!form) return;
  const text = form.elements.text;
  const fault = document.getElementById("text-fault");
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("[data-say]");
  const sound = new PromptSound();
  const slots = text.dataset.slots.split(" ").filter(Boolean);
  let timer = 0;

  function wrong() {
    const typed = text.value;
    if (!typed.trim()) return "문장이 비어 있어요. 들려줄 말을 적어 주세요.";
    const found = [...typed.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]);
    if (/[{}]/.test(typed.replace(/\{[a-z][a-z0-9_]*\}/g, ""))) return "중괄호가 맞지 않아요. 바뀌는 말은 {dept}처럼 영어 이름 하나만 괄호로 감싸 주세요.";
    const named = (names) => names.map((name) => `{${name}}`).join(", ");
    const unknown = found.filter((name) => !slots.includes(name));
    if (unknown.length) return `여기에 쓸 수 없는 칸이 있어요: ${named(unknown)}. 지우거나 아래에 있는 칸으로 바꿔 주세요.`;
    const missing = slots.filter((name) => !found.includes(name));
    return missing.length ? `빠진 칸이 있어요: ${named(missing)}. 문장에 넣어 주세요.` : "";
  }

  function check() {
    const words = wrong();
    if (fault.textContent !== words) fault.textContent = words;
    if (words) text.setAttribute("aria-invalid", "true");
    else text.removeAttribute("aria-invalid");
  }

  async function say() {
    if (sound.source) { sound.stop(); return; }
    const { name, key, of } = form.elements;
    const asked = new URLSearchParams({ name: name.value, key: key.value, of: of.value, text: text.value });
    await sound.ready(); // while the press of the button still counts
    said.textContent = "음성을 만들고 있습니다.";
    const answer = await fetch("/prompts/say", { method: "POST", body: asked }).catch(() => null);
    if (!answer?.ok) {
      const told = await answer?.json().catch(() => null);
      said.textContent = told?.told ?? "미리 듣지 못했어요. 잠시 뒤 다시 눌러 주세요.";
      return;
    }
    said.textContent = `읽은 말: ${decodeURIComponent(answer.headers.get("X-Spoken"))}`;
    button.textContent = "멈추기";
    await sound.play(await answer.arrayBuffer(), () => { button.textContent = "미리 듣기"; });
  }

  text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(check, 250); });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "restore") return;
    check();
    if (fault.textContent) { event.preventDefault(); text.focus(); }
  });
  button.addEventListener("click", say);
  (document.getElementById("theirs") ?? document.getElementById("fault"))?.scrollIntoView({ block: "nearest" });
})();
