// What a reader typed or chose before the scripts were there, on a slow computer, or what his browser brought back: no
// event tells of it any more. Lists that follow their form catch up; the rest of a page asks `charterlineTyped`.
"use strict";
(() => {
  function values(form) {
    const found = new Map();
    for (const [name, value] of new FormData(form)) found.set(name, [...(found.get(name) ?? []), value instanceof File ? value.name : value]);
    return found;
  }

  /** The names of the fields of `form` that no longer stand as the page came. */
  window.charterlineTyped = (form) => {
    const plain = form.cloneNode(true);
    plain.reset();
    const [came, stand] = [values(plain), values(form)];
    return [...new Set([...came.keys(), ...stand.keys()])].filter((name) => String(came.get(name)) !== String(stand.get(name)));
  };

  // htmx listens by then: it was told of this moment before
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[hx-get]")) if (window.charterlineTyped(form).length > 0) window.htmx.trigger(form, "submit");
  });
})();
