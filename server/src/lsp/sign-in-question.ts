import { CancellationTokenSource, type Connection } from "vscode-languageserver";
import { SIGN_IN_REQUEST, type SignInPlace } from "./protocol.ts";

/** Has the client ask the user to sign in, until nobody waits for it any more; true once the user has. */
export async function askUserToSignIn(
  connection: Pick<Connection, "sendRequest">,
  place: SignInPlace,
  signal: AbortSignal,
): Promise<boolean> {
  const cancellation = new CancellationTokenSource();
  const cancel = () => cancellation.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return (await connection.sendRequest<unknown>(SIGN_IN_REQUEST, place, cancellation.token)) === true;
  } finally {
    signal.removeEventListener("abort", cancel);
    cancellation.dispose();
  }
}
