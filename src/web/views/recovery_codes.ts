import { viewButton } from "../buttons.ts";
import type { View } from "../context.ts";
import { element } from "../element.ts";
import { copyButton } from "../second_factor/copy_button.ts";
import { factors } from "./factors.ts";

/** Shows new recovery codes, once. */
export function recoveryCodes(codes: readonly string[]): View {
  return (context) => {
    const text = `${codes.join("\n")}\n`;
    const file = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    const download = `recovery-codes-${location.hostname}.txt`;
    return {
      title: "Your recovery codes",
      content: [
        element(
          "p",
          {},
          "If you lose your second factor, sign in with one of these codes. Each code works once. Keep them in a safe place: they are not shown again.",
        ),
        element("ol", { className: "codes" }, ...codes.map((code) => element("li", {}, code))),
        element(
          "div",
          { className: "row" },
          copyButton(context, "Copy", text),
          element("a", { href: file, download, className: "button" }, "Download"),
        ),
        viewButton(context, "I have saved them", factors, "primary wide"),
      ],
      onLeave: () => URL.revokeObjectURL(file),
    };
  };
}
