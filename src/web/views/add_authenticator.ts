import { SallyportError, type TotpEnrolment } from "../../client/sallyport.ts";
import { actionButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element, replaceChildren } from "../element.ts";
import { form } from "../form.ts";
import { Problem } from "../problem.ts";
import { copyButton } from "../second_factor/copy_button.ts";
import { qrImage } from "../second_factor/qr_image.ts";
import { factors } from "./factors.ts";
import { recoveryCodes } from "./recovery_codes.ts";

/** Adds an authenticator app: shows its QR code, and takes the first code of the app. */
export function addAuthenticator(context: Context): Shown {
  const { client, runAction } = context;
  const place = element("div", {}, "One moment…");
  const start = async () => {
    const enrolment = await client.startTotpEnrolment().catch((error) => {
      replaceChildren(place, actionButton(context, "Start again", start, "primary"));
      throw error;
    });
    replaceChildren(place, ...setup(context, enrolment), actionButton(context, "Start again", start, "link"));
  };
  void runAction(place, start);
  return { title: "Add an authenticator app", back: factors, content: [place] };
}

function setup(context: Context, { id, qrCode, secret }: TotpEnrolment) {
  const { client, say, show } = context;
  const confirm = async ({ code }: { code: string }) => {
    const { recoveryCodes: codes } = await client.confirmTotp(id, code).catch((error) => {
      if (!(error instanceof SallyportError && error.code === "SECOND_FACTOR_REJECTED")) throw error;
      throw new Problem(
        "Wrong code. Enter the newest one. After five wrong codes or ten minutes, start again",
      );
    });
    say("The authenticator app is added.");
    show(codes ? recoveryCodes(codes) : factors);
  };
  return [
    element("p", {}, "Scan this with your authenticator app, or type the secret into the app."),
    qrImage(qrCode),
    element("p", {}, "Secret: ", element("b", { className: "secret" }, secret.replace(/.{4}(?=.)/g, "$& "))),
    copyButton(context, "Copy the secret", secret),
    form(
      context,
      {
        code: {
          label: "Six digits from the app",
          autocomplete: "one-time-code",
          inputMode: "numeric",
        },
      },
      "Add the app",
      confirm,
    ),
  ];
}
